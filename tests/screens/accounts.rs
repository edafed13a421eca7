//! Accounts from the keyboard: approval, roles, reset codes, second factors, tokens, sign-in history.

mod hospitals;

use std::os::unix::fs::PermissionsExt;
use std::time::Duration;

use crossterm::event::KeyCode;
use lunny::tui::widgets::picture::Graphics;

use super::authenticator;
use super::stage::{PASSWORD, Stage};

const NEW_PASSWORD: &str = "seven brass lanterns over the harbour";

impl Stage {
    /// Registers Dana, who is administrator, and Noor, who waits; then no user is signed in.
    fn with_noor_waiting(&mut self) -> &mut Self {
        self.register().log_out();
        self.register_as("Noor Haddad", "noor@example.org");
        self.enter()
    }

    fn log_out(&mut self) -> &mut Self {
        self.letters("o").letters("y")
    }

    fn enter_with(&mut self, email: &str, password: &str) -> &mut Self {
        self.letters("s").letters(email).enter();
        self.letters(password).enter()
    }

    /// Opens the actions of the first account that matches, and chooses the one `down` rows below the first.
    fn choose_action(&mut self, search: &str, down: usize) -> &mut Self {
        self.letters("a").letters(search).enter();
        for _ in 0..down {
            self.key(KeyCode::Down);
        }
        self.enter()
    }

    /// Text between two marks on the screen, as it was drawn.
    fn between(&self, before: &str, after: &str) -> String {
        let screen = self.screen();
        let (_, rest) = screen.split_once(before).expect("the first mark");
        let (text, _) = rest.split_once(after).expect("the second mark");
        text.to_owned()
    }
}

#[test]
fn the_first_account_of_a_hospital_learns_that_it_is_the_administrator() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register_as("Dana Ruiz", "dana@example.org");
    stage
        .shows("the first of St. Example Hospital")
        .shows("its administrator");
    stage
        .letters("a")
        .enter()
        .shows("Accounts")
        .shows("My account");
}

#[test]
fn a_later_account_waits_and_is_approved_with_a_role() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().log_out();
    stage.register_as("Noor Haddad", "noor@example.org");
    stage
        .shows("Waiting for approval")
        .shows("Noor Haddad (noor@example.org)")
        .shows("This is not an error");
    insta::assert_snapshot!("waiting_80x24", stage.screen());
    stage.enter().enter_with("noor@example.org", PASSWORD);
    stage
        .shows("noor@example.org at St. Example Hospital still")
        .enter();
    stage.enter_with("dana@example.org", PASSWORD);
    stage.shows("1 account waits for approval");
    stage.letters("a").shows("waits").shows("Noor Haddad");
    stage.letters("noor").enter().shows("Approve as technician");
    insta::assert_snapshot!("actions_80x24", stage.screen());
    // No is selected first.
    stage.enter().shows("open all records of the").enter();
    stage.enter().enter().letters("y");
    stage.shows("Noor Haddad is approved as a technician");
    stage
        .escape()
        .escape()
        .hides("waits for approval")
        .log_out();
    stage
        .enter_with("noor@example.org", PASSWORD)
        .letters("a")
        .enter();
    stage.shows("Welcome, Noor Haddad").hides("Accounts");
    // The administrator's key does nothing for other users.
    stage.letters("a").shows("Welcome, Noor Haddad");
}

#[test]
fn accounts_are_refused_disabled_enabled_and_given_another_role() {
    let mut stage = Stage::new(120, 40, 0.1);
    stage
        .with_noor_waiting()
        .enter_with("dana@example.org", PASSWORD);
    stage
        .choose_action("noor", 3)
        .shows("Refuse Noor")
        .letters("y");
    stage.shows("Noor Haddad was refused").shows("disabled");
    stage.enter().shows("Enable").enter().letters("y");
    stage.shows("can sign in again").shows("Technician");
    stage.enter().enter().shows("a radiologist?").letters("y");
    stage
        .shows("Noor Haddad is now a radiologist")
        .shows("Radiologist");
    insta::assert_snapshot!("accounts_120x40", stage.screen());
    stage.enter();
    for _ in 0..3 {
        stage.key(KeyCode::Down);
    }
    stage.enter().shows("Disable Noor Haddad").letters("y");
    stage
        .shows("disabled and signed out")
        .escape()
        .escape()
        .log_out();
    stage.enter_with("noor@example.org", PASSWORD);
    stage.shows("was disabled");
}

