//! Tables that spreadsheets and LUNNY's own import can read.

use std::fs;

use jiff::civil::Date;
use lunny::clinical::assessment::{Assessment, Classification, Lesion};
use lunny::clinical::patient::{Field, Patient, PatientDraft};
use lunny::export::{Format, Selection};
use lunny::report::table::{Dialect, Layout, Row, csv, json, unguarded};
use lunny::store::PatientChoice;
use serde_json::Value;

use super::everything::*;
use crate::{made_up, support};

const LESIONS: &str = "proposed by the model: 1: slice 36, about 8 mm, 91.0 %";

fn row(patient: Patient) -> Row {
    Row {
        patient,
        exams: 2,
        last_exam: Some(jiff::Timestamp::constant(1_700_000_000, 0)),
        last_result: Some(Classification::Positive),
        last_probability: Some(0.8),
        last_lesions: LESIONS.into(),
    }
}

fn in_csv(rows: &[Row]) -> Vec<u8> {
    let layout = Layout::whole();
    let mut bytes = Vec::new();
    let mut table = csv::Writer::new(&layout, Dialect::Plain, &mut bytes).unwrap();
    rows.iter().for_each(|row| table.write(row).unwrap());
    table.finish().unwrap();
    bytes
}

/// The records that a reader of CSV files finds by the headings.
fn read_back(bytes: &[u8]) -> Vec<Patient> {
    let mut reader = ::csv::Reader::from_reader(bytes);
    let fields: Vec<Option<Field>> = reader.headers().unwrap().iter().map(Field::parse).collect();
    let patient = |record: ::csv::StringRecord| {
        let mut draft = PatientDraft::default();
        for (field, cell) in fields.iter().zip(&record) {
            if let Some(field) = field {
                draft.set(*field, unguarded(cell));
            }
        }
        draft.validate(Date::constant(2026, 3, 2)).unwrap()
    };
    reader
        .records()
        .map(|record| patient(record.unwrap()))
        .collect()
}

#[test]
fn an_imported_export_gives_the_same_records() {
    let mut odd = patient();
    odd.number = "=1+1".into();
    odd.full_name = "'=cmd \"quoted\", comma; – 李 محمد".into();
    odd.notes = "-first line\nsecond, \"line\"\n\n'=third".into();
    let plain = support::patient("P-2", "'t Hooft");
    let patients = [patient(), odd, plain];
    let bytes = in_csv(&patients.clone().map(row));
    assert_eq!(read_back(&bytes), patients);
}

#[test]
fn a_table_is_utf_8_with_its_keys_as_headings_and_lines_that_end_in_crlf() {
    let text = String::from_utf8(in_csv(&[row(support::patient("P-1", "Zoë"))])).unwrap();
    let lines: Vec<&str> = text.split("\r\n").collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(lines[2], "");
    assert!(lines[0].starts_with("number,full_name,date_of_birth,gender,phone"));
    assert!(lines[0].ends_with("exams,last_exam,last_result,last_probability,last_lesions"));
    assert!(lines[1].starts_with("P-1,Zoë,,"));
    let told = format!(",2,2023-11-14,positive,0.8000,\"{LESIONS}\"");
    assert!(lines[1].ends_with(&told), "{}", lines[1]);
}

#[test]
fn no_cell_of_an_export_is_a_formula() {
    for formula in ["=1+1", "+1", "-1", "@SUM(1)", "'=1"] {
        let bytes = in_csv(&[row(support::patient(formula, formula))]);
        let mut reader = ::csv::Reader::from_reader(bytes.as_slice());
        for cell in reader.records().next().unwrap().unwrap().iter() {
            assert!(
                !cell.starts_with(['=', '+', '-', '@', '\t', '\r']),
                "{cell}"
            );
        }
    }
}

#[test]
fn a_json_table_leaves_out_what_is_not_stated() {
    let layout = Layout::whole();
    let mut bytes = Vec::new();
    let table = json::Writer::new(&layout, &mut bytes).unwrap();
    table.finish().unwrap();
    assert_eq!(
        serde_json::from_slice::<Value>(&bytes).unwrap(),
        serde_json::json!([])
    );

    let mut bytes = Vec::new();
    let mut table = json::Writer::new(&layout, &mut bytes).unwrap();
    table
        .write(&row(support::patient("P-1", "Zoë \"Q\"")))
        .unwrap();
    let none = Row {
        last_exam: None,
        last_result: None,
        last_probability: None,
        last_lesions: String::new(),
        exams: 0,
        ..row(support::patient("P-2", "Bo"))
    };
    table.write(&none).unwrap();
    table.finish().unwrap();
    let expected = serde_json::json!([
        {
            "number": "P-1", "full_name": "Zoë \"Q\"", "exams": 2, "last_exam": "2023-11-14",
            "last_result": "positive", "last_probability": 0.8,
            "last_lesions": LESIONS,
        },
        { "number": "P-2", "full_name": "Bo", "exams": 0 },
    ]);
    assert_eq!(serde_json::from_slice::<Value>(&bytes).unwrap(), expected);
}

#[test]
fn a_table_of_all_patients_covers_every_page_and_equals_one_of_a_selection() {
    let all = everything();
    let store = &all.installation.store;
    // More than a page of the patient table.
    for number in 0..520 {
        let patient = support::patient(&format!("N-{number}"), "Somebody");
        store.create_patient(&all.access, &patient).unwrap();
    }
    let choice = PatientChoice::New(support::patient("X-1", "Xenia"));
    let mut read = made_up::exam("x", 0.9);
    let lesion = Lesion {
        slice: 1,
        row: 210.4,
        column: 144.6,
        position_mm: None,
        diameter_mm: Some(8.24),
        size: None,
        malignancy_probability: 0.91,
    };
    let Assessment { rule, model, .. } = read.assessment;
    read.assessment = Assessment::of_lesions(0.9, vec![lesion], rule, model);
    let with_exam = store.save_exam(&all.access, &choice, &read).unwrap();
    let out = all.scans.path().join("out");
    let formats = [Format::Csv, Format::Json];
    let told = all.export(&Selection::All, &formats, false, &out).unwrap();
    let [table, json] = &files(&told)[..] else {
        panic!("two files");
    };
    let table = fs::read_to_string(table).unwrap();
    let cell = "0.9000,\"proposed by the model: 1: row 210, column 145, about 8 mm, 91.0 %\"";
    assert!(table.contains(cell), "{table}");
    let mut reader = ::csv::Reader::from_reader(table.as_bytes());
    assert_eq!(reader.records().count(), 522);
    let json: Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    assert_eq!(json.as_array().unwrap().len(), 522);
    let few = Selection::Chosen(vec![all.patient, with_exam.patient]);
    let told = all.export(&few, &[Format::Csv], false, &out).unwrap();
    assert!(files(&told)[0].ends_with("patients-2.csv"));
    let few = fs::read_to_string(&files(&told)[0]).unwrap();
    let mut reader = ::csv::Reader::from_reader(few.as_bytes());
    for record in reader.records() {
        let record = record.unwrap();
        let mut all = ::csv::Reader::from_reader(table.as_bytes());
        let same = all.records().any(|row| row.unwrap() == record);
        assert!(same, "{record:?}");
    }
    assert_eq!(all.installation.logged("export record", "done"), 524);
}
