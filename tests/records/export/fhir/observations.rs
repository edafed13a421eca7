//! Observations: the results of the model.

use super::*;

fn lesion(malignancy_probability: f64, diameter_mm: Option<f64>) -> Lesion {
    Lesion {
        slice: 1,
        row: 210.4,
        column: 144.6,
        position_mm: Some([1.0, 2.0, 3.0]),
        diameter_mm,
        size: None,
        malignancy_probability,
    }
}

/// The record with the lesion reader's result in its newest exam.
fn with_lesions() -> RecordReport {
    let mut record = record();
    let Assessment { rule, model, .. } = made_up::assessment(0.5);
    let lesions = vec![lesion(0.91, Some(8.24)), lesion(0.31, None)];
    record.exams[0].slice.assessment = Assessment::of_lesions(0.91, lesions, rule, model);
    record
}

#[test]
fn out_of_distribution_an_observation_states_why_it_has_no_value() {
    let bundle = json_of(&record());
    assert_eq!(faults(&bundle), Vec::<String>::new());
    for name in ["Malignancy probability by the model", "Lung-RADS category"] {
        let observation = observed(&bundle, name)[0].as_object().unwrap();
        let valued = observation.keys().any(|key| key.starts_with("value"));
        assert!(!valued, "{observation:?}");
        let absent = &observation["dataAbsentReason"];
        assert_eq!(absent["coding"][0]["code"], "not-applicable");
        let reason = "This slice is outside what the model has seen: its lungs are grey.";
        assert_eq!(absent["text"], reason);
    }
    let classification = observed(&bundle, "Classification by the model")[0];
    assert!(
        !classification.to_string().contains('%'),
        "{classification}"
    );
    let report = &resources(&bundle, "DiagnosticReport")[0];
    let conclusion = report["conclusion"].as_str().unwrap();
    assert!(
        !conclusion.contains('%') && !conclusion.contains("Lung-RADS"),
        "{conclusion}"
    );
}

#[test]
fn proposed_lesions_are_observations_of_the_model() {
    let mut record = with_lesions();
    let bundle = json_of(&record);
    assert_eq!(faults(&bundle), Vec::<String>::new());
    let first = observed(&bundle, "Lesion 1, proposed by the model")[0];
    assert_eq!(first["method"]["text"], "proposed by the model");
    assert!(first["device"]["reference"].is_string());
    let parts = first["component"].as_array().unwrap();
    let value = |name: &str| parts.iter().find(|part| part["code"]["text"] == name);
    assert_eq!(
        value("Place").unwrap()["valueString"],
        "row 210, column 145"
    );
    assert_eq!(value("Diameter").unwrap()["valueQuantity"]["value"], 8.2);
    let probability = value("Malignancy probability").unwrap();
    assert_eq!(probability["valueQuantity"]["value"], 0.91);
    assert_eq!(
        observed(&bundle, "Lesion 2, proposed by the model").len(),
        1
    );
    // The exam of the lesion reader has no measured nodule, and so no category.
    assert_eq!(observed(&bundle, "Lung-RADS category").len(), 1);

    let reason = "its lungs are grey".to_owned();
    let slice = &mut record.exams[0].slice;
    slice.assessment = (slice.assessment.clone()).within(TrainingRange::Outside { reason });
    let bundle = json_of(&record);
    let first = observed(&bundle, "Lesion 1, proposed by the model")[0].to_string();
    assert!(
        first.contains("Place") && !first.contains("probability"),
        "{first}"
    );
}
