//! Figures of slices with the calibration and the rule of other folds.

use super::HeldOut;
use super::levels::slice_level;
use crate::clinical::assessment::Classification;
use crate::model::lesions::metadata::{AnswerCounts, CrossedFigures};
use crate::training::lesions::pictures::Patient;
use crate::training::metrics::crossed::crossed;
use crate::training::metrics::{self, LabelledScore};

/// The answer for a slice by what was fitted to the other folds.
#[derive(Debug, Clone, Copy)]
struct Answer {
    score: LabelledScore,
    classification: Classification,
}

/// The figures of the whole slices among `held_out` where each fold is judged by the calibration and the rule of the other folds;
/// `fold_of` is the fold of every picture. Patients whose nodules are neither malignant nor benign are excluded. `None` if there is one
/// fold only.
pub fn crossed_figures(held_out: &[HeldOut<'_>], fold_of: &[usize]) -> Option<CrossedFigures> {
    let slices: Vec<HeldOut<'_>> = (held_out.iter().copied())
        .filter(|it| !it.picture.is_crop() && it.picture.kind != Patient::Indeterminate)
        .collect();
    let folds: Vec<usize> = (slices.iter())
        .map(|it| fold_of.get(it.prediction.picture).copied())
        .collect::<Option<_>>()?;
    let answers = crossed(&folds, |own, others| {
        let of = |chosen: &[usize]| -> Vec<HeldOut<'_>> {
            chosen.iter().map(|at| slices[*at]).collect()
        };
        let level = slice_level(&of(others));
        let answer = |it: &HeldOut<'_>| {
            let probability = level.calibration.probability(it.score());
            Answer {
                score: LabelledScore {
                    probability,
                    positive: it.is_tumour(),
                },
                classification: level.rule.classify(probability),
            }
        };
        of(own).iter().map(answer).collect()
    })?;
    let scores: Vec<LabelledScore> = answers.iter().map(|answer| answer.score).collect();
    let counted = |chosen: &dyn Fn(&HeldOut<'_>) -> bool| {
        let mut counts = AnswerCounts::default();
        for (_, answer) in slices.iter().zip(&answers).filter(|(it, _)| chosen(it)) {
            match answer.classification {
                Classification::Positive => counts.positive += 1,
                Classification::Indeterminate => counts.indeterminate += 1,
                Classification::Negative => counts.negative += 1,
            }
        }
        counts
    };
    Some(CrossedFigures {
        calibration_error: metrics::calibration_error(&scores),
        tumours: counted(&|it| it.is_tumour()),
        without_nodules: counted(&|it| it.picture.kind == Patient::NoNodule),
        pneumonia: counted(&|it| it.picture.kind == Patient::Pneumonia),
    })
}
