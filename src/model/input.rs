//! A slice as network input: 224×224 grey levels in [0, 1], repeated for three channels.
//!
//! The picture is scaled to a square, not padded: nearly every CT slice is square already, and black bars would
//! be a feature that only some classes' files have. No mean is subtracted and nothing is divided by a standard
//! deviation; the backbone was trained without normalisation.

use super::EngineError;
use crate::imaging::{Scan, Window};

/// Height and width of the network's input, in pixels.
pub const SIDE: usize = 224;

/// Grey levels in [0, 1] as `(3, 224, 224)`, all three planes equal.
///
/// Hounsfield units pass [`Window::MODEL`] first, regardless of the window that the file suggests.
///
/// # Errors
/// The slice has no pixels, or their number does not match its size.
pub fn prepare(scan: &Scan) -> Result<Vec<f32>, EngineError> {
    Ok(plane(scan)?.repeat(3))
}

/// The one plane, `(224, 224)`, that [`prepare`] repeats.
///
/// # Errors
/// As [`prepare`].
pub fn plane(scan: &Scan) -> Result<Vec<f32>, EngineError> {
    let grey = scan.grey(Window::MODEL);
    let (width, height) = (scan.width as usize, scan.height as usize);
    if grey.is_empty() || Some(grey.len()) != width.checked_mul(height) {
        return Err(EngineError::Failed(format!(
            "{} pixels are not {width} by {height}",
            grey.len()
        )));
    }
    let levels: Vec<f32> = grey.iter().map(|&level| f32::from(level) / 255.0).collect();
    // One direction and then the other; each pass transposes the picture.
    let narrowed = resample_rows(&levels, width, SIDE);
    Ok(resample_rows(&narrowed, height, SIDE))
}

/// Planes of `side` columns with left and right exchanged.
pub fn mirrored(planes: &[f32], side: usize) -> Vec<f32> {
    let mut mirrored = planes.to_vec();
    (mirrored.chunks_exact_mut(side)).for_each(<[f32]>::reverse);
    mirrored
}

/// Resamples every row of `length` values to `target` values and transposes the result.
///
/// The filter is a triangle, widened by the scale where the picture shrinks, so that fine structure blurs
/// instead of aliasing.
fn resample_rows(values: &[f32], length: usize, target: usize) -> Vec<f32> {
    let rows = values.len() / length;
    let mut turned = vec![0.0; rows * target];
    for (output, (start, weights)) in turned
        .chunks_exact_mut(rows)
        .zip(triangle_filter(length, target))
    {
        for (value, row) in output.iter_mut().zip(values.chunks_exact(length)) {
            let under = row.iter().skip(start);
            *value = under.zip(&weights).map(|(a, b)| a * b).sum();
        }
    }
    turned
}

/// For each of `target` values: the start of its window over `length` values, and the weights there, which add
/// up to one.
fn triangle_filter(length: usize, target: usize) -> impl Iterator<Item = (usize, Vec<f32>)> {
    let scale = length as f64 / target as f64;
    let reach = scale.max(1.0);
    (0..target).map(move |index| {
        let centre = (index as f64 + 0.5) * scale;
        let start = (centre - reach).round().max(0.0) as usize;
        let end = ((centre + reach).round() as usize).min(length);
        let weights: Vec<f64> = (start..end)
            .map(|place| (1.0 - ((place as f64 + 0.5 - centre) / reach).abs()).max(0.0))
            .collect();
        let sum: f64 = weights.iter().sum();
        let weights = weights.iter().map(|weight| (weight / sum) as f32).collect();
        (start, weights)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{Format, Pixels, Provenance};

    fn scan(pixels: Pixels, width: u32, height: u32) -> Scan {
        Scan {
            pixels,
            width,
            height,
            spacing_mm: None,
            colourfulness: 0.0,
            provenance: Provenance {
                path: "test.png".into(),
                format: Format::Png,
                bytes: 0,
                sha256: String::new(),
                dicom: None,
            },
        }
    }

    #[test]
    fn a_flat_picture_of_any_size_stays_flat() {
        for (width, height) in [(1, 1), (3, 700), (224, 224), (512, 512), (801, 511)] {
            let grey = vec![51; (width * height) as usize];
            let input = prepare(&scan(Pixels::Grey(grey), width, height)).unwrap();
            assert_eq!(input.len(), 3 * SIDE * SIDE);
            let flat = input.iter().all(|&level| (level - 0.2).abs() < 1e-5);
            assert!(flat, "{width} by {height}");
        }
    }

    #[test]
    fn left_stays_left_and_top_stays_top() {
        // Bright only in the top left quarter of a picture that is wider than high.
        let grey: Vec<u8> = (0..300 * 500)
            .map(|place| {
                if place % 500 < 250 && place / 500 < 150 {
                    255
                } else {
                    0
                }
            })
            .collect();
        let input = prepare(&scan(Pixels::Grey(grey), 500, 300)).unwrap();
        let at = |row: usize, column: usize| input[row * SIDE + column].round();
        assert_eq!(
            [at(20, 20), at(20, 200), at(200, 20), at(200, 200)],
            [1.0, 0.0, 0.0, 0.0]
        );
    }

    #[test]
    fn a_picture_of_the_right_size_is_unchanged() {
        let grey: Vec<u8> = (0..SIDE * SIDE).map(|place| (place % 251) as u8).collect();
        let input = prepare(&scan(Pixels::Grey(grey.clone()), 224, 224)).unwrap();
        for plane in input.chunks_exact(SIDE * SIDE) {
            let levels: Vec<u8> = plane
                .iter()
                .map(|level| (level * 255.0).round() as u8)
                .collect();
            assert_eq!(levels, grey);
        }
    }

    #[test]
    fn fine_stripes_blur_to_their_mean() {
        let grey: Vec<u8> = (0..896 * 896)
            .map(|place| (place % 2 * 255) as u8)
            .collect();
        let input = prepare(&scan(Pixels::Grey(grey), 896, 896)).unwrap();
        let inner = &input[100 * SIDE + 10..100 * SIDE + 214];
        assert!(inner.iter().all(|&level| (level - 0.5).abs() < 1e-4));
    }

    #[test]
    fn hounsfield_units_pass_the_fixed_window() {
        let values = [-1024, 3000].repeat(32);
        let input = prepare(&scan(Pixels::Hounsfield(values), 2, 32)).unwrap();
        assert_eq!((input[0], input[SIDE - 1]), (0.0, 1.0));
    }

    #[test]
    fn pixels_that_do_not_match_their_size_are_an_error() {
        for (count, width, height) in [(0, 0, 0), (10, 5, 5), (10, 0, 10), (4, u32::MAX, u32::MAX)]
        {
            let error = prepare(&scan(Pixels::Grey(vec![0; count]), width, height)).unwrap_err();
            assert!(matches!(error, EngineError::Failed(_)), "{error}");
        }
    }
}
