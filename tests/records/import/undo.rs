//! An import is undone as a whole, and the corrected file is imported.

use lunny::clinical::patient::Field;
use lunny::import::Mode;
use lunny::store::{ImportId, OnDuplicate, StoreError, UndoObstacle, UndoneImport};

use super::{Importer, importer, job, tally};
use crate::support::{find, names, save};

fn import(importer: &Importer, content: &str, how: OnDuplicate) -> ImportId {
    let job = job(&importer.file(content), how).unwrap();
    importer.run(&job, Mode::Import).import.unwrap()
}

fn undo(importer: &Importer, id: ImportId) -> UndoneImport {
    importer.store().undo_import(&importer.access, id).unwrap()
}

fn value(importer: &Importer, text: &str, field: Field) -> String {
    let page = find(importer.store(), &importer.access, text);
    page.rows[0].patient.value(field).into_owned()
}

#[test]
fn added_patients_are_deleted_and_changed_ones_are_restored() {
    let importer = importer();
    save(importer.store(), &importer.access, "H-1", "Ana Pérez");
    let id = import(
        &importer,
        "MRN,Name,Phone\nH-1,Ana Pérez,555 1\nH-2,Bo Li,\nH-2,Bo Li,555 2\n",
        OnDuplicate::Merge,
    );
    assert_eq!(value(&importer, "H-1", Field::Phone), "555 1");
    let undone = undo(&importer, id);
    assert_eq!((undone.removed, undone.restored, undone.stays), (1, 1, 0));
    assert_eq!(names(importer.store(), &importer.access, ""), ["Ana Pérez"]);
    assert_eq!(value(&importer, "H-1", Field::Phone), "");
    assert!(
        names(importer.store(), &importer.access, "555").is_empty(),
        "the search is updated"
    );
    assert_eq!(importer.installation.logged("undo import", "done"), 1);
    assert_eq!(importer.installation.logged("delete patient", "done"), 1);
    assert_eq!(importer.store().verify_audit(None).unwrap().fault, None);
    // The corrected file has the same numbers.
    let corrected = import(
        &importer,
        "MRN,Name,Phone\nH-1,Ana Pérez,555 1\nH-2,Bo Lee,555 3\n",
        OnDuplicate::Merge,
    );
    assert_eq!(value(&importer, "H-2", Field::FullName), "Bo Lee");
    let imports = importer.store().imports(&importer.access).unwrap();
    let listed: Vec<_> = imports
        .iter()
        .map(|import| (import.id, import.undone.is_some()))
        .collect();
    assert_eq!(listed, [(corrected, false), (id, true)]);
    assert_eq!((imports[0].added, imports[0].changed), (1, 1));
    assert_eq!(imports[0].file, "patients.csv");
    let deleted = importer
        .store()
        .deleted_records(&importer.access, 0)
        .unwrap();
    assert_eq!(deleted[0].full_name, "Bo Li", "it can be restored");
}

#[test]
fn patients_changed_since_stay_and_are_reported() {
    let importer = importer();
    let id = import(
        &importer,
        "MRN,Name\n1,Ana\n2,Bo\n3,Cleo\n4,Dan\n",
        OnDuplicate::Merge,
    );
    let open = |text: &str| {
        let id = find(importer.store(), &importer.access, text).rows[0].id;
        importer.store().patient(&importer.access, id).unwrap()
    };
    let mut ana = open("Ana");
    ana.patient.notes = "looked at".into();
    importer
        .store()
        .change_patient(&importer.access, ana.id, ana.revision, &ana.patient)
        .unwrap();
    let choice = lunny::store::PatientChoice::Existing(open("Bo").id);
    importer
        .store()
        .save_exam(
            &importer.access,
            &choice,
            &crate::support::exam("scan", 0.9),
        )
        .unwrap();
    importer
        .store()
        .delete_patient(&importer.access, open("Cleo").id)
        .unwrap();
    let undone = undo(&importer, id);
    assert_eq!((undone.removed, undone.restored, undone.stays), (1, 0, 2));
    let mut listed = undone.listed;
    listed.sort_by(|one, other| one.0.cmp(&other.0));
    assert_eq!(
        listed,
        [
            ("1".to_owned(), UndoObstacle::Changed),
            ("2".to_owned(), UndoObstacle::Used)
        ]
    );
    let mut left = names(importer.store(), &importer.access, "");
    left.sort();
    assert_eq!(left, ["Ana", "Bo"]);
}

