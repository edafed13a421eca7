//! Likely duplicates, merging two records of one person, and undoing it.

mod concurrent;
mod merging;

use std::path::Path;

use jiff::civil::Date;
use lunny::clinical::duplicate::Reason;
use lunny::clinical::follow_up::List;
use lunny::clinical::merge::{Merge, Side};
use lunny::clinical::patient::{Field, Patient, PatientDraft, Sex};
use lunny::clinical::reading::Circumstances;
use lunny::clinical::worklist::{ExamPlan, PlannedList};
use lunny::export::{ExportEvent, ExportOptions, Format, Requester, Selection, export};
use lunny::store::{
    Access, AttachmentKind, Count, DuplicatePair, FollowUpQuery, MergePlan, MergedPatients,
    PatientChoice, PatientId, PlannedQuery, PlannedState, ScanOrder, ScanOwner, Store, StoreError,
};

use super::processes::{HOME, acknowledged, assert_sound, child};
use crate::support::*;

const ADA: &str = "ada@example.org";
const EVE: &str = "eve@example.org";
const TODAY: Date = Date::constant(2026, 3, 2);
const BORN: &str = "1961-03-05";

fn person(number: &str, name: &str, born: &str, phone: &str) -> Patient {
    let mut draft = PatientDraft::default();
    draft.set(Field::Number, number);
    draft.set(Field::FullName, name);
    draft.set(Field::DateOfBirth, born);
    draft.set(Field::Phone, phone);
    draft.validate(TODAY).unwrap()
}

fn add(store: &Store, access: &Access, patient: &Patient) -> PatientId {
    store.create_patient(access, patient).unwrap()
}

/// The listed pairs by the numbers of both records.
fn listed(store: &Store, access: &Access) -> Vec<(String, String)> {
    let page = store.duplicates(access, None, 500).unwrap();
    assert_eq!(page.total, Count::Exactly(page.pairs.len() as u64));
    let numbers = |pair: &DuplicatePair| {
        (
            pair.one.patient.number.clone(),
            pair.other.patient.number.clone(),
        )
    };
    page.pairs.iter().map(numbers).collect()
}

fn pair(one: &str, other: &str) -> (String, String) {
    (one.to_owned(), other.to_owned())
}

/// The plan that a user makes of two records as they are now: the first stays, and these fields are taken from the other.
fn plan(
    store: &Store,
    access: &Access,
    kept: PatientId,
    merged: PatientId,
    take: &[Field],
) -> MergePlan {
    let pair = store.duplicate_pair(access, kept, merged).unwrap();
    let draft = |patient: &Patient| PatientDraft::from(patient);
    let mut merge = Merge::of_two(&draft(&pair.one.patient), &draft(&pair.other.patient));
    for field in take {
        let mut fields = merge.differing().into_iter().map(|it| it.field);
        let place = fields.position(|other| other == *field).unwrap();
        merge.take(place, Side::Theirs);
    }
    MergePlan {
        kept,
        kept_revision: pair.one.revision,
        merged,
        merged_revision: pair.other.revision,
        result: merge.result().unwrap().validate(TODAY).unwrap(),
    }
}

fn merge(store: &Store, access: &Access, kept: PatientId, merged: PatientId) -> MergedPatients {
    let plan = plan(store, access, kept, merged, &[]);
    store.merge_patients(access, &plan).unwrap()
}

#[test]
fn likely_duplicates_are_listed_with_reasons_the_most_likely_first() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    for patient in [
        person("P-1", "Jan Kowalski", BORN, "+44 20 7946 0018"),
        person("P-2", "Kowalski, Jan", BORN, "020 7946 0018"),
        person("P-3", "Jan Kowalsky", BORN, ""),
        person("P-4", "Jan Kowalski", "1990-01-01", ""),
        person("p 0004", "Jan Kowalski", "", ""),
        person("P-5", "Anna Nowak", BORN, "020 7946 0018"),
    ] {
        add(store, &access, &patient);
    }
    assert_eq!(
        listed(store, &access),
        [
            pair("P-1", "P-2"),
            pair("P-4", "p 0004"),
            pair("P-2", "P-3"),
            pair("P-1", "P-3"),
        ]
    );
    let page = store.duplicates(&access, None, 1).unwrap();
    assert!(page.goes_on);
    let first = &page.pairs[0];
    assert_eq!(first.likeness.score, 100);
    assert_eq!(
        first.likeness.reasons,
        [Reason::SameName, Reason::SameBirthDate, Reason::SamePhone]
    );
    let behind = (first.likeness.score, first.one.id, first.other.id);
    let rest = store.duplicates(&access, Some(behind), 500).unwrap();
    assert_eq!((rest.pairs.len(), rest.goes_on), (3, false));
}

