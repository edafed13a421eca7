mod programme;

use jiff::civil::Date;
use lunny::clinical::follow_up::letter::LetterKind;
use lunny::clinical::follow_up::{ClosedBy, ClosingReason, List, WorkUpDays};
use lunny::clinical::lung_rads::Category;
use lunny::clinical::measurement::{Axes, Millimetres};
use lunny::clinical::nodule::{MeasuredNodule, NoduleDraft, NoduleType};
use lunny::clinical::patient::{Field, Patient, PatientDraft};
use lunny::clinical::reading::Circumstances;
use lunny::store::{
    Access, Count, ExamId, FollowUpFilters, FollowUpPage, FollowUpQuery, PatientChoice, PatientId,
    Role, SavedExam, Store, StoreError,
};

use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";
const TODAY: Date = Date::constant(2026, 3, 2);

/// A patient of this name with a doctor.
fn person(number: &str, full_name: &str, doctor: &str, diagnosed_on: &str) -> Patient {
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, number.to_owned());
    draft.set(Field::FullName, full_name.to_owned());
    draft.set(Field::Doctor, doctor.to_owned());
    draft.set(Field::DiagnosisDate, diagnosed_on.to_owned());
    draft.validate(TODAY).unwrap()
}

/// States the day of an exam's scan, and that it shows no nodules.
fn state(store: &Store, access: &Access, exam: ExamId, on: Date, revision: u32) {
    let stated = Circumstances {
        scanned_on: Some(on),
        nodules_seen: Some(0),
        ..Circumstances::default()
    };
    store
        .state_circumstances(access, exam, revision, &stated)
        .unwrap();
}

/// A solid nodule of so many tenths of a millimetre.
fn measure(store: &Store, access: &Access, exam: ExamId, tenths: u16) {
    let length = Millimetres::from_tenths(tenths).unwrap();
    let draft = NoduleDraft::new(NoduleType::Solid, Axes::new(length, length));
    store
        .add_nodule(access, exam, &MeasuredNodule::new(draft))
        .unwrap();
}

/// A new patient with an exam of that day: category 1, or that of a solid nodule of so many tenths of a millimetre.
fn scanned(
    store: &Store,
    access: &Access,
    number: &str,
    on: Date,
    tenths: Option<u16>,
) -> SavedExam {
    let who = person(number, &format!("Patient {number}"), "Dr. Müller", "");
    let choice = PatientChoice::New(who);
    let saved = store
        .save_exam(access, &choice, &exam(number, 0.1))
        .unwrap();
    state(store, access, saved.exam, on, 0);
    if let Some(tenths) = tenths {
        measure(store, access, saved.exam, tenths);
    }
    saved
}

fn again(store: &Store, access: &Access, patient: PatientId, file: &str, on: Date) -> ExamId {
    let choice = PatientChoice::Existing(patient);
    let saved = store.save_exam(access, &choice, &exam(file, 0.1)).unwrap();
    state(store, access, saved.exam, on, 0);
    saved.exam
}

fn page(store: &Store, access: &Access, list: List) -> FollowUpPage {
    store
        .follow_ups(access, &FollowUpQuery::of(list, TODAY))
        .unwrap()
}

fn numbers(page: &FollowUpPage) -> Vec<&str> {
    (page.rows.iter())
        .map(|row| row.patient.number.as_str())
        .collect()
}

#[test]
fn each_exam_stands_on_the_list_of_its_date_due() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    scanned(store, &access, "LATER", Date::constant(2026, 1, 5), None);
    scanned(store, &access, "DUE", Date::constant(2025, 3, 20), None);
    scanned(store, &access, "OVERDUE", Date::constant(2024, 9, 1), None);
    scanned(
        store,
        &access,
        "DUE-4B",
        Date::constant(2026, 2, 20),
        Some(150),
    );
    scanned(
        store,
        &access,
        "DUE-3",
        Date::constant(2025, 9, 10),
        Some(60),
    );
    save(store, &access, "UNREAD", "No Category");
    store
        .create_patient(&access, &patient("NOBODY", "Without Exam"))
        .unwrap();

    assert_eq!(
        numbers(&page(store, &access, List::Due)),
        ["DUE-4B", "DUE-3", "DUE"]
    );
    assert_eq!(numbers(&page(store, &access, List::Overdue)), ["OVERDUE"]);
    assert_eq!(numbers(&page(store, &access, List::Later)), ["LATER"]);
    assert_eq!(numbers(&page(store, &access, List::Unread)), ["UNREAD"]);
    assert_eq!(numbers(&page(store, &access, List::Done)), [""; 0]);
    let due = page(store, &access, List::Due);
    assert_eq!(due.rows[0].category, Some(Category::FourB));
    assert_eq!(due.rows[0].due, Some(Date::constant(2026, 3, 6)));
    let counts = store.follow_up_counts(&access, TODAY).unwrap();
    assert_eq!(counts.due, Count::Exactly(3));
    assert_eq!(
        (counts.overdue, counts.unread),
        (Count::Exactly(1), Count::Exactly(1))
    );
}

