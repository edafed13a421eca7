//! Peaks of a slice's map: the proposals of the reader.

use super::STEP;
use super::maps::SliceMaps;

/// Minimum suspicion of a proposal; without it there would be hundreds.
const LEAST: f32 = 0.02;
/// Maximum number of proposals of a slice.
const MOST: usize = 10;
/// Minimum distance of two lesions in pixels of the plane, or half the larger diameter if that is more.
const LEAST_DISTANCE: f32 = 14.0;

/// A position that looks like a lesion.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Peak {
    /// Position on the plane, in pixels from 0.
    pub row: f32,
    pub column: f32,
    pub diameter_mm: f32,
    /// Suspicion, from 0 to 1; not calibrated.
    pub score: f32,
    /// Probability of a lesion; not calibrated.
    pub lesion: f32,
}

/// The peaks of `maps` at positions for which `allowed` is true (row and column of the plane, in pixels), the
/// most suspicious first.
pub fn find(
    maps: &SliceMaps,
    mm_per_pixel: f32,
    allowed: impl Fn(usize, usize) -> bool,
) -> Vec<Peak> {
    let smooth = smoothed(maps);
    let value = |row: usize, column: usize| {
        smooth
            .get(row * maps.columns + column)
            .copied()
            .unwrap_or(0.0)
    };
    let mut peaks = Vec::new();
    for row in 0..maps.rows {
        for column in 0..maps.columns {
            let score = value(row, column);
            let middle = |at: usize| at * STEP + STEP / 2;
            if score < LEAST || !allowed(middle(row), middle(column)) {
                continue;
            }
            let around = neighbours(row, column, maps);
            // Of two equal neighbours the earlier one is the peak.
            let is_peak = around.clone().all(|(other_row, other_column)| {
                let other = value(other_row, other_column);
                other < score || (other == score && (other_row, other_column) >= (row, column))
            });
            if is_peak {
                peaks.push(peak(maps, &value, row, column, around));
            }
        }
    }
    peaks.sort_by(|a, b| b.score.total_cmp(&a.score));
    let mut kept: Vec<Peak> = Vec::new();
    for peak in peaks {
        let near = |other: &Peak| {
            let apart = (peak.row - other.row).hypot(peak.column - other.column);
            apart < LEAST_DISTANCE.max(0.5 * other.diameter_mm / mm_per_pixel)
        };
        if !kept.iter().any(near) {
            kept.push(peak);
        }
        if kept.len() == MOST {
            break;
        }
    }
    kept
}

/// A position and its neighbours.
fn neighbours(
    row: usize,
    column: usize,
    maps: &SliceMaps,
) -> impl Iterator<Item = (usize, usize)> + Clone + use<> {
    let rows = row.saturating_sub(1)..(row + 2).min(maps.rows);
    let columns = column.saturating_sub(1)..(column + 2).min(maps.columns);
    rows.flat_map(move |row| columns.clone().map(move |column| (row, column)))
}

/// Suspicion averaged over the neighbourhood of each position: a single high value is usually noise.
fn smoothed(maps: &SliceMaps) -> Vec<f32> {
    let mut smooth = vec![0.0; maps.rows * maps.columns];
    for row in 0..maps.rows {
        for column in 0..maps.columns {
            let (mut sum, mut weights) = (0.0, 0.0);
            for (other_row, other_column) in neighbours(row, column, maps) {
                if let Some(cell) = maps.at(other_row, other_column) {
                    let apart = row.abs_diff(other_row) + column.abs_diff(other_column);
                    let weight = [1.0, 0.5, 0.25][apart.min(2)];
                    sum += weight * cell.suspicion();
                    weights += weight;
                }
            }
            if weights > 0.0 {
                smooth[row * maps.columns + column] = sum / weights;
            }
        }
    }
    smooth
}

fn peak(
    maps: &SliceMaps,
    value: &impl Fn(usize, usize) -> f32,
    row: usize,
    column: usize,
    around: impl Iterator<Item = (usize, usize)>,
) -> Peak {
    let (mut weights, mut rows, mut columns, mut size, mut lesion) = (0.0, 0.0, 0.0, 0.0, 0.0_f32);
    for (row, column) in around {
        let weight = value(row, column);
        weights += weight;
        rows += weight * row as f32;
        columns += weight * column as f32;
        if let Some(cell) = maps.at(row, column) {
            size += weight * cell.diameter_mm.ln();
            lesion = lesion.max(cell.lesion);
        }
    }
    let middle = (STEP as f32 - 1.0) / 2.0;
    Peak {
        row: rows / weights * STEP as f32 + middle,
        column: columns / weights * STEP as f32 + middle,
        diameter_mm: (size / weights).exp(),
        score: value(row, column),
        lesion,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lesions::MAP;
    use crate::model::lesions::head::HeadMaps;

    fn maps(spots: &[(usize, usize, f32)]) -> SliceMaps {
        let mut answers = HeadMaps {
            lesion: vec![-9.0; MAP * MAP],
            malignancy: vec![9.0; MAP * MAP],
            size: vec![0.0; MAP * MAP],
        };
        for (row, column, logit) in spots {
            answers.lesion[row * MAP + column] = *logit;
        }
        let mut maps = SliceMaps::new(224, 224);
        maps.add([0, 0], &answers);
        maps
    }

    #[test]
    fn peaks_are_found_where_they_are_most_suspicious_first() {
        let peaks = find(&maps(&[(5, 5, 1.0), (20, 8, 3.0)]), 0.7, |_, _| true);
        let places: Vec<(f32, f32)> = peaks.iter().map(|peak| (peak.row, peak.column)).collect();
        assert_eq!(peaks.len(), 2);
        assert!(
            (places[0].0 - 163.5).abs() < 0.5 && (places[0].1 - 67.5).abs() < 0.5,
            "{places:?}"
        );
        assert!(peaks[0].score > peaks[1].score);
        assert!((peaks[0].diameter_mm - 10.0).abs() < 0.1);
    }

    #[test]
    fn two_peaks_of_one_lesion_are_one() {
        assert_eq!(
            find(&maps(&[(5, 5, 3.0), (5, 7, 3.0)]), 0.7, |_, _| true).len(),
            1
        );
    }

    #[test]
    fn places_outside_the_lungs_are_not_proposed() {
        let peaks = find(&maps(&[(5, 5, 3.0), (20, 8, 3.0)]), 0.7, |row, _| row > 100);
        assert_eq!(peaks.len(), 1);
    }
}
