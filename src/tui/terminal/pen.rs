//! Colours and attributes that a terminal writes with, and the shortest sequence from one state to another.

use ratatui::buffer::Cell;
use ratatui::style::{Color, Modifier};

use super::colour::ColourDepth;

/// Attributes that show on a blank, too.
const ON_BLANKS: Modifier = Modifier::UNDERLINED
    .union(Modifier::REVERSED)
    .union(Modifier::CROSSED_OUT);

/// Attributes with the parameters that turn them on and off. Bold and dim have the same one for off.
const ATTRIBUTES: [(Modifier, &str, &str); 9] = [
    (Modifier::BOLD, "1", "22"),
    (Modifier::DIM, "2", "22"),
    (Modifier::ITALIC, "3", "23"),
    (Modifier::UNDERLINED, "4", "24"),
    (Modifier::SLOW_BLINK, "5", "25"),
    (Modifier::RAPID_BLINK, "6", "25"),
    (Modifier::REVERSED, "7", "27"),
    (Modifier::HIDDEN, "8", "28"),
    (Modifier::CROSSED_OUT, "9", "29"),
];

/// Colours and attributes of the next character.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in crate::tui::terminal) struct Pen {
    foreground: Color,
    pub(in crate::tui::terminal) background: Color,
    attributes: Modifier,
}

impl Pen {
    /// The terminal's own colours, no attributes.
    pub(in crate::tui::terminal) const PLAIN: Self = Self {
        foreground: Color::Reset,
        background: Color::Reset,
        attributes: Modifier::empty(),
    };

    /// Pen for a cell, in colours of `depth`.
    pub(in crate::tui::terminal) fn of(cell: &Cell, depth: ColourDepth) -> Self {
        Self {
            foreground: depth.nearest(cell.fg),
            background: depth.nearest(cell.bg),
            attributes: cell.modifier,
        }
    }

    /// True if a blank that is written with it shows nothing but its background.
    pub(in crate::tui::terminal) fn leaves_blanks(self) -> bool {
        !self.attributes.intersects(ON_BLANKS)
    }

    /// The least changed pen for blanks on `background`: their foreground does not show.
    pub(in crate::tui::terminal) fn for_blanks(self, background: Color) -> Self {
        Self {
            background,
            attributes: self.attributes.difference(ON_BLANKS),
            ..self
        }
    }

    /// Appends the shortest sequence that makes this pen of `before`; of an unknown one, all of it.
    pub(in crate::tui::terminal) fn write_after(self, before: Option<Self>, out: &mut Vec<u8>) {
        if before == Some(self) {
            return;
        }
        if self == Self::PLAIN {
            out.extend_from_slice(b"\x1b[m");
            return;
        }
        let mut whole = Parameters::default();
        whole.push("0");
        whole.change(Self::PLAIN, self);
        let shorter = before.map(|before| {
            let mut changed = Parameters::default();
            changed.change(before, self);
            changed
        });
        let chosen = match shorter {
            Some(changed) if changed.0.len() <= whole.0.len() => changed,
            _ => whole,
        };
        out.extend_from_slice(b"\x1b[");
        out.extend_from_slice(chosen.0.as_bytes());
        out.push(b'm');
    }
}

/// Parameters of one sequence, parted by semicolons.
#[derive(Default)]
struct Parameters(String);

impl Parameters {
    fn push(&mut self, parameter: &str) {
        if !self.0.is_empty() {
            self.0.push(';');
        }
        self.0.push_str(parameter);
    }

    fn change(&mut self, from: Pen, to: Pen) {
        let mut kept = from.attributes;
        for (attribute, _, off) in ATTRIBUTES {
            let goes = kept.contains(attribute) && !to.attributes.contains(attribute);
            if !goes {
                continue;
            }
            self.push(off);
            for (other, _, other_off) in ATTRIBUTES {
                if other_off == off {
                    kept.remove(other);
                }
            }
        }
        for (attribute, on, _) in ATTRIBUTES {
            if to.attributes.contains(attribute) && !kept.contains(attribute) {
                self.push(on);
            }
        }
        if from.foreground != to.foreground {
            self.colour(to.foreground, 0);
        }
        if from.background != to.background {
            self.colour(to.background, 10);
        }
    }

    /// A colour in its shortest form; `ground` is 0 for the foreground and 10 for the background.
    fn colour(&mut self, colour: Color, ground: u8) {
        let named = |index: u8| match index {
            0..8 => 30 + index,
            _ => 82 + index,
        };
        let index = match colour {
            Color::Reset => return self.push(&(39 + ground).to_string()),
            Color::Rgb(red, green, blue) => {
                return self.push(&format!("{};2;{red};{green};{blue}", 38 + ground));
            }
            Color::Indexed(index) => index,
            Color::Black => 0,
            Color::Red => 1,
            Color::Green => 2,
            Color::Yellow => 3,
            Color::Blue => 4,
            Color::Magenta => 5,
            Color::Cyan => 6,
            Color::Gray => 7,
            Color::DarkGray => 8,
            Color::LightRed => 9,
            Color::LightGreen => 10,
            Color::LightYellow => 11,
            Color::LightBlue => 12,
            Color::LightMagenta => 13,
            Color::LightCyan => 14,
            Color::White => 15,
        };
        match index {
            0..16 => self.push(&(named(index) + ground).to_string()),
            _ => self.push(&format!("{};5;{index}", 38 + ground)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pen(foreground: Color, background: Color, attributes: Modifier) -> Pen {
        Pen {
            foreground,
            background,
            attributes,
        }
    }

    fn sequence(before: Option<Pen>, after: Pen) -> String {
        let mut out = Vec::new();
        after.write_after(before, &mut out);
        String::from_utf8(out).unwrap().replace('\x1b', "")
    }

    #[test]
    fn only_what_differs_is_sent() {
        let night = Color::Rgb(14, 20, 27);
        let text = pen(Color::Rgb(228, 235, 241), night, Modifier::empty());
        let muted = pen(Color::Rgb(147, 164, 179), night, Modifier::empty());
        let strong = pen(Color::Rgb(228, 235, 241), night, Modifier::BOLD);
        assert_eq!(sequence(Some(text), text), "");
        assert_eq!(sequence(Some(text), muted), "[38;2;147;164;179m");
        assert_eq!(sequence(Some(text), strong), "[1m");
        assert_eq!(sequence(Some(strong), text), "[22m");
        assert_eq!(sequence(Some(strong), Pen::PLAIN), "[m");
        assert_eq!(sequence(None, muted), "[0;38;2;147;164;179;48;2;14;20;27m");
    }

    #[test]
    fn bold_stays_where_dim_goes() {
        let both = pen(Color::Reset, Color::Blue, Modifier::BOLD | Modifier::DIM);
        let bold = pen(Color::Reset, Color::Blue, Modifier::BOLD);
        assert_eq!(sequence(Some(both), bold), "[22;1m");
    }

    #[test]
    fn named_colours_have_short_forms() {
        let of = |foreground, background| pen(foreground, background, Modifier::empty());
        let before = Some(Pen::PLAIN);
        assert_eq!(sequence(before, of(Color::Red, Color::Reset)), "[31m");
        assert_eq!(
            sequence(before, of(Color::White, Color::LightBlue)),
            "[97;104m"
        );
        assert_eq!(
            sequence(before, of(Color::Indexed(3), Color::Indexed(8))),
            "[33;100m"
        );
        assert_eq!(
            sequence(before, of(Color::Indexed(200), Color::Reset)),
            "[38;5;200m"
        );
    }
}