#[test]
fn an_administrator_cannot_change_the_own_account() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().letters("a").letters("dana").enter();
    stage.shows("your own account").hides("Disable");
}

#[test]
fn a_reset_code_is_shown_once_and_gives_a_new_password() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage
        .with_noor_waiting()
        .enter_with("dana@example.org", PASSWORD);
    stage.choose_action("noor", 0).letters("y");
    stage.enter();
    for _ in 0..2 {
        stage.key(KeyCode::Down);
    }
    stage.enter().shows("within 24 hours").letters("y");
    stage.shows("Reset code of Noor Haddad").letters("c");
    let code = stage.copied.last().cloned().unwrap();
    stage.shows(&code).enter().hides(&code);
    stage.escape().escape().log_out();
    stage
        .letters("s")
        .letters("noor@example.org")
        .key(KeyCode::F(3));
    stage.letters("AAAA-AAAA-AAAA-AAAA").enter();
    stage.letters(NEW_PASSWORD).enter().letters(NEW_PASSWORD);
    insta::assert_snapshot!("reset_password_80x24", stage.screen());
    stage.enter().shows("The code is wrong");
    stage.control('u').letters(&code).enter();
    stage.enter().enter().shows("Sign in with the new one");
    stage.letters(NEW_PASSWORD).enter().shows("Terms of use");
}

#[test]
fn differing_and_weak_passwords_are_reported_at_their_fields() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().letters("m").enter().shows("Old password");
    stage.letters(PASSWORD).enter().letters("short");
    stage
        .shows("Strength")
        .shows("10 more")
        .enter()
        .letters("other")
        .enter();
    stage.shows("The two passwords differ");
    stage.control('u').letters("short").enter().shows("15");
    stage.hides("Sign in with");
}

#[test]
fn a_password_is_changed_with_the_old_one() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().letters("m").enter();
    stage.letters("not this one, surely not").enter();
    stage
        .letters(NEW_PASSWORD)
        .enter()
        .letters(NEW_PASSWORD)
        .enter();
    stage.shows("The password is wrong");
    stage.control('u').letters(PASSWORD).enter().enter().enter();
    stage.shows("Your password was changed").escape().log_out();
    stage
        .enter_with("dana@example.org", PASSWORD)
        .shows("wrong");
    stage.letters(NEW_PASSWORD).enter();
    stage.shows("Welcome, Dana Ruiz").shows("2 failed sign-ins");
}

#[test]
fn failed_attempts_are_counted_on_the_dashboard_and_listed() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().shows("your first sign-in").log_out();
    stage
        .enter_with("dana@example.org", "wrong wrong wrong wrong")
        .escape();
    stage.enter_with("dana@example.org", PASSWORD);
    stage
        .shows("last sign-in 2026-03-02 09:30")
        .shows("1 failed sign-in to this account since then");
    insta::assert_snapshot!("dashboard_warned_80x24", stage.screen());
    stage.letters("m");
    stage
        .key(KeyCode::Down)
        .key(KeyCode::Down)
        .key(KeyCode::Down)
        .enter();
    stage
        .shows("Sign-in history")
        .shows("signed in")
        .shows("failed");
}

