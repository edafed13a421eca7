//! Bundles follow FHIR R4 and state the content of the record.

mod observations;
mod transactions;

use jiff::Timestamp;
use jiff::civil::Date;
use lunny::clinical::assessment::{Assessment, Lesion, TrainingRange};
use lunny::clinical::patient::{Field, Kind, PatientDraft};
use lunny::clinical::report::{Addendum, ReportStatus, ReportWords};
use lunny::clinical::scanned_study::ScannedStudy;
use lunny::clinical::worklist::ExamPlan;
use lunny::report::deidentified::{Pseudonyms, deidentified};
use lunny::report::fhir::{self, BundleKind, FhirOptions};
use lunny::report::record::{
    Extent, PictureFile, PlanState, PlannedExam, RecordReport, ReportedExam,
};
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
        signed_text: Some("Chest CT slice\nResult: positive\n".into()),
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
        signed_text: None,
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
        planned: Vec::new(),
        deidentified: None,
    }
}

fn json_of(record: &RecordReport) -> Value {
    serde_json::to_value(fhir::bundle(record, &FhirOptions::default())).unwrap()
}

fn text_of(record: &RecordReport) -> String {
    serde_json::to_string_pretty(&fhir::bundle(record, &FhirOptions::default())).unwrap()
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
    insta::assert_snapshot!("whole_bundle", text_of(&record()));
}

