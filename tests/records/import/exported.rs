//! An exported table is imported unchanged.

use lunny::clinical::patient::{Field, Kind, Patient, PatientDraft};
use lunny::report::table::csv::Writer;
use lunny::report::table::{Dialect, Layout, Row};
use lunny::store::{OnDuplicate, PatientQuery};

use super::{TODAY, importer, tally};

/// A patient with a value in every field, and texts that are difficult for spreadsheets and CSV.
fn patient(number: &str, text: &str) -> Patient {
    let mut draft = PatientDraft::default();
    for field in Field::entered() {
        let value = match field.kind() {
            Kind::Line(_) => text.replace('\n', " "),
            Kind::Paragraphs(_) => text.to_owned(),
            Kind::Date(_) if field == Field::DateOfBirth => "1961-03-05".into(),
            Kind::Date(_) => "2024-02-29".into(),
            Kind::Choice(choices) => choices.last().unwrap().word.into(),
            Kind::Quantity(_) => "12.5".into(),
            Kind::Phone => "+44 20 7946 0018".into(),
            Kind::Email => "ana@example.org".into(),
            Kind::FollowUps => "2024-03-05 no change\n2025-03-05".into(),
            Kind::Photo | Kind::Computed => continue,
        };
        draft.set(field, value);
    }
    draft.set(Field::Number, number);
    draft.validate(TODAY).unwrap()
}

#[test]
fn every_field_of_an_exported_record_is_imported_again() {
    for dialect in [Dialect::Plain, Dialect::Excel] {
        imported_again(dialect);
    }
}

fn imported_again(dialect: Dialect) {
    let patients = [
        patient("P-000007", "=SUM(A1)\n\"quoted\", two; three|four"),
        patient("'+8", "'=x"),
        patient("-9", "@ana\n\n'plain'"),
        patient("10", "Żółć 李 🙂 محمد"),
        patient("00123", "+49 30 1234"),
        patient("123456789012345", "1-2"),
    ];
    let layout = Layout::whole();
    let mut bytes = Vec::new();
    let mut writer = Writer::new(&layout, dialect, &mut bytes).unwrap();
    for patient in &patients {
        let row = Row {
            patient: patient.clone(),
            exams: 2,
            last_exam: None,
            last_result: None,
            last_probability: Some(0.5),
            last_lesions: "proposed by the model: 1: slice 3, 91.0 %".into(),
        };
        writer.write(&row).unwrap();
    }
    writer.finish().unwrap();
    let importer = importer();
    let summary = importer.run_both(&bytes, OnDuplicate::Skip);
    assert_eq!(summary.tally, tally(6, 0, 0, 0, 0), "{:?}", summary.broken);
    let query = PatientQuery {
        limit: 10,
        ..PatientQuery::default()
    };
    let page = importer
        .store()
        .search_patients(&importer.access, &query)
        .unwrap();
    for patient in patients {
        let back = page.rows.iter().any(|row| row.patient == patient);
        assert!(back, "{}", patient.number);
    }
    assert_eq!(
        importer.run_both(&bytes, OnDuplicate::Overwrite).tally,
        tally(0, 0, 6, 0, 0)
    );
}
