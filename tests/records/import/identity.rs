//! Rows of two people never become one record, and unused values are reported.

use lunny::clinical::patient::Field;
use lunny::import::Summary;
use lunny::store::{MatchedBy, OnDuplicate, PatientRecord};

use super::{Importer, importer, tally};
use crate::support::find;

fn record(importer: &Importer, text: &str) -> PatientRecord {
    let page = find(importer.store(), &importer.access, text);
    assert_eq!(page.rows.len(), 1, "{text}");
    importer
        .store()
        .patient(&importer.access, page.rows[0].id)
        .unwrap()
}

/// Line, field, the value that is used and the one that is not.
fn dropped(summary: &Summary) -> Vec<(u64, Field, String, String)> {
    let rows = summary.dropped.iter();
    rows.flat_map(|row| {
        row.values.iter().map(|value| {
            let (record, file) = (value.record.clone(), value.file.clone());
            match value.keeps_record {
                true => (row.line, value.field, record, file),
                false => (row.line, value.field, file, record),
            }
        })
    })
    .collect()
}

#[test]
fn two_numbers_are_two_people_even_if_all_else_agrees() {
    let importer = importer();
    let content = "MRN,Full name,DOB,Gender,Allergies,Smoking,Pack-years\n\
                   H-100,Nguyen Van An,1970-01-01,Male,,Never smoked,\n\
                   H-200,Nguyen Van An,1970-01-01,Female,penicillin,Current smoker,40\n\
                   H-300,Nguyen Van An,1970-01-01,Male,,,\n";
    let summary = importer.run_both(content, OnDuplicate::Merge);
    assert_eq!(summary.tally, tally(3, 0, 0, 0, 0));
    let (first, second) = (
        record(&importer, "H-100").patient,
        record(&importer, "H-200").patient,
    );
    assert_eq!(first.value(Field::Allergies), "");
    assert_eq!(first.value(Field::PackYears), "");
    assert_eq!(second.value(Field::Gender), "female");
    assert_eq!(second.value(Field::Allergies), "penicillin");
    let matches: Vec<_> = summary
        .duplicates
        .iter()
        .map(|duplicate| duplicate.matched.matched_by)
        .collect();
    assert_eq!(matches, [MatchedBy::Namesake; 2], "both are reported");
    // Importing the file again finds each by its number.
    for how in [OnDuplicate::Merge, OnDuplicate::Overwrite] {
        assert_eq!(importer.run_both(content, how).tally, tally(0, 0, 3, 0, 0));
    }
}

#[test]
fn another_gender_or_birth_or_name_under_a_number_breaks_the_row() {
    for (row, word) in [
        ("SM1,Sm One,1961-02-03,Female", "gender"),
        ("SM1,Sm One,1962-02-03,Male", "date of birth"),
        ("SM1,Other Person,,Male", "full name"),
    ] {
        let importer = importer();
        let content = format!("MRN,Full name,DOB,Gender\nSM1,Sm One,1961-02-03,Male\n{row}\n");
        let summary = importer.run_both(&content, OnDuplicate::Merge);
        assert_eq!(summary.tally, tally(1, 0, 0, 0, 1), "{row}");
        let broken = &summary.broken[0];
        assert_eq!(broken.line, 3);
        assert!(
            broken.reason.contains("SM1") && broken.reason.contains(word),
            "{}",
            broken.reason
        );
        assert_eq!(
            record(&importer, "SM1").patient.value(Field::Gender),
            "male"
        );
    }
}

#[test]
fn overwriting_corrects_one_value_and_never_makes_another_person() {
    let heading = "MRN,Full name,DOB,Gender\n";
    for (row, is_correction) in [
        ("1,Ana Pérez,1961-03-06,Female", true),
        ("1,Ana Pérez,1961-03-05,Male", true),
        ("1,Ana Gil,1961-03-05,Female", true),
        ("1,Bo Li,,Female", false),
        ("1,Ana Pérez,1961-03-06,Male", false),
        ("1,Bo Li,1961-03-06,Female", false),
    ] {
        let importer = importer();
        importer.run_both(
            format!("{heading}1,Ana Pérez,1961-03-05,Female\n"),
            OnDuplicate::Merge,
        );
        let summary = importer.run_both(format!("{heading}{row}\n"), OnDuplicate::Overwrite);
        let expected = match is_correction {
            true => tally(0, 1, 0, 0, 0),
            false => tally(0, 0, 0, 0, 1),
        };
        assert_eq!(summary.tally, expected, "{row}");
        assert_eq!(dropped(&summary).len(), usize::from(is_correction), "{row}");
    }
}

#[test]
fn values_that_contradict_the_record_are_reported() {
    let importer = importer();
    let content = "MRN,Patient Name,DOB,Sex,Phone,Notes,Allergies\n\
                   AA1,Twin Person,1961-02-03,Male,1111,visit 2024,none\n\
                   AA2,Twin Person,1961-02-03,Male,2222,visit 2025,\n\
                   AA1,Twin Person,1961-02-03,Male,3333,visit 2026,penicillin\n\
                   AA1,Twin Smith,1961-02-03,Male,1-11-1,,None\n";
    let summary = importer.run_both(content, OnDuplicate::Merge);
    assert_eq!(summary.tally, tally(2, 0, 2, 0, 0));
    assert_eq!(record(&importer, "AA2").patient.value(Field::Phone), "2222");
    let told = |line: u64, field: Field, kept: &str, refused: &str| {
        (line, field, kept.to_owned(), refused.to_owned())
    };
    assert_eq!(
        dropped(&summary),
        [
            told(4, Field::Phone, "1111", "3333"),
            told(4, Field::Allergies, "none", "penicillin"),
            told(4, Field::Notes, "visit 2024", "visit 2026"),
            told(5, Field::FullName, "Twin Person", "Twin Smith"),
        ]
    );
    assert_eq!(summary.dropped_rows, 2);
    assert_eq!(summary.dropped[0].number, "AA1");
}

#[test]
fn a_row_without_a_number_that_fits_several_patients_is_broken() {
    let importer = importer();
    let content = "MRN,Name,DOB,Sex,Phone\n1,Ana,1961-03-05,F,\n2,Ana,1961-03-05,F,\n,Ana,1961-03-05,F,555 1\n\
                   ,Ana,1961-03-05,M,555 2\n,Ana,1961-03-05,F,\n";
    let summary = importer.run_both(content, OnDuplicate::Merge);
    assert_eq!(summary.tally, tally(3, 0, 1, 0, 1));
    assert_eq!(summary.broken[0].line, 4);
    assert!(
        summary.broken[0].reason.contains("Several records"),
        "{}",
        summary.broken[0].reason
    );
    let again = importer.run_both(content, OnDuplicate::Merge);
    assert_eq!(again.tally, tally(0, 0, 4, 0, 1));
}
