//! Ranking of nodules that radiologists rated: malignant against benign.

use std::collections::BTreeMap;

use super::{DRAWS, HeldOut};
use crate::training::metrics::ranking::area_under_roc;
use crate::training::metrics::{self, LabelledScore, bootstrap};

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

/// The figures of the crops among `held_out`, with each crop counted separately.
pub fn measure_crops(held_out: &[HeldOut<'_>]) -> CropFigures {
    let mut patients: BTreeMap<&str, usize> = BTreeMap::new();
    let (mut labelled_scores, mut cases) = (Vec::new(), Vec::new());
    for it in held_out {
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

/// A nodule rated malignant or benign.
pub(in crate::training::lesions) struct Nodule<'a> {
    pub(super) patient: &'a str,
    pub(in crate::training::lesions) labelled_score: LabelledScore,
    /// Natural logarithm of its diameter over 10 mm, as the network says.
    pub(in crate::training::lesions) size: f64,
}

/// Answers for the crops of one nodule.
#[derive(Default)]
struct OfCrops {
    /// Malignancy and natural logarithm of the diameter over 10 mm, of each crop.
    answers: Vec<[f64; 2]>,
    /// Malignancy by the readers, from 0 to 1.
    rated: f32,
}

/// Nodules rated malignant or benign, with the mean malignancy and size of their crops.
pub(in crate::training::lesions) fn nodules<'a>(held_out: &[HeldOut<'a>]) -> Vec<Nodule<'a>> {
    let mut crops: BTreeMap<(&'a str, &str), OfCrops> = BTreeMap::new();
    for it in held_out {
        let (Some(nodule), Some(middle)) = (&it.picture.nodule, &it.prediction.middle) else {
            continue;
        };
        let Some(malignancy) = it.picture.marks.first().and_then(|mark| mark.malignancy) else {
            continue;
        };
        let entry = crops.entry((&it.picture.patient, nodule)).or_default();
        let size = (f64::from(middle.diameter_mm) / 10.0).ln();
        entry.answers.push([f64::from(middle.score), size]);
        entry.rated = malignancy;
    }
    let nodule = |((patient, _), of_crops): ((&'a str, &str), OfCrops)| {
        let mean = |output: usize| {
            let answers = of_crops.answers.iter().map(|answer| answer[output]);
            answers.sum::<f64>() / of_crops.answers.len().max(1) as f64
        };
        Some(Nodule {
            patient,
            labelled_score: LabelledScore {
                probability: mean(0),
                positive: called(of_crops.rated)?,
            },
            size: mean(1),
        })
    };
    crops.into_iter().filter_map(nodule).collect()
}
