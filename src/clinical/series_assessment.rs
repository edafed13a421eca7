//! From the slices of a series to one answer for the exam.
//!
//! The network judges slices one by one and knows nothing of their neighbours. The exam's answer follows from
//! theirs by a rule that a reader can check with the curve before him:
//!
//! - **Three neighbours decide.** The exam's class probabilities are the mean over [`NEIGHBOURS`] slices that lie
//!   next to one another, of all such groups the one with the highest malignancy probability. A mean over all slices
//!   would drown a nodule in the healthy ones; the highest slice alone would let one artefact decide, for a nodule
//!   worth finding is seen on more than one slice at the steps that lungs are scanned with. Where fewer slices lie
//!   next to one another, two decide, or one.
//! - **What the network may not judge does not count**, and parts its neighbours: a refused slice lies between groups,
//!   never within one.
//! - **Outside stays outside.** When one of the deciding slices, or more than half of all judged slices, lies outside
//!   what the network has seen, so does the exam, and its answer is indeterminate.
//! - The decision rule is the model's own. It was measured on single slices; [`CAUTION`] says what that means.

use std::ops::Range;

use super::assessment::{Assessment, ClassProbabilities, TrainingRange};

/// Slices that decide together.
pub const NEIGHBOURS: usize = 3;

/// How many slices are named as the most suspicious ones.
pub const MOST_SUSPICIOUS: usize = 5;

/// The rule in a sentence, as it is kept with every exam.
pub const RULE: &str = "highest mean of three neighbouring slices";

/// What is said with every exam's answer.
pub const CAUTION: &str = "The model was measured on single slices. Among many slices a false alarm is likelier than \
                           its figures say.";

/// The answer for an exam, and which slices it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesAssessment {
    /// Of the whole exam, by the model's decision rule.
    pub assessment: Assessment,
    /// The slices that decided, from 0.
    pub deciding: Range<usize>,
    /// The most suspicious slices, from 0, the highest probability first; no two of them neighbours within
    /// [`NEIGHBOURS`].
    pub suspicious: Vec<usize>,
    /// Slices that the network judged.
    pub judged: usize,
    /// Of those, how many lie outside what it has seen.
    pub outside: usize,
}

impl SeriesAssessment {
    /// The answer for slices in their order, with nothing where the network judged none; nothing when it judged no
    /// slice at all.
    pub fn of(slices: &[Option<Assessment>]) -> Option<Self> {
        let judged: Vec<&Assessment> = slices.iter().flatten().collect();
        let outside = judged.iter().filter(|slice| is_outside(slice)).count();
        let deciding = deciding(slices)?;
        let deciders: Vec<&Assessment> = slices.get(deciding.clone())?.iter().flatten().collect();
        let first = *deciders.first()?;
        let assessment = Assessment::new(mean(&deciders), first.rule, first.model.clone())
            .within(range(&deciders, judged.len(), outside));
        Some(Self {
            assessment,
            deciding,
            suspicious: suspicious(slices),
            judged: judged.len(),
            outside,
        })
    }
}

fn is_outside(slice: &Assessment) -> bool {
    slice.training_range.outside_reason().is_some()
}

/// The neighbours with the highest mean malignancy probability; of equal ones the first.
fn deciding(slices: &[Option<Assessment>]) -> Option<Range<usize>> {
    let malignancy =
        |slice: &Option<Assessment>| slice.as_ref().map(Assessment::malignancy_probability);
    (1..=NEIGHBOURS).rev().find_map(|together| {
        let sums = slices
            .windows(together)
            .enumerate()
            .filter_map(|(start, group)| {
                let sum: f64 = group.iter().map(malignancy).sum::<Option<f64>>()?;
                Some((start, sum))
            });
        let highest = sums.reduce(|best, next| if next.1 > best.1 { next } else { best });
        highest.map(|(start, _)| start..start + together)
    })
}

fn mean(slices: &[&Assessment]) -> ClassProbabilities {
    let of = |class: fn(&ClassProbabilities) -> f64| {
        let sum: f64 = slices.iter().map(|slice| class(&slice.classes)).sum();
        sum / slices.len().max(1) as f64
    };
    ClassProbabilities {
        normal: of(|classes| classes.normal),
        benign: of(|classes| classes.benign),
        malignant: of(|classes| classes.malignant),
    }
}

fn range(deciders: &[&Assessment], judged: usize, outside: usize) -> TrainingRange {
    let reason = deciders
        .iter()
        .find_map(|slice| slice.training_range.outside_reason());
    match reason {
        Some(reason) => TrainingRange::Outside {
            reason: format!("slices that decide lie outside: {reason}"),
        },
        None if 2 * outside > judged => TrainingRange::Outside {
            reason: format!("{outside} of {judged} judged slices lie outside"),
        },
        None => TrainingRange::Inside,
    }
}

