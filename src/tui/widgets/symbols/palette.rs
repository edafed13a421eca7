//! Colours of a cell at each colour depth: greys of a scan, heat over them, and lines.
//!
//! Where colours are few, heat has its own colours, in steps of strength. Each step has several of rising luminance, so
//! that the anatomy stays visible under it; the nearest colour alone would be a grey over dark lung.

use ratatui::style::Color;

use super::fit::Split;
use crate::imaging::overlay;
use crate::terminal::ColourDepth;

mod few;
mod many;

/// Number of levels in 24-bit colour. Steps between neighbours are hardly seen, and differences below a step (mostly
/// noise) are not sent again when the picture changes.
const LEVELS: f32 = 48.0;

/// Difference of two levels in one cell from which both are drawn. Below it is mostly noise.
const CONTRAST: f32 = 10.0;

/// Steps of a heat map's strength in 24-bit colour.
const STRENGTHS: f32 = 32.0;

/// Strength of heat from which few colours show it; below it, it is hardly seen in 24-bit colour.
pub(super) const VISIBLE: f32 = 0.3;

/// A cell as the terminal gets it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Drawn {
    pub letter: char,
    pub ink: Color,
    pub paper: Color,
}

impl Drawn {
    /// Evenly coloured cell: one colour instead of two.
    fn even(paper: Color) -> Self {
        Self {
            letter: ' ',
            ink: Color::Black,
            paper,
        }
    }

    /// Cell in two colours, or an even one if they are the same.
    fn two(letter: char, ink: Color, paper: Color) -> Self {
        match ink == paper {
            true => Self::even(paper),
            false => Self { letter, ink, paper },
        }
    }
}

/// Cell of a scan under heat of a strength in [0, 1].
pub(super) fn of_grey(split: &Split<1>, strength: f32, depth: ColourDepth) -> Drawn {
    match depth {
        ColourDepth::TrueColour => {
            let colour = |level| true_colour(level, strength);
            let [ink, paper] = [split.ink[0], split.paper[0]];
            match (ink - paper).abs() < CONTRAST {
                true => Drawn::even(colour(split.mean[0])),
                false => Drawn::two(split.letter, colour(ink), colour(paper)),
            }
        }
        ColourDepth::TwoHundredFiftySix => {
            let colour = |level| many::colour(level, strength);
            let [ink, paper] = [colour(split.ink[0]), colour(split.paper[0])];
            match ink == paper {
                true => Drawn::even(colour(split.mean[0])),
                false => Drawn::two(split.letter, ink, paper),
            }
        }
        ColourDepth::Sixteen | ColourDepth::Monochrome => few::cell(split, strength),
    }
}

/// Cell of a picture in colours.
pub(super) fn of_colours(split: &Split<3>) -> Drawn {
    let far = split.ink.iter().zip(split.paper);
    let far = far.map(|(ink, paper)| (ink - paper).abs());
    let colour = |levels: [f32; 3]| {
        let [red, green, blue] = levels.map(coarse);
        Color::Rgb(red, green, blue)
    };
    match far.fold(0.0, f32::max) < CONTRAST {
        true => Drawn::even(colour(split.mean)),
        false => Drawn::two(split.letter, colour(split.ink), colour(split.paper)),
    }
}

/// One colour for a grey under heat.
pub(super) fn plain(level: f32, strength: f32, depth: ColourDepth) -> Color {
    match depth {
        ColourDepth::TrueColour => true_colour(level, strength),
        ColourDepth::TwoHundredFiftySix => many::colour(level, strength),
        ColourDepth::Sixteen | ColourDepth::Monochrome => few::colour(level, strength),
    }
}

/// A level reduced to [`LEVELS`], black and white among them.
fn coarse(level: f32) -> u8 {
    let step = (level.clamp(0.0, 255.0) * LEVELS / 256.0).floor();
    (step * 255.0 / (LEVELS - 1.0)) as u8
}

fn true_colour(level: f32, strength: f32) -> Color {
    let strength = (strength * STRENGTHS).round() / STRENGTHS;
    let [red, green, blue] = overlay::tinted(f32::from(coarse(level)), strength);
    Color::Rgb(red, green, blue)
}

/// Luminance of a colour, 0 to 255, as the eye weighs red, green and blue (ITU-R BT.601).
fn luminance([red, green, blue]: [u8; 3]) -> f32 {
    0.299 * f32::from(red) + 0.587 * f32::from(green) + 0.114 * f32::from(blue)
}

/// Luminance of a grey under heat.
fn wanted(level: f32, strength: f32) -> f32 {
    luminance(overlay::tinted(level.clamp(0.0, 255.0), strength))
}

#[cfg(test)]
mod tests {
    use super::super::fit;
    use super::super::shapes::Shapes;
    use super::*;
    use crate::terminal::Symbols;

    #[test]
    fn coarse_greys_keep_black_and_white() {
        assert_eq!([0.0, 255.0, -3.0, 999.0].map(coarse), [0, 255, 0, 255]);
        assert_eq!(coarse(100.0), coarse(101.0));
    }

    #[test]
    fn noise_in_a_cell_is_one_colour_and_an_edge_is_two() {
        let shapes = Shapes::of(Symbols::Octants);
        let noise = fit::best(
            &std::array::from_fn(|at| [90.0 + (at * 7 % 5) as f32]),
            shapes,
        );
        let edge = fit::best(&std::array::from_fn(|at| [(at % 8) as f32 * 30.0]), shapes);
        for depth in [ColourDepth::TrueColour, ColourDepth::TwoHundredFiftySix] {
            assert_eq!(of_grey(&noise, 0.0, depth).letter, ' ');
            assert_ne!(of_grey(&edge, 0.0, depth).letter, ' ');
        }
    }
}
