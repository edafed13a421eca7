//! Lock screen after a time without keys.

use std::time::Duration;

use crossterm::event::KeyCode;

use super::stage::{PASSWORD, Stage};
use super::support::write_chest_slice;

const MINUTE: Duration = Duration::from_secs(60);

fn unlock(stage: &mut Stage) {
    stage.letters(PASSWORD).enter();
}

#[test]
fn ten_minutes_without_a_key_lock_the_screen_and_the_password_unlocks_it() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage
        .register()
        .analyse("slice.png")
        .save_to_new_patient("Ana Pérez");
    let before = stage.shows("Saved to Ana Pérez").screen();
    stage.wait(MINUTE * 10 - Duration::from_secs(1));
    assert_eq!(stage.screen(), before);
    stage.wait(Duration::from_secs(1));
    stage
        .shows("Locked")
        .shows("dana@example.org")
        .hides("Ana")
        .hides("Positive")
        .hides("slice.png");
    stage.letters("not this one, surely not").enter();
    stage.shows("Wrong password").hides("Positive");
    unlock(&mut stage);
    assert_eq!(stage.screen(), before);
}

#[test]
fn each_key_restarts_the_time() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    for _ in 0..3 {
        stage.wait(MINUTE * 9).key(KeyCode::Down).hides("Locked");
    }
    stage.wait(MINUTE * 10).shows("Locked");
}

#[test]
fn the_screen_does_not_lock_before_signing_in() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.wait(MINUTE * 120).hides("Locked").shows("Sign in");
    stage.control('l').hides("Locked");
}

#[test]
fn a_key_locks_at_once_and_what_was_typed_stays() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().letters("p").letters("Pérez");
    let before = stage.screen();
    stage.control('l').shows("Locked").hides("Pérez");
    stage
        .letters("secret")
        .hides("secret")
        .control('r')
        .shows("secret");
    stage.escape().hides("secret");
    unlock(&mut stage);
    assert_eq!(stage.screen(), before);
}

#[test]
fn a_dialog_is_locked_too() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().letters("o").shows("return to the first");
    stage.control('l').hides("return to the first").letters("y");
    stage.shows("Locked").key(KeyCode::Backspace);
    unlock(&mut stage);
    stage.shows("return to the first");
}

#[test]
fn an_analysis_continues_while_locked() {
    let mut stage = Stage::new(80, 24, 0.87);
    write_chest_slice(&stage.register().scans(), "slice.png");
    stage.letters("n").enter();
    stage.hold = true;
    stage.enter().shows("Analysing scan");
    stage.control('l');
    assert!(!stage.moves(), "nothing that is covered moves");
    stage.release();
    stage.shows("Locked").hides("Positive");
    unlock(&mut stage);
    stage.shows("● Positive").hides("Locked");
}

#[test]
fn an_hour_without_a_key_ends_the_session() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().wait(MINUTE * 59).shows("Locked");
    // Password attempts meanwhile do not extend the time.
    stage.letters("guess").enter();
    stage.wait(MINUTE).hides("Locked").hides("Dana");
    stage.shows("logged off after 60 minutes").shows("Sign in");
    assert!(!stage.moves());
    stage.letters("s").letters("dana@example.org").enter();
    unlock(&mut stage);
    stage.shows("Welcome, Dana Ruiz").wait(MINUTE * 9);
    stage.hides("Locked");
}

#[test]
fn a_late_return_from_the_shell_finds_the_screen_locked() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().control('z').stops_for(MINUTE * 11);
    stage.letters("p").shows("Locked").hides("Patients");
    unlock(&mut stage);
    stage.shows("Welcome, Dana Ruiz");
}

#[test]
fn signing_out_from_the_lock_screen_asks_and_so_does_quitting() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().control('l').key(KeyCode::F(3));
    stage.shows("Sign out and return").escape().shows("Locked");
    stage.key(KeyCode::F(3)).letters("y");
    stage.hides("Locked").hides("Dana").shows("Register");
    stage.letters("s").letters("dana@example.org").enter();
    unlock(&mut stage);
    stage.control('l').control('c').shows("quit LUNNY?");
    assert!(!stage.left);
    stage.control('c');
    assert!(stage.left);
}

#[test]
fn help_on_the_lock_screen_lists_only_its_own_keys() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().control('l').key(KeyCode::F(1));
    stage.shows("unlock").hides("new analysis");
    stage.escape().shows("Locked");
    unlock(&mut stage);
    stage.shows("Welcome, Dana Ruiz");
}

#[test]
fn the_lock_screen_fits_every_size() {
    for (columns, rows) in [(60, 15), (80, 24), (160, 45)] {
        let mut stage = Stage::new(columns, rows, 0.87);
        stage.register().control('l');
        stage.shows("Password").shows("Dana Ruiz").shows("F3");
        if columns < 100 {
            insta::assert_snapshot!(format!("locked_{columns}x{rows}"), stage.screen());
        }
    }
}

#[test]
fn after_a_suspension_the_screen_is_locked_and_the_work_is_underneath() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.resumes().hides("Locked").shows("Sign in");
    stage.register().letters("p").letters("Pérez");
    let before = stage.screen();
    stage.resumes().shows("Locked").hides("Pérez");
    stage.resumes().shows("Locked");
    unlock(&mut stage);
    assert_eq!(stage.screen(), before);
}
