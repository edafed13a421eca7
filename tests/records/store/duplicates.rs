//! Likely duplicates, merging two records of one person, and undoing it.

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
fn what_belongs_to_a_record_moves_and_its_number_still_finds_the_person() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let kept = save(store, &access, "P-1", "Jan Kowalski").patient;
    let choice = PatientChoice::New(patient("P-2", "Jan Kowalsky"));
    let key = picture(AttachmentKind::KeyImage, "key");
    let other = store
        .save_exam_with(&access, &choice, &exam("P-2", 0.9), &[key])
        .unwrap();
    let stated = Circumstances {
        scanned_on: Some(Date::constant(2025, 3, 1)),
        nodules_seen: Some(0),
        ..Circumstances::default()
    };
    store
        .state_circumstances(&access, other.exam, 0, &stated)
        .unwrap();
    let report = store.write_report(&access, other.exam, "a report").unwrap();
    let order = ExamPlan::new(TODAY, "ACC-1", "").unwrap();
    store.plan_exam(&access, other.patient, &order).unwrap();
    let merged = merge(store, &access, kept, other.patient);
    assert_eq!((merged.exams, merged.planned), (1, 1));

    let record = store.patient(&access, kept).unwrap();
    assert_eq!(record.exams.len(), 2);
    assert_eq!(record.patient.number, "P-1");
    let due = FollowUpQuery::of(List::Due, TODAY);
    let due = store.follow_ups(&access, &due).unwrap();
    assert_eq!(due.rows.len(), 1);
    assert_eq!(due.rows[0].patient_id, kept);
    let today = PlannedQuery::of(PlannedList::Today, TODAY);
    let today = store.planned_exams(&access, &today).unwrap();
    assert_eq!(today.rows[0].patient_id, kept);
    let reports = store.reports(&access, other.exam).unwrap();
    assert_eq!(reports[0].id, report.id);
    assert_eq!(store.attachments(&access, kept).unwrap().len(), 1);
    assert_eq!(names(store, &access, "p-2"), ["Jan Kowalski"]);
    assert_eq!(names(store, &access, ""), ["Jan Kowalski"]);
    let (found, _) = store.patient_with_number(&access, "p-2").unwrap();
    assert_eq!(found, kept);
    let gone = store.patient(&access, other.patient).unwrap_err();
    assert_eq!(
        gone.to_string(),
        "this record was merged into P-1: open that one"
    );
    let taken = store.create_patient(&access, &patient("P-2", "Somebody"));
    assert!(
        matches!(taken, Err(StoreError::NumberOfMerged { .. })),
        "{taken:?}"
    );
    assert!(store.deleted_records(&access, 0).unwrap().is_empty());
    assert!(store.restore_patient(&access, other.patient).is_err());
    let purged = store.purge_patient(&access, other.patient);
    assert!(
        matches!(purged, Err(StoreError::PatientMerged { .. })),
        "{purged:?}"
    );
    assert_eq!(installation.logged("merge patients", "done"), 2);
    let log = store.patient_log(&access, kept, 500).unwrap();
    assert!(log.iter().any(|entry| entry.action == "merge patients"));
    assert_eq!(store.verify_audit(None).unwrap().fault, None);
    assert_sound(&installation.raw());
}

#[test]
fn the_chosen_values_stay_and_the_earlier_ones_are_kept() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let kept = add(store, &access, &person("P-1", "Jan Kowalski", BORN, ""));
    let mut second = person("P-2", "Jan Kowalsky", BORN, "020 7946 0018");
    second.notes = "seen in May".into();
    let other = add(store, &access, &second);
    let plan = plan(store, &access, kept, other, &[Field::FullName]);
    store.merge_patients(&access, &plan).unwrap();
    let record = store.patient(&access, kept).unwrap();
    assert_eq!(record.patient.full_name, "Jan Kowalsky");
    assert_eq!(record.patient.value(Field::Phone), "020 7946 0018");
    assert_eq!(record.patient.notes, "seen in May");
    assert_eq!(record.revision, 2);
    let history = store.patient_history(&access, kept).unwrap();
    assert_eq!(history[0].patient.full_name, "Jan Kowalski");
}

