//! Drafts of forms that were left without saving.

use std::time::Duration;

use crossterm::event::KeyCode;

use super::stage::Stage;

const PAUSE: Duration = Duration::from_millis(1500);

/// A result with the form for a new patient open.
fn new_patient(columns: u16, rows: u16) -> Stage {
    let mut stage = Stage::new(columns, rows, 0.87);
    stage.register().analyse("slice.png");
    stage.letters("s").control('n').shows("New patient");
    stage
}

/// Leaves the form as a dropped connection does, and opens it again.
fn come_back(stage: &mut Stage) -> &mut Stage {
    stage.escape().letters("y").shows("Which patient");
    stage.control('n')
}

#[test]
fn a_draft_is_saved_a_second_after_the_last_key_and_then_nothing_moves() {
    let mut stage = new_patient(80, 24);
    assert!(!stage.moves(), "nothing was typed");
    stage.hold = true;
    stage.letters("Ana");
    assert!(stage.moves());
    stage.wait(Duration::from_millis(600)).letters(" P");
    stage.wait(Duration::from_millis(600));
    assert_eq!(stage.held(), 0, "the last key is not a second ago");
    stage.wait(PAUSE);
    assert_eq!(stage.held(), 1);
    assert!(!stage.moves(), "it is kept already");
    stage.wait(Duration::from_secs(60));
    assert_eq!(stage.held(), 1);
}

#[test]
fn moving_through_a_form_makes_no_draft() {
    let mut stage = new_patient(80, 24);
    stage.key(KeyCode::Tab).key(KeyCode::BackTab);
    assert!(!stage.moves());
    stage.escape().shows("Which patient");
}

#[test]
fn a_draft_survives_a_terminal_that_closes_right_after_a_key() {
    let mut stage = new_patient(80, 24);
    stage.letters("Ana Pérez").enter().letters("1961-03-05");
    assert_eq!(stage.hang_up(), 1);
    // The same user on another terminal.
    let mut stage = stage.reopened();
    stage.sign_in();
    stage.analyse("slice.png").letters("s").control('n');
    stage
        .shows("You have an unsaved draft from 09:30")
        .hides("1961-03-05");
    stage.enter().shows("Ana Pérez").shows("1961-03-05");
    assert_eq!(stage.hang_up(), 0, "it is kept already");
}

#[test]
fn the_offer_looks_like_this() {
    let mut stage = new_patient(80, 24);
    stage.letters("Ana Pérez").hang_up();
    let mut stage = stage.reopened();
    stage.sign_in();
    stage.analyse("slice.png").letters("s").control('n');
    insta::assert_snapshot!("draft_offer_80x24", stage.screen());
}

#[test]
fn a_discarded_or_saved_draft_is_gone() {
    let mut stage = new_patient(80, 24);
    stage.letters("Ana").wait(PAUSE);
    // Leaving asks, and a discarded form has no draft any more.
    stage.escape().shows("are not saved").letters("n");
    stage.shows("Ana").escape().letters("y").control('n');
    stage.hides("unsaved draft from").letters("Ana").wait(PAUSE);
    stage.key(KeyCode::F(2)).shows("Saved to Ana");
    stage.letters("n").letters("slice").enter().enter();
    stage.letters("s").control('n').hides("unsaved draft from");
}

#[test]
fn an_offered_draft_is_kept_for_later_or_discarded() {
    let mut stage = new_patient(80, 24);
    stage.letters("Ana").hang_up();
    let mut stage = stage.reopened();
    stage.sign_in();
    stage.analyse("slice.png").letters("s").control('n');
    stage
        .shows("unsaved draft from")
        .escape()
        .shows("Which patient");
    stage.control('n').shows("unsaved draft from").letters("d");
    stage.hides("unsaved draft from").hides("Ana");
    come_back(stage.letters("B")).hides("unsaved draft from");
}

#[test]
fn quitting_asks_over_the_form_and_keeps_the_draft_first() {
    let mut stage = new_patient(80, 24);
    stage.hold = true;
    stage.letters("Ana").control('c').shows("Sign out and quit");
    assert_eq!(stage.held(), 1);
}

#[test]
fn a_draft_of_a_nodule_is_restored() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().analyse("slice.png");
    stage.save_to_new_patient("Ana Pérez").letters("m");
    stage.letters("n").shows("New nodule").enter();
    stage.letters("14.9").wait(PAUSE).escape().letters("y");
    stage.shows("No nodules yet");
    stage.letters("n").hides("unsaved draft from");
    stage.enter().letters("12.5").wait(PAUSE);
    let mut stage = stage.reopened();
    stage.sign_in();
    stage.letters("p").enter().letters("m").letters("n");
    stage.shows("unsaved draft from").enter().shows("12.5");
}
