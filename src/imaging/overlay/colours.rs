//! The colours of a heat map.
//!
//! A helix in Ottosson's OKLab (2020): lightness and hue rise evenly at constant chroma. So equal steps of
//! strength look equally different, and the order is visible by lightness alone, for any kind of colour vision
//! and in print without colours. Violet is the weakest, yellow the strongest.

use std::f32::consts::TAU;
use std::sync::LazyLock;

/// Lightness of the weakest and of the strongest colour, 0 black, 1 white.
const LIGHTNESS: [f32; 2] = [0.42, 0.93];
/// Hues of the weakest and of the strongest colour, in turns: violet, and through red to yellow.
const HUE: [f32; 2] = [300.0 / 360.0, 460.0 / 360.0];
/// Maximum chroma that screens can show at each of these lightnesses and hues.
const CHROMA: f32 = 0.125;

/// The colours of all strengths, weakest first.
pub(super) fn table() -> &'static [[u8; 3]; 256] {
    static TABLE: LazyLock<[[u8; 3]; 256]> =
        LazyLock::new(|| std::array::from_fn(|index| colour(index as f32 / 255.0).map(encoded)));
    &TABLE
}

/// Linear red, green and blue of a strength in [0, 1].
fn colour(strength: f32) -> [f32; 3] {
    let between = |ends: [f32; 2]| ends[0] + (ends[1] - ends[0]) * strength;
    let (lightness, angle) = (between(LIGHTNESS), between(HUE) * TAU);
    let (a, b) = (CHROMA * angle.cos(), CHROMA * angle.sin());
    let long = (lightness + 0.396_337_78 * a + 0.215_803_76 * b).powi(3);
    let medium = (lightness - 0.105_561_346 * a - 0.063_854_17 * b).powi(3);
    let short = (lightness - 0.089_484_18 * a - 1.291_485_5 * b).powi(3);
    [
        4.076_741_7 * long - 3.307_711_6 * medium + 0.230_969_94 * short,
        -1.268_438 * long + 2.609_757_4 * medium - 0.341_319_38 * short,
        -0.004_196_086_3 * long - 0.703_418_6 * medium + 1.707_614_7 * short,
    ]
}

/// A linear level in [0, 1] encoded as sRGB (IEC 61966-2-1).
fn encoded(linear: f32) -> u8 {
    let level = match linear <= 0.003_130_8 {
        true => 12.92 * linear,
        false => 1.055 * linear.powf(1.0 / 2.4) - 0.055,
    };
    (level * 255.0).round() as u8
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_colour_can_be_shown() {
        for step in 0..=1000 {
            let colour = colour(step as f32 / 1000.0);
            let shown = colour.iter().all(|level| (0.0..=1.0).contains(level));
            assert!(shown, "{step}: {colour:?}");
        }
    }

    #[test]
    fn luminance_rises_with_strength_for_every_colour_vision() {
        let luminance =
            |[red, green, blue]: [f32; 3]| 0.2126 * red + 0.7152 * green + 0.0722 * blue;
        let steps: Vec<f32> = (0..=20)
            .map(|step| luminance(colour(step as f32 / 20.0)))
            .collect();
        assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
        // Viénot, Brettel and Mollon, 1999: colours as seen by a protanope and a deuteranope.
        for seen in [
            |[red, green, _]: [f32; 3]| 0.112_38 * red + 0.887_62 * green,
            |[red, green, _]: [f32; 3]| 0.292_75 * red + 0.707_25 * green,
        ] {
            let steps: Vec<f32> = (0..=20)
                .map(|step| seen(colour(step as f32 / 20.0)))
                .collect();
            assert!(steps.is_sorted_by(|a, b| a < b), "{steps:?}");
        }
    }

    #[test]
    fn the_ends_are_violet_and_yellow() {
        let table = table();
        let [red, green, blue] = table[0];
        assert!(blue > red && red > green, "{:?}", table[0]);
        let [red, green, blue] = table[255];
        assert!(red > 230 && green > 200 && blue < 180, "{:?}", table[255]);
    }
}
