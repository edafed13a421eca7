//! The patient table with more rows than are read at once, and its filters.

use crossterm::event::KeyCode;
use lunny::clinical::patient::Patient;
use lunny::store::{PatientChoice, Store};

use super::made_up::exam;
use super::stage::{PASSWORD, Stage};

/// Saves patients `1..=count` beside the screens, every tenth with a suspicious exam.
fn fill(stage: &Stage, count: u32) {
    let home = stage.scans().with_file_name("home");
    let store = Store::open(&home).expect("a store");
    let access = store
        .sign_in("dana@example.org", PASSWORD)
        .expect("signed in")
        .access;
    for n in 1..=count {
        let malignant = if n % 10 == 0 { 0.9 } else { 0.1 };
        let patient = Patient {
            number: format!("N-{n:04}"),
            full_name: format!("Name {n}"),
            date_of_birth: None,
            sex: None,
            notes: String::new(),
            details: Default::default(),
        };
        store
            .save_exam(
                &access,
                &PatientChoice::New(patient),
                &exam(&n.to_string(), malignant),
            )
            .expect("saved");
    }
}

#[test]
fn more_rows_than_are_read_at_once_are_walked_through_both_ways() {
    let mut stage = Stage::new(100, 24, 0.9);
    stage.register();
    fill(&stage, 430);
    stage.letters("p").shows("1 of 430").shows("N-0430");
    stage.key(KeyCode::End).shows("430 of 430").shows("N-0001");
    for _ in 0..430 / 14 {
        stage.key(KeyCode::PageUp);
    }
    stage.shows("N-0430").shows("N-0425");
    for index in 1..=300 {
        stage.key(KeyCode::Down);
        if index % 50 == 0 {
            let number = format!("N-{:04}", 430 - index);
            stage.shows(&format!("selected: {number}"));
        }
    }
    stage.key(KeyCode::Home).shows("1 of 430");
    // A jump that comes before the answer to the one before it.
    stage.hold = true;
    stage.key(KeyCode::End).key(KeyCode::Home).key(KeyCode::End);
    stage.release_backwards();
    stage.shows("430 of 430").shows("selected: N-0001");
    // The same in the order of a search.
    stage.letters("name").shows("1 of 430").shows("N-0430");
    stage.key(KeyCode::End).shows("selected: N-0001");
    stage.key(KeyCode::PageUp).shows("N-0015");
}

#[test]
fn filters_stand_above_the_table_and_go_one_by_one() {
    let mut stage = Stage::new(100, 24, 0.9);
    stage.register();
    fill(&stage, 30);
    stage.letters("p").control('f').shows("Newest exam from");
    stage.key(KeyCode::Right);
    for _ in 0..3 {
        stage.key(KeyCode::Tab);
    }
    stage.letters("2026-13-01").enter().enter();
    // Refused: the form stays, and leaving it changes nothing.
    stage.shows("2026-13-01").escape().shows("1 of 30");

    stage.control('f').key(KeyCode::Right);
    for _ in 0..3 {
        stage.key(KeyCode::Tab);
    }
    stage.letters("2026-03-02").enter().enter();
    stage.shows("Positive").shows("from 2026-03-02");
    stage.shows("1 of 3").hides("N-0029");
    // With a text, and without it again.
    stage.letters("name 2").shows("1 of 1").shows("N-0020");
    stage.escape().shows("1 of 3");
    stage
        .key(KeyCode::Backspace)
        .hides("from 2026")
        .shows("1 of 3");
    stage
        .key(KeyCode::Backspace)
        .shows("1 of 30")
        .hides("removes the last");
}