#[test]
fn a_newer_exam_and_a_diagnosis_close_a_follow_up_and_their_deletion_opens_it_again() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let first = scanned(store, &access, "P-1", Date::constant(2025, 3, 1), None);
    let newer = again(
        store,
        &access,
        first.patient,
        "b",
        Date::constant(2026, 2, 27),
    );
    let done = page(store, &access, List::Done);
    assert_eq!(
        done.rows[0].closed,
        Some((Date::constant(2026, 2, 27), ClosedBy::Exam))
    );
    assert_eq!(numbers(&page(store, &access, List::Due)), [""; 0]);
    store.delete_exam(&access, newer).unwrap();
    assert_eq!(numbers(&page(store, &access, List::Due)), ["P-1"]);
    assert_eq!(numbers(&page(store, &access, List::Done)), [""; 0]);
    store.restore_exam(&access, newer).unwrap();
    assert_eq!(numbers(&page(store, &access, List::Done)), ["P-1"]);
    store.delete_exam(&access, newer).unwrap();

    let record = store.patient(&access, first.patient).unwrap();
    let diagnosed = person("P-1", "Patient P-1", "", "2025-06-01");
    store
        .change_patient(&access, first.patient, record.revision, &diagnosed)
        .unwrap();
    let done = page(store, &access, List::Done);
    assert_eq!(
        done.rows[0].closed,
        Some((Date::constant(2025, 6, 1), ClosedBy::Diagnosis))
    );
    store.delete_patient(&access, first.patient).unwrap();
    assert_eq!(numbers(&page(store, &access, List::Done)), [""; 0]);
    store.restore_patient(&access, first.patient).unwrap();
    assert_eq!(numbers(&page(store, &access, List::Done)), ["P-1"]);
}

#[test]
fn a_stated_reason_closes_a_follow_up_and_can_be_taken_back() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let saved = scanned(store, &access, "P-1", Date::constant(2025, 3, 1), None);
    let close = |reason, remark| store.close_follow_up(&access, saved.exam, reason, remark, TODAY);
    assert!(matches!(
        close(ClosingReason::Other, " "),
        Err(StoreError::InvalidFollowUp(_))
    ));
    close(ClosingReason::Other, "screened  in another town").unwrap();
    let done = page(store, &access, List::Done);
    let by = ClosedBy::Reason(ClosingReason::Other);
    assert_eq!(done.rows[0].closed, Some((TODAY, by)));
    assert_eq!(done.rows[0].remark, "screened in another town");
    assert!(matches!(
        close(ClosingReason::Moved, ""),
        Err(StoreError::FollowUpClosed)
    ));
    store.reopen_follow_up(&access, saved.exam).unwrap();
    assert_eq!(numbers(&page(store, &access, List::Due)), ["P-1"]);
    assert!(matches!(
        store.reopen_follow_up(&access, saved.exam),
        Err(StoreError::FollowUpNotReopened)
    ));
    assert_eq!(installation.logged("close follow-up", "done"), 1);
    assert_eq!(installation.logged("reopen follow-up", "done"), 1);
}

#[test]
fn a_closing_ends_when_the_exam_comes_to_ask_for_more() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let saved = scanned(store, &access, "P-1", Date::constant(2026, 2, 20), None);
    store
        .close_follow_up(&access, saved.exam, ClosingReason::Declined, "", TODAY)
        .unwrap();
    measure(store, &access, saved.exam, 160);
    assert_eq!(numbers(&page(store, &access, List::Due)), ["P-1"]);
    // It can be closed again for what it asks now.
    store
        .close_follow_up(&access, saved.exam, ClosingReason::Declined, "", TODAY)
        .unwrap();
    assert_eq!(numbers(&page(store, &access, List::Done)), ["P-1"]);
}

#[test]
fn lists_are_filtered_and_searched() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    for (number, month, tenths) in [("A-1", 3, None), ("A-2", 2, None), ("B-3", 9, Some(60))] {
        scanned(
            store,
            &access,
            number,
            Date::constant(2025, month, 5),
            tenths,
        );
    }
    let find = |text: &str, filters: FollowUpFilters| {
        let query = FollowUpQuery {
            text: text.into(),
            filters,
            ..FollowUpQuery::of(List::Due, TODAY)
        };
        let page = store.follow_ups(&access, &query).unwrap();
        assert_eq!(page.total, Count::Exactly(page.rows.len() as u64));
        numbers(&page).join(" ")
    };
    let all = FollowUpFilters::default();
    assert_eq!(find("", all.clone()), "A-2 A-1 B-3");
    assert_eq!(find("a-", all.clone()), "A-2 A-1");
    assert_eq!(find("patient muller", all.clone()), "A-2 A-1 B-3");
    assert_eq!(find("nobody", all.clone()), "");
    let three = FollowUpFilters {
        category: Some(Category::Three),
        ..all.clone()
    };
    assert_eq!(find("", three.clone()), "B-3");
    assert_eq!(find("a-", three), "");
    let doctor = |name: &str| FollowUpFilters {
        doctor: Some(name.into()),
        ..all.clone()
    };
    assert_eq!(find("", doctor("dr. MULLER")), "A-2 A-1 B-3");
    assert_eq!(find("", doctor("Dr. Smith")), "");
    let span = FollowUpFilters {
        from: Some(Date::constant(2026, 2, 6)),
        until: Some(Date::constant(2026, 3, 5)),
        ..all
    };
    assert_eq!(find("", span.clone()), "A-1 B-3");
    assert_eq!(find("b-3", span), "B-3");
}

