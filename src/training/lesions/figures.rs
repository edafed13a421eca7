//! Figures of the lesion reader on held-out patients, and the calibrations and rules fitted to them.

mod crossed;
mod froc;
mod levels;
mod nodules;

use std::collections::BTreeMap;

use super::pictures::{Patient, Picture};
pub use crossed::crossed_figures;
pub use froc::operating_points;
pub use levels::{exam_level, lesion_calibration, slice_calibration, slice_level};
pub use nodules::{CropFigures, measure_crops};

use self::levels::slice_scores;
use super::predict::{Prediction, on_mark};
use crate::model::lesions::calibration::Calibration;
use crate::model::lesions::metadata::LesionFigures;
use crate::training::metrics::ranking::area_under_roc;
use crate::training::metrics::{self, LabelledScore, bootstrap};
pub(super) use levels::fit as fit_line;
pub(super) use nodules::nodules;

/// Maximum distance in pixels of a proposal that counts as on a mark.
pub const TOLERANCE: f32 = 8.0;
/// Number of bootstrap samples for the interval over patients.
const DRAWS: usize = 1000;

/// A held-out picture and its answer.
#[derive(Debug, Clone, Copy)]
pub struct HeldOut<'a> {
    pub picture: &'a Picture,
    pub prediction: &'a Prediction,
}

impl HeldOut<'_> {
    /// The score of the most suspicious position.
    pub fn score(&self) -> f32 {
        self.prediction
            .proposals
            .first()
            .map_or(0.0, |place| place.score)
    }

    fn is_tumour(&self) -> bool {
        self.picture.kind == Patient::Malignant && !self.picture.is_without_lesion()
    }
}

/// Pairs pictures with their answers, in the pictures' order. Slices without lungs have no answer and count in
/// no figure.
pub fn pair<'a>(pictures: &'a [Picture], predictions: &'a [Prediction]) -> Vec<HeldOut<'a>> {
    let mut held_out: Vec<HeldOut<'_>> = (predictions.iter())
        .filter(|prediction| !prediction.refused)
        .filter_map(|prediction| {
            Some(HeldOut {
                picture: pictures.get(prediction.picture)?,
                prediction,
            })
        })
        .collect();
    held_out.sort_by_key(|held_out| held_out.prediction.picture);
    held_out
}

/// All figures of the `held_out` pictures but those of [`crossed_figures`]; the calibration is that of slices.
pub fn measure(held_out: &[HeldOut<'_>], slice: &Calibration) -> LesionFigures {
    let slices: Vec<&HeldOut<'_>> = held_out.iter().filter(|it| !it.picture.is_crop()).collect();
    let tumours: Vec<f64> = scores(&slices, |it| it.is_tumour());
    let against = |kind: Patient| {
        let others = scores(&slices, |it| it.picture.kind == kind);
        area_under_roc(&labelled_scores(&tumours, &others))
    };
    let marked = slices
        .iter()
        .filter(|it| it.is_tumour() && !it.picture.marks.is_empty());
    let on_first = |it: &HeldOut<'_>| {
        let first = it.prediction.proposals.first();
        first.is_some_and(|place| {
            it.picture
                .marks
                .iter()
                .any(|mark| on_mark(place, mark, TOLERANCE))
        })
    };
    let mut patients: BTreeMap<&str, Vec<&HeldOut<'_>>> = BTreeMap::new();
    for it in slices
        .iter()
        .filter(|it| it.picture.kind == Patient::Malignant)
    {
        patients.entry(&it.picture.patient).or_default().push(it);
    }
    patients.retain(|_, slices| slices.iter().any(|it| it.is_tumour()));
    let top = |slices: &&Vec<&HeldOut<'_>>| {
        let top = slices.iter().max_by(|a, b| a.score().total_cmp(&b.score()));
        top.is_some_and(|it| it.is_tumour())
    };
    let nodules = nodules(held_out);
    let cases: BTreeMap<&str, usize> = (nodules.iter().map(|it| it.patient))
        .collect::<std::collections::BTreeSet<_>>()
        .into_iter()
        .enumerate()
        .map(|(number, patient)| (patient, number))
        .collect();
    let of_nodules: Vec<LabelledScore> = nodules.iter().map(|it| it.labelled_score).collect();
    let case: Vec<usize> = nodules
        .iter()
        .filter_map(|it| cases.get(it.patient).copied())
        .collect();
    LesionFigures {
        auc_slices: against(Patient::NoNodule),
        auc_pneumonia: against(Patient::Pneumonia),
        marked_slices: marked.clone().count(),
        first_on_mark: marked.filter(|it| on_first(it)).count(),
        cancer_patients: patients.len(),
        top_slice_is_tumour: patients.values().filter(top).count(),
        nodules: nodules.len(),
        nodule_patients: cases.len(),
        auc_nodules: area_under_roc(&of_nodules),
        auc_nodules_interval: Some(bootstrap::case_interval(
            &of_nodules,
            &case,
            DRAWS,
            metrics::auc,
        )),
        calibration_error: metrics::reliability::calibration_error(&slice_scores(held_out, slice)),
        crossed: None,
    }
}

