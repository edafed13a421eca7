//! Bundles follow FHIR R4 and state the content of the record.

use jiff::Timestamp;
use jiff::civil::Date;
use lunny::clinical::assessment::{Assessment, Lesion, TrainingRange};
use lunny::clinical::patient::{Field, Kind};
use lunny::clinical::report::{Addendum, ReportStatus, ReportWords};
use lunny::report::deidentified::{Pseudonyms, deidentified};
use lunny::report::fhir::bundle;
use lunny::report::record::{PictureFile, RecordReport, ReportedExam};
use serde_json::{Value, json};

use super::everything::{nodule, patient, planted};
use super::validator::faults;
use crate::made_up;

/// A record with all facts, without a database: the same each time.
fn record() -> RecordReport {
    let at = |second: i64| Timestamp::constant(1_700_000_000 + second, 0);
    let picture = || {
        Some(PictureFile {
            media_type: "image/png",
            bytes: b"a picture".to_vec(),
        })
    };
    let mut first = ReportedExam {
        accession: "E-1".into(),
        examined_at: at(0),
        slice: made_up::exam("first", 0.8),
        study: None,
        reading: Default::default(),
        key_image: picture(),
        heat_map: picture(),
        status: ReportStatus::Final {
            version: 2,
            amends: false,
            signed_by: "Rosa Lind".into(),
            signed_at: at(90),
        },
        addenda: vec![Addendum {
            text: "Seen again.".into(),
            written_by: "Rosa Lind".into(),
            written_at: at(100),
        }],
    };
    first.reading.words = ReportWords {
        findings: "A part-solid nodule.\nNo effusion.".into(),
        impression: "Suspicious.".into(),
        recommendation: "PET/CT.".into(),
    };
    first.reading.nodules = vec![nodule()];
    first.reading.circumstances.family_history = Some(true);
    first.reading.circumstances.emphysema = Some(false);
    first.reading.circumstances.nodules_seen = Some(2);
    first.reading.circumstances.modifier_s = true;
    first.reading.circumstances.scanned_on = Some(Date::constant(2004, 5, 6));
    let mut second = ReportedExam {
        accession: "E-2".into(),
        examined_at: at(60),
        slice: made_up::exam("second", 0.012),
        study: None,
        reading: Default::default(),
        key_image: None,
        heat_map: None,
        status: ReportStatus::NOT_STORED,
        addenda: Vec::new(),
    };
    second.slice.assessment = second.slice.assessment.within(TrainingRange::Outside {
        reason: "its lungs are grey".into(),
    });
    RecordReport {
        hospital: "St. Mary".into(),
        made_by: "Ada Byron".into(),
        made_at: at(120),
        patient: patient(),
        record_since: at(0),
        changed_by: "Ada Byron".into(),
        changed_at: at(30),
        photo: picture(),
        exams: vec![second, first],
        deidentified: None,
    }
}

fn json_of(record: &RecordReport) -> Value {
    serde_json::to_value(bundle(record)).unwrap()
}

fn resources<'a>(bundle: &'a Value, kind: &str) -> Vec<&'a Value> {
    let entries = bundle["entry"].as_array().unwrap().iter();
    let resources = entries.map(|entry| &entry["resource"]);
    resources
        .filter(|resource| resource["resourceType"] == kind)
        .collect()
}

#[test]
fn a_bundle_of_a_full_record_is_valid_and_matches_its_snapshot() {
    assert_eq!(faults(&json_of(&record())), Vec::<String>::new());
    let text = serde_json::to_string_pretty(&bundle(&record())).unwrap();
    insta::assert_snapshot!("whole_bundle", text);
}

#[test]
fn a_de_identified_bundle_is_valid_and_matches_its_snapshot() {
    let copy = deidentified(record(), &Pseudonyms::with_key([3; 64]), |_| {
        Err(lunny::report::deidentified::Withheld::SourceGone)
    });
    assert_eq!(faults(&json_of(&copy)), Vec::<String>::new());
    let text = serde_json::to_string_pretty(&bundle(&copy)).unwrap();
    insta::assert_snapshot!("deidentified_bundle", text);
}

#[test]
fn a_record_of_a_name_and_a_number_is_a_valid_bundle() {
    let mut record = record();
    record.patient = crate::support::patient("P-1", "Ada");
    record.photo = None;
    record.exams.clear();
    let bundle = json_of(&record);
    assert_eq!(faults(&bundle), Vec::<String>::new());
    assert_eq!(bundle["entry"].as_array().unwrap().len(), 2);
}

#[test]
fn every_stated_field_occurs_once() {
    let bundle = json_of(&record());
    let observations = resources(&bundle, "Observation");
    let patient = resources(&bundle, "Patient")[0].to_string();
    for field in Field::entered() {
        let named = |observation: &&&Value| observation["code"]["text"] == field.label();
        let told: Vec<_> = observations.iter().filter(named).collect();
        match told[..] {
            [one] => {
                let text = one.to_string();
                let shown = match field.kind() {
                    Kind::Quantity(_) => planted(field),
                    _ => serde_json::to_string(&field.shown(&planted(field))).unwrap(),
                };
                assert!(text.contains(&shown), "{}: {text}", field.key());
            }
            [] => assert!(patient.contains(&planted(field)), "{}", field.key()),
            _ => panic!("{} occurs twice", field.key()),
        }
    }
}

