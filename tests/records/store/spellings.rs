//! Searches by birth date, telephone number, accession number, category and result, and by names that are spelled otherwise.

use jiff::civil::Date;
use lunny::clinical::patient::{Field, Patient, PatientDraft};
use lunny::clinical::scanned_study::ScannedStudy;
use lunny::store::{
    Access, PageStart, PatientChoice, PatientFilters, PatientPage, PatientQuery, ScanOwner,
};

use crate::support::*;

const ADA: &str = "ada@example.org";

fn similar(installation: &Installation, access: &Access, text: &str) -> PatientPage {
    let query = PatientQuery {
        text: text.into(),
        or_similar: true,
        limit: 50,
        ..PatientQuery::default()
    };
    installation.store.search_patients(access, &query).unwrap()
}

fn found(page: &PatientPage) -> Vec<&str> {
    let rows = page.rows.iter();
    rows.map(|row| row.patient.full_name.as_str()).collect()
}

fn create(installation: &Installation, access: &Access, patient: Patient) {
    installation.store.create_patient(access, &patient).unwrap();
}

fn with(number: &str, name: &str, field: Field, value: &str) -> Patient {
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, number.to_owned());
    draft.set(Field::FullName, name.to_owned());
    draft.set(field, value.to_owned());
    draft.validate(Date::constant(2024, 1, 1)).unwrap()
}

#[test]
fn a_birth_date_is_found_in_every_spelling() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for (number, name, born) in [
        ("P-1", "Ada", Date::constant(1950, 3, 12)),
        ("P-2", "Bo", Date::constant(1950, 12, 3)),
        ("P-3", "Cy", Date::constant(1950, 3, 25)),
    ] {
        let mut patient = patient(number, name);
        patient.date_of_birth = Some(born);
        create(&installation, &access, patient);
    }
    for typed in [
        "12.3.1950",
        "12.03.1950",
        "12. 3. 1950",
        "12.3.50",
        "1950-03-12",
        "1950/3/12",
        "12 Mar 1950",
        "12 march 1950",
        "March 12, 1950",
        "19500312",
        "ada 12.3.1950",
        "12.3.1950 p-1",
    ] {
        assert_eq!(
            names(&installation.store, &access, typed),
            ["Ada"],
            "{typed}"
        );
    }
    // Either order of day and month: both patients are listed, and the user chooses.
    for typed in ["03/12/1950", "12-3-1950", "12031950"] {
        assert_eq!(
            names(&installation.store, &access, typed),
            ["Bo", "Ada"],
            "{typed}"
        );
    }
    for typed in ["25/03/1950", "03/25/1950", "03251950"] {
        assert_eq!(
            names(&installation.store, &access, typed),
            ["Cy"],
            "{typed}"
        );
    }
    for typed in ["13.3.1950", "bo 12.3.1950", "31.2.1950"] {
        assert_eq!(
            names(&installation.store, &access, typed),
            [""; 0],
            "{typed}"
        );
    }
}

#[test]
fn a_telephone_number_is_found_with_any_spacing_and_prefix() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    create(
        &installation,
        &access,
        with("P-1", "Ada", Field::Phone, "+49 30 123 45 67"),
    );
    create(
        &installation,
        &access,
        with("P-2", "Bo", Field::Phone, "(555) 010-9988"),
    );
    create(
        &installation,
        &access,
        with("P-3", "Cy", Field::EmergencyContact, "Eve, 020 7946 0018"),
    );
    for typed in [
        "+49301234567",
        "0049 30 1234567",
        "+49 (0)30 1234567",
        "0301234567",
        "030/123 45 67",
        "030-1234567",
        "1234567",
        "ada 030 1234567",
    ] {
        assert_eq!(
            names(&installation.store, &access, typed),
            ["Ada"],
            "{typed}"
        );
    }
    for typed in ["5550109988", "+1 555 010 9988", "1-555-010-9988", "0109988"] {
        assert_eq!(
            names(&installation.store, &access, typed),
            ["Bo"],
            "{typed}"
        );
    }
    assert_eq!(names(&installation.store, &access, "+442079460018"), ["Cy"]);
    assert_eq!(names(&installation.store, &access, "0301234568"), [""; 0]);
}