#[test]
fn a_merge_is_undone_as_a_whole() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let first = save(store, &access, "P-1", "Jan Kowalski");
    let second = save(store, &access, "P-2", "Jan Kowalsky");
    let before = [first.patient, second.patient].map(|id| store.patient(&access, id).unwrap());
    let order = ExamPlan::new(TODAY, "ACC-1", "").unwrap();
    store.plan_exam(&access, second.patient, &order).unwrap();
    let plan = plan(
        store,
        &access,
        first.patient,
        second.patient,
        &[Field::FullName],
    );
    let merged = store.merge_patients(&access, &plan).unwrap();
    // Of what was added since, an exam stays with the record, and a nodule with its exam.
    let choice = PatientChoice::Existing(first.patient);
    store
        .save_exam(&access, &choice, &exam("later", 0.9))
        .unwrap();
    let mut changed = store.patient(&access, first.patient).unwrap().patient;
    changed.notes = "since".into();
    store
        .change_patient(&access, first.patient, 2, &changed)
        .unwrap();

    let undone = store.unmerge_patients(&access, merged.merge).unwrap();
    assert_eq!(
        (undone.kept, undone.merged),
        (first.patient, second.patient)
    );
    assert_eq!(undone.left, []);
    let after = [first.patient, second.patient].map(|id| store.patient(&access, id).unwrap());
    assert_eq!(after[0].patient.full_name, "Jan Kowalski");
    assert_eq!(after[0].patient.notes, "since");
    assert_eq!(after[1].patient, before[1].patient);
    assert_eq!((after[0].exams.len(), after[1].exams.len()), (2, 1));
    assert_eq!(after[1].exams[0].id, second.exam);
    assert_eq!(names(store, &access, "p-2"), ["Jan Kowalsky"]);
    let planned = store.planned_exams_of(&access, second.patient).unwrap();
    assert_eq!(planned.len(), 1);
    let twice = store.unmerge_patients(&access, merged.merge);
    assert!(matches!(twice, Err(StoreError::MergeUndone)), "{twice:?}");
    assert_eq!(installation.logged("unmerge patients", "done"), 2);
    let merges = store.merges(&access).unwrap();
    assert!(merges[0].undone.is_some());
    // And merged again.
    merge(store, &access, first.patient, second.patient);
    assert_sound(&installation.raw());
}

#[test]
fn a_value_that_was_changed_since_stays_and_is_named() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let kept = add(store, &access, &person("P-1", "Jan Kowalski", BORN, ""));
    let second = person("P-2", "Jan Kowalsky", BORN, "020 7946 0018");
    let other = add(store, &access, &second);
    let plan = plan(store, &access, kept, other, &[Field::FullName]);
    let merged = store.merge_patients(&access, &plan).unwrap();
    let changed = person("P-1", "Jan Kowalsky-Nowak", BORN, "020 7946 0018");
    store.change_patient(&access, kept, 2, &changed).unwrap();
    let undone = store.unmerge_patients(&access, merged.merge).unwrap();
    assert_eq!(undone.left, [Field::FullName]);
    let record = store.patient(&access, kept).unwrap().patient;
    assert_eq!(record.full_name, "Jan Kowalsky-Nowak");
    assert_eq!(record.value(Field::Phone), "");
}

