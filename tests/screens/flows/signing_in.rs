//! Registration, sign-in and the terms of use.

use super::*;

#[test]
fn a_wrong_password_and_an_unknown_email_read_alike() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().letters("o").letters("y");
    let complaint = |stage: &mut Stage, email: &str, password: &str| {
        stage
            .letters("s")
            .letters(email)
            .enter()
            .letters(password)
            .enter();
        let screen = stage.screen();
        stage.escape();
        let line = screen
            .lines()
            .find(|line| line.contains("wrong"))
            .map(str::to_owned);
        line.unwrap_or_else(|| panic!("no complaint on\n{screen}"))
    };
    let wrong = complaint(&mut stage, "dana@example.org", "not this one, surely not");
    let unknown = complaint(&mut stage, "unknown@example.org", PASSWORD);
    assert_eq!(wrong, unknown);
    stage
        .letters("s")
        .letters("dana@example.org")
        .enter()
        .letters(PASSWORD)
        .enter();
    stage
        .shows("Welcome, Dana Ruiz")
        .shows("last sign-in 2026-03-02");
}

#[test]
fn a_used_email_is_reported_at_its_field() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().letters("o").letters("y");
    stage.register_as("Another Dana", "DANA@example.org");
    stage
        .shows("Register")
        .shows("account")
        .hides("Terms of use");
    assert!(stage.screen().ends_with(", 9\n"), "{}", stage.screen());
}

#[test]
fn weak_passwords_are_refused_and_two_that_differ_too() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.letters("r");
    for value in [
        "St. Example Hospital",
        "A-17",
        "Dana Ruiz",
        "dana@example.org",
        "short",
    ] {
        stage.letters(value).enter();
    }
    stage.letters("short").enter().shows("15");
    stage.control('u').letters(PASSWORD).enter().enter();
    stage.shows("The two passwords differ.");
}

#[test]
fn the_password_is_hidden_until_it_is_revealed() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage
        .letters("s")
        .letters("a@b.org")
        .enter()
        .letters("secret");
    stage.hides("secret").shows("••••••");
    stage.control('r').shows("secret");
}

#[test]
fn a_user_who_declines_the_terms_is_asked_again_at_the_next_sign_in() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register_as("Dana Ruiz", "dana@example.org");
    stage
        .shows("Terms of use, version")
        .letters("d")
        .shows("You declined the terms");
    stage
        .letters("s")
        .letters("dana@example.org")
        .enter()
        .letters(PASSWORD)
        .enter();
    stage
        .shows("Terms of use, version")
        .letters("a")
        .enter()
        .shows("Welcome, Dana Ruiz");
    stage.letters("o").letters("y");
    stage
        .letters("s")
        .letters("dana@example.org")
        .enter()
        .letters(PASSWORD)
        .enter();
    stage.shows("Welcome, Dana Ruiz");
}
