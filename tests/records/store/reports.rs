use std::sync::Barrier;
use std::thread;

use lunny::clinical::measurement::{Axes, Millimetres};
use lunny::clinical::nodule::{MeasuredNodule, NoduleDraft, NoduleType};
use lunny::clinical::reading::Circumstances;
use lunny::store::{ExamId, REPORT_CHARACTERS, ReportId, Role, Store, StoreError};

use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

fn nodule(tenths: u16) -> MeasuredNodule {
    let length = Millimetres::from_tenths(tenths).unwrap();
    MeasuredNodule::new(NoduleDraft::new(
        NoduleType::Solid,
        Axes::new(length, length),
    ))
}

#[test]
fn versions_count_from_one_and_are_returned_newest_first_unchanged() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let exam = save(store, &access, "P-1", "Ada").exam;
    let other = save(store, &access, "P-2", "Bo").exam;
    assert!(store.reports(&access, exam).unwrap().is_empty());
    let longest = "é".repeat(REPORT_CHARACTERS);
    let texts = ["'); DROP TABLE report;-- 🙂\n\tmحمد │", &longest, "third"];
    for (version, text) in (1..).zip(texts) {
        let written = store.write_report(&access, exam, text).unwrap();
        assert_eq!((written.version, written.is_final), (version, false));
        assert!(written.is_current && written.text == text);
        assert_eq!(written.written_by, "Ada Byron");
        assert_eq!((written.signed_by, written.signed_at), (None, None));
    }
    let first = store
        .write_report(&access, other, "another exam's")
        .unwrap();
    assert_eq!(first.version, 1);
    let kept = store.reports(&access, exam).unwrap();
    let versions: Vec<_> = kept.iter().map(|report| report.version).collect();
    assert_eq!(versions, [3, 2, 1]);
    assert!(
        kept.iter()
            .zip(texts.iter().rev())
            .all(|(report, text)| report.text == **text)
    );
    assert!(kept[0].written_at > kept[1].written_at);
}

#[test]
fn empty_or_unprintable_text_is_refused() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let exam = save(&installation.store, &access, "P-1", "Ada").exam;
    let long = "x".repeat(REPORT_CHARACTERS + 1);
    for text in ["", " \n ", "a\0b", "\u{1b}[2Jx", "a\u{202e}b", &long] {
        let refused = installation.store.write_report(&access, exam, text);
        assert!(matches!(refused, Err(StoreError::InvalidReport(_))));
    }
    assert!(
        installation
            .store
            .reports(&access, exam)
            .unwrap()
            .is_empty()
    );
}

#[test]
fn only_a_radiologist_signs_and_only_the_newest_version() {
    let installation = installation();
    let store = &installation.store;
    let administrator = installation.enter("St. Mary", ADA);
    let technician = installation.enter("St. Mary", "cy@example.org");
    let radiologist = installation.enter_as("St. Mary", BO, Role::Radiologist);
    let exam = save(store, &technician, "P-1", "Ada").exam;
    let first = store.write_report(&technician, exam, "first").unwrap().id;
    for access in [&administrator, &technician] {
        let refused = store.sign_report(access, first);
        assert!(
            matches!(refused, Err(StoreError::NotAllowed { role }) if role == Role::Radiologist)
        );
    }
    let second = store.write_report(&radiologist, exam, "second").unwrap().id;
    let old = store.sign_report(&radiologist, first);
    assert!(matches!(old, Err(StoreError::ReportSuperseded)), "{old:?}");
    store.sign_report(&radiologist, second).unwrap();
    let twice = store.sign_report(&radiologist, second);
    assert!(matches!(twice, Err(StoreError::ReportSigned)), "{twice:?}");

    let kept = store.reports(&technician, exam).unwrap();
    assert_eq!((kept[0].is_final, kept[1].is_final), (true, false));
    assert_eq!(kept[0].signed_by.as_deref(), Some("Ada Byron"));
    assert!(kept[0].signed_at.unwrap() > kept[0].written_at);
    // A later version amends it and is preliminary again.
    let amendment = store.write_report(&technician, exam, "amended").unwrap();
    assert_eq!((amendment.version, amendment.is_final), (3, false));
    store.sign_report(&radiologist, amendment.id).unwrap();
    assert!(store.reports(&technician, exam).unwrap()[1].is_final);
}

#[test]
fn a_radiologist_whose_role_was_changed_cannot_sign() {
    let installation = installation();
    let store = &installation.store;
    installation.enter("St. Mary", ADA);
    let radiologist = installation.enter_as("St. Mary", BO, Role::Radiologist);
    let exam = save(store, &radiologist, "P-1", "Ada").exam;
    let report = store.write_report(&radiologist, exam, "text").unwrap().id;
    let taken = "UPDATE account SET role = 'technician' WHERE email_key = 'bo@example.org'";
    assert_eq!(installation.raw().execute(taken, []).unwrap(), 1);
    let refused = store.sign_report(&radiologist, report);
    assert!(matches!(refused, Err(StoreError::NotAllowed { .. })));
    let disabled = "UPDATE account SET standing = 'disabled', role = 'radiologist'
                    WHERE email_key = 'bo@example.org'";
    installation.raw().execute(disabled, []).unwrap();
    let refused = store.sign_report(&radiologist, report);
    assert!(matches!(refused, Err(StoreError::SignedOut)), "{refused:?}");
}

