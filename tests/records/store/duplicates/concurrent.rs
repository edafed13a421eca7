//! Merging while an export runs, by two processes at once, and by one that is killed.

use super::*;

#[test]
fn an_export_that_runs_during_a_merge_misses_no_patient() {
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
    let test = "store::duplicates::concurrent::child_that_merges";
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
    let test = "store::duplicates::concurrent::child_that_merges";
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
