//! Merging two records of one person, and undoing it.

use super::*;

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
