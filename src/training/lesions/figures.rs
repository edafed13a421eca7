//! Figures of the lesion reader on held-out patients, and the calibrations and rules fitted to them.

use std::collections::BTreeMap;

use super::judge::{Place, Prediction, on_mark};
use super::pictures::{Patient, Picture};
use crate::clinical::assessment::DecisionRule;
use crate::model::lesions::FROC_SLICES;
use crate::model::lesions::calibration::{Calibration, logit};
use crate::model::lesions::exam::{self, SliceProposals};
use crate::model::lesions::metadata::{LesionFigures, Level, OperatingPoint};
use crate::model::lesions::reader::Proposal;
use crate::training::metrics::ranking::area_under_roc;
use crate::training::metrics::{self, LabelledScore, bootstrap, sensitivity_and_specificity};

/// Maximum distance in pixels of a proposal that counts as on a mark.
pub const TOLERANCE: f32 = 8.0;
/// Number of bootstrap samples for the interval over patients.
const DRAWS: usize = 1000;
/// False proposals in [`FROC_SLICES`] slices for which the sensitivity is reported.
const FALSE_PROPOSALS: [f64; 7] = [0.125, 0.25, 0.5, 1.0, 2.0, 4.0, 8.0];
/// Maximum number of Newton iterations; it converges after a few.
const ROUNDS: usize = 50;
/// Specificity of the probability from which a slice is positive …
const POSITIVE_SPECIFICITY: f64 = 0.97;
/// … and sensitivity of the probability below which it is negative.
const NEGATIVE_SENSITIVITY: f64 = 0.95;

/// A held-out picture and its answer.
#[derive(Debug, Clone, Copy)]
pub struct Judged<'a> {
    pub picture: &'a Picture,
    pub prediction: &'a Prediction,
}

impl Judged<'_> {
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
pub fn pair<'a>(pictures: &'a [Picture], predictions: &'a [Prediction]) -> Vec<Judged<'a>> {
    let mut judged: Vec<Judged<'_>> = (predictions.iter())
        .filter(|prediction| !prediction.refused)
        .filter_map(|prediction| {
            Some(Judged {
                picture: pictures.get(prediction.picture)?,
                prediction,
            })
        })
        .collect();
    judged.sort_by_key(|judged| judged.prediction.picture);
    judged
}

/// All figures of the `judged` pictures; the calibration is that of slices.
pub fn measure(judged: &[Judged<'_>], slice: &Calibration) -> LesionFigures {
    let slices: Vec<&Judged<'_>> = judged.iter().filter(|it| !it.picture.is_crop()).collect();
    let tumours: Vec<f64> = scores(&slices, |it| it.is_tumour());
    let against = |kind: Patient| {
        let others = scores(&slices, |it| it.picture.kind == kind);
        area_under_roc(&labelled_scores(&tumours, &others))
    };
    let marked = slices
        .iter()
        .filter(|it| it.is_tumour() && !it.picture.marks.is_empty());
    let on_first = |it: &Judged<'_>| {
        let first = it.prediction.proposals.first();
        first.is_some_and(|place| {
            it.picture
                .marks
                .iter()
                .any(|mark| on_mark(place, mark, TOLERANCE))
        })
    };
    let mut patients: BTreeMap<&str, Vec<&Judged<'_>>> = BTreeMap::new();
    for it in slices
        .iter()
        .filter(|it| it.picture.kind == Patient::Malignant)
    {
        patients.entry(&it.picture.patient).or_default().push(it);
    }
    patients.retain(|_, slices| slices.iter().any(|it| it.is_tumour()));
    let top = |slices: &&Vec<&Judged<'_>>| {
        let top = slices.iter().max_by(|a, b| a.score().total_cmp(&b.score()));
        top.is_some_and(|it| it.is_tumour())
    };
    let nodules = nodules(judged);
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
        calibration_error: metrics::reliability::calibration_error(&slice_scores(judged, slice)),
    }
}

fn scores(slices: &[&Judged<'_>], chosen: impl Fn(&Judged<'_>) -> bool) -> Vec<f64> {
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

/// Ranking of crops around nodules that radiologists rated malignant against those rated benign.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct CropFigures {
    /// Number of crops of nodules rated malignant or benign.
    pub crops: usize,
    pub patients: usize,
    pub auc: Option<f64>,
    /// 95 % interval, bootstrapped over whole patients.
    pub auc_interval: [f64; 2],
}

/// The figures of the crops among `judged`, with each crop counted separately.
pub fn measure_crops(judged: &[Judged<'_>]) -> CropFigures {
    let mut patients: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut labelled_scores, mut cases) = (Vec::new(), Vec::new());
    for it in judged {
        let malignancy = it.picture.marks.first().and_then(|mark| mark.malignancy);
        let (Some(middle), Some(positive)) = (&it.prediction.middle, malignancy.and_then(called))
        else {
            continue;
        };
        let next = patients.len();
        cases.push(*patients.entry(&it.picture.patient).or_insert(next));
        labelled_scores.push(LabelledScore {
            probability: f64::from(middle.score),
            positive,
        });
    }
    CropFigures {
        crops: labelled_scores.len(),
        patients: patients.len(),
        auc: area_under_roc(&labelled_scores),
        auc_interval: bootstrap::case_interval(&labelled_scores, &cases, DRAWS, metrics::auc),
    }
}

