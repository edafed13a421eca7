//! The cover over the work while nobody is there.

use std::time::Duration;

use crossterm::event::KeyCode;

use super::stage::{PASSWORD, Stage};
use super::support::write_chest_slice;

const MINUTE: Duration = Duration::from_secs(60);

fn unlock(stage: &mut Stage) {
    stage.letters(PASSWORD).enter();
}

#[test]
fn ten_minutes_without_a_key_cover_the_screen_and_the_password_brings_it_back() {
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
    stage.shows("not the password").hides("Positive");
    unlock(&mut stage);
    assert_eq!(stage.screen(), before);
}

#[test]
fn each_key_starts_the_time_anew() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    for _ in 0..3 {
        stage.wait(MINUTE * 9).key(KeyCode::Down).hides("Locked");
    }
    stage.wait(MINUTE * 10).shows("Locked");
}

#[test]
fn before_signing_in_there_is_nothing_to_cover() {
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
fn a_dialog_is_covered_too() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().letters("o").shows("go back to the first");
    stage
        .control('l')
        .hides("go back to the first")
        .letters("y");
    stage.shows("Locked").key(KeyCode::Backspace);
    unlock(&mut stage);
    stage.shows("go back to the first");
}

#[test]
fn an_analysis_goes_on_under_the_cover() {
    let mut stage = Stage::new(80, 24, 0.87);
    write_chest_slice(&stage.register().scans(), "slice.png");
    stage.letters("n").enter();
    stage.hold = true;
    stage.enter().shows("The network looks at the scan");
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
    // Whoever tries passwords meanwhile prolongs nothing.
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
fn who_comes_back_from_the_shell_late_finds_the_cover() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().control('z').stops_for(MINUTE * 11);
    stage.letters("p").shows("Locked").hides("Patients");
    unlock(&mut stage);
    stage.shows("Welcome, Dana Ruiz");
}

#[test]
fn logging_out_from_the_cover_asks_and_so_does_leaving() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().control('l').key(KeyCode::F(3));
    stage.shows("Log out and go back").escape().shows("Locked");
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
fn help_over_the_cover_tells_only_its_own_keys() {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register().control('l').key(KeyCode::F(1));
    stage.shows("unlock").hides("new analysis");
    stage.escape().shows("Locked");
    unlock(&mut stage);
    stage.shows("Welcome, Dana Ruiz");
}

#[test]
fn the_cover_fits_every_size() {
    for (columns, rows) in [(60, 15), (80, 24), (160, 45)] {
        let mut stage = Stage::new(columns, rows, 0.87);
        stage.register().control('l');
        stage.shows("Password").shows("Dana Ruiz").shows("F3");
        if columns < 100 {
            insta::assert_snapshot!(format!("locked_{columns}x{rows}"), stage.screen());
        }
    }
}
