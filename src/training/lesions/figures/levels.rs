//! Calibrations and decision rules of slices, proposals and exams, fitted to held-out pictures.

use std::collections::BTreeMap;

use super::{HeldOut, TOLERANCE};
use crate::clinical::assessment::DecisionRule;
use crate::model::lesions::calibration::{Calibration, logit};
use crate::model::lesions::exam::{self, SliceProposals};
use crate::model::lesions::metadata::Level;
use crate::model::lesions::reader::Proposal;
use crate::training::lesions::pictures::Patient;
use crate::training::lesions::predict::on_mark;
use crate::training::metrics::{LabelledScore, sensitivity_and_specificity};

/// Maximum number of Newton iterations; it converges after a few.
const ROUNDS: usize = 50;
/// Specificity of the probability from which a slice is positive …
const POSITIVE_SPECIFICITY: f64 = 0.97;
/// … and sensitivity of the probability below which it is negative.
const NEGATIVE_SENSITIVITY: f64 = 0.95;

/// The calibrated probability of each whole slice, and true if it shows a tumour. Patients whose nodules are
/// neither malignant nor benign are excluded.
pub(super) fn slice_scores(
    held_out: &[HeldOut<'_>],
    calibration: &Calibration,
) -> Vec<LabelledScore> {
    let slices = held_out
        .iter()
        .filter(|it| !it.picture.is_crop() && it.picture.kind != Patient::Indeterminate);
    let labelled_score = |it: &HeldOut<'_>| LabelledScore {
        probability: calibration.probability(it.score()),
        positive: it.is_tumour(),
    };
    slices.map(labelled_score).collect()
}