#[test]
fn the_same_scan_in_both_records_stays_twice_and_moves_back() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let kept = add(store, &access, &person("P-1", "Jan Kowalski", BORN, ""));
    let other = add(store, &access, &person("P-2", "Jan Kowalski", BORN, ""));
    for id in [kept, other] {
        let choice = PatientChoice::Existing(id);
        store
            .save_exam(&access, &choice, &exam("same", 0.9))
            .unwrap();
        let photo = picture(AttachmentKind::Photo, &format!("face of {}", id.0));
        store.attach_photo(&access, id, &photo).unwrap();
    }
    let merged = merge(store, &access, kept, other);
    assert_eq!(store.patient(&access, kept).unwrap().exams.len(), 2);
    // Saving it once more adds nothing.
    let choice = PatientChoice::Existing(kept);
    let again = store
        .save_exam(&access, &choice, &exam("same", 0.9))
        .unwrap();
    assert!(again.already_saved);
    store.unmerge_patients(&access, merged.merge).unwrap();
    for id in [kept, other] {
        assert_eq!(store.patient(&access, id).unwrap().exams.len(), 1);
    }
    assert_sound(&installation.raw());
}

#[test]
fn merges_of_merged_records_are_undone_from_the_last() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let [a, b, c] = ["P-1", "P-2", "P-3"].map(|number| save(store, &access, number, "Jan").patient);
    let first = merge(store, &access, b, a);
    let second = merge(store, &access, c, b);
    assert_eq!(store.patient(&access, c).unwrap().exams.len(), 3);
    for number in ["P-1", "P-2", "P-3"] {
        let (found, _) = store.patient_with_number(&access, number).unwrap();
        assert_eq!(found, c, "{number}");
        assert_eq!(find(store, &access, number).rows.len(), 1, "{number}");
    }
    let early = store.unmerge_patients(&access, first.merge);
    assert!(
        matches!(early, Err(StoreError::PatientMerged { .. })),
        "{early:?}"
    );
    store.unmerge_patients(&access, second.merge).unwrap();
    assert_eq!(store.patient(&access, b).unwrap().exams.len(), 2);
    store.unmerge_patients(&access, first.merge).unwrap();
    for id in [a, b, c] {
        assert_eq!(store.patient(&access, id).unwrap().exams.len(), 1);
    }
    // Purging the record that stays takes along what was merged into it.
    merge(store, &access, b, a);
    merge(store, &access, c, b);
    store.delete_patient(&access, c).unwrap();
    store.purge_patient(&access, c).unwrap();
    let left: i64 = installation
        .raw()
        .query_row("SELECT count(*) FROM patient", [], |row| row.get(0))
        .unwrap();
    assert_eq!(left, 0);
    assert_sound(&installation.raw());
}

#[test]
fn a_planned_exam_follows_the_exam_that_it_was_done_by() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let kept = add(store, &access, &person("P-1", "Jan Kowalski", BORN, ""));
    let other = add(store, &access, &person("P-2", "Jan Kowalski", BORN, ""));
    let order = ExamPlan::new(TODAY, "ACC-1", "").unwrap();
    let id = store.plan_exam(&access, other, &order).unwrap();
    let merged = merge(store, &access, kept, other);
    let owner = ScanOwner {
        order: ScanOrder {
            accession: Some("ACC-1".into()),
            scanned_on: Some(TODAY),
        },
        ..ScanOwner::default()
    };
    let choice = PatientChoice::Existing(kept);
    let saved = store
        .save_exam_of(&access, &choice, &exam("scan", 0.1), &[], &owner)
        .unwrap();
    assert_eq!(saved.planned, Some(id));
    store.unmerge_patients(&access, merged.merge).unwrap();
    let planned = store.planned_exam(&access, id).unwrap();
    assert_eq!(planned.patient_id, kept);
    assert!(matches!(planned.state, PlannedState::Done { .. }));
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

