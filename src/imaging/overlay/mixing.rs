//! Mixing a grey level with the colour of a strength, and parting the two again.

use super::colours;

/// Maximum opacity of the colours; the anatomy stays visible under them.
const MOST_COVER: f32 = 0.6;

/// Steps of strength that are distinct in a mixed colour.
const STEPS: u8 = 32;

/// A grey level, 0 to 255, under the colour of a strength in [0, 1]. The opacity of the colour rises with the strength.
pub fn tinted(grey: f32, strength: f32) -> [u8; 3] {
    let (colour, cover) = ink(strength);
    colour.map(|level| (grey + (f32::from(level) - grey) * cover).round() as u8)
}

/// Grey level and strength that [`tinted`] mixed to this colour, levels 0 to 255; of a colour that it never makes, the
/// nearest.
pub fn parted(colour: [f32; 3]) -> (f32, f32) {
    let guess = |step: u8| {
        let strength = f32::from(step) / f32::from(STEPS);
        let (ink, cover) = ink(strength);
        let channels = || colour.iter().zip(ink);
        let greys = channels().map(|(level, ink)| (level - f32::from(ink) * cover) / (1.0 - cover));
        let grey = (greys.sum::<f32>() / 3.0).clamp(0.0, 255.0);
        let off = channels().map(|(level, ink)| {
            let mixed = grey + (f32::from(ink) - grey) * cover;
            (level - mixed).powi(2)
        });
        (off.sum::<f32>(), grey, strength)
    };
    let guesses = (0..=STEPS).map(guess);
    // Of equally good ones the weakest: a grey stays one.
    let best = guesses.min_by(|(one, ..), (other, ..)| one.total_cmp(other));
    best.map_or((0.0, 0.0), |(_, grey, strength)| (grey, strength))
}

fn ink(strength: f32) -> ([u8; 3], f32) {
    let strength = strength.clamp(0.0, 1.0);
    let colour = colours::table()[(strength * 255.0).round() as usize];
    (colour, MOST_COVER * strength)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn grey_and_strength_are_found_again_in_a_mixed_colour() {
        for grey in (0..=255).step_by(15) {
            for step in 0..=20 {
                let (grey, strength) = (grey as f32, step as f32 / 20.0);
                let (found, there) = parted(tinted(grey, strength).map(f32::from));
                assert!((there - strength).abs() < 0.1, "{grey} {strength}: {there}");
                assert!((found - grey).abs() < 25.0, "{grey} {strength}: {found}");
            }
        }
        assert_eq!(parted([93.0; 3]), (93.0, 0.0));
    }
}