#[test]
fn imports_of_the_same_records_are_undone_one_after_the_other() {
    let importer = importer();
    let first = import(&importer, "MRN,Name,Phone\n1,Ana,\n", OnDuplicate::Merge);
    let second = import(
        &importer,
        "MRN,Name,Phone\n1,Ana,555 1\n",
        OnDuplicate::Merge,
    );
    let third = import(
        &importer,
        "MRN,Name,Phone\n1,Ana,555 2\n",
        OnDuplicate::Overwrite,
    );
    assert_eq!(undo(&importer, third).restored, 1);
    assert_eq!(value(&importer, "Ana", Field::Phone), "555 1");
    assert_eq!(undo(&importer, second).restored, 1);
    assert_eq!(value(&importer, "Ana", Field::Phone), "");
    assert_eq!(undo(&importer, first).removed, 1);
    assert!(names(importer.store(), &importer.access, "").is_empty());
}

#[test]
fn an_import_is_undone_once_and_by_its_own_hospital() {
    let importer = importer();
    let id = import(&importer, "MRN,Name\n1,Ana\n", OnDuplicate::Merge);
    let elsewhere = importer
        .installation
        .enter("St. Elsewhere", "eve@example.org");
    let foreign = importer.store().undo_import(&elsewhere, id);
    assert!(matches!(foreign, Err(StoreError::NoSuchImport)));
    assert!(importer.store().imports(&elsewhere).unwrap().is_empty());
    undo(&importer, id);
    let twice = importer.store().undo_import(&importer.access, id);
    assert!(matches!(twice, Err(StoreError::ImportUndone)));
}

#[test]
fn a_finally_deleted_patient_is_no_longer_part_of_the_import() {
    let importer = importer();
    let id = import(&importer, "MRN,Name\n1,Ana\n2,Bo\n", OnDuplicate::Merge);
    let ana = find(importer.store(), &importer.access, "Ana").rows[0].id;
    importer
        .store()
        .delete_patient(&importer.access, ana)
        .unwrap();
    importer
        .store()
        .purge_patient(&importer.access, ana)
        .unwrap();
    assert_eq!(undo(&importer, id).removed, 1);
    let file = importer.file("MRN,Name\n1,Ana\n2,Bo\n");
    let again = importer.run(&job(&file, OnDuplicate::Merge).unwrap(), Mode::Import);
    assert_eq!(again.tally, tally(2, 0, 0, 0, 0));
}

#[test]
fn an_interrupted_undo_is_completed() {
    let importer = importer();
    import(&importer, "MRN,Name,Phone\n1,Ana,\n", OnDuplicate::Merge);
    let id = import(
        &importer,
        "MRN,Name,Phone\n1,Ana,555 1\n2,Bo,\n",
        OnDuplicate::Merge,
    );
    undo(&importer, id);
    // The state left by a process that was killed before its last step.
    let raw = importer.installation.raw();
    raw.execute(
        "UPDATE import SET undone_at = NULL, undone_by = NULL WHERE id = ?1",
        [id.0],
    )
    .unwrap();
    drop(raw);
    let again = undo(&importer, id);
    assert_eq!((again.removed, again.restored, again.stays), (0, 1, 0));
    assert_eq!(names(importer.store(), &importer.access, ""), ["Ana"]);
}

#[test]
fn an_import_that_changed_nothing_offers_no_undo() {
    let importer = importer();
    save(importer.store(), &importer.access, "H-1", "Ana Pérez");
    for content in [
        "MRN,Name\nH-1,Ana Pérez\n",
        "MRN,Name,DOB\nH-2,Bo,no date\n",
    ] {
        let job = job(&importer.file(content), OnDuplicate::Merge).unwrap();
        assert_eq!(importer.run(&job, Mode::Import).import, None, "{content}");
    }
}