fn scores(slices: &[&HeldOut<'_>], chosen: impl Fn(&HeldOut<'_>) -> bool) -> Vec<f64> {
    let chosen = slices.iter().filter(|it| chosen(it));
    chosen.map(|it| f64::from(it.score())).collect()
}

fn labelled_scores(positives: &[f64], negatives: &[f64]) -> Vec<LabelledScore> {
    let labelled_score = |positive| {
        move |probability: &f64| LabelledScore {
            probability: *probability,
            positive,
        }
    };
    positives
        .iter()
        .map(labelled_score(true))
        .chain(negatives.iter().map(labelled_score(false)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::lesions::metadata::AnswerCounts;
    use crate::training::lesions::pictures::Mark;
    use crate::training::lesions::predict::Place;

    fn slice(kind: Patient, marks: Vec<Mark>) -> Picture {
        Picture {
            marks,
            ..Picture::blank(kind)
        }
    }

    fn prediction(picture: usize, score: Option<f32>) -> Prediction {
        let place = |score| Place {
            row: 0.0,
            column: 0.0,
            diameter_mm: 9.0,
            score,
            lesion: score,
        };
        Prediction {
            picture,
            file: String::new(),
            proposals: score.map(place).into_iter().collect(),
            refused: false,
            middle: None,
        }
    }

    #[test]
    fn a_slice_without_lungs_counts_in_no_figure() {
        let refused = Prediction {
            refused: true,
            ..prediction(0, None)
        };
        let predictions = [refused, prediction(0, None)];
        let pictures = [slice(Patient::Pneumonia, Vec::new())];
        assert_eq!(pair(&pictures, &predictions).len(), 1);
    }

    #[test]
    fn each_fold_is_called_by_the_rule_of_the_other() {
        let mark = Mark {
            row: 0.0,
            column: 0.0,
            half_height: 3.0,
            half_width: 3.0,
            diameter_mm: 9.0,
            malignancy: Some(1.0),
        };
        // Tumours score 0.9 and the others 0.1 in the first fold; in the second one all score 0.9.
        let mut pictures = Vec::new();
        let mut predictions = Vec::new();
        let mut fold_of = Vec::new();
        for number in 0..40 {
            let (fold, tumour) = (number / 20, number % 2 == 0);
            let kind = [Patient::NoNodule, Patient::Malignant][usize::from(tumour)];
            pictures.push(slice(kind, if tumour { vec![mark] } else { Vec::new() }));
            let score = if tumour || fold == 1 { 0.9 } else { 0.1 };
            predictions.push(prediction(number, Some(score)));
            fold_of.push(fold);
        }
        let held_out = pair(&pictures, &predictions);
        let crossed = crossed_figures(&held_out, &fold_of).unwrap();
        let without = crossed.without_nodules;
        assert_eq!(
            without.positive + without.indeterminate + without.negative,
            20
        );
        assert!(without.positive >= 10, "{crossed:?}");
        assert!(crossed.calibration_error > 0.15, "{crossed:?}");
        assert_eq!(crossed.pneumonia, AnswerCounts::default());
        assert_eq!(crossed_figures(&held_out, &[0; 40]), None);
    }
}
