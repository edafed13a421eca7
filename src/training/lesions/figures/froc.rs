//! Free-response ROC: share of marked tumours that are found, by number of false proposals.

use super::{HeldOut, TOLERANCE};
use crate::model::lesions::FROC_SLICES;
use crate::model::lesions::metadata::OperatingPoint;
use crate::training::lesions::pictures::Patient;
use crate::training::lesions::predict::{Place, on_mark};

/// False proposals in [`FROC_SLICES`] slices for which the sensitivity is reported.
const FALSE_PROPOSALS: [f64; 7] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];

/// Sensitivity on marked tumour slices at these numbers of false proposals in [`FROC_SLICES`] slices.
///
/// False proposals are those on no mark, on slices of patients with a tumour and of people without; slices with
/// an unmarked lesion, and patients whose nodules are neither malignant nor benign, are excluded.
pub fn operating_points(held_out: &[HeldOut<'_>]) -> Vec<OperatingPoint> {
    let slices: Vec<&HeldOut<'_>> = (held_out.iter())
        .filter(|it| {
            !it.picture.is_crop()
                && it.picture.kind != Patient::Indeterminate
                && !it.picture.unmarked_lesion
        })
        .collect();
    let on = |it: &HeldOut<'_>, place: &Place| {
        it.picture
            .marks
            .iter()
            .any(|mark| on_mark(place, mark, TOLERANCE))
    };
    let marked = slices.iter().filter(|it| !it.picture.marks.is_empty());
    let best_hits: Vec<f32> = marked
        .map(|it| {
            let hits = it.prediction.proposals.iter().filter(|place| on(it, place));
            hits.map(|place| place.score).fold(0.0, f32::max)
        })
        .collect();
    let mut misses: Vec<f32> = (slices.iter())
        .flat_map(|it| {
            let places = it
                .prediction
                .proposals
                .iter()
                .filter(|place| !on(it, place));
            places.map(|place| place.score).collect::<Vec<f32>>()
        })
        .collect();
    misses.sort_by(|a, b| b.total_cmp(a));
    let sets = slices.len() as f64 / FROC_SLICES as f64;
    let point = |wanted: &f64| {
        let allowed = (wanted * sets).floor() as usize;
        // The next false proposal would exceed the limit.
        let score = misses.get(allowed).copied().unwrap_or(0.0) + f32::EPSILON;
        let told = misses.iter().filter(|miss| **miss >= score).count();
        let found = best_hits.iter().filter(|hit| **hit >= score).count();
        OperatingPoint {
            false_proposals: told as f64 / sets.max(f64::MIN_POSITIVE),
            sensitivity: found as f64 / best_hits.len().max(1) as f64,
            score,
        }
    };
    FALSE_PROPOSALS.iter().map(point).collect()
}