/// The calibration of slices, fitted to `held_out`.
pub fn slice_calibration(held_out: &[HeldOut<'_>]) -> Calibration {
    let slices = held_out
        .iter()
        .filter(|it| !it.picture.is_crop() && it.picture.kind != Patient::Indeterminate);
    let examples: Vec<(f64, bool)> = slices
        .map(|it| (logit(f64::from(it.score())), it.is_tumour()))
        .collect();
    fit(&examples)
}

/// The calibration of proposals: the probability that a proposed position is on a malignant lesion.
pub fn lesion_calibration(held_out: &[HeldOut<'_>]) -> Calibration {
    let slices = held_out.iter().filter(|it| {
        !it.picture.is_crop()
            && it.picture.kind != Patient::Indeterminate
            && !it.picture.unmarked_lesion
    });
    let examples: Vec<(f64, bool)> = slices
        .flat_map(|it| {
            it.prediction.proposals.iter().map(|place| {
                let hit = it
                    .picture
                    .marks
                    .iter()
                    .any(|mark| on_mark(place, mark, TOLERANCE));
                (logit(f64::from(place.score)), hit && it.is_tumour())
            })
        })
        .collect();
    fit(&examples)
}

/// The rule of slices, measured on `held_out`.
pub fn slice_level(held_out: &[HeldOut<'_>]) -> Level {
    let calibration = slice_calibration(held_out);
    let labelled_scores = slice_scores(held_out, &calibration);
    Level {
        calibration,
        rule: rule(&labelled_scores),
    }
}

/// The rule of exams, measured on `held_out`: all slices of a patient form an exam, and its score is that of its
/// most suspicious lesion.
pub fn exam_level(held_out: &[HeldOut<'_>]) -> Level {
    let mut exams: BTreeMap<(&str, &str), Vec<&HeldOut<'_>>> = BTreeMap::new();
    for it in held_out {
        if it.picture.is_crop() || it.picture.kind == Patient::Indeterminate {
            continue;
        }
        // Slices of unknown position are not joined.
        let file = it
            .picture
            .position_mm
            .map_or(it.picture.file.as_str(), |_| "");
        exams
            .entry((&it.picture.patient, file))
            .or_default()
            .push(it);
    }
    let answers: Vec<(f32, bool)> = exams.into_values().map(|slices| exam(&slices)).collect();
    let examples: Vec<(f64, bool)> = (answers.iter())
        .map(|(score, tumour)| (logit(f64::from(*score)), *tumour))
        .collect();
    let calibration = fit(&examples);
    let labelled_scores: Vec<LabelledScore> = (answers.iter())
        .map(|(score, positive)| LabelledScore {
            probability: calibration.probability(*score),
            positive: *positive,
        })
        .collect();
    Level {
        calibration,
        rule: rule(&labelled_scores),
    }
}

/// The score of an exam, and true if it shows a tumour.
fn exam(slices: &[&HeldOut<'_>]) -> (f32, bool) {
    let mut slices = slices.to_vec();
    slices.sort_by(|a, b| {
        let position = |it: &HeldOut<'_>| it.picture.position_mm.unwrap_or_default();
        position(a).total_cmp(&position(b))
    });
    let proposals: Vec<SliceProposals> = (slices.iter())
        .map(|it| SliceProposals {
            position_mm: it.picture.position_mm.unwrap_or_default(),
            spacing_mm: it.picture.spacing_mm,
            proposals: it.prediction.proposals.iter().map(Proposal::from).collect(),
        })
        .collect();
    let score = exam::join(&proposals)
        .first()
        .map_or(0.0, |lesion| lesion.score);
    (score, slices.iter().any(|it| it.is_tumour()))
}

/// Maximum-likelihood line through the logits, with a small ridge penalty that keeps it finite for separable
/// data.
pub(in crate::training::lesions) fn fit(examples: &[(f64, bool)]) -> Calibration {
    const RIDGE: f64 = 1e-2;
    let count = examples.len().max(1) as f64;
    let positives = examples.iter().filter(|(_, positive)| *positive).count() as f64;
    let (mut slope, mut intercept) = (1.0_f64, 0.0_f64);
    for _ in 0..ROUNDS {
        let mut gradient = [RIDGE * (slope - 1.0), 0.0];
        let mut curvature = [[RIDGE, 0.0], [0.0, 1e-9]];
        for (logit, positive) in examples {
            let probability = 1.0 / (1.0 + (-(slope * logit + intercept)).exp());
            let error = (probability - f64::from(u8::from(*positive))) / count;
            let weight = probability * (1.0 - probability) / count;
            gradient[0] += error * logit;
            gradient[1] += error;
            curvature[0][0] += weight * logit * logit;
            curvature[0][1] += weight * logit;
            curvature[1][1] += weight;
        }
        let [[a, b], [_, d]] = curvature;
        let determinant = (a * d - b * b).max(1e-12);
        let step = [
            (d * gradient[0] - b * gradient[1]) / determinant,
            (a * gradient[1] - b * gradient[0]) / determinant,
        ];
        slope -= step[0].clamp(-2.0, 2.0);
        intercept -= step[1].clamp(-4.0, 4.0);
    }
    Calibration {
        slope: slope.max(0.05),
        intercept,
        prevalence: (positives / count).clamp(1e-3, 1.0 - 1e-3),
    }
}

/// Positive above nearly all negatives, negative below nearly all positives, indeterminate between; the
/// threshold has the highest sum of sensitivity and specificity.
fn rule(labelled_scores: &[LabelledScore]) -> DecisionRule {
    let sorted = |positive: bool| {
        let chosen = labelled_scores
            .iter()
            .filter(|labelled_score| labelled_score.positive == positive);
        let mut values: Vec<f64> = chosen
            .map(|labelled_score| labelled_score.probability)
            .collect();
        values.sort_by(f64::total_cmp);
        values
    };
    let (positives, negatives) = (sorted(true), sorted(false));
    let quantile = |values: &[f64], share: f64, fallback: f64| {
        let at = (share * values.len() as f64).floor() as usize;
        values
            .get(at)
            .or(values.last())
            .copied()
            .unwrap_or(fallback)
    };
    let upper = quantile(&negatives, POSITIVE_SPECIFICITY, 0.5) + 1e-6;
    let lower = quantile(&positives, 1.0 - NEGATIVE_SENSITIVITY, 0.5);
    let threshold = (positives.iter())
        .map(|value| {
            let (sensitivity, specificity) = sensitivity_and_specificity(labelled_scores, *value);
            (sensitivity + specificity, *value)
        })
        .max_by(|a, b| a.0.total_cmp(&b.0))
        .map_or(0.5, |(_, value)| value);
    let (sensitivity, specificity) = sensitivity_and_specificity(labelled_scores, threshold);
    DecisionRule {
        threshold,
        indeterminate_from: lower.min(threshold).min(upper),
        indeterminate_to: upper.max(threshold).min(1.0),
        sensitivity,
        specificity,
        prevalence: positives.len() as f64 / labelled_scores.len().max(1) as f64,
    }
}

#[cfg(test)]
mod tests {
    use super::super::labelled_scores;
    use super::*;

    #[test]
    fn a_fitted_line_gives_the_frequencies() {
        // At logit 1 three of four are positive, at logit −1 one of four.
        let examples: Vec<(f64, bool)> = (0..400)
            .map(|number| match number % 8 {
                0..=2 => (1.0, true),
                3 => (1.0, false),
                4 => (-1.0, true),
                _ => (-1.0, false),
            })
            .collect();
        let fitted = fit(&examples);
        assert!((fitted.slope - 3.0_f64.ln()).abs() < 0.05, "{fitted:?}");
        assert!(fitted.intercept.abs() < 1e-3 && fitted.prevalence == 0.5);
    }

    #[test]
    fn the_rule_is_sound_for_separable_data() {
        for labelled_scores in [
            labelled_scores(&[0.8, 0.9], &[0.1, 0.2]),
            labelled_scores(&[0.3, 0.9], &[0.1, 0.6]),
            labelled_scores(&[], &[0.5]),
            labelled_scores(&[0.5], &[]),
            Vec::new(),
        ] {
            assert!(
                rule(&labelled_scores).is_sound(),
                "{:?}",
                rule(&labelled_scores)
            );
        }
    }
}
