//! A theme in the colours that a terminal has, and the contrast of its texts.

use ratatui::style::{Color, Style};

use super::{Role, Theme};
use crate::tui::terminal::colour::{self, ColourDepth};

/// Least contrast of text (WCAG 2.2, level AA).
const LEAST_CONTRAST: f64 = 4.5;

impl Theme {
    /// The theme in the colours of this depth. Where the nearest colours of a text and its background are too much alike, and
    /// the theme's own are not, the text gets the nearest colour that can be read.
    pub fn at(&self, depth: ColourDepth) -> Self {
        match depth {
            ColourDepth::Monochrome => return self.without_colours(),
            ColourDepth::TrueColour => return self.clone(),
            ColourDepth::Sixteen | ColourDepth::TwoHundredFiftySix => {}
        }
        let ground = self.style(Role::Text).bg;
        let styles = Role::ALL.iter().map(|&role| {
            let style = self.style(role);
            let nearest = Style {
                fg: style.fg.map(|colour| depth.nearest(colour)),
                bg: style.bg.map(|colour| depth.nearest(colour)),
                ..style
            };
            let wanted = contrast(style.fg, style.bg.or(ground));
            let background = nearest
                .bg
                .or_else(|| ground.map(|colour| depth.nearest(colour)));
            let reached = contrast(nearest.fg, background);
            let (Some(wanted), Some(reached)) = (wanted, reached) else {
                return nearest;
            };
            if wanted < LEAST_CONTRAST || reached >= LEAST_CONTRAST {
                return nearest;
            }
            let readable = style.fg.and_then(|foreground| {
                depth.nearest_where(foreground, |colour| {
                    contrast(Some(colour), background).is_some_and(|it| it >= LEAST_CONTRAST)
                })
            });
            Style {
                fg: readable.or(nearest.fg),
                ..nearest
            }
        });
        self.with(styles.collect())
    }
}

/// Ratio of the brightness of two colours, from 1 to 21 (WCAG 2.2, "contrast ratio"). `None` if one is the terminal's own.
fn contrast(one: Option<Color>, other: Option<Color>) -> Option<f64> {
    let one = brightness(colour::values(one?)?);
    let other = brightness(colour::values(other?)?);
    Some((one.max(other) + 0.05) / (one.min(other) + 0.05))
}

/// Relative luminance of sRGB values, 0 to 1.
fn brightness(values: [u8; 3]) -> f64 {
    let [red, green, blue] = values.map(|value| {
        let value = f64::from(value) / 255.0;
        match value <= 0.040_45 {
            true => value / 12.92,
            false => ((value + 0.055) / 1.055).powf(2.4),
        }
    });
    0.2126 * red + 0.7152 * green + 0.0722 * blue
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::super::BUILT_IN;
    use super::*;

    #[test]
    fn every_text_can_be_read_in_every_theme_and_depth() {
        let depths = [
            ColourDepth::TrueColour,
            ColourDepth::TwoHundredFiftySix,
            ColourDepth::Sixteen,
        ];
        let mut faults = Vec::new();
        for (name, _) in BUILT_IN {
            let theme = Theme::load(name, Path::new("/nowhere")).unwrap();
            for depth in depths {
                let theme = theme.at(depth);
                let ground = theme.style(Role::Text).bg;
                for &role in Role::ALL {
                    let style = theme.style(role);
                    let contrast = contrast(style.fg, style.bg.or(ground)).unwrap();
                    // Lines of frames are no text.
                    if role != Role::Border && contrast < LEAST_CONTRAST {
                        faults.push(format!("{name} {depth:?} {}: {contrast:.2}", role.name()));
                    }
                }
            }
        }
        assert!(faults.is_empty(), "{}", faults.join("\n"));
    }

    #[test]
    fn the_focused_field_and_the_selected_row_stand_out() {
        for (name, _) in BUILT_IN {
            let theme = Theme::load(name, Path::new("/nowhere")).unwrap();
            for depth in [ColourDepth::TrueColour, ColourDepth::TwoHundredFiftySix] {
                let theme = theme.at(depth);
                let text = theme.style(Role::Text).bg;
                let fields = [Role::Field, Role::FieldFocus].map(|role| theme.style(role).bg);
                assert_ne!(fields[0], fields[1], "{name} {depth:?}");
                let selected = contrast(theme.style(Role::Selection).bg, text).unwrap();
                assert!(selected >= 3.0, "{name} {depth:?}: {selected:.2}");
            }
        }
    }

    #[test]
    fn contrast_is_that_of_the_standard() {
        let white = Some(Color::Rgb(255, 255, 255));
        let black = Some(Color::Rgb(0, 0, 0));
        assert!((contrast(white, black).unwrap() - 21.0).abs() < 1e-9);
        let grey = Some(Color::Rgb(0x76, 0x76, 0x76));
        let ratio = contrast(grey, white).unwrap();
        assert!((ratio - 4.54).abs() < 0.01, "{ratio}");
        assert_eq!(contrast(None, white), None);
        assert_eq!(contrast(Some(Color::Reset), white), None);
    }
}
