use std::io::Write;
use std::path::Path;

use lunny::store::{DRAFT_BYTES, ExamId, Role, Store, StoreError};

use super::processes::{HOME, acknowledged, child};
use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

#[test]
fn a_draft_is_returned_unchanged_until_it_is_dropped() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let id = save(store, &access, "P-1", "Ada").patient.0;
    let megabyte = "é".repeat(DRAFT_BYTES / 2);
    for content in [
        "",
        "a\0b\u{1b}[2J\u{202e}🙂'); DROP TABLE draft;--",
        "{\"full_name\": \"محمد\"}",
        &megabyte,
    ] {
        for about in [None, Some(id)] {
            store
                .save_draft(&access, "patient", about, content)
                .unwrap();
            let kept = store.draft(&access, "patient", about).unwrap().unwrap();
            assert!(kept.content == content);
        }
    }
    assert_eq!(
        store.draft(&access, "patient edit", Some(id)).unwrap(),
        None
    );
    store.discard_draft(&access, "patient", Some(id)).unwrap();
    store.discard_draft(&access, "patient", Some(id)).unwrap();
    assert_eq!(store.draft(&access, "patient", Some(id)).unwrap(), None);
    let other = store.draft(&access, "patient", None).unwrap().unwrap();
    assert!(other.content == megabyte);
    store.save_draft(&access, "patient", None, "later").unwrap();
    let newer = store.draft(&access, "patient", None).unwrap().unwrap();
    assert!(newer.kept_at > other.kept_at && newer.content == "later");
}

#[test]
fn another_account_never_sees_a_draft() {
    let installation = installation();
    let store = &installation.store;
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation.enter_as("St. Mary", BO, Role::Administrator);
    let id = save(store, &ada, "P-1", "Ada").patient.0;
    store
        .save_draft(&ada, "patient", Some(id), "ada's")
        .unwrap();
    assert_eq!(store.draft(&bo, "patient", Some(id)).unwrap(), None);
    store.discard_draft(&bo, "patient", Some(id)).unwrap();
    store.save_draft(&bo, "patient", Some(id), "bo's").unwrap();
    let content = |access| {
        let draft = store.draft(access, "patient", Some(id)).unwrap();
        draft.unwrap().content
    };
    assert_eq!(
        (content(&ada), content(&bo)),
        ("ada's".into(), "bo's".into())
    );
    store.sign_out(&ada).unwrap();
    let late = store.draft(&ada, "patient", Some(id));
    assert!(matches!(late, Err(StoreError::SignedOut)));
    // They are available at the next sign-in.
    let again = store.sign_in(ADA, PASSWORD).unwrap().access;
    assert_eq!(content(&again), "ada's");
}

#[test]
fn invalid_drafts_are_refused() {
    let installation = installation();
    let store = &installation.store;
    let access = installation.enter("St. Mary", ADA);
    let id = save(store, &access, "P-1", "Ada").patient.0;
    let long = "x".repeat(DRAFT_BYTES + 1);
    for (form, about, content) in [
        ("patient", None, &*long),
        ("", None, "text"),
        ("a\0b", None, "text"),
        (&"x".repeat(65), None, "text"),
        ("patients", Some(id), "text"),
        ("' OR 1", Some(id), "text"),
    ] {
        let refused = store.save_draft(&access, form, about, content);
        assert!(
            matches!(refused, Err(StoreError::InvalidDraft(_))),
            "{form}"
        );
    }
    assert_eq!(store.draft(&access, "patient", None).unwrap(), None);
}

#[test]
fn a_draft_is_about_a_record_of_this_hospital_deleted_or_not() {
    let installation = installation();
    let store = &installation.store;
    let owner = installation.enter("St. Mary", ADA);
    let stranger = installation.enter("General Infirmary", BO);
    let saved = save(store, &owner, "P-1", "Ada");
    let (patient, exam) = (Some(saved.patient.0), Some(saved.exam.0));
    let foreign = store.save_draft(&stranger, "patient", patient, "text");
    assert!(matches!(foreign, Err(StoreError::NoSuchPatient)));
    let foreign = store.save_draft(&stranger, "exam nodule", exam, "text");
    assert!(matches!(foreign, Err(StoreError::NoSuchExam)));
    let unknown = store.save_draft(&owner, "nodule", Some(7), "text");
    assert!(matches!(unknown, Err(StoreError::NoSuchNodule)));
    store.delete_patient(&owner, saved.patient).unwrap();
    // The record is deleted during typing: the text is not lost.
    store
        .save_draft(&owner, "patient", patient, "text")
        .unwrap();
    store
        .save_draft(&owner, "exam nodule", exam, "text")
        .unwrap();
}

#[test]
fn a_draft_beyond_two_hundred_replaces_the_oldest() {
    let installation = installation();
    let store = &installation.store;
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation.enter("St. Mary", BO);
    store.save_draft(&bo, "form 0", None, "bo's").unwrap();
    for number in 0..202 {
        let form = format!("form {number}");
        store.save_draft(&ada, &form, None, "text").unwrap();
    }
    let is_there = |access, number: u32| {
        let form = format!("form {number}");
        store.draft(access, &form, None).unwrap().is_some()
    };
    assert!(!is_there(&ada, 0) && !is_there(&ada, 1));
    assert!(is_there(&ada, 2) && is_there(&ada, 201));
    assert!(is_there(&bo, 0), "another account's stay");
}

/// Not a test: the body of the process that is killed. It stores one draft and one version of a report after the other, and
/// prints the number of each after it is acknowledged.
#[test]
fn child_that_types() {
    let Ok(home) = std::env::var(HOME) else {
        return;
    };
    let store = Store::open(Path::new(&home)).unwrap();
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    for number in 1.. {
        let text = number.to_string();
        store.save_draft(&access, "patient", None, &text).unwrap();
        store.write_report(&access, ExamId(1), &text).unwrap();
        let mut out = std::io::stdout().lock();
        writeln!(out, "saved {number}").unwrap();
        out.flush().unwrap();
    }
}

#[test]
fn a_killed_process_loses_no_draft_and_no_version_that_was_acknowledged() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let exam = save(&installation.store, &access, "P-1", "Ada").exam;
    assert_eq!(exam, ExamId(1));
    let mut typing = child(
        "store::drafts::child_that_types",
        installation.home.path(),
        "",
    );
    let mut lines = acknowledged(&mut typing);
    let mut numbers: Vec<usize> = Vec::new();
    numbers.extend(
        lines
            .by_ref()
            .take(20)
            .map(|line| line.parse::<usize>().unwrap()),
    );
    typing.kill().unwrap();
    typing.wait().unwrap();
    numbers.extend(lines.map(|line| line.parse::<usize>().unwrap()));

    let last = *numbers.last().unwrap();
    let draft = installation
        .store
        .draft(&access, "patient", None)
        .unwrap()
        .unwrap();
    let kept: usize = draft.content.parse().unwrap();
    // A write in progress at the kill may be there or not.
    assert!((last..=last + 1).contains(&kept), "{kept}, {last}");
    let mut reports = installation.store.reports(&access, exam).unwrap();
    reports.reverse();
    assert!((last..=last + 1).contains(&reports.len()));
    for (version, report) in (1..).zip(&reports) {
        assert_eq!(
            (report.version, &report.text),
            (version, &version.to_string())
        );
    }
}
