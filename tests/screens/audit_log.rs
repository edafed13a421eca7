//! The audit log by keys alone: read, filtered, verified and exported.

use std::fs;

use crossterm::event::KeyCode;
use lunny::store::AuditHead;

use super::stage::{PASSWORD, Stage};

/// An administrator who saved an exam, with the audit log open.
fn opened(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register().analyse("slice.png");
    stage.save_to_new_patient("Ana Pérez");
    stage.escape().escape().escape().escape();
    stage.shows("Welcome").letters("l");
    stage
}

#[test]
fn the_log_shows_user_action_and_record_but_no_patient_name() {
    for (columns, rows) in [(80, 24), (120, 40)] {
        let mut stage = opened(columns, rows);
        stage
            .shows("Audit log")
            .shows("save exam")
            .shows("create patient")
            .shows("sign in")
            .shows("accept terms")
            .shows("Entry ")
            .hides("Pérez");
        let screen = stage.screen();
        assert!(screen.contains("2026-03-02 09:30 Dana Ruiz"), "{screen}");
    }
}

#[test]
fn the_detail_follows_the_selection() {
    let mut stage = opened(100, 30);
    stage.key(KeyCode::End);
    stage.shows("Entry 1, 2026-03-02 09:30:00 +00:00: Dana Ruiz <dana@example.org>, register");
    stage
        .key(KeyCode::Up)
        .shows("Entry 2,")
        .shows("sign in, done");
    stage.key(KeyCode::Home).hides("Entry 2,");
}

#[test]
fn the_log_is_filtered_by_a_form_and_escape_clears_the_filter() {
    let mut stage = opened(100, 30);
    stage.letters("f").shows("Show only");
    stage.key(KeyCode::Tab).letters("save");
    for _ in 0..5 {
        stage.enter();
    }
    stage
        .shows("Audit log: what “save”")
        .shows("save exam")
        .hides("create patient");
    stage.letters("f");
    for _ in 0..3 {
        stage.key(KeyCode::Tab);
    }
    stage.key(KeyCode::Right).key(KeyCode::Right);
    for _ in 0..3 {
        stage.enter();
    }
    stage.shows("No entry matches");
    stage
        .escape()
        .shows("create patient")
        .escape()
        .shows("Welcome");
}

#[test]
fn an_invalid_date_is_reported_at_its_field() {
    let mut stage = opened(80, 24);
    stage.letters("f");
    for _ in 0..4 {
        stage.key(KeyCode::Tab);
    }
    stage.letters("yesterday").enter().enter();
    stage.shows("is not a date").shows("Show only");
    stage.escape().hides("Show only").shows("save exam");
}

#[test]
fn verifying_reports_a_sound_log() {
    let mut stage = opened(80, 24);
    stage.hold = true;
    stage.letters("v").shows("Checking every entry");
    stage.letters("v");
    assert_eq!(stage.held(), 1);
    stage.release();
    stage.shows("The log is sound").hides("Checking");
}

#[test]
fn an_export_is_a_file_that_ends_with_the_head() {
    let mut stage = opened(80, 24);
    stage
        .letters("x")
        .shows("entries and the head of the log were written to");
    let exports = stage.folder.path().join("home/exports");
    let file = fs::read_dir(exports)
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let text = fs::read_to_string(file).unwrap();
    assert!(AuditHead::parse(text.lines().last().unwrap()).is_some());
    assert!(text.contains("create patient") && !text.contains("Pérez"));
}

#[test]
fn other_users_are_told_that_the_log_is_for_administrators() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().letters("p").shows("Patients");
    let store = lunny::store::Store::open(&stage.folder.path().join("home")).unwrap();
    let dana = store.sign_in("dana@example.org", PASSWORD).unwrap();
    let mut form = lunny::store::Registration {
        hospital: "St. Example Hospital".into(),
        admin_id: "A-18".into(),
        full_name: "Lee Park".into(),
        email: "lee@example.org".into(),
        ..Default::default()
    };
    form.password = zeroize::Zeroizing::new(PASSWORD.into());
    let lee = store.register(&form).unwrap();
    let technician = lunny::store::Role::Technician;
    store
        .approve_account(&dana.access, lee.id, technician)
        .unwrap();
    stage.escape().letters("o").letters("y").shows("Sign in");
    stage.letters("s").letters("lee@example.org").enter();
    stage.letters(PASSWORD).enter().letters("a").enter();
    stage.shows("Welcome, Lee Park").letters("l");
    stage.shows("only for administrators of your hospital");
}