#[test]
fn a_de_identified_bundle_is_valid_and_matches_its_snapshot() {
    let copy = deidentified(record(), &Pseudonyms::with_key([3; 64]), |_| {
        Err(lunny::report::deidentified::Withheld::SourceGone)
    });
    assert_eq!(faults(&json_of(&copy)), Vec::<String>::new());
    insta::assert_snapshot!("deidentified_bundle", text_of(&copy));
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
    let others: String = [
        "Patient",
        "AllergyIntolerance",
        "MedicationStatement",
        "Appointment",
    ]
    .into_iter()
    .flat_map(|kind| resources(&bundle, kind))
    .map(|resource| resource.to_string())
    .collect();
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
            [] => assert!(others.contains(&planted(field)), "{}", field.key()),
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
            analysed: 1,
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

/// The ids of a bundle's resources that belong to one patient.
fn own_ids(bundle: &Value) -> std::collections::BTreeSet<String> {
    let entries = bundle["entry"].as_array().unwrap().iter();
    let is_common = |entry: &&Value| {
        let kind = entry["resource"]["resourceType"].as_str().unwrap();
        ["Organization", "Practitioner", "Device"].contains(&kind)
    };
    entries
        .filter(|entry| !is_common(entry))
        .map(|entry| entry["fullUrl"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn the_same_record_is_the_same_bundle_and_another_patient_another() {
    assert_eq!(json_of(&record()), json_of(&record()));
    let first = own_ids(&json_of(&record()));
    let mut numbered = record();
    numbered.patient.number = "P-2".into();
    // The same number of other records, whose hospital has the same name.
    let mut elsewhere = record();
    elsewhere.record_since = Timestamp::UNIX_EPOCH;
    for other in [numbered, elsewhere] {
        assert!(first.is_disjoint(&own_ids(&json_of(&other))));
    }
}

#[test]
fn a_name_is_stated_whole_and_in_its_parts() {
    let mut record = record();
    record.patient.full_name = "Ada King Byron".into();
    let name = |record: &RecordReport| resources(&json_of(record), "Patient")[0]["name"][0].clone();
    let parts = json!({"text": "Ada King Byron", "family": "Byron", "given": ["Ada", "King"]});
    assert_eq!(name(&record), parts);
    // The scan states where the family name ends.
    record.exams[1].study = Some(Box::new(ScannedStudy {
        patient_name: Some("KING BYRON^ADA".into()),
        ..ScannedStudy::default()
    }));
    let parts = json!({"text": "Ada King Byron", "family": "King Byron", "given": ["Ada"]});
    assert_eq!(name(&record), parts);
    record.patient.full_name = "Ada".into();
    assert_eq!(name(&record), json!({"text": "Ada"}));
}

#[test]
fn allergies_medications_and_planned_exams_are_resources() {
    let mut record = record();
    let mut typed = PatientDraft::from(&record.patient);
    typed.set(Field::Allergies, "Penicillin: rash\nNone known.");
    typed.set(Field::Medications, "Metformin 500 mg\n\nAspirin");
    typed.set(Field::NextAppointment, "2024-02-01");
    let follow_ups = "2002-03-04 done\n2023-11-14 today\n2024-06-01 LDCT";
    typed.set(Field::FollowUps, follow_ups);
    record.patient = typed.validate(Date::constant(2024, 1, 1)).unwrap();
    let bundle = json_of(&record);
    assert_eq!(faults(&bundle), Vec::<String>::new());
    let codes: Vec<_> = resources(&bundle, "AllergyIntolerance")
        .into_iter()
        .map(|allergy| {
            (
                &allergy["code"]["text"],
                &allergy["code"]["coding"][0]["code"],
            )
        })
        .collect();
    assert_eq!(
        codes,
        [
            (&json!("Penicillin: rash"), &Value::Null),
            (&json!("None known."), &json!("716186003")),
        ]
    );
    let taken: Vec<_> = resources(&bundle, "MedicationStatement")
        .into_iter()
        .map(|taken| &taken["medicationCodeableConcept"]["text"])
        .collect();
    assert_eq!(taken, ["Metformin 500 mg", "Aspirin"]);
    let planned: Vec<_> = resources(&bundle, "Appointment")
        .into_iter()
        .map(|planned| {
            let period = &planned["requestedPeriod"][0];
            (
                &planned["description"],
                &period["start"],
                &planned["status"],
            )
        })
        .collect();
    assert_eq!(
        planned,
        [
            (
                &json!("Next appointment"),
                &json!("2024-02-01"),
                &json!("proposed")
            ),
            (&json!("LDCT"), &json!("2024-06-01"), &json!("proposed")),
        ]
    );
    let done = &observed(&bundle, Field::FollowUps.label())[0]["valueString"];
    assert_eq!(done, "2002-03-04 done\n2023-11-14 today");
}

#[test]
fn a_study_is_dated_and_numbered_as_the_scan_states_it() {
    let mut record = record();
    let study = ScannedStudy {
        study_uid: Some("1.2.840.1".into()),
        series_uid: Some("1.2.840.2".into()),
        accession: Some("ACC-4711".into()),
        referrer: Some("WOMBAT^REF".into()),
        ..ScannedStudy::default()
    };
    let other_series = ScannedStudy {
        series_uid: Some("1.2.840.3".into()),
        ..study.clone()
    };
    record.exams[1].study = Some(Box::new(study));
    record.exams[0].study = Some(Box::new(other_series));
    let bundle = json_of(&record);
    assert_eq!(faults(&bundle), Vec::<String>::new());
    // Both exams are of one study.
    let [study] = resources(&bundle, "ImagingStudy")[..] else {
        panic!("one study");
    };
    let uids: Vec<_> = study["series"]
        .as_array()
        .unwrap()
        .iter()
        .map(|of| &of["uid"])
        .collect();
    assert_eq!(uids, ["1.2.840.3", "1.2.840.2"]);
    assert_eq!(study["referrer"]["display"], "WOMBAT, REF");
    let numbers = study["identifier"].as_array().unwrap();
    assert_eq!(numbers[0]["value"], "urn:oid:1.2.840.1");
    let accession = numbers
        .iter()
        .find(|number| number["type"]["coding"][0]["code"] == "ACSN");
    assert_eq!(accession.unwrap()["value"], "ACC-4711");
    let reports = resources(&bundle, "DiagnosticReport");
    assert_eq!(reports[1]["effectiveDateTime"], "2004-05-06");
    assert_eq!(reports[0]["imagingStudy"], reports[1]["imagingStudy"]);
}

#[test]
fn the_signed_text_is_in_the_bundle() {
    let bundle = json_of(&record());
    let [second, first] = resources(&bundle, "DiagnosticReport")[..] else {
        panic!("two reports");
    };
    assert_eq!(second.get("presentedForm"), None);
    let form = &first["presentedForm"][0];
    assert_eq!(form["contentType"], "text/plain; charset=utf-8");
    assert_eq!(form["data"], "Q2hlc3QgQ1Qgc2xpY2UKUmVzdWx0OiBwb3NpdGl2ZQo=");
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
        |bundle| bundle["type"] = json!("transaction"),
        |bundle| bundle["entry"][1]["request"] = json!({"method": "POST", "url": "Patient"}),
    ] {
        assert!(!broken(break_it).is_empty());
    }
}

#[test]
fn planned_exams_are_orders_and_the_exam_that_carried_one_out_refers_to_it() {
    let mut record = record();
    let on = jiff::civil::Date::constant(2026, 3, 2);
    let planned = |number: &str, accession: &str, reason: &str, state| PlannedExam {
        number: number.into(),
        plan: ExamPlan::new(on, accession, reason).unwrap(),
        state,
    };
    let reason = "moved away";
    record.planned = vec![
        planned("W-3", "", "", PlanState::Planned),
        planned("W-2", "ACC-2", "", PlanState::Cancelled { reason, on }),
        planned(
            "W-1",
            "ACC-1",
            "annual screening",
            PlanState::Done {
                exam: "E-2".into(),
                on,
            },
        ),
    ];
    let bundle = json_of(&record);
    assert_eq!(faults(&bundle), Vec::<String>::new());
    let orders = resources(&bundle, "ServiceRequest");
    let statuses: Vec<&str> = orders
        .iter()
        .map(|order| order["status"].as_str().unwrap())
        .collect();
    assert_eq!(statuses, ["active", "revoked", "completed"]);
    assert_eq!(orders[2]["occurrenceDateTime"], "2026-03-02");
    assert_eq!(orders[2]["reasonCode"][0]["text"], "annual screening");
    assert_eq!(orders[2]["identifier"][0]["value"], "ACC-1");
    let based_on = |kind: &str| {
        let all = resources(&bundle, kind).into_iter();
        all.filter(|it| !it["basedOn"].is_null()).count()
    };
    assert_eq!(
        (based_on("DiagnosticReport"), based_on("ImagingStudy")),
        (1, 1)
    );
    let anonymous = deidentified(record.clone(), &Pseudonyms::with_key([3; 64]), |_| Ok(()));
    assert!(resources(&json_of(&anonymous), "ServiceRequest").is_empty());
    let one = record.only(&Extent::One("E-2".into())).unwrap();
    assert_eq!(one.planned.len(), 1);
}