/// True if radiologists rated a nodule malignant (mean score above 3.5 of 5), false if benign (below 2.5).
fn called(malignancy: f32) -> Option<bool> {
    match malignancy {
        high if high > 0.625 => Some(true),
        low if low < 0.375 => Some(false),
        _ => None,
    }
}

struct Nodule<'a> {
    patient: &'a str,
    labelled_score: LabelledScore,
}

/// Nodules rated malignant or benign, with the mean malignancy of their crops.
fn nodules<'a>(judged: &[Judged<'a>]) -> Vec<Nodule<'a>> {
    let mut crops: BTreeMap<(&str, &str), (Vec<f64>, f32)> = BTreeMap::new();
    for it in judged {
        let (Some(nodule), Some(middle)) = (&it.picture.nodule, &it.prediction.middle) else {
            continue;
        };
        let Some(malignancy) = it.picture.marks.first().and_then(|mark| mark.malignancy) else {
            continue;
        };
        let entry = crops.entry((&it.picture.patient, nodule)).or_default();
        entry.0.push(f64::from(middle.score));
        entry.1 = malignancy;
    }
    let nodule = |((patient, _), (scores, malignancy)): ((&'a str, &str), (Vec<f64>, f32))| {
        Some(Nodule {
            patient,
            labelled_score: LabelledScore {
                probability: scores.iter().sum::<f64>() / scores.len().max(1) as f64,
                positive: called(malignancy)?,
            },
        })
    };
    crops.into_iter().filter_map(nodule).collect()
}

/// The calibrated probability of each whole slice, and true if it shows a tumour. Patients whose nodules are
/// neither malignant nor benign are excluded.
fn slice_scores(judged: &[Judged<'_>], calibration: &Calibration) -> Vec<LabelledScore> {
    let slices = judged
        .iter()
        .filter(|it| !it.picture.is_crop() && it.picture.kind != Patient::Indeterminate);
    let labelled_score = |it: &Judged<'_>| LabelledScore {
        probability: calibration.probability(it.score()),
        positive: it.is_tumour(),
    };
    slices.map(labelled_score).collect()
}

/// The calibration of slices, fitted to `judged`.
pub fn slice_calibration(judged: &[Judged<'_>]) -> Calibration {
    let slices = judged
        .iter()
        .filter(|it| !it.picture.is_crop() && it.picture.kind != Patient::Indeterminate);
    let examples: Vec<(f64, bool)> = slices
        .map(|it| (logit(f64::from(it.score())), it.is_tumour()))
        .collect();
    fit(&examples)
}

/// The calibration of proposals: the probability that a proposed position is on a malignant lesion.
pub fn lesion_calibration(judged: &[Judged<'_>]) -> Calibration {
    let slices = judged.iter().filter(|it| {
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

/// The rule of slices, measured on `judged`.
pub fn slice_level(judged: &[Judged<'_>]) -> Level {
    let calibration = slice_calibration(judged);
    let labelled_scores = slice_scores(judged, &calibration);
    Level {
        calibration,
        rule: rule(&labelled_scores),
    }
}

/// The rule of exams, measured on `judged`: all slices of a patient form an exam, and its score is that of its
/// most suspicious lesion.
pub fn exam_level(judged: &[Judged<'_>]) -> Level {
    let mut exams: BTreeMap<(&str, &str), Vec<&Judged<'_>>> = BTreeMap::new();
    for it in judged {
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
fn exam(slices: &[&Judged<'_>]) -> (f32, bool) {
    let mut slices = slices.to_vec();
    slices.sort_by(|a, b| {
        let position = |it: &Judged<'_>| it.picture.position_mm.unwrap_or_default();
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

/// Sensitivity on marked tumour slices at these numbers of false proposals in [`FROC_SLICES`] slices.
///
/// False proposals are those on no mark, on slices of patients with a tumour and of people without; slices with
/// an unmarked lesion, and patients whose nodules are neither malignant nor benign, are excluded.
pub fn operating_points(judged: &[Judged<'_>]) -> Vec<OperatingPoint> {
    let slices: Vec<&Judged<'_>> = (judged.iter())
        .filter(|it| {
            !it.picture.is_crop()
                && it.picture.kind != Patient::Indeterminate
                && !it.picture.unmarked_lesion
        })
        .collect();
    let on = |it: &Judged<'_>, place: &Place| {
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

/// Maximum-likelihood line through the logits, with a small ridge penalty that keeps it finite for separable
/// data.
fn fit(examples: &[(f64, bool)]) -> Calibration {
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
    use super::*;
    use crate::training::lesions::pictures::Plane;

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
    fn a_slice_without_lungs_counts_in_no_figure() {
        let picture = Picture {
            file: String::new(),
            source: String::new(),
            patient: String::new(),
            kind: Patient::Pneumonia,
            nodule: None,
            width: 1,
            height: 1,
            spacing_mm: [0.7; 2],
            plane: Plane::Levels(vec![0]),
            neighbours: [None; 2],
            marks: Vec::new(),
            position_mm: None,
            unmarked_lesion: false,
        };
        let prediction = |refused| Prediction {
            picture: 0,
            file: String::new(),
            proposals: Vec::new(),
            refused,
            middle: None,
        };
        let predictions = [prediction(true), prediction(false)];
        let pictures = [picture];
        assert_eq!(pair(&pictures, &predictions).len(), 1);
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