#[test]
fn after_too_many_attempts_a_wait_is_counted_down() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().log_out();
    stage.letters("s").letters("dana@example.org").enter();
    let mut tries = 0;
    while !stage.screen().contains("Too many failed attempts") {
        stage.letters("wrong wrong wrong wrong").enter();
        tries += 1;
        assert!(tries < 30, "{}", stage.screen());
    }
    assert!(stage.moves());
    let told = stage.between("Try again in ", ".");
    stage.wait(Duration::from_secs(1));
    let later = stage.screen();
    assert!(!later.contains(&format!("taken in {told}.")), "{later}");
    stage.wait(Duration::from_secs(3600)).hides("Too many");
    assert!(!stage.moves());
    stage.letters(PASSWORD).enter().shows("Welcome, Dana Ruiz");
}

/// 2026-03-02 09:30 UTC, the start time of the stage.
const START: u64 = 1_772_443_800;

#[test]
fn a_second_factor_is_set_up_asked_for_and_removed() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().letters("m").key(KeyCode::Down);
    stage.shows("needs the password only").enter();
    stage
        .shows("Scan the code")
        .shows("▀▀▀▀")
        .shows("otpauth://");
    let secret: String = {
        let screen = stage.screen();
        let groups = screen.split_whitespace();
        let is_group = |word: &&str| {
            word.len() == 4 && word.bytes().all(|b| matches!(b, b'A'..=b'Z' | b'2'..=b'7'))
        };
        groups.filter(is_group).collect()
    };
    assert_eq!(secret.len(), 32, "{secret}\n{}", stage.screen());
    stage.letters("000000").enter().shows("The code is wrong");
    stage
        .letters(&authenticator::digits(&secret, START))
        .enter();
    stage
        .shows("Recovery codes")
        .shows("these recovery codes once");
    stage
        .letters("s")
        .shows("recovery-codes.txt, which only you");
    let saved = stage.folder.path().join("home/secrets/recovery-codes.txt");
    assert_eq!(
        std::fs::metadata(&saved).unwrap().permissions().mode() & 0o777,
        0o600
    );
    let codes = std::fs::read_to_string(saved).unwrap();
    let codes: Vec<&str> = codes.lines().collect();
    assert_eq!(codes.len(), 10);
    stage.shows(codes[0]).shows(codes[9]).letters("c");
    assert_eq!(stage.copied.last().unwrap(), &codes.join("\n"));
    stage
        .enter()
        .hides(codes[0])
        .shows("on: signing in also needs");
    stage
        .escape()
        .log_out()
        .enter_with("dana@example.org", PASSWORD);
    stage
        .shows("The password is correct")
        .shows("Second factor");
    insta::assert_snapshot!("sign_in_code_80x24", stage.screen());
    stage.letters("123456").enter().shows("The code is wrong");
    stage.wait(Duration::from_secs(60));
    stage
        .letters(&authenticator::digits(&secret, START + 60))
        .enter();
    stage.shows("Welcome, Dana Ruiz").log_out();
    stage.enter_with("dana@example.org", PASSWORD);
    stage.letters(codes[3]).enter().shows("Welcome, Dana Ruiz");
    stage.letters("m").key(KeyCode::Down).enter();
    stage
        .shows("Remove the second factor")
        .letters("wrong")
        .enter();
    stage
        .shows("The password is wrong")
        .letters(PASSWORD)
        .enter();
    stage.shows("needs the password only");
}

#[test]
fn an_administrator_removes_a_lost_second_factor() {
    let mut stage = Stage::new(120, 40, 0.1);
    stage
        .with_noor_waiting()
        .enter_with("dana@example.org", PASSWORD);
    stage
        .choose_action("noor", 0)
        .letters("y")
        .escape()
        .escape()
        .log_out();
    stage
        .enter_with("noor@example.org", PASSWORD)
        .letters("a")
        .enter();
    stage.letters("m").key(KeyCode::Down).enter();
    let link = stage.between("otpauth", "period");
    let link: String = link
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '▀')
        .collect();
    let (_, rest) = link.split_once("secret=").unwrap();
    let (secret, _) = rest.split_once('&').unwrap();
    stage
        .letters(&authenticator::digits(secret, START))
        .enter()
        .enter();
    stage.escape().log_out();
    stage.enter_with("dana@example.org", PASSWORD);
    stage
        .choose_action("noor", 3)
        .shows("Remove the second factor")
        .letters("y");
    stage
        .shows("signs in without a second factor")
        .escape()
        .escape()
        .log_out();
    stage.enter_with("noor@example.org", PASSWORD);
    stage.shows("Welcome, Noor Haddad");
}

