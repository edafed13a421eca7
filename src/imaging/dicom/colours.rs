//! Colours of pixels, as (0028,0004) PhotometricInterpretation states them (PS3.3 C.7.6.3.1.2).

use super::super::Pixels;
use super::super::error::Fault;
use super::super::raster::luma;
use super::samples::Shape;

/// Brightness and colour differences, the latter at half the width.
pub(super) const HALVED: &str = "YBR_FULL_422";

/// Meaning of the values of a pixel.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Colours {
    /// Grey, brighter with growing values.
    Grey,
    /// Grey, darker with growing values.
    Inverted,
    /// Indices of a palette.
    Palette,
    Rgb,
    /// Brightness and colour differences.
    Differences,
    /// Any other, or none stated.
    Other,
}

impl Colours {
    /// Reads the term, also misspelled or in small letters.
    pub(super) fn of(photometric: &str) -> Self {
        let term = photometric.to_ascii_uppercase();
        match term.as_str() {
            "PALETTE COLOR" => Self::Palette,
            "RGB" => Self::Rgb,
            "YBR_FULL" | HALVED => Self::Differences,
            term if term.starts_with("MONO") && term.ends_with('1') => Self::Inverted,
            term if term.starts_with("MONO") => Self::Grey,
            _ => Self::Other,
        }
    }
}

/// Grey levels of colours, and their mean difference.
pub(super) fn grey(colours: impl Iterator<Item = [u8; 3]>) -> (Pixels, f32) {
    let mut spread = 0;
    let levels = colours.map(|[red, green, blue]| {
        spread += u64::from(red.max(green).max(blue) - red.min(green).min(blue));
        luma(red, green, blue)
    });
    let levels: Vec<u8> = levels.collect();
    let colourfulness = spread as f64 / levels.len().max(1) as f64;
    (Pixels::Grey(levels), colourfulness as f32)
}

/// Red, green and blue of brightness and colour differences in their full range.
pub(super) fn of_differences([brightness, blue, red]: [u8; 3]) -> [u8; 3] {
    let [brightness, blue, red] = [
        brightness.into(),
        f64::from(blue) - 128.0,
        f64::from(red) - 128.0,
    ];
    let green = brightness - 0.114 * 1.772 / 0.587 * blue - 0.299 * 1.402 / 0.587 * red;
    [brightness + 1.402 * red, green, brightness + 1.772 * blue].map(|level| (level + 0.5) as u8)
}

/// True if uncompressed pixels have colour differences at half the width: two bytes for each pixel. Some files state so, and
/// have three.
pub(super) fn has_halved(photometric: &str, shape: &Shape, length: usize, frames: usize) -> bool {
    let whole = shape.bytes().saturating_mul(frames);
    photometric.eq_ignore_ascii_case(HALVED)
        && (shape.per_pixel, shape.bytes_each) == (3, 1)
        && length < whole
}

/// The values of a frame with the differences of each pair of pixels repeated.
pub(super) fn doubled(pixels: &[u8], shape: &Shape, frame: usize) -> Result<Vec<u8>, Fault> {
    if !shape.columns.is_multiple_of(2) {
        return Err(Fault::damaged(
            "its colours are at half the width, which is odd",
        ));
    }
    let bytes = 2 * shape.pixels();
    let from = frame.checked_mul(bytes).ok_or(Fault::CutShort)?;
    let pairs = pixels.get(from..).and_then(|rest| rest.get(..bytes));
    let (pairs, _) = pairs.ok_or(Fault::CutShort)?.as_chunks();
    let values = pairs
        .iter()
        .flat_map(|&[first, second, blue, red]| [first, blue, red, second, blue, red]);
    Ok(values.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terms_are_known_in_any_spelling() {
        for (term, colours) in [
            ("MONOCHROME2", Colours::Grey),
            ("monochrome1", Colours::Inverted),
            ("MONOCROME2", Colours::Grey),
            ("PALETTE COLOR", Colours::Palette),
            ("YBR_FULL_422", Colours::Differences),
            ("", Colours::Other),
            ("HSV", Colours::Other),
        ] {
            assert_eq!(Colours::of(term), colours, "{term}");
        }
    }

    #[test]
    fn differences_become_red_green_and_blue() {
        for (differences, colours) in [
            ([0, 128, 128], [0, 0, 0]),
            ([255, 128, 128], [255, 255, 255]),
            ([76, 85, 255], [254, 0, 0]),
            ([150, 44, 21], [0, 255, 1]),
            ([29, 255, 107], [0, 0, 254]),
        ] {
            assert_eq!(of_differences(differences), colours);
        }
    }
}
