//! Colour depth of a terminal, and the nearest available colour to the one of a theme.

use ratatui::style::Color;

pub use crate::terminal::ColourDepth;

impl ColourDepth {
    /// Nearest colour at this depth.
    pub fn nearest(self, colour: Color) -> Color {
        match (self, colour) {
            (Self::Monochrome, _) => Color::Reset,
            (Self::TwoHundredFiftySix, Color::Rgb(red, green, blue)) => {
                Color::Indexed(nearest_of_256([red, green, blue]))
            }
            (Self::Sixteen, Color::Rgb(red, green, blue)) => nearest_of_16([red, green, blue]),
            (_, colour) => colour,
        }
    }

    /// Nearest colour at this depth for which `allowed` is true, if there is one.
    pub fn nearest_where(self, colour: Color, allowed: impl Fn(Color) -> bool) -> Option<Color> {
        let wanted = values(colour)?;
        let nearest = |all: &mut dyn Iterator<Item = Color>| {
            all.filter(|colour| allowed(*colour))
                .min_by_key(|colour| values(*colour).map(|values| distance(values, wanted)))
        };
        match self {
            Self::Monochrome => None,
            Self::Sixteen => nearest(&mut NAMED.iter().map(|(colour, _)| *colour)),
            Self::TwoHundredFiftySix => nearest(&mut (16..=255).map(Color::Indexed)),
            Self::TrueColour => Some(colour),
        }
    }
}

fn distance(one: [u8; 3], other: [u8; 3]) -> u32 {
    one.into_iter()
        .zip(other)
        .map(|(a, b)| u32::from(a.abs_diff(b)).pow(2))
        .sum()
}

/// Index 16 to 255: the nearer of the best colours in the cube and in the grey ramp.
fn nearest_of_256(wanted: [u8; 3]) -> u8 {
    let step = wanted.map(|value| {
        LEVELS
            .iter()
            .enumerate()
            .min_by_key(|(_, level)| level.abs_diff(value))
            .map_or(0, |(step, _)| step as u8)
    });
    let cube = step.map(|step| LEVELS[usize::from(step)]);
    let mean = wanted.iter().map(|&value| u32::from(value)).sum::<u32>() / 3;
    let grey_step = (mean.saturating_sub(3) / 10).min(23) as u8;
    let grey = [8 + 10 * grey_step; 3];
    if distance(grey, wanted) < distance(cube, wanted) {
        232 + grey_step
    } else {
        16 + 36 * step[0] + 6 * step[1] + step[2]
    }
}

/// Values that xterm ships with; a user's own palette keeps their order of brightness.
const NAMED: [(Color, [u8; 3]); 16] = [
    (Color::Black, [0, 0, 0]),
    (Color::Red, [205, 0, 0]),
    (Color::Green, [0, 205, 0]),
    (Color::Yellow, [205, 205, 0]),
    (Color::Blue, [0, 0, 238]),
    (Color::Magenta, [205, 0, 205]),
    (Color::Cyan, [0, 205, 205]),
    (Color::Gray, [229, 229, 229]),
    (Color::DarkGray, [127, 127, 127]),
    (Color::LightRed, [255, 0, 0]),
    (Color::LightGreen, [0, 255, 0]),
    (Color::LightYellow, [255, 255, 0]),
    (Color::LightBlue, [92, 92, 255]),
    (Color::LightMagenta, [255, 0, 255]),
    (Color::LightCyan, [0, 255, 255]),
    (Color::White, [255, 255, 255]),
];

fn nearest_of_16(wanted: [u8; 3]) -> Color {
    NAMED
        .iter()
        .min_by_key(|(_, value)| distance(*value, wanted))
        .map_or(Color::Reset, |(colour, _)| *colour)
}

/// Levels of red, green and blue in the cube of 256 colours.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// Red, green and blue of a colour, as xterm shows it; `None` for the terminal's own.
pub fn values(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(index @ 0..=15) => {
            let named = NAMED.get(usize::from(index));
            named.map(|(_, values)| *values)
        }
        Color::Indexed(index @ 16..=231) => {
            let index = index - 16;
            let level = |step: u8| LEVELS.get(usize::from(step)).copied().unwrap_or(255);
            Some([level(index / 36), level(index / 6 % 6), level(index % 6)])
        }
        Color::Indexed(index) => Some([8 + 10 * (index - 232); 3]),
        Color::Reset => None,
        named => {
            let found = NAMED.iter().find(|(colour, _)| *colour == named);
            found.map(|(_, values)| *values)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn depth(variables: &[(&str, &str)]) -> ColourDepth {
        ColourDepth::from_environment(|name| {
            variables
                .iter()
                .find(|(variable, _)| *variable == name)
                .map(|(_, value)| (*value).to_owned())
        })
    }

    #[test]
    fn no_color_wins_and_an_empty_one_does_not_count() {
        let truecolour = ("COLORTERM", "truecolor");
        assert_eq!(
            depth(&[("NO_COLOR", "1"), truecolour]),
            ColourDepth::Monochrome
        );
        assert_eq!(
            depth(&[("NO_COLOR", ""), truecolour]),
            ColourDepth::TrueColour
        );
    }

    #[test]
    fn the_terminal_s_name_gives_its_depth() {
        assert_eq!(
            depth(&[("TERM", "xterm-256color")]),
            ColourDepth::TwoHundredFiftySix
        );
        assert_eq!(depth(&[("TERM", "xterm-direct")]), ColourDepth::TrueColour);
        assert_eq!(depth(&[("TERM", "linux")]), ColourDepth::Sixteen);
        assert_eq!(depth(&[("TERM", "dumb")]), ColourDepth::Monochrome);
    }

    #[test]
    fn greys_of_a_scan_use_the_grey_ramp() {
        let shown = ColourDepth::TwoHundredFiftySix.nearest(Color::Rgb(78, 78, 78));
        assert_eq!(shown, Color::Indexed(239));
        let black = ColourDepth::TwoHundredFiftySix.nearest(Color::Rgb(0, 0, 0));
        assert_eq!(black, Color::Indexed(16));
    }

    #[test]
    fn sixteen_colours_keep_the_hue_and_monochrome_keeps_none() {
        assert_eq!(
            ColourDepth::Sixteen.nearest(Color::Rgb(240, 20, 30)),
            Color::LightRed
        );
        assert_eq!(
            ColourDepth::Monochrome.nearest(Color::Rgb(240, 20, 30)),
            Color::Reset
        );
        assert_eq!(ColourDepth::Sixteen.nearest(Color::Cyan), Color::Cyan);
    }
}