#[test]
fn a_small_terminal_gets_the_secret_as_text_and_a_large_one_a_wide_margin() {
    for (columns, rows, code) in [(60, 15, false), (80, 24, true), (160, 45, true)] {
        let mut stage = Stage::new(columns, rows, 0.1);
        stage.register().letters("m").key(KeyCode::Down).enter();
        stage.shows("Code").shows("secret");
        assert_eq!(stage.screen().contains("▀▀▀▀"), code, "{}", stage.screen());
    }
    let mut stage = Stage::new(160, 45, 0.1);
    stage.register().draws_with(Graphics::Shades);
    stage.letters("m").key(KeyCode::Down).enter().shows("▀▀▀▀");
}

#[test]
fn tokens_are_made_shown_once_listed_and_revoked() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage
        .register()
        .letters("m")
        .key(KeyCode::Down)
        .key(KeyCode::Down);
    stage.enter().shows("No tokens yet").letters("n");
    stage
        .enter()
        .control('u')
        .letters("0")
        .enter()
        .enter()
        .shows("from 1 to");
    stage.control('u').letters("30").enter().enter();
    stage
        .shows("name")
        .key(KeyCode::BackTab)
        .key(KeyCode::BackTab)
        .key(KeyCode::BackTab);
    stage.letters("nightly backup").enter().enter();
    stage.shows("‹ read ›").key(KeyCode::Left);
    stage.shows("‹ read, write, export ›").enter();
    stage.shows("LUNNY_TOKEN").letters("c");
    let token = stage.copied.last().cloned().unwrap();
    insta::assert_snapshot!(
        "new_token_80x24",
        stage.screen().replace(&token, &"x".repeat(token.len()))
    );
    stage
        .enter()
        .shows("nightly backup")
        .hides(&token)
        .shows("2026-04-01");
    insta::assert_snapshot!("tokens_80x24", stage.screen());
    stage
        .letters("d")
        .shows("Revoke the token nightly backup")
        .letters("y");
    stage.shows("was revoked").shows("No tokens yet");
    stage.escape().shows("none; scripts use them");
}

#[test]
fn my_account_and_the_list_fit_every_size() {
    for (columns, rows) in [(60, 15), (80, 24), (160, 45)] {
        let mut stage = Stage::new(columns, rows, 0.1);
        stage
            .with_noor_waiting()
            .enter_with("dana@example.org", PASSWORD);
        stage
            .shows("1 account waits")
            .shows("My account")
            .shows("Sign out");
        stage
            .letters("m")
            .shows("Administrator")
            .shows("Sign-in history");
        if columns == 80 {
            insta::assert_snapshot!("my_account_80x24", stage.screen());
        }
        stage
            .escape()
            .letters("a")
            .shows("Noor Haddad")
            .shows("1 account waits");
        if columns == 80 {
            insta::assert_snapshot!("accounts_80x24", stage.screen());
        }
        stage.letters("nobody").shows("No account matches").escape();
        stage.enter().shows("Approve as technician").shows("Refuse");
    }
}

#[test]
fn hostile_names_do_not_reach_the_screen_as_commands() {
    let mut stage = Stage::new(80, 24, 0.1);
    stage.register().log_out();
    stage.letters("r");
    for value in ["St. Example Hospital", "A\u{202e}18", "Noor\u{200b}"] {
        stage.paste(value).enter();
    }
    for value in ["noor@example.org", PASSWORD, PASSWORD] {
        stage.letters(value).enter();
    }
    let screen = stage.screen();
    assert!(
        !screen.contains(['\u{202e}', '\u{200b}', '\u{1b}']),
        "{screen:?}"
    );
}
