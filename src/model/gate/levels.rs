//! Grey levels that no CT slice has: blank, white as a page, or noise.

use super::Refusal;

/// Minimum standard deviation of the grey levels. Measured: 37.9 and more.
const LEAST_CONTRAST: f64 = 16.0;
/// Level from which a pixel counts as white …
const WHITE: u8 = 231;
/// … and the maximum share of such pixels. Measured: up to 0.664; pages of text and figures: 0.84 to 0.97.
const MOST_WHITE: f64 = 0.75;
/// Maximum of the mean step between neighbours in a row divided by the standard deviation. Measured: up to
/// 0.556; pure noise has 1.13 (normal) or 1.15 (uniform).
const MOST_ROUGHNESS: f64 = 0.8;

/// Refuses levels, in rows of `width`, that are nearly blank, nearly all white or noise.
pub(super) fn check(levels: &[u8], width: usize) -> Result<(), Refusal> {
    let mean = mean_of(levels, u32::from);
    let mean_square = mean_of(levels, |level| u32::from(level) * u32::from(level));
    let contrast = (mean_square - mean * mean).max(0.0).sqrt();
    if contrast < LEAST_CONTRAST {
        return Err(Refusal::Blank);
    }
    if mean_of(levels, |level| u32::from(level >= WHITE)) > MOST_WHITE {
        return Err(Refusal::White);
    }
    let rows = levels.chunks_exact(width.max(1));
    let steps = rows.map(|row| {
        let neighbours = row.iter().zip(row.iter().skip(1));
        let steps = neighbours.map(|(&left, &right)| u32::from(left.abs_diff(right)));
        u64::from(steps.sum::<u32>())
    });
    let roughness = steps.sum::<u64>() as f64 / levels.len().max(1) as f64 / contrast;
    if roughness > MOST_ROUGHNESS {
        return Err(Refusal::Noise);
    }
    Ok(())
}

/// The mean of `figure` over all levels; zero if there are none. Integers in short runs add up several times as
/// fast as floating-point values do, and a slice has a quarter of a million pixels.
pub(super) fn mean_of(levels: &[u8], figure: impl Fn(u8) -> u32) -> f64 {
    let runs = levels.chunks(4096);
    let sums = runs.map(|run| u64::from(run.iter().map(|&level| figure(level)).sum::<u32>()));
    sums.sum::<u64>() as f64 / levels.len().max(1) as f64
}