#[test]
fn a_record_that_was_changed_since_it_was_seen_is_not_merged() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let kept = add(store, &access, &person("P-1", "Jan Kowalski", BORN, ""));
    let other = add(store, &access, &person("P-2", "Jan Kowalski", BORN, ""));
    let plan = plan(store, &access, kept, other, &[]);
    let changed = person("P-2", "Jan Kowalski", BORN, "020 7946 0018");
    store.change_patient(&access, other, 1, &changed).unwrap();
    let stale = store.merge_patients(&access, &plan);
    assert!(
        matches!(stale, Err(StoreError::PatientChanged)),
        "{stale:?}"
    );
    assert!(store.merges(&access).unwrap().is_empty());
}

#[test]
fn a_draft_of_the_merged_record_waits_until_the_merge_is_undone() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let kept = add(store, &access, &person("P-1", "Jan Kowalski", BORN, ""));
    let other = save(store, &access, "P-2", "Jan Kowalski");
    store
        .save_draft(&access, "patient edit", Some(other.patient.0), "typed")
        .unwrap();
    store
        .save_draft(&access, "exam nodule", Some(other.exam.0), "measured")
        .unwrap();
    let merged = merge(store, &access, kept, other.patient);
    let drafts = store.drafts(&access).unwrap();
    assert_eq!(drafts.len(), 1);
    let (patient, number, _) = drafts[0].patient.clone().unwrap();
    assert_eq!(
        (patient, &*number),
        (kept, "P-1"),
        "a nodule goes with its exam"
    );
    let late = store.change_patient(
        &access,
        other.patient,
        1,
        &person("P-2", "Jan Nowak", BORN, ""),
    );
    assert!(
        matches!(late, Err(StoreError::PatientMerged { .. })),
        "{late:?}"
    );
    store.unmerge_patients(&access, merged.merge).unwrap();
    assert_eq!(store.drafts(&access).unwrap().len(), 2);
    let kept_draft = store.draft(&access, "patient edit", Some(other.patient.0));
    assert_eq!(kept_draft.unwrap().unwrap().content, "typed");
}

#[test]
fn an_export_that_runs_during_a_merge_misses_nobody() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let kept = add(store, &access, &person("P-1", "Jan Kowalski", BORN, ""));
    let other = add(store, &access, &person("P-2", "Jan Kowalsky", BORN, ""));
    for number in 3..9 {
        add(store, &access, &patient(&format!("P-{number}"), "Somebody"));
    }
    // The record that stays keeps its place in the table, which is read page by page.
    let order = |text: &str| -> Vec<String> {
        let rows = find(store, &access, text).rows;
        rows.into_iter().map(|row| row.patient.number).collect()
    };
    let before = order("");
    let plan = plan(store, &access, kept, other, &[Field::FullName]);
    let account = store.sign_in(ADA, PASSWORD).unwrap().account;
    let asker = Requester {
        store,
        access: &access,
        account: &account,
    };
    let folder = tempfile::tempdir().unwrap();
    let options = ExportOptions {
        formats: vec![Format::Fhir],
        deidentified: false,
        paper: lunny::report::pdf::Paper::A4,
        fhir: Default::default(),
        folder: folder.path().to_path_buf(),
    };
    let mut failed = Vec::new();
    let mut is_merged = false;
    export(
        asker,
        &Selection::Chosen(vec![kept, other]),
        &options,
        &lunny::cancel::Cancel::default(),
        &mut |event| match event {
            ExportEvent::Written(_) if !is_merged => {
                is_merged = true;
                store.merge_patients(&access, &plan).unwrap();
            }
            ExportEvent::Failed { reason, .. } => failed.push(reason),
            _ => {}
        },
    )
    .unwrap();
    assert!(is_merged);
    assert_eq!(failed.len(), 1, "the merged record is reported: {failed:?}");
    let after: Vec<String> = before
        .into_iter()
        .filter(|number| number != "P-2")
        .collect();
    assert_eq!(order(""), after);
}

