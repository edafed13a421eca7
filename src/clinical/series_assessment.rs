//! Combination of the slices of a series into one assessment of the exam.
//!
//! The network analyses slices one by one, without their neighbours. The exam's assessment follows from theirs by a rule that a
//! reader can check against the curve:
//!
//! - **Three neighbours decide.** The exam's class probabilities are the mean over [`NEIGHBOURS`] adjacent slices,
//!   of all such groups the one with the highest malignancy probability. A mean over all slices would hide a nodule
//!   among the healthy ones; the highest slice alone would let one artefact decide, and a relevant nodule is seen on
//!   more than one slice at the spacing of lung scans. If fewer slices are adjacent, two decide, or one.
//! - **Slices that were refused do not count**, and separate their neighbours: a refused slice lies between groups,
//!   never within one.
//! - **Outside stays outside.** A slice out of distribution has no probability, so it might have any. If the result
//!   would change with such slices counted as malignant, or if more than half of all analysed slices are outside,
//!   then so is the exam, and it has no probability either.
//! - The decision rule is the model's own. It was measured on single slices; [`CAUTION`] explains the consequence.
//!
//! The lesion reader uses neighbouring slices itself and has a rule for exams: its assessment is complete, see
//! [`SeriesAssessment::of_exam`].

use std::borrow::Cow;
use std::ops::Range;

use super::assessment::{Assessment, ClassProbabilities, Lesion, Reader, TrainingRange};

/// Number of adjacent slices that decide together.
pub const NEIGHBOURS: usize = 3;

/// Number of slices that are listed as the most suspicious ones.
pub const MOST_SUSPICIOUS: usize = 5;

/// The slice classifier's rule in a sentence, as stored with every exam.
pub const RULE: &str = "highest mean of three neighbouring slices";

/// The lesion reader's rule.
pub const LESION_RULE: &str = "exam score of the lesion reader";

/// Caution for every exam that was analysed slice by slice.
pub const CAUTION: &str = "The model was measured on single slices. Among many slices a false alarm is likelier than \
                           its figures say.";

/// The assessment of an exam, and the slices that it comes from.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesAssessment {
    /// Assessment of the whole exam, by the model's decision rule.
    pub assessment: Assessment,
    /// The deciding slices, from 0.
    pub deciding: Range<usize>,
    /// The rule by which they decided, in a sentence such as [`RULE`].
    pub rule: Cow<'static, str>,
    /// The most suspicious slices, from 0, highest probability first. For an exam analysed slice by slice, no two of them are
    /// within [`NEIGHBOURS`] of each other. Empty if the exam is out of distribution.
    pub suspicious: Vec<usize>,
    /// Number of slices that are out of distribution.
    pub outside: usize,
}

impl SeriesAssessment {
    /// The assessment of an exam that a network analysed as a whole: `deciding` and `suspicious` are slices from 0, `outside` the
    /// number of slices out of distribution.
    pub fn of_exam(
        assessment: Assessment,
        deciding: Range<usize>,
        suspicious: Vec<usize>,
        outside: usize,
    ) -> Self {
        let is_told = !assessment.is_outside();
        Self {
            rule: match assessment.reader {
                Reader::Slice => RULE.into(),
                Reader::Lesions => LESION_RULE.into(),
            },
            assessment,
            deciding,
            suspicious: if is_told { suspicious } else { Vec::new() },
            outside,
        }
    }

    /// The assessment of slices in their order, with none for those that the network did not analyse; none if it analysed no
    /// slice at all.
    pub fn of(slices: &[Option<Assessment>]) -> Option<Self> {
        let analysed = slices.iter().flatten().count();
        let outside = (slices.iter().flatten())
            .filter(|slice| slice.is_outside())
            .count();
        // A slice out of distribution might have any probability, so the worst is assumed.
        let worst = deciding(slices, |slice| {
            Some(slice.malignancy_probability().unwrap_or(1.0))
        })?;
        let known = deciding(slices, Assessment::malignancy_probability);
        let (assessment, deciding) = match known {
            None => {
                let first = members(slices, &worst.slices).next()?.clone();
                let lesions = lesions(slices);
                (Assessment { lesions, ..first }, worst.slices.clone())
            }
            Some(known) => {
                let first = members(slices, &known.slices).next()?;
                let is_open = first.rule.classify(worst.mean) != first.rule.classify(known.mean);
                let deciding = if is_open {
                    &worst.slices
                } else {
                    &known.slices
                };
                (mean(slices, &known)?, deciding.clone())
            }
        };
        let range = range(slices, &deciding, analysed, outside);
        let exam = Self::of_exam(
            assessment.within(range),
            deciding,
            suspicious(slices),
            outside,
        );
        Some(Self {
            rule: RULE.into(),
            ..exam
        })
    }
}