#[test]
fn a_signed_report_is_final_and_an_unmeasured_category_is_the_model_s_suggestion() {
    let bundle = json_of(&record());
    let [second, first] = resources(&bundle, "DiagnosticReport")[..] else {
        panic!("two reports");
    };
    assert_eq!(second["status"], "preliminary");
    assert_eq!(first["status"], "final");
    assert_eq!(first["issued"], "2023-11-14T22:14:50Z");
    let categories: Vec<_> = resources(&bundle, "Observation")
        .into_iter()
        .filter(|observation| observation["code"]["text"] == "Lung-RADS category")
        .map(|observation| {
            (
                &observation["method"]["text"],
                &observation["valueCodeableConcept"]["text"],
            )
        })
        .collect();
    assert_eq!(
        categories,
        [
            // It is out of distribution.
            (&Value::Null, &Value::Null),
            (&json!("measured"), &json!("4XS")),
        ]
    );
    let mut inside = record();
    inside.exams[0].slice = made_up::exam("second", 0.012);
    let bundle = json_of(&inside);
    let suggested = &observed(&bundle, "Lung-RADS category")[0];
    assert_eq!(suggested["method"]["text"], "suggested by the model");
    let category = &suggested["valueCodeableConcept"]["text"];
    assert_eq!(category, "3 (suggested by the model)");
}

/// The observations of a name, in the order of the bundle.
fn observed<'a>(bundle: &'a Value, name: &str) -> Vec<&'a Value> {
    let observations = resources(bundle, "Observation").into_iter();
    observations
        .filter(|observation| observation["code"]["text"] == name)
        .collect()
}

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

#[test]
fn an_amended_report_is_marked() {
    let mut record = record();
    record.exams[1].status = ReportStatus::Final {
        version: 3,
        amends: true,
        signed_by: "Rosa Lind".into(),
        signed_at: Timestamp::UNIX_EPOCH,
    };
    let bundle = json_of(&record);
    assert_eq!(
        resources(&bundle, "DiagnosticReport")[1]["status"],
        "amended"
    );
    assert_eq!(faults(&bundle), Vec::<String>::new());
}

#[test]
fn invalid_uids_are_left_out() {
    let mut record = record();
    let mut series = |study: &str, series: &str| {
        record.exams[0].slice.series = Some(Box::new(lunny::clinical::examined::ExaminedSeries {
            study_uid: Some(study.into()),
            series_uid: Some(series.into()),
            deciding: 0..1,
            rule: String::new(),
            suspicious: vec![],
            curve: vec![Some(0.5)],
            judged: 1,
            outside: 0,
            runs_on: String::new(),
            version: "0.1.0".into(),
        }));
        let bundle = json_of(&record);
        assert_eq!(faults(&bundle), Vec::<String>::new());
        let study = resources(&bundle, "ImagingStudy")[0];
        (
            study["identifier"].as_array().unwrap().len(),
            study["series"].as_array().map_or(0, Vec::len),
        )
    };
    assert_eq!(series("1.2.840.1", "1.2.840.2"), (2, 1));
    assert_eq!(series("1.2.<script>", "../x"), (1, 0));
    assert_eq!(series("1.02", ""), (1, 0));
    assert_eq!(series(&"1.2".repeat(30), "1..2"), (1, 0));
}

#[test]
fn the_same_record_is_the_same_bundle_and_another_patient_another() {
    assert_eq!(json_of(&record()), json_of(&record()));
    let mut other = record();
    other.patient.number = "P-2".into();
    let ids = |bundle: &Value| {
        let entries = bundle["entry"].as_array().unwrap().iter();
        entries
            .map(|entry| entry["fullUrl"].as_str().unwrap().to_owned())
            .collect::<std::collections::BTreeSet<_>>()
    };
    assert!(ids(&json_of(&record())).is_disjoint(&ids(&json_of(&other))));
}

#[test]
fn the_validator_finds_faults() {
    let broken = |break_it: fn(&mut Value)| {
        let mut bundle = json_of(&record());
        break_it(&mut bundle);
        faults(&bundle)
    };
    assert_eq!(broken(|_| {}), Vec::<String>::new());
    for break_it in [
        (|bundle| bundle["entry"][1]["resource"]["gender"] = json!("Female")) as fn(&mut Value),
        |bundle| bundle["entry"][1]["resource"]["birthDate"] = json!("1.2.1931"),
        |bundle| bundle["entry"][1]["resource"]["name"] = json!([]),
        |bundle| bundle["entry"][1]["resource"]["name"] = json!({"text": "x"}),
        |bundle| bundle["entry"][1]["resource"]["shoeSize"] = json!(43),
        |bundle| bundle["entry"][1]["fullUrl"] = json!("urn:uuid:0"),
        |bundle| bundle["entry"][2]["resource"]["status"] = json!("done"),
        |bundle| bundle["entry"][2]["resource"]["code"] = Value::Null,
        |bundle| bundle["entry"][2]["resource"]["subject"]["reference"] = json!("Patient/1"),
        |bundle| {
            bundle["entry"].as_array_mut().unwrap().remove(1);
        },
        |bundle| bundle["timestamp"] = json!("2023-11-14"),
    ] {
        assert!(!broken(break_it).is_empty());
    }
}
