use super::*;

const RULE: DecisionRule = DecisionRule {
    threshold: 0.4,
    indeterminate_from: 0.3,
    indeterminate_to: 0.55,
    sensitivity: 0.95,
    specificity: 0.9,
    prevalence: 0.5,
};

fn assessment(malignant: f64) -> Assessment {
    let classes = ClassProbabilities {
        normal: 1.0 - malignant,
        benign: 0.0,
        malignant,
    };
    let model = ModelIdentity {
        id: "test".into(),
        sha256: "00".into(),
    };
    Assessment::of_classes(classes, RULE, model)
}

#[test]
fn the_band_is_closed_below_and_open_above() {
    assert_eq!(RULE.classify(0.2999), Classification::Negative);
    assert_eq!(RULE.classify(0.3), Classification::Indeterminate);
    assert_eq!(RULE.classify(0.5499), Classification::Indeterminate);
    assert_eq!(RULE.classify(0.55), Classification::Positive);
}

#[test]
fn an_empty_band_leaves_the_threshold_alone() {
    let rule = DecisionRule {
        indeterminate_from: 0.4,
        indeterminate_to: 0.4,
        ..RULE
    };
    assert_eq!(rule.classify(0.3999), Classification::Negative);
    assert_eq!(rule.classify(0.4), Classification::Positive);
}

#[test]
fn confidence_is_that_of_the_result() {
    assert_eq!(assessment(0.9).confidence(), Some(0.9));
    assert_eq!(assessment(0.1).confidence(), Some(0.9));
    assert_eq!(assessment(0.35).confidence(), Some(0.65));
}

#[test]
fn a_rarer_disease_lowers_the_probability() {
    // Calibrated on data of which half was malignant: odds of 9 become odds of 9 / 99 at a prevalence of 1 %.
    let at = assessment(0.9).malignancy_at(0.01).unwrap();
    assert!((at - 9.0 / 108.0).abs() < 1e-9, "{at}");
    let same = assessment(0.9).malignancy_at(RULE.prevalence).unwrap();
    assert!((same - 0.9).abs() < 1e-9, "{same}");
    for end in [0.0, 1.0] {
        let at = assessment(end).malignancy_at(0.01).unwrap();
        assert!((at - end).abs() < 1e-6, "{at}");
    }
    assert_eq!(outside(assessment(0.9)).malignancy_at(0.01), None);
}

fn outside(assessment: Assessment) -> Assessment {
    let reason = "its lungs are white".to_owned();
    assessment.within(TrainingRange::Outside { reason })
}

fn lesion(slice: usize, malignancy_probability: f64) -> Lesion {
    Lesion {
        slice,
        row: 10.5,
        column: 20.0,
        position_mm: Some([-12.0, 3.5, 40.0]),
        diameter_mm: Some(8.0),
        size: None,
        malignancy_probability,
    }
}

fn read(malignancy: f64, lesions: Vec<Lesion>) -> Assessment {
    Assessment::of_lesions(malignancy, lesions, RULE, assessment(0.5).model)
}

#[test]
fn outside_the_training_range_only_the_reason_is_left() {
    for malignant in [0.0, 0.1, 0.4, 0.99, 1.0] {
        let lesions = vec![lesion(1, malignant)];
        for inside in [assessment(malignant), read(malignant, lesions)] {
            assert_eq!(inside.malignancy_probability(), Some(malignant));
            let outside = outside(inside);
            assert_eq!(outside.classification, Classification::Indeterminate);
            assert_eq!((outside.malignancy, outside.classes), (None, None));
            assert_eq!(outside.malignancy_probability(), None);
            assert_eq!(outside.confidence(), None);
            assert_eq!(outside.suggested_category(), None);
            assert!(outside.is_outside());
            for lesion in &outside.lesions {
                assert_eq!(outside.lesion_probability(lesion), None);
            }
            assert_eq!(
                outside.training_range.outside_reason(),
                Some("its lungs are white")
            );
            let again = outside.clone().within(TrainingRange::Inside);
            assert_eq!(again, outside, "it stays outside");
        }
    }
}