#[test]
fn pages_follow_each_other_without_a_gap_in_every_list() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    for at in 0..7 {
        let day = Date::constant(2025, 3, 1 + at / 2);
        let saved = scanned(store, &access, &format!("P-{at}"), day, None);
        if at % 2 == 0 {
            let reason = ClosingReason::Moved;
            store
                .close_follow_up(&access, saved.exam, reason, "", TODAY)
                .unwrap();
        }
    }
    for (list, text, count) in [
        (List::Due, "", 3),
        (List::Done, "", 4),
        (List::Due, "p", 3),
        (List::Done, "p", 4),
    ] {
        let whole = FollowUpQuery {
            text: text.into(),
            ..FollowUpQuery::of(list, TODAY)
        };
        let all = store.follow_ups(&access, &whole).unwrap().rows;
        assert_eq!(all.len(), count);
        let mut walked = Vec::new();
        let mut after = None;
        loop {
            let query = FollowUpQuery {
                after,
                limit: 2,
                ..whole.clone()
            };
            let page = store.follow_ups(&access, &query).unwrap();
            after = page.rows.last().map(|row| row.cursor);
            walked.extend(page.rows);
            if !page.goes_on {
                break;
            }
        }
        assert_eq!(walked, all, "{list:?}");
    }
}

#[test]
fn follow_ups_of_another_hospital_are_out_of_reach() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let other = installation.enter("Elsewhere", BO);
    let store = &installation.store;
    let saved = scanned(store, &access, "P-1", Date::constant(2025, 3, 1), None);
    for list in List::ALL {
        assert_eq!(numbers(&page(store, &other, list)), [""; 0]);
    }
    let closed = store.close_follow_up(&other, saved.exam, ClosingReason::Moved, "", TODAY);
    assert!(matches!(closed, Err(StoreError::NoSuchFollowUp)));
    let reopened = store.reopen_follow_up(&other, saved.exam);
    assert!(matches!(reopened, Err(StoreError::NoSuchFollowUp)));
    assert!(matches!(
        store.follow_up(&other, saved.exam),
        Err(StoreError::NoSuchFollowUp)
    ));
}

#[test]
fn another_number_of_days_moves_what_is_due_and_is_logged_once() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let saved = scanned(
        store,
        &access,
        "P-1",
        Date::constant(2026, 2, 20),
        Some(150),
    );
    let due = || store.follow_up(&access, saved.exam).unwrap().due;
    assert_eq!(due(), Some(Date::constant(2026, 3, 6)));
    let seven = WorkUpDays::new(7).unwrap();
    store.set_work_up_days(seven).unwrap();
    store.set_work_up_days(seven).unwrap();
    assert_eq!(due(), Some(Date::constant(2026, 2, 27)));
    assert_eq!(installation.logged("set work-up days", "done"), 1);
    // A new calculation follows it, too.
    measure(store, &access, saved.exam, 40);
    assert_eq!(due(), Some(Date::constant(2026, 2, 27)));
}

#[test]
fn the_follow_ups_that_are_built_anew_are_those_that_were_kept() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let first = scanned(store, &access, "P-1", Date::constant(2025, 3, 1), None);
    again(
        store,
        &access,
        first.patient,
        "b",
        Date::constant(2026, 2, 1),
    );
    scanned(store, &access, "P-2", Date::constant(2025, 3, 1), Some(60));
    let all = || List::ALL.map(|list| page(store, &access, list));
    let kept = all();
    installation
        .raw()
        .execute("DELETE FROM follow_up", [])
        .unwrap();
    assert_ne!(all(), kept);
    store.rebuild_search().unwrap();
    assert_eq!(all(), kept);
}

#[test]
fn a_purged_patient_leaves_no_follow_up_behind() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let saved = scanned(store, &access, "P-1", Date::constant(2025, 3, 1), None);
    store
        .close_follow_up(
            &access,
            saved.exam,
            ClosingReason::Other,
            "planted remark",
            TODAY,
        )
        .unwrap();
    store.delete_patient(&access, saved.patient).unwrap();
    store.purge_patient(&access, saved.patient).unwrap();
    for table in ["follow_up", "follow_up_closing"] {
        let sql = format!("SELECT count(*) FROM {table}");
        let left: i64 = installation
            .raw()
            .query_row(&sql, [], |row| row.get(0))
            .unwrap();
        assert_eq!(left, 0, "{table}");
    }
}