/// The highest slices, none within [`NEIGHBOURS`] of a higher one that is named.
fn suspicious(slices: &[Option<Assessment>]) -> Vec<usize> {
    let mut by_height: Vec<(usize, f64)> = (slices.iter().enumerate())
        .filter_map(|(index, slice)| Some((index, slice.as_ref()?.malignancy_probability())))
        .collect();
    by_height.sort_by(|one, other| other.1.total_cmp(&one.1).then(one.0.cmp(&other.0)));
    let mut named: Vec<usize> = Vec::new();
    for (index, _) in by_height {
        if named.len() == MOST_SUSPICIOUS {
            break;
        }
        if named
            .iter()
            .all(|other| other.abs_diff(index) >= NEIGHBOURS)
        {
            named.push(index);
        }
    }
    named
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::clinical::assessment::{Classification, DecisionRule, ModelIdentity};

    fn slice(malignant: f64) -> Option<Assessment> {
        let classes = ClassProbabilities {
            normal: 1.0 - malignant,
            benign: 0.0,
            malignant,
        };
        let rule = DecisionRule {
            threshold: 0.5,
            indeterminate_from: 0.4,
            indeterminate_to: 0.6,
            sensitivity: 0.9,
            specificity: 0.9,
            prevalence: 0.5,
        };
        let model = ModelIdentity {
            id: "m".into(),
            sha256: "s".into(),
        };
        Some(Assessment::new(classes, rule, model))
    }

    fn outside(malignant: f64) -> Option<Assessment> {
        let reason = "it is noisy".to_owned();
        slice(malignant).map(|slice| slice.within(TrainingRange::Outside { reason }))
    }

    fn answer(slices: &[Option<Assessment>]) -> SeriesAssessment {
        SeriesAssessment::of(slices).unwrap()
    }

    #[test]
    fn one_high_slice_among_low_ones_does_not_decide_but_three_do() {
        let mut slices: Vec<_> = [0.05; 20].map(slice).into();
        slices[7] = slice(0.95);
        assert_eq!(
            answer(&slices).assessment.classification,
            Classification::Negative
        );
        slices[8] = slice(0.9);
        slices[9] = slice(0.85);
        let exam = answer(&slices);
        assert_eq!(exam.assessment.classification, Classification::Positive);
        assert!((exam.assessment.malignancy_probability() - 0.9).abs() < 1e-12);
        assert_eq!(exam.deciding, 7..10);
        assert_eq!(exam.suspicious[0], 7);
    }

    #[test]
    fn a_refused_slice_parts_its_neighbours() {
        let slices = [
            slice(0.9),
            None,
            slice(0.9),
            slice(0.3),
            slice(0.1),
            slice(0.1),
        ];
        assert_eq!(answer(&slices).deciding, 2..5);
        let slices = [slice(0.2), None, slice(0.9), slice(0.3), None];
        assert_eq!(answer(&slices).deciding, 2..4);
        assert_eq!(answer(&[None, slice(0.7)]).deciding, 1..2);
        assert!(SeriesAssessment::of(&[None, None]).is_none());
        assert!(SeriesAssessment::of(&[]).is_none());
    }

    #[test]
    fn an_exam_is_outside_when_what_decides_is_or_most_of_it() {
        let mut slices: Vec<_> = [0.1; 9].map(slice).into();
        slices[4] = outside(0.9);
        let exam = answer(&slices);
        assert_eq!(
            exam.assessment.classification,
            Classification::Indeterminate
        );
        assert_eq!(exam.outside, 1);
        let reason = exam.assessment.training_range.outside_reason().unwrap();
        assert_eq!(reason, "slices that decide lie outside: it is noisy");
        let mut slices: Vec<_> = [0.0; 7].map(outside).into();
        slices.extend([0.8; 4].map(slice));
        let exam = answer(&slices);
        assert_eq!(exam.deciding, 7..10);
        let reason = exam.assessment.training_range.outside_reason().unwrap();
        assert_eq!(reason, "7 of 11 judged slices lie outside");
        slices.extend([0.0; 3].map(slice));
        assert_eq!(
            answer(&slices).assessment.classification,
            Classification::Positive
        );
    }

    #[test]
    fn suspicious_slices_are_peaks_and_not_neighbours() {
        let heights = [0.1, 0.8, 0.9, 0.8, 0.1, 0.1, 0.7, 0.2, 0.1, 0.1];
        assert_eq!(answer(&heights.map(slice)).suspicious, [2, 6, 9]);
    }

    proptest! {
        #[test]
        fn the_order_may_be_turned_round(heights in prop::collection::vec(prop::option::of(0.0..=1.0f64), 1..40)) {
            let slices: Vec<_> = heights.iter().map(|height| height.and_then(slice)).collect();
            let turned: Vec<_> = slices.iter().rev().cloned().collect();
            let malignancy = |slices: &[Option<Assessment>]| {
                SeriesAssessment::of(slices).map(|exam| exam.assessment.malignancy_probability())
            };
            match (malignancy(&slices), malignancy(&turned)) {
                (Some(one), Some(other)) => prop_assert!((one - other).abs() < 1e-12),
                (one, other) => prop_assert_eq!(one, other),
            }
        }

        #[test]
        fn raising_a_slice_never_lowers_the_exam(
            heights in prop::collection::vec(0.0..=1.0f64, 1..30),
            at in any::<prop::sample::Index>(),
            rise in 0.0..=1.0f64,
        ) {
            let slices: Vec<_> = heights.iter().map(|&height| slice(height)).collect();
            let mut raised = slices.clone();
            let at = at.index(heights.len());
            raised[at] = slice((heights[at] + rise).min(1.0));
            let before = answer(&slices).assessment.malignancy_probability();
            prop_assert!(answer(&raised).assessment.malignancy_probability() >= before - 1e-12);
        }
    }
}
