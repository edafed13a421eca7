//! The stated patient of a scan, compared with the record in the transaction that saves the exam.

use jiff::civil::Date;
use lunny::clinical::identity::{Contradiction, Identity};
use lunny::clinical::patient::{Patient, Sex};
use lunny::clinical::scanned_study::ScannedStudy;
use lunny::store::{PatientChoice, ScanOwner, StoreError};

use crate::support::*;

const ADA: &str = "ada@example.org";

fn jan() -> Patient {
    Patient {
        date_of_birth: Some(Date::constant(1961, 3, 5)),
        sex: Some(Sex::Male),
        ..patient("P-1", "Jan Kowalski")
    }
}

fn born(year: i16, accepted: &[Contradiction]) -> ScanOwner {
    ScanOwner {
        stated: Identity {
            name: Some("KOWALSKI^JAN".into()),
            birth_date: Some(Date::constant(year, 3, 5)),
            ..Identity::default()
        },
        accepted: accepted.to_vec(),
        ..ScanOwner::default()
    }
}

#[test]
fn the_study_of_the_scan_is_kept_with_its_exam_and_filled_in_later() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = installation.store.create_patient(&access, &jan()).unwrap();
    let study = ScannedStudy {
        patient_id: Some("MRN-999".into()),
        study_uid: Some("1.2.3".into()),
        ..ScannedStudy::default()
    };
    let study = study.with_images([(Some("1.2.3.1"), 0)]);
    let stating = ScanOwner {
        study: Some(Box::new(study.clone())),
        ..ScanOwner::default()
    };
    let save = |owner: &ScanOwner| {
        let choice = PatientChoice::Existing(id);
        let saved =
            (installation.store).save_exam_of(&access, &choice, &exam("1", 0.9), &[], owner);
        saved.unwrap().exam
    };
    let kept = save(&ScanOwner::default());
    assert_eq!(
        installation.store.scanned_study(&access, kept).unwrap(),
        None
    );
    assert_eq!(save(&stating), kept);
    let found = installation.store.scanned_study(&access, kept).unwrap();
    assert_eq!(found, Some(study));
    let other = installation.enter("St. Anne", "eve@example.org");
    let refused = installation.store.scanned_study(&other, kept);
    assert!(
        matches!(refused, Err(StoreError::NoSuchExam)),
        "{refused:?}"
    );
    installation.store.delete_patient(&access, id).unwrap();
    installation.store.purge_patient(&access, id).unwrap();
}

#[test]
fn a_contradiction_that_was_not_accepted_is_refused_and_nothing_is_saved() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = installation.store.create_patient(&access, &jan()).unwrap();
    let choices = [
        PatientChoice::Existing(id),
        PatientChoice::New(Patient {
            number: "P-2".into(),
            ..jan()
        }),
    ];
    for choice in choices {
        for accepted in [&[][..], &[Contradiction::Sex, Contradiction::Number]] {
            let owner = born(1940, accepted);
            let refused =
                (installation.store).save_exam_of(&access, &choice, &exam("1", 0.9), &[], &owner);
            let Err(StoreError::AnotherPatient { contradictions }) = refused else {
                panic!("{refused:?}");
            };
            assert_eq!(contradictions, [Contradiction::BirthDate]);
        }
    }
    assert!(
        installation
            .store
            .patient(&access, id)
            .unwrap()
            .exams
            .is_empty()
    );
    assert_eq!(find(&installation.store, &access, "").rows.len(), 1);
    assert_eq!(installation.logged("save exam", "done"), 0);
    assert_eq!(installation.logged("accept contradiction", "done"), 0);
}

#[test]
fn an_accepted_contradiction_is_logged_with_its_exam_and_without_patient_data() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = installation.store.create_patient(&access, &jan()).unwrap();
    let choice = PatientChoice::Existing(id);
    let owner = born(1940, &[Contradiction::BirthDate]);
    let saved = (installation.store).save_exam_of(&access, &choice, &exam("1", 0.9), &[], &owner);
    let saved = saved.unwrap();
    let last: Vec<(String, Option<String>, Option<i64>)> = installation
        .raw()
        .prepare("SELECT action, object_kind, object_id FROM audit ORDER BY seq DESC LIMIT 2")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let entry = |action: &str| (action.to_owned(), Some("exam".into()), Some(saved.exam.0));
    assert_eq!(last, [entry("accept contradiction"), entry("save exam")]);
    assert_eq!(installation.store.verify_audit(None).unwrap().fault, None);
    // Pressing the key twice adds neither an exam nor an entry.
    let again = (installation.store).save_exam_of(&access, &choice, &exam("1", 0.9), &[], &owner);
    assert!(again.unwrap().already_saved);
    assert_eq!(installation.logged("accept contradiction", "done"), 1);
}

#[test]
fn agreeing_and_missing_identities_are_saved_without_an_entry() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = installation.store.create_patient(&access, &jan()).unwrap();
    let choice = PatientChoice::Existing(id);
    for (file, owner) in [("1", born(1961, &[])), ("2", ScanOwner::default())] {
        let saved =
            (installation.store).save_exam_of(&access, &choice, &exam(file, 0.9), &[], &owner);
        assert!(!saved.unwrap().already_saved);
    }
    assert_eq!(installation.logged("accept contradiction", "done"), 0);
}

#[test]
fn the_hospital_is_the_issuer_of_its_patient_numbers() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let id = installation.store.create_patient(&access, &jan()).unwrap();
    let choice = PatientChoice::Existing(id);
    let owner = |issuer: &str| ScanOwner {
        stated: Identity {
            name: Some("KOWALSKI^JAN".into()),
            number: Some("P-7".into()),
            issuer: Some(issuer.into()),
            ..Identity::default()
        },
        ..ScanOwner::default()
    };
    let saved = |issuer: &str| {
        (installation.store).save_exam_of(&access, &choice, &exam(issuer, 0.9), &[], &owner(issuer))
    };
    assert!(matches!(
        saved("ST. MARY"),
        Err(StoreError::AnotherPatient { .. })
    ));
    assert!(saved("Elsewhere").is_ok());
}
