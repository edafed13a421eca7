//! Grey levels that no CT slice has: blank, white as a page, or noise.

/// Standard deviation of the grey levels. Measured: 37.9 and more.
const LEAST_CONTRAST: f64 = 16.0;
/// A level from which a pixel counts as white …
const WHITE: u8 = 231;
/// … and the share of such pixels. Measured: up to 0.664; pages of text and figures: 0.84 to 0.97.
const MOST_WHITE: f64 = 0.75;
/// Mean step between neighbours in a row over the standard deviation. Measured: up to 0.556; pure
/// noise has 1.13 (normal) or 1.15 (uniform).
const MOST_ROUGHNESS: f64 = 0.8;

/// Refuses levels, in rows of `width`, that are nearly blank, nearly all white or noise.
pub fn check(levels: &[u8], width: usize) -> Result<(), String> {
    let count = levels.len().max(1) as f64;
    let mean = levels.iter().map(|&level| f64::from(level)).sum::<f64>() / count;
    let squares = levels
        .iter()
        .map(|&level| (f64::from(level) - mean).powi(2));
    let contrast = (squares.sum::<f64>() / count).sqrt();
    if contrast < LEAST_CONTRAST {
        return Err("the picture is nearly blank".into());
    }
    let white = levels.iter().filter(|&&level| level >= WHITE).count() as f64 / count;
    if white > MOST_WHITE {
        return Err("the picture is nearly all white, as documents are".into());
    }
    let rows = levels.chunks_exact(width.max(1));
    let neighbours = rows.flat_map(|row| row.iter().zip(row.iter().skip(1)));
    let steps = neighbours.map(|(&left, &right)| u64::from(left.abs_diff(right)));
    let roughness = steps.sum::<u64>() as f64 / count / contrast;
    if roughness > MOST_ROUGHNESS {
        return Err("the picture is noise".into());
    }
    Ok(())
}
