//! Greys and heat in the 256 colours of xterm.

use ratatui::style::Color;

use super::{VISIBLE, luminance, wanted};

/// A step of strength: where it begins, and its colours.
struct Step {
    from: f32,
    colours: &'static [u8],
}

/// Steps from weak to strong: violet, red, orange and yellow, as in 24-bit colour. Indexes into the cube, from dark to
/// bright.
const STEPS: [Step; 4] = [
    Step {
        from: VISIBLE,
        colours: &[53, 54, 55, 91, 97, 133, 139, 140, 176, 182, 189],
    },
    Step {
        from: 0.45,
        colours: &[52, 88, 125, 161, 131, 168, 174, 211, 217, 224],
    },
    Step {
        from: 0.6,
        colours: &[52, 94, 130, 136, 172, 173, 179, 215, 222, 223],
    },
    Step {
        from: 0.8,
        colours: &[58, 100, 142, 178, 184, 185, 220, 227, 229],
    },
];

/// Colour of a grey level under heat.
pub(super) fn colour(level: f32, strength: f32) -> Color {
    let step = STEPS.iter().rev().find(|step| strength >= step.from);
    let Some(step) = step else {
        return Color::Indexed(grey(level));
    };
    let wanted = wanted(level, strength);
    let distance = |index: &&u8| (luminance(cube(**index)) - wanted).abs();
    let nearest =
        (step.colours.iter()).min_by(|one, other| distance(one).total_cmp(&distance(other)));
    Color::Indexed(nearest.copied().unwrap_or_else(|| grey(level)))
}

/// Nearest of black, the 24 greys and white.
fn grey(level: f32) -> u8 {
    // The ramp goes from 8 to 238 in steps of 10.
    match level {
        ..4.0 => 16,
        246.5.. => 231,
        _ => 232 + ((level - 3.0) / 10.0).clamp(0.0, 23.0) as u8,
    }
}

/// Red, green and blue of an index into the cube.
fn cube(index: u8) -> [u8; 3] {
    const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];
    let index = usize::from(index.saturating_sub(16));
    [index / 36, index / 6, index].map(|place| LEVELS[place % 6])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_step_is_coloured_and_rises_in_luminance() {
        for step in &STEPS {
            let colours: Vec<[u8; 3]> = step.colours.iter().map(|index| cube(*index)).collect();
            for [red, green, blue] in &colours {
                let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
                assert!(most - least >= 30, "{red} {green} {blue}");
            }
            let luminances: Vec<f32> = colours.iter().map(|colour| luminance(*colour)).collect();
            assert!(luminances.is_sorted_by(|a, b| a < b), "{luminances:?}");
        }
    }

    #[test]
    fn greys_are_the_nearest_of_the_ramp() {
        assert_eq!(
            [0.0, 8.0, 78.0, 128.0, 238.0, 255.0].map(grey),
            [16, 232, 239, 244, 255, 231]
        );
        assert_eq!(grey(-5.0), 16);
    }

    #[test]
    fn strong_heat_is_no_grey_over_any_level() {
        for level in 0..=255 {
            for step in 0..=20 {
                let Color::Indexed(index) = colour(level as f32, step as f32 / 20.0) else {
                    panic!("no index");
                };
                let is_grey = index == 16 || index >= 231;
                assert_eq!(is_grey, step < 6, "{level} {step} {index}");
            }
        }
    }
}