#[test]
fn an_accession_number_finds_the_patient_of_the_exam() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = installation
        .store
        .create_patient(&access, &patient("P-1", "Ada"))
        .unwrap();
    save(&installation.store, &access, "P-2", "Bo");
    let owner = |accession: &str| ScanOwner {
        study: Some(Box::new(ScannedStudy {
            study_uid: Some("1.2.3".into()),
            accession: Some(accession.to_owned()),
            ..ScannedStudy::default()
        })),
        ..ScanOwner::default()
    };
    let save = |file: &str, accession| {
        let choice = PatientChoice::Existing(id);
        let owner = owner(accession);
        (installation.store)
            .save_exam_of(&access, &choice, &exam(file, 0.9), &[], &owner)
            .unwrap()
            .exam
    };
    save("one", "ACC-4711");
    let second = save("two", "ÄB 99/12");
    for typed in ["ACC-4711", "acc-47", "4711", "ab 99/12", "ada acc-4711"] {
        assert_eq!(
            names(&installation.store, &access, typed),
            ["Ada"],
            "{typed}"
        );
    }
    installation.store.delete_exam(&access, second).unwrap();
    assert_eq!(names(&installation.store, &access, "99/12"), [""; 0]);
    installation.store.restore_exam(&access, second).unwrap();
    assert_eq!(names(&installation.store, &access, "99/12"), ["Ada"]);
}

#[test]
fn results_and_categories_are_found_as_words() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    // The model suggests 4B/4X for the first, and 1-2 for the second.
    save(&installation.store, &access, "P-1", "Ada");
    let choice = PatientChoice::New(patient("P-2", "Bo"));
    installation
        .store
        .save_exam(&access, &choice, &exam("2", 0.001))
        .unwrap();
    create(&installation, &access, patient("P-3", "Cy"));
    for (typed, expected) in [
        ("positive", vec!["Ada"]),
        ("POSITIVE ada", vec!["Ada"]),
        ("negative", vec!["Bo"]),
        ("indeterminate", vec![]),
        ("4B", vec!["Ada"]),
        ("4x", vec!["Ada"]),
        ("lung-rads 4b", vec!["Ada"]),
        ("Lung-RADS 2", vec!["Bo"]),
        ("category 1", vec!["Bo"]),
        ("4A", vec![]),
        ("4bs", vec![]),
        ("positive bo", vec![]),
    ] {
        assert_eq!(
            names(&installation.store, &access, typed),
            expected,
            "{typed}"
        );
    }
    // A number or name with these letters comes first.
    create(&installation, &access, patient("4B-17", "Dee"));
    assert_eq!(names(&installation.store, &access, "4b"), ["Dee", "Ada"]);
}

#[test]
fn a_name_that_is_spelled_otherwise_is_found_where_nothing_matches() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for (number, name) in [
        ("P-1", "Jan Kowalski"),
        ("P-2", "Jürgen Müller"),
        ("P-3", "Petra Mueller"),
        ("P-4", "Anna Weiß"),
        ("P-5", "Sören Sørensen"),
        ("P-6", "Åse Aagaard"),
        ("P-7", "Conor O’Brien"),
        ("P-8", "Maria Schwarzenberg-Lilienthal"),
        ("P-9", "Li Su"),
    ] {
        create(&installation, &access, patient(number, name));
    }
    for (typed, name) in [
        ("kowalsky", "Jan Kowalski"),
        ("Kovalski", "Jan Kowalski"),
        ("kowlaski", "Jan Kowalski"),
        ("jan kowalsky", "Jan Kowalski"),
        ("kowalsky p-1", "Jan Kowalski"),
        ("juergen", "Jürgen Müller"),
        ("jürgen mueller", "Jürgen Müller"),
        ("petra müller", "Petra Mueller"),
        ("weiss", "Anna Weiß"),
        ("soerensen", "Sören Sørensen"),
        ("agaard", "Åse Aagaard"),
        ("obrien", "Conor O’Brien"),
        ("schwarzenburk", "Maria Schwarzenberg-Lilienthal"),
        ("lilienthal-schwarzenberk", "Maria Schwarzenberg-Lilienthal"),
    ] {
        let page = similar(&installation, &access, typed);
        assert_eq!(found(&page), [name], "{typed}");
        if !names(&installation.store, &access, typed).is_empty() {
            assert!(!page.is_similar, "{typed}");
        } else {
            assert!(page.is_similar, "{typed}");
            assert!(!page.rows[0].is_named, "{typed}");
        }
    }
    // An exact match hides the similar ones.
    let page = similar(&installation, &access, "mueller");
    assert_eq!(
        (found(&page), page.is_similar),
        (vec!["Petra Mueller"], false)
    );
    // Short words, numbers, and words that are too different are not forgiven.
    for typed in [
        "lo su",
        "p-19",
        "kowal5ki",
        "kovalsik",
        "nowak",
        "jan kowalsky p-2",
    ] {
        let page = similar(&installation, &access, typed);
        assert!(found(&page).is_empty() && !page.is_similar, "{typed}");
    }
}