#[test]
fn the_list_follows_changes_deletion_and_import_and_is_built_anew() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let one = add(store, &access, &person("P-1", "Jan Kowalski", BORN, ""));
    let other = add(store, &access, &person("P-2", "Jan Kowalski", BORN, ""));
    let both = [pair("P-1", "P-2")];
    assert_eq!(listed(store, &access), both);
    let mut changed = person("P-2", "Bo Li", BORN, "");
    store.change_patient(&access, other, 1, &changed).unwrap();
    assert!(listed(store, &access).is_empty());
    changed.full_name = "Jan Kowalski".into();
    store.change_patient(&access, other, 2, &changed).unwrap();
    assert_eq!(listed(store, &access), both);
    // A value that is in no key counts as well.
    changed.sex = Some(Sex::Female);
    store.change_patient(&access, other, 3, &changed).unwrap();
    let mut him = person("P-1", "Jan Kowalski", BORN, "");
    him.sex = Some(Sex::Male);
    store.change_patient(&access, one, 1, &him).unwrap();
    let page = store.duplicates(&access, None, 9).unwrap();
    assert_eq!(page.pairs[0].likeness.score, 60);
    store.delete_patient(&access, one).unwrap();
    assert!(listed(store, &access).is_empty());
    store.restore_patient(&access, one).unwrap();
    assert_eq!(listed(store, &access), both);
    store.rebuild_search().unwrap();
    assert_eq!(listed(store, &access), both);
    installation
        .raw()
        .execute("DELETE FROM duplicate_pair", [])
        .unwrap();
    store.rebuild_search().unwrap();
    assert_eq!(listed(store, &access), both);
    store.delete_patient(&access, other).unwrap();
    store.purge_patient(&access, other).unwrap();
    assert!(listed(store, &access).is_empty());
    assert_sound(&installation.raw());
}

#[test]
fn two_people_are_remembered_and_not_listed_again() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let one = add(store, &access, &person("P-1", "Jan Kowalski", BORN, ""));
    let other = add(store, &access, &person("P-2", "Jan Kowalski", BORN, ""));
    store.state_distinct(&access, other, one).unwrap();
    assert!(listed(store, &access).is_empty());
    let changed = person("P-2", "Jan Kowalski", BORN, "020 7946 0018");
    store.change_patient(&access, other, 1, &changed).unwrap();
    store.rebuild_search().unwrap();
    assert!(listed(store, &access).is_empty());
    assert_eq!(installation.logged("state two patients", "done"), 2);
    // Two people by that name can still be merged by their numbers, after a mistake.
    merge(store, &access, one, other);
}

#[test]
fn records_of_another_hospital_are_neither_listed_nor_merged() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let eve = installation.enter("St. Anne", EVE);
    let store = &installation.store;
    let ours = add(store, &access, &person("P-1", "Jan Kowalski", BORN, ""));
    let second = add(store, &access, &person("P-3", "Jan Kowalski", BORN, ""));
    let theirs = add(store, &eve, &person("P-2", "Jan Kowalski", BORN, ""));
    assert_eq!(listed(store, &access), [pair("P-1", "P-3")]);
    assert!(listed(store, &eve).is_empty());
    let merge_of = |access: &Access, kept, merged| {
        let plan = MergePlan {
            kept,
            kept_revision: 1,
            merged,
            merged_revision: 1,
            result: person("P-1", "Jan Kowalski", BORN, ""),
        };
        store.merge_patients(access, &plan)
    };
    let refused = |outcome: Result<(), StoreError>| {
        assert!(
            matches!(outcome, Err(StoreError::NoSuchPatient)),
            "{outcome:?}"
        );
    };
    for (kept, merged) in [(ours, theirs), (theirs, ours), (ours, ours)] {
        refused(merge_of(&access, kept, merged).map(|_| ()));
        refused(merge_of(&eve, kept, merged).map(|_| ()));
        refused(store.duplicate_pair(&access, kept, merged).map(|_| ()));
        refused(store.state_distinct(&eve, kept, merged));
    }
    let merged = merge(store, &access, ours, second);
    let foreign = store.unmerge_patients(&eve, merged.merge);
    assert!(
        matches!(foreign, Err(StoreError::NoSuchMerge)),
        "{foreign:?}"
    );
    assert!(store.merges(&eve).unwrap().is_empty());
    assert!(store.patient_with_number(&eve, "P-3").is_err());
}