#[test]
fn a_report_is_current_until_its_content_changes() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let saved = save(store, &access, "P-1", "Ada");
    let exam = saved.exam;
    let id = store.add_nodule(&access, exam, &nodule(60)).unwrap();
    let changes: [&dyn Fn(); 7] = [
        &|| assert!(store.add_nodule(&access, exam, &nodule(50)).is_ok()),
        &|| assert!(store.change_nodule(&access, id, 1, &nodule(70)).is_ok()),
        &|| store.delete_nodule(&access, id).unwrap(),
        &|| store.restore_nodule(&access, id).unwrap(),
        &|| state(store, &access, exam, 0),
        &|| state(store, &access, exam, 1),
        &|| {
            let renamed = patient("P-1", "Ada B.");
            store
                .change_patient(&access, saved.patient, 1, &renamed)
                .unwrap();
        },
    ];
    for (number, change) in changes.iter().enumerate() {
        store.write_report(&access, exam, "text").unwrap();
        let newest = || store.reports(&access, exam).unwrap().remove(0);
        assert!(newest().is_current, "{number}");
        // Viewing, another exam, a picture and a temporary deletion change nothing that it reports.
        let other = save(store, &access, &format!("P-{number}-2"), "Bo").exam;
        store.add_nodule(&access, other, &nodule(50)).unwrap();
        store.delete_exam(&access, exam).unwrap();
        store.restore_exam(&access, exam).unwrap();
        assert!(newest().is_current, "{number}");
        change();
        assert!(!newest().is_current, "{number}");
    }
}

fn state(store: &Store, access: &lunny::store::Access, exam: ExamId, revision: u32) {
    let circumstances = Circumstances::default();
    store
        .state_circumstances(access, exam, revision, &circumstances)
        .unwrap();
}

#[test]
fn a_report_about_a_state_that_changed_meanwhile_is_stored_and_not_current() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let saved = save(store, &access, "P-1", "Ada");
    let seen = store.patient(&access, saved.patient).unwrap().exams[0].state;
    assert_eq!(store.reading(&access, saved.exam).unwrap().state, seen);
    let write = || {
        store
            .write_report_of(&access, saved.exam, seen, "text")
            .unwrap()
    };
    assert!(write().is_current);
    store.add_nodule(&access, saved.exam, &nodule(60)).unwrap();
    assert_ne!(store.reading(&access, saved.exam).unwrap().state, seen);
    let late = write();
    assert!(!late.is_current);
    assert_eq!(late.version, 2);
}

#[test]
fn two_stores_that_write_at_once_leave_no_gap() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation.enter_as("St. Mary", BO, Role::Radiologist);
    let other = Store::open(installation.home.path()).unwrap();
    let exam = save(&installation.store, &ada, "P-1", "Ada").exam;
    let start = Barrier::new(2);
    thread::scope(|scope| {
        for (store, access) in [(&installation.store, &ada), (&other, &bo)] {
            let (start, other, bo) = (&start, &other, &bo);
            scope.spawn(move || {
                start.wait();
                for _ in 0..10 {
                    let written = store.write_report(access, exam, "text").unwrap();
                    match other.sign_report(bo, written.id) {
                        Ok(()) | Err(StoreError::ReportSuperseded) => {}
                        refused => panic!("{refused:?}"),
                    }
                }
            });
        }
    });
    let kept = installation.store.reports(&ada, exam).unwrap();
    let versions: Vec<_> = kept.iter().map(|report| report.version).collect();
    assert_eq!(versions, (1..=20).rev().collect::<Vec<_>>());
    assert!(kept[0].is_final, "no version follows the newest");
}

#[test]
fn no_program_can_change_a_written_or_signed_version() {
    let installation = installation();
    let store = &installation.store;
    installation.enter("St. Mary", ADA);
    let access = installation.enter_as("St. Mary", BO, Role::Radiologist);
    let exam = save(store, &access, "P-1", "Ada").exam;
    let report = store.write_report(&access, exam, "text").unwrap().id;
    store.sign_report(&access, report).unwrap();
    let raw = installation.raw();
    raw.pragma_update(None, "foreign_keys", true).unwrap();
    for forced in [
        "UPDATE report SET text = 'other'",
        "UPDATE report SET version = 2",
        "UPDATE report SET signed_by = NULL, signed_at = NULL",
        "UPDATE report SET signed_at = 1",
        "DELETE FROM report",
        "INSERT INTO report (exam_id, hospital_id, version, text, exam_revision, patient_revision,
                             written_by, written_at)
         SELECT exam_id, hospital_id, 3, text, 1, 1, written_by, written_at FROM report",
    ] {
        assert!(raw.execute_batch(forced).is_err(), "{forced}");
    }
    assert!(store.reports(&access, exam).unwrap()[0].is_final);
}

#[test]
fn reports_are_closed_to_another_hospital() {
    let installation = installation();
    let store = &installation.store;
    let owner = installation.enter("St. Mary", ADA);
    installation.enter("General Infirmary", "eve@example.org");
    let stranger = installation.enter_as("General Infirmary", BO, Role::Radiologist);
    let exam = save(store, &owner, "P-1", "Ada").exam;
    let report = store.write_report(&owner, exam, "text").unwrap().id;
    let seen = store.reading(&owner, exam).unwrap().state;
    for id in [report, ReportId(0), ReportId(i64::MAX)] {
        let refused = store.sign_report(&stranger, id);
        assert!(matches!(refused, Err(StoreError::NoSuchReport)));
    }
    for refused in [
        store.write_report(&stranger, exam, "text").map(|_| ()),
        store
            .write_report_of(&stranger, exam, seen, "text")
            .map(|_| ()),
        store.reports(&stranger, exam).map(|_| ()),
    ] {
        assert!(matches!(refused, Err(StoreError::NoSuchExam)));
    }
    let kept = store.reports(&owner, exam).unwrap();
    assert_eq!((kept.len(), kept[0].is_final), (1, false));
}
