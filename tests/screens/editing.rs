//! Editing a patient: alone, and while another user edits the same record.

use std::time::Duration;

use crossterm::event::KeyCode;
use lunny::clinical::patient::Patient;
use lunny::store::{Access, PatientId, PatientRecord, Role};

use super::stage::Stage;

/// The open record of Ana Pérez.
fn record(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register().analyse("slice.png");
    stage.save_to_new_patient("Ana Pérez").letters("n").escape();
    stage.letters("p").enter().shows("slice.png");
    stage
}

/// Another user who has the record open.
fn colleague(stage: &Stage) -> (Access, PatientRecord) {
    let access = stage.colleague("Bo Lind", "bo@example.org", Role::Technician);
    let record = stage.store.patient(&access, PatientId(1)).unwrap();
    (access, record)
}

fn change(stage: &Stage, (access, record): &(Access, PatientRecord), patient: Patient) {
    let changed = (stage.store).change_patient(access, record.id, record.revision, &patient);
    changed.unwrap();
}

#[test]
fn a_change_is_saved_and_the_record_shows_it() {
    let mut stage = record(80, 24);
    stage.letters("e").shows("Edit Ana Pérez");
    stage.letters("-López").enter().letters("1961-03-05");
    stage.key(KeyCode::F(2)).shows("The patient was saved.");
    stage.shows("Ana Pérez-López").shows("born 1961-03-05");
}

#[test]
fn the_form_looks_like_this() {
    let mut stage = record(80, 24);
    stage.letters("e").letters("-López");
    insta::assert_snapshot!("edit_patient_80x24", stage.screen());
}

#[test]
fn a_wrong_value_is_reported_at_its_field_and_nothing_is_saved() {
    let mut stage = record(80, 24);
    stage.letters("e").enter().letters("31.2.1961");
    stage
        .key(KeyCode::F(2))
        .shows("Edit Ana Pérez")
        .hides("is saved");
}

#[test]
fn leaving_asks_only_if_there_are_unsaved_changes() {
    let mut stage = record(80, 24);
    stage.letters("e").escape().shows("slice.png");
    stage.letters("e").letters("x").escape();
    stage.shows("are not saved").letters("n");
    stage.shows("Ana Pérezx").escape().letters("y");
    stage.shows("slice.png").hides("Ana Pérezx");
}

#[test]
fn two_changes_of_different_fields_are_both_kept() {
    let mut stage = record(80, 24);
    let bo = colleague(&stage);
    stage.letters("e").letters("-López");
    let theirs = Patient {
        notes: "sent by Dr. Example".into(),
        details: Default::default(),
        ..bo.1.patient.clone()
    };
    change(&stage, &bo, theirs);
    stage
        .key(KeyCode::F(2))
        .shows("Bo Lind saved this record at");
    stage.shows("All fields are decided");
    stage.enter().shows("The patient was saved.");
    stage.shows("Ana Pérez-López").shows("sent by Dr. Example");
}

/// Both changed the name, Bo the notes too; the conflict is on the screen.
fn conflict(columns: u16, rows: u16) -> Stage {
    let mut stage = record(columns, rows);
    let bo = colleague(&stage);
    stage.letters("e").letters("-López");
    let theirs = Patient {
        full_name: "Ana P. Soto".into(),
        notes: "sent by Dr. Example".into(),
        details: Default::default(),
        ..bo.1.patient.clone()
    };
    change(&stage, &bo, theirs);
    stage.key(KeyCode::F(2)).shows("1 field needs your choice");
    stage
}

#[test]
fn a_conflict_looks_like_this() {
    for (columns, rows) in [(60, 15), (80, 24)] {
        let stage = conflict(columns, rows);
        insta::assert_snapshot!(format!("conflict_{columns}x{rows}"), stage.screen());
    }
}

#[test]
fn a_field_that_both_changed_is_saved_only_after_a_choice() {
    let mut stage = conflict(80, 24);
    stage.enter().shows("press y for yours, t for theirs");
    stage.letters("t").shows("All fields are decided");
    stage.letters("y").key(KeyCode::Down).letters("y");
    stage.enter().shows("The patient was saved.");
    stage.shows("Ana Pérez-López").hides("sent by Dr.");
}

#[test]
fn going_back_from_a_conflict_saves_nothing_over_the_other_change() {
    let mut stage = conflict(80, 24);
    stage
        .escape()
        .shows("Edit Ana Pérez")
        .shows("Ana Pérez-López");
    stage.key(KeyCode::F(2)).shows("1 field needs your choice");
    stage.letters("t").enter().shows("No changes to save.");
    stage.shows("Ana P. Soto").shows("sent by Dr. Example");
}

#[test]
fn a_draft_of_an_older_record_meets_the_newer_one_as_a_conflict() {
    let mut stage = record(80, 24);
    let bo = colleague(&stage);
    stage.letters("e").letters("-López");
    stage.wait(Duration::from_secs(2)).hang_up();
    let theirs = Patient {
        notes: "sent by Dr. Example".into(),
        details: Default::default(),
        ..bo.1.patient.clone()
    };
    change(&stage, &bo, theirs);
    let mut stage = stage.reopened();
    stage.sign_in();
    stage
        .letters("p")
        .enter()
        .letters("e")
        .shows("unsaved draft from");
    stage.enter().shows("Ana Pérez-López");
    stage.key(KeyCode::F(2)).shows("Bo Lind saved this record");
    stage.enter().shows("The patient was saved.");
    stage.shows("Ana Pérez-López").shows("sent by Dr. Example");
}
