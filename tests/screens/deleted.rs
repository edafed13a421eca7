//! Deleted patients and exams, restored or deleted permanently.

use crossterm::event::KeyCode;
use lunny::store::{PatientId, Role, StoreError};

use super::stage::Stage;

/// The open record of Ana Pérez, with an exam and a nodule.
fn record(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register().analyse("slice.png");
    stage.save_to_new_patient("Ana Pérez").letters("m");
    stage.letters("n").enter().letters("9").enter().letters("8");
    stage.key(KeyCode::F(2)).shows("Solid, baseline");
    stage.escape().letters("n").escape();
    stage.letters("p").enter().shows("slice.png");
    stage
}

#[test]
fn deleting_a_patient_lists_the_contents_and_can_be_undone() {
    let mut stage = record(80, 24);
    stage.letters("D").shows("1 exam, 1 nodule and 0");
    stage.enter().shows("slice.png");
    stage
        .letters("D")
        .letters("y")
        .shows("This patient was deleted");
    stage.letters("e").shows("is deleted; press u to undo");
    stage
        .letters("u")
        .shows("The patient was restored")
        .shows("slice.png");
}

#[test]
fn a_deleted_patient_is_listed_with_user_and_time_and_restored() {
    let mut stage = record(80, 24);
    stage.letters("D").letters("y").escape();
    stage.shows("No patients yet").control('d');
    stage.shows("Ana Pérez").shows("by Dana Ruiz.");
    stage.shows("1 exam, 1 nodule, 0 reports, 2 pictures");
    stage
        .letters("r")
        .shows("The patient was restored")
        .shows("There are no deleted records");
    stage.escape().shows("Ana Pérez");
}

#[test]
fn a_deleted_exam_is_listed_by_its_file_and_restored() {
    let mut stage = record(80, 24);
    stage.letters("d").letters("y").escape().escape();
    stage.letters("d").shows("exam slice.png").enter();
    stage.shows("The exam was restored").escape();
    stage.letters("p").enter().shows("slice.png");
}

#[test]
fn the_list_looks_like_this() {
    for (columns, rows) in [(60, 15), (80, 24)] {
        let mut stage = record(columns, rows);
        stage.letters("d").letters("y").escape().escape();
        stage.letters("d");
        insta::assert_snapshot!(format!("deleted_{columns}x{rows}"), stage.screen());
    }
}

#[test]
fn only_the_typed_number_deletes_permanently() {
    let mut stage = record(80, 24);
    stage.letters("D").letters("y").escape().control('d');
    stage.letters("x").shows("permanently, with 1 exam");
    stage
        .letters("P-000002")
        .enter()
        .shows("Nothing was deleted");
    insta::assert_snapshot!("purge_80x24", stage.screen());
    stage.control('u').letters("P-000001").enter();
    stage
        .shows("The record was deleted permanently")
        .shows("There are no deleted records");
    let dana = stage
        .store
        .sign_in("dana@example.org", super::stage::PASSWORD);
    let gone = stage
        .store
        .restore_patient(&dana.unwrap().access, PatientId(1));
    assert!(matches!(gone, Err(StoreError::NoSuchPatient)), "{gone:?}");
}

#[test]
fn a_technician_cannot_delete_permanently() {
    let mut stage = record(80, 24);
    stage.colleague("Bo Lind", "bo@example.org", Role::Technician);
    stage.letters("D").letters("y").escape().escape();
    stage.sign_in_as("bo@example.org");
    stage.letters("d").shows("Ana Pérez").hides("permanently");
    stage.letters("x").hides("permanently").shows("Ana Pérez");
}