#[test]
fn a_probability_set_beside_the_reason_is_never_returned() {
    let mut mixed = outside(assessment(0.9));
    mixed.malignancy = Some(0.9);
    assert_eq!(mixed.malignancy_probability(), None);
    assert_eq!(mixed.confidence(), None);
    assert_eq!(mixed.suggested_category(), None);
}

#[test]
fn the_most_suspicious_lesion_comes_first_and_suggests_no_category() {
    let answer = read(0.9, vec![lesion(3, 0.2), lesion(8, 0.9), lesion(5, 0.4)]);
    let slices: Vec<usize> = answer.lesions.iter().map(|lesion| lesion.slice).collect();
    assert_eq!(slices, [8, 5, 3]);
    assert_eq!(answer.classification, Classification::Positive);
    assert_eq!(answer.reader, Reader::Lesions);
    assert_eq!(answer.lesion_probability(&answer.lesions[0]), Some(0.9));
    assert_eq!((answer.classes, answer.suggested_category()), (None, None));
    let suggested = assessment(0.9).suggested_category();
    assert_eq!(suggested.map(|category| category.label()), Some("4B/4X"));
}

#[test]
fn a_lesion_with_an_invalid_figure_is_not_sound() {
    assert!(lesion(1, 0.5).is_sound());
    let spoils: [fn(&mut Lesion); 6] = [
        |lesion| lesion.slice = 0,
        |lesion| lesion.row = f64::NAN,
        |lesion| lesion.position_mm = Some([0.0, f64::INFINITY, 0.0]),
        |lesion| lesion.diameter_mm = Some(0.0),
        |lesion| lesion.diameter_mm = Some(f64::NAN),
        |lesion| lesion.malignancy_probability = 1.5,
    ];
    for spoil in spoils {
        let mut spoilt = lesion(1, 0.5);
        spoil(&mut spoilt);
        assert!(!spoilt.is_sound(), "{spoilt:?}");
    }
}

#[test]
fn an_answer_is_read_as_it_was_written() {
    for answer in [
        assessment(0.9),
        outside(assessment(0.9)),
        read(0.2, vec![lesion(4, 0.2)]),
    ] {
        let written = serde_json::to_value(&answer).unwrap();
        assert_eq!(written["reader"], answer.reader.as_str());
        assert_eq!(
            serde_json::from_value::<Assessment>(written).unwrap(),
            answer
        );
    }
}

#[test]
fn an_older_assessment_is_the_slice_classifiers_and_has_no_probability_outside() {
    let older = |range: &str| {
        let text = format!(
            r#"{{"classification":"indeterminate",
                "classes":{{"normal":0.5,"benign":0.1,"malignant":0.4}},
                "rule":{{"threshold":0.4,"indeterminate_from":0.3,"indeterminate_to":0.55,
                         "sensitivity":0.95,"specificity":0.9,"prevalence":0.5}},
                "model":{{"id":"test","sha256":"00"}},"training_range":{range}}}"#
        );
        serde_json::from_str::<Assessment>(&text).unwrap()
    };
    let inside = older(r#""inside""#);
    assert_eq!(inside.reader, Reader::Slice);
    assert_eq!(inside.malignancy_probability(), Some(0.4));
    let outside = older(r#"{"outside":{"reason":"it is noisy"}}"#);
    assert_eq!((outside.malignancy, outside.classes), (None, None));
    assert_eq!(outside.training_range.outside_reason(), Some("it is noisy"));
}

#[test]
fn a_rule_whose_band_misses_the_threshold_is_not_sound() {
    assert!(RULE.is_sound());
    let astray = DecisionRule {
        indeterminate_to: 0.35,
        ..RULE
    };
    assert!(!astray.is_sound());
    let unreal = DecisionRule {
        sensitivity: f64::NAN,
        ..RULE
    };
    assert!(!unreal.is_sound());
}