/// Adjacent slices, from 0, and the mean of their malignancy probabilities.
struct Group {
    slices: Range<usize>,
    mean: f64,
}

/// The adjacent slices with the highest mean malignancy probability; the first of equal groups.
fn deciding(
    slices: &[Option<Assessment>],
    malignancy: impl Fn(&Assessment) -> Option<f64>,
) -> Option<Group> {
    let malignancy = |slice: &Option<Assessment>| slice.as_ref().and_then(&malignancy);
    (1..=NEIGHBOURS).rev().find_map(|together| {
        let sums = slices
            .windows(together)
            .enumerate()
            .filter_map(|(start, group)| {
                let sum: f64 = group.iter().map(malignancy).sum::<Option<f64>>()?;
                Some((start, sum))
            });
        let highest = sums.reduce(|best, next| if next.1 > best.1 { next } else { best });
        highest.map(|(start, sum)| Group {
            slices: start..start + together,
            mean: sum / together as f64,
        })
    })
}

fn members<'a>(
    slices: &'a [Option<Assessment>],
    group: &Range<usize>,
) -> impl Iterator<Item = &'a Assessment> {
    let group = slices.get(group.clone()).unwrap_or_default();
    group.iter().flatten()
}

/// The lesions of all slices, each with its slice, most suspicious first.
fn lesions(slices: &[Option<Assessment>]) -> Vec<Lesion> {
    let each = slices.iter().enumerate().flat_map(|(index, slice)| {
        let lesions = slice.iter().flat_map(|slice| &slice.lesions);
        lesions.map(move |lesion| Lesion {
            slice: index + 1,
            ..*lesion
        })
    });
    let mut lesions: Vec<Lesion> = each.collect();
    lesions.sort_by(|one, other| {
        (other.malignancy_probability).total_cmp(&one.malignancy_probability)
    });
    lesions
}

/// The exam's assessment before its range is set: from the mean class probabilities if every deciding slice has them, otherwise
/// from the mean malignancy probability with the lesions of all slices.
fn mean(slices: &[Option<Assessment>], group: &Group) -> Option<Assessment> {
    let deciders: Vec<&Assessment> = members(slices, &group.slices).collect();
    let first = *deciders.first()?;
    let classes: Option<Vec<ClassProbabilities>> =
        deciders.iter().map(|slice| slice.classes).collect();
    let (rule, model) = (first.rule, first.model.clone());
    let Some(classes) = classes else {
        let lesions = lesions(slices);
        return Some(Assessment::of_lesions(group.mean, lesions, rule, model));
    };
    let of = |class: fn(&ClassProbabilities) -> f64| {
        let sum: f64 = classes.iter().map(class).sum();
        sum / classes.len().max(1) as f64
    };
    let classes = ClassProbabilities {
        normal: of(|classes| classes.normal),
        benign: of(|classes| classes.benign),
        malignant: of(|classes| classes.malignant),
    };
    Some(Assessment::of_classes(classes, rule, model))
}

fn range(
    slices: &[Option<Assessment>],
    deciding: &Range<usize>,
    analysed: usize,
    outside: usize,
) -> TrainingRange {
    let reason = members(slices, deciding).find_map(|slice| slice.training_range.outside_reason());
    match reason {
        Some(reason) => TrainingRange::Outside {
            reason: format!("the deciding slices are outside: {reason}"),
        },
        None if 2 * outside > analysed => TrainingRange::Outside {
            reason: format!("{outside} of {analysed} analysed slices are outside"),
        },
        None => TrainingRange::Inside,
    }
}

/// The highest slices, none within [`NEIGHBOURS`] of a higher one in the list.
fn suspicious(slices: &[Option<Assessment>]) -> Vec<usize> {
    let mut by_height: Vec<(usize, f64)> = (slices.iter().enumerate())
        .filter_map(|(index, slice)| Some((index, slice.as_ref()?.malignancy_probability()?)))
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
mod tests;