/// Not a test: the body of the processes of the next two. Merges the records of each pair of persons that it finds, and says so.
#[test]
fn child_that_merges() {
    let Ok(home) = std::env::var(HOME) else {
        return;
    };
    let store = Store::open(Path::new(&home)).unwrap();
    let access = store.sign_in(ADA, PASSWORD).unwrap().access;
    loop {
        let pairs = store.duplicates(&access, None, 500).unwrap().pairs;
        if pairs.is_empty() {
            return;
        }
        for pair in pairs {
            let plan = MergePlan {
                kept: pair.one.id,
                kept_revision: pair.one.revision,
                merged: pair.other.id,
                merged_revision: pair.other.revision,
                result: pair.one.patient.clone(),
            };
            match store.merge_patients(&access, &plan) {
                Ok(merged) => println!("saved {}", merged.merge.0),
                Err(StoreError::PatientMerged { .. } | StoreError::NoSuchPatient) => {}
                Err(StoreError::PatientChanged) => {}
                Err(error) => panic!("{error}"),
            }
        }
    }
}

/// Twice each person, with an exam in both records.
fn doubled(installation: &Installation, access: &Access, people: u32) {
    for number in 0..people {
        let name = format!("Person{number} Doubled{number}");
        for half in ["A", "B"] {
            let patient = person(&format!("{half}-{number}"), &name, BORN, "");
            let choice = PatientChoice::New(patient);
            let exam = exam(&format!("{half}{number}"), 0.9);
            installation
                .store
                .save_exam(access, &choice, &exam)
                .unwrap();
        }
    }
}

/// Every person has both exams, in one record if merged and in one each if not.
fn assert_whole(installation: &Installation) {
    let raw = installation.raw();
    let count = |sql: &str| -> i64 { raw.query_row(sql, [], |row| row.get(0)).unwrap() };
    let merges = count("SELECT count(*) FROM patient_merge WHERE undone_at IS NULL");
    assert_eq!(
        count("SELECT count(*) FROM patient WHERE merged_into IS NOT NULL"),
        merges
    );
    assert_eq!(
        count(
            "SELECT count(*) FROM (SELECT 1 FROM exam JOIN patient ON patient.id = exam.patient_id
                                   WHERE patient.deleted_at IS NULL GROUP BY patient_id HAVING count(*) = 2)"
        ),
        merges
    );
    assert_eq!(
        count("SELECT count(*) FROM audit WHERE action = 'merge patients'"),
        2 * merges
    );
    assert_sound(&raw);
    assert_eq!(installation.store.verify_audit(None).unwrap().fault, None);
}

#[test]
fn two_processes_that_merge_at_once_merge_each_pair_once() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    doubled(&installation, &access, 20);
    let test = "store::duplicates::child_that_merges";
    let mut children: Vec<_> = (0..2)
        .map(|_| child(test, installation.home.path(), ""))
        .collect();
    let mut merged: Vec<String> = Vec::new();
    for child in &mut children {
        merged.extend(acknowledged(child));
        assert!(child.wait().unwrap().success());
    }
    assert_eq!(merged.len(), 20);
    merged.sort();
    merged.dedup();
    assert_eq!(merged.len(), 20);
    assert_whole(&installation);
    let left = installation.store.duplicates(&access, None, 9).unwrap();
    assert!(left.pairs.is_empty());
}

#[test]
fn a_process_that_is_killed_leaves_whole_merges() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    doubled(&installation, &access, 30);
    let test = "store::duplicates::child_that_merges";
    for enough in [1, 4, 9] {
        let mut child = child(test, installation.home.path(), "");
        let mut lines = acknowledged(&mut child);
        let before = lines.by_ref().take(enough).count();
        assert_eq!(before, enough);
        child.kill().unwrap();
        child.wait().unwrap();
        assert_whole(&installation);
    }
    let merged = installation.store.merges(&access).unwrap();
    assert!(merged.len() >= 14);
    for merge in merged {
        installation
            .store
            .unmerge_patients(&access, merge.id)
            .unwrap();
    }
    assert_eq!(listed(&installation.store, &access).len(), 30);
    assert_sound(&installation.raw());
}