#[test]
fn the_closest_spelling_comes_first_and_pages_follow_each_other() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for (number, name) in [
        ("P-1", "Kathrina Wislicenus"),
        ("P-2", "Katharina Wislizenus"),
        ("P-3", "Catharina Wislicenuss"),
    ] {
        create(&installation, &access, patient(number, name));
    }
    let all = similar(&installation, &access, "katharyna wislizenuss");
    let expected = [
        "Katharina Wislizenus",
        "Catharina Wislicenuss",
        "Kathrina Wislicenus",
    ];
    assert_eq!(found(&all), expected);
    let mut seen = Vec::new();
    let mut start = PageStart::First;
    for _ in 0..expected.len() {
        let query = PatientQuery {
            text: "katharyna wislizenuss".into(),
            or_similar: true,
            limit: 1,
            start,
            ..PatientQuery::default()
        };
        let page = installation.store.search_patients(&access, &query).unwrap();
        assert!(page.is_similar);
        start = PageStart::After(page.rows[0].cursor);
        seen.push(page.rows[0].patient.full_name.clone());
    }
    assert_eq!(seen, expected);
}

#[test]
fn similar_names_pass_the_filters_and_stay_within_the_hospital() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let other = installation.enter("General Infirmary", "bo@example.org");
    create(&installation, &access, patient("P-1", "Jan Kowalski"));
    assert!(similar(&installation, &other, "kowalsky").rows.is_empty());
    let query = PatientQuery {
        text: "kowalsky".into(),
        or_similar: true,
        filters: PatientFilters {
            born_from: Some(Date::constant(1950, 1, 1)),
            ..PatientFilters::default()
        },
        limit: 50,
        ..PatientQuery::default()
    };
    let page = installation.store.search_patients(&access, &query).unwrap();
    assert!(page.rows.is_empty() && !page.is_similar);
    // Scripts and exports ask for exact matches.
    assert!(
        find(&installation.store, &access, "kowalsky")
            .rows
            .is_empty()
    );
}

#[test]
fn only_words_of_name_or_number_name_a_patient() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let mut ada = with("P-0042", "Ada Byron", Field::Phone, "030 1234567");
    ada.date_of_birth = Some(Date::constant(1950, 3, 12));
    ada.notes = "sister of M-777".into();
    create(&installation, &access, ada);
    for (typed, is_named) in [
        ("ada", true),
        ("byron p-00", true),
        ("0042", true),
        ("042", false),
        ("yron", false),
        ("m-777", false),
        ("12.3.1950", false),
        ("0301234567", false),
        ("byran", false),
    ] {
        let page = similar(&installation, &access, typed);
        assert_eq!(page.rows.len(), 1, "{typed}");
        assert_eq!(page.rows[0].is_named, is_named, "{typed}");
    }
}

#[test]
fn no_text_makes_a_search_for_similar_names_fail() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    create(&installation, &access, patient("P-1", "Jan Kowalski"));
    for text in hostile() {
        similar(&installation, &access, &text);
    }
    let long = "kowalskykowalsky ".repeat(4);
    assert!(similar(&installation, &access, &long).rows.is_empty());
    use proptest::prelude::*;
    proptest!(ProptestConfig::with_cases(128), |(text in "\\PC{0,40}")| {
        let query = PatientQuery { text, or_similar: true, limit: 5, ..PatientQuery::default() };
        prop_assert!(installation.store.search_patients(&access, &query).is_ok());
    });
}
