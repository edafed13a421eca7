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
    Some(Assessment::of_classes(classes, rule, model))
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
    assert!((exam.assessment.malignancy_probability().unwrap() - 0.9).abs() < 1e-12);
    assert_eq!(exam.deciding, 7..10);
    assert_eq!(exam.suspicious[0], 7);
}

#[test]
fn a_refused_slice_separates_its_neighbours() {
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
fn an_exam_is_outside_if_its_deciding_slices_or_most_slices_are() {
    let mut slices: Vec<_> = [0.1; 9].map(slice).into();
    slices[4] = outside(0.9);
    let exam = answer(&slices);
    assert_eq!(
        exam.assessment.classification,
        Classification::Indeterminate
    );
    assert_eq!(exam.outside, 1);
    let reason = exam.assessment.training_range.outside_reason().unwrap();
    assert_eq!(reason, "the deciding slices are outside: it is noisy");
    let mut slices: Vec<_> = [0.0; 7].map(outside).into();
    slices.extend([0.8; 4].map(slice));
    let exam = answer(&slices);
    assert_eq!(exam.deciding, 7..10);
    let reason = exam.assessment.training_range.outside_reason().unwrap();
    assert_eq!(reason, "7 of 11 analysed slices are outside");
    slices.extend([0.0; 3].map(slice));
    assert_eq!(
        answer(&slices).assessment.classification,
        Classification::Positive
    );
}

#[test]
fn a_slice_outside_matters_only_if_it_could_change_the_result() {
    let mut slices: Vec<_> = [0.05; 9].map(slice).into();
    slices[4] = outside(0.0);
    let exam = answer(&slices);
    // Even a malignant slice among such neighbours would not decide.
    assert_eq!(exam.assessment.classification, Classification::Negative);
    assert_eq!((exam.outside, exam.suspicious.contains(&4)), (1, false));
    slices[5] = outside(0.0);
    let exam = answer(&slices);
    assert_eq!(exam.assessment.malignancy_probability(), None);
    assert!(exam.deciding.contains(&4) && exam.deciding.contains(&5));
    assert!(exam.suspicious.is_empty());
    // A result that is positive without it stays positive.
    slices[7] = slice(0.9);
    slices[8] = slice(0.9);
    slices[6] = slice(0.9);
    let exam = answer(&slices);
    assert_eq!(exam.assessment.classification, Classification::Positive);
    assert_eq!(exam.deciding, 6..9);
}

#[test]
fn an_exam_whose_slices_are_all_outside_states_the_reason() {
    let exam = answer(&[None, outside(0.9), outside(0.1), outside(0.2), outside(0.9)]);
    assert_eq!(exam.assessment.malignancy_probability(), None);
    assert_eq!((exam.deciding, exam.outside), (1..4, 4));
    let reason = exam.assessment.training_range.outside_reason();
    assert_eq!(reason, Some("the deciding slices are outside: it is noisy"));
}

#[test]
fn the_lesions_of_slices_become_those_of_the_exam_with_their_slice() {
    let read = |malignancy| {
        let lesion = Lesion {
            slice: 1,
            row: 4.0,
            column: 5.0,
            position_mm: None,
            diameter_mm: None,
            size: None,
            malignancy_probability: malignancy,
        };
        let like = slice(malignancy).unwrap();
        let lesions = vec![lesion];
        Some(Assessment::of_lesions(
            malignancy, lesions, like.rule, like.model,
        ))
    };
    let exam = answer(&[None, read(0.7), read(0.9), read(0.8)]);
    assert!((exam.assessment.malignancy_probability().unwrap() - 0.8).abs() < 1e-12);
    assert_eq!(exam.assessment.reader, Reader::Lesions);
    let places = |exam: &SeriesAssessment| -> Vec<usize> {
        let lesions = exam.assessment.lesions.iter();
        lesions.map(|lesion| lesion.slice).collect()
    };
    assert_eq!(places(&exam), [3, 4, 2]);
    // Lesions are proposed outside too.
    let outside = |slice: Option<Assessment>| {
        let reason = "it is noisy".to_owned();
        slice.map(|slice| slice.within(TrainingRange::Outside { reason }))
    };
    let exam = answer(&[None, outside(read(0.7)), outside(read(0.9))]);
    assert!(exam.assessment.is_outside());
    assert_eq!(places(&exam), [3, 2]);
}

#[test]
fn an_exam_analysed_as_a_whole_names_no_slice_outside_the_range() {
    let inside = slice(0.9).unwrap();
    let exam = SeriesAssessment::of_exam(inside.clone(), 3..4, vec![3, 9], 2);
    assert_eq!((exam.deciding, exam.suspicious), (3..4, vec![3, 9]));
    assert_eq!((exam.outside, &*exam.rule), (2, RULE));
    let outside = outside(0.9).unwrap();
    let exam = SeriesAssessment::of_exam(outside, 3..4, vec![3, 9], 2);
    assert!(exam.suspicious.is_empty());
    let read = Assessment::of_lesions(0.9, Vec::new(), inside.rule, inside.model);
    let exam = SeriesAssessment::of_exam(read, 3..4, vec![3], 0);
    assert_eq!(exam.rule, LESION_RULE);
}

#[test]
fn suspicious_slices_are_peaks_and_not_neighbours() {
    let heights = [0.1, 0.8, 0.9, 0.8, 0.1, 0.1, 0.7, 0.2, 0.1, 0.1];
    assert_eq!(answer(&heights.map(slice)).suspicious, [2, 6, 9]);
}

proptest! {
    #[test]
    fn the_order_may_be_reversed(heights in prop::collection::vec(prop::option::of(0.0..=1.0f64), 1..40)) {
        let slices: Vec<_> = heights.iter().map(|height| height.and_then(slice)).collect();
        let turned: Vec<_> = slices.iter().rev().cloned().collect();
        let malignancy = |slices: &[Option<Assessment>]| {
            SeriesAssessment::of(slices).and_then(|exam| exam.assessment.malignancy_probability())
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
        let malignancy = |slices| answer(slices).assessment.malignancy_probability().unwrap();
        let before = malignancy(&slices);
        prop_assert!(malignancy(&raised) >= before - 1e-12);
    }
}
