use std::time::Duration;

use lunny::store::{Store, StoreError};

use crate::support::*;

const ADA: &str = "ada@example.org";

/// A fixture with Ada's account and a stopped clock.
fn ada() -> Installation {
    let installation = installation();
    installation.enter("St. Mary", ADA);
    installation.stop_clock();
    installation
}

/// The seconds to wait, if an attempt is refused with a wait.
fn wait<T>(answer: Result<T, StoreError>) -> Option<u64> {
    match answer {
        Err(StoreError::TooManyAttempts { wait }) => Some(wait.as_secs()),
        _ => None,
    }
}

/// Fails to sign in as `email` that often, waiting as required each time; returns the waits in seconds.
fn fail(installation: &Installation, email: &str, times: usize) -> Vec<u64> {
    let mut waited = Vec::new();
    for _ in 0..times {
        if let Some(seconds) = wait(installation.store.sign_in(email, "wrong")) {
            waited.push(seconds);
            installation.pass(seconds as i64);
            let answer = installation.store.sign_in(email, "wrong");
            assert!(matches!(answer, Err(StoreError::WrongCredentials)));
        }
    }
    waited
}

#[test]
fn the_delay_grows_with_failures_in_a_row_for_known_and_unknown_emails_alike() {
    let installation = ada();
    let expected = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900];
    assert_eq!(fail(&installation, ADA, 16), expected);
    installation.pass(3600);
    assert_eq!(fail(&installation, "unknown@example.org", 16), expected);
    installation.pass(3600);
    assert_eq!(
        fail(&installation, " UNKNOWN@Example.org", 1),
        [0; 0],
        "an hour passed since"
    );
    assert_eq!(
        fail(&installation, " UNKNOWN@Example.org", 1),
        [900],
        "any spelling is one email"
    );
}

#[test]
fn a_wait_applies_to_the_right_and_the_wrong_password_alike() {
    let installation = ada();
    fail(&installation, ADA, 5);
    for password in [PASSWORD, "wrong", ""] {
        assert_eq!(wait(installation.store.sign_in(ADA, password)), Some(2));
        let with_code = installation
            .store
            .sign_in_with_code(ADA, password, "123456");
        assert_eq!(wait(with_code), Some(2));
    }
    let told = installation
        .store
        .sign_in(ADA, PASSWORD)
        .unwrap_err()
        .to_string();
    assert_eq!(
        told,
        "too many attempts have failed: wait 2 seconds and try again"
    );
    installation.pass(1);
    assert_eq!(wait(installation.store.sign_in(ADA, PASSWORD)), Some(1));
    installation.pass(1);
    assert!(installation.store.sign_in(ADA, PASSWORD).is_ok());
}

#[test]
fn a_success_resets_the_failures() {
    let installation = ada();
    fail(&installation, ADA, 6);
    installation.pass(60);
    installation.store.sign_in(ADA, PASSWORD).unwrap();
    assert_eq!(fail(&installation, ADA, 5), [1]);
}

#[test]
fn failures_are_counted_per_email() {
    let installation = ada();
    installation.enter("General Infirmary", "bo@example.org");
    fail(&installation, ADA, 6);
    assert!(wait(installation.store.sign_in(ADA, PASSWORD)).is_some());
    assert!(
        installation
            .store
            .sign_in("bo@example.org", PASSWORD)
            .is_ok()
    );
}

#[test]
fn counts_apply_in_another_process_and_after_a_restart() {
    let Installation { home, store, .. } = ada();
    let clock = || jiff::Timestamp::constant(1_800_000_000, 0);
    drop(store);
    for _ in 0..2 {
        let store = Store::open_with_clock(home.path(), std::sync::Arc::new(clock)).unwrap();
        for _ in 0..2 {
            let _ = store.sign_in(ADA, "wrong");
        }
    }
    let store = Store::open_with_clock(home.path(), std::sync::Arc::new(clock)).unwrap();
    assert_eq!(wait(store.sign_in(ADA, PASSWORD)), Some(1));
}

#[test]
fn a_clock_that_was_set_back_locks_no_user_out() {
    let installation = ada();
    fail(&installation, ADA, 8);
    installation.pass(-1_000_000);
    assert!(installation.store.sign_in(ADA, PASSWORD).is_ok());
    assert_eq!(fail(&installation, ADA, 6), [1, 2]);
}

#[test]
fn failures_are_reset_after_a_day_and_leave_no_row() {
    let installation = ada();
    fail(&installation, ADA, 9);
    fail(&installation, "unknown@example.org", 3);
    installation.pass(25 * 3600);
    assert_eq!(fail(&installation, ADA, 4), [0; 0]);
    let rows: i64 = installation
        .raw()
        .query_row("SELECT count(*) FROM throttle", [], |row| row.get(0))
        .unwrap();
    assert_eq!(
        rows, 1,
        "Ada's: at a known place she does not count among all emails"
    );
}

#[test]
fn trying_one_password_on_many_emails_is_slowed_down_too() {
    let installation = ada();
    let spray = |email: usize| {
        installation
            .store
            .sign_in(&format!("{email}@example.org"), PASSWORD)
    };
    let refused = (0..100).find(|&email| wait(spray(email)).is_some());
    assert_eq!(refused, Some(60));
    let elsewhere = installation.store.clone().at_place("203.0.113.9 (SSH)");
    assert_eq!(wait(elsewhere.sign_in(ADA, PASSWORD)), Some(2));
    assert!(
        installation.store.sign_in(ADA, PASSWORD).is_ok(),
        "a known place"
    );
    installation.pass(2);
    assert!(matches!(spray(101), Err(StoreError::WrongCredentials)));
    assert!(wait(spray(102)).is_some());
    installation.pass(120);
    assert!(installation.store.sign_in(ADA, PASSWORD).is_ok());
}

#[test]
fn successful_sign_ins_are_not_shared_failures() {
    let installation = ada();
    for _ in 0..70 {
        installation.store.sign_in(ADA, PASSWORD).unwrap();
    }
}

#[test]
fn many_guesses_at_once_do_not_avoid_the_delay() {
    let installation = ada();
    fail(&installation, ADA, 4);
    installation.pass(1);
    let looked_at = std::thread::scope(|scope| {
        let guess = || installation.store.sign_in(ADA, "wrong");
        let guesses: Vec<_> = (0..12).map(|_| scope.spawn(guess)).collect();
        let answers = guesses.into_iter().map(|guess| guess.join().unwrap());
        answers
            .filter(|answer| matches!(answer, Err(StoreError::WrongCredentials)))
            .count()
    });
    assert_eq!(looked_at, 1);
}

#[test]
fn an_attempt_whose_process_died_does_not_block_for_long() {
    let installation = ada();
    fail(&installation, ADA, 4);
    installation.pass(1);
    let left_behind = "UPDATE throttle SET under_way = 1";
    installation.raw().execute(left_behind, []).unwrap();
    assert_eq!(wait(installation.store.sign_in(ADA, PASSWORD)), Some(1));
    installation.pass(31);
    assert!(installation.store.sign_in(ADA, PASSWORD).is_ok());
}

#[test]
fn a_locked_screen_is_throttled_only_by_its_own_failures() {
    let installation = ada();
    let access = installation.store.sign_in(ADA, PASSWORD).unwrap().access;
    let other = installation.enter("General Infirmary", "bo@example.org");
    fail(&installation, ADA, 6);
    let confirm = |password| installation.store.confirm_identity(&access, password);
    assert!(
        confirm(PASSWORD).is_ok(),
        "guesses from outside do not lock out open sessions"
    );
    for _ in 0..4 {
        assert!(matches!(confirm("wrong"), Err(StoreError::WrongPassword)));
    }
    assert_eq!(wait(confirm(PASSWORD)), Some(1));
    let change = installation
        .store
        .change_password(&access, PASSWORD, "nine loud crows sit");
    assert_eq!(wait(change), Some(1));
    assert!(
        installation
            .store
            .confirm_identity(&other, PASSWORD)
            .is_ok()
    );
    installation.pass(1);
    assert!(confirm(PASSWORD).is_ok());
    assert_eq!(installation.logged("confirm identity", "refused"), 4);
    assert_eq!(installation.logged("confirm identity", "done"), 3);
}

#[test]
fn probing_for_emails_by_registering_is_slowed_down() {
    let installation = ada();
    let register = |email: &str| {
        installation
            .store
            .register(&registration("Elsewhere", email))
    };
    for _ in 0..4 {
        assert!(matches!(register(ADA), Err(StoreError::EmailTaken { .. })));
    }
    assert_eq!(wait(register(ADA)), Some(1));
    assert!(
        register("bo@example.org").is_ok(),
        "a new email is not delayed"
    );
    assert!(installation.store.sign_in(ADA, PASSWORD).is_ok());
}

#[test]
fn a_wait_is_a_duration_of_at_most_a_quarter_of_an_hour() {
    let installation = ada();
    fail(&installation, ADA, 20);
    let answer = installation.store.sign_in(ADA, PASSWORD);
    let Err(StoreError::TooManyAttempts { wait }) = answer else {
        panic!("{answer:?}")
    };
    assert_eq!(wait, Duration::from_secs(900));
}

#[test]
fn signing_in_lists_failed_attempts_with_their_place() {
    let installation = ada();
    let here = installation.store.clone().at_place("ssh 192.0.2.7");
    let there = installation.store.clone().at_place("tty2\u{1b}[2J\u{202e}");
    let _ = there.sign_in(ADA, "wrong");
    installation.pass(1);
    let entered = here.sign_in(ADA, PASSWORD).unwrap();
    assert_eq!(entered.failed_since, 1);
    assert_eq!(entered.last.unwrap().place, "", "not stated");
    installation.pass(1);
    let again = there.sign_in(ADA, PASSWORD).unwrap();
    assert_eq!(again.failed_since, 0);
    assert_eq!(again.last.as_ref().unwrap().place, "ssh 192.0.2.7");

    let told = installation.store.sign_ins(&again.access).unwrap();
    let told: Vec<(&str, bool)> = told
        .iter()
        .map(|past| (past.place.as_str(), past.succeeded))
        .collect();
    let expected = [
        ("tty2[2J", true),
        ("ssh 192.0.2.7", true),
        ("tty2[2J", false),
        ("", true),
    ];
    assert_eq!(told, expected);
    let stranger = installation.enter("General Infirmary", "bo@example.org");
    assert_eq!(installation.store.sign_ins(&stranger).unwrap().len(), 1);
}

#[test]
fn the_newest_fifty_sign_ins_are_listed() {
    let installation = ada();
    let earlier =
        "WITH RECURSIVE n (at) AS (VALUES (1) UNION ALL SELECT at + 1 FROM n WHERE at < 55)
                   INSERT INTO session (account_id, token, started_at)
                   SELECT 1, randomblob(16), at FROM n";
    installation.raw().execute(earlier, []).unwrap();
    let access = installation.store.sign_in(ADA, PASSWORD).unwrap().access;
    let told = installation.store.sign_ins(&access).unwrap();
    assert_eq!(told.len(), 50);
    assert!(told.is_sorted_by(|earlier, later| earlier.at >= later.at));
}

#[test]
fn guesses_from_elsewhere_do_not_lock_out_the_owner_at_a_known_place() {
    let installation = ada();
    let at = |place: &str| installation.store.clone().at_place(place);
    let own = at("192.0.2.7 (SSH)");
    own.sign_in(ADA, PASSWORD).unwrap();
    installation.pass(60);
    // An attacker with many addresses guesses until the longest wait, for this email and for many.
    for attempt in 0..16 {
        let attacker = at(&format!("198.51.100.{attempt} (SSH)"));
        while let Some(seconds) = wait(attacker.sign_in(ADA, "wrong")) {
            installation.pass(seconds as i64);
        }
        for other in 0..4 {
            let _ = attacker.sign_in(&format!("u{attempt}-{other}@example.org"), "wrong");
        }
    }
    let elsewhere = at("203.0.113.9 (SSH)");
    assert!(wait(elsewhere.sign_in(ADA, PASSWORD)).unwrap() > 600);
    own.sign_in(ADA, PASSWORD).unwrap();
    // The known place is slowed by its own failures, and by those alone.
    for _ in 0..4 {
        let wrong = own.sign_in(ADA, "wrong");
        assert!(matches!(wrong, Err(StoreError::WrongCredentials)));
    }
    assert_eq!(wait(own.sign_in(ADA, PASSWORD)), Some(1));
    installation.pass(1);
    own.sign_in(ADA, PASSWORD).unwrap();
    // After three months without a sign-in the place is not known any more.
    installation.pass(91 * 24 * 3600);
    for _ in 0..4 {
        let _ = elsewhere.sign_in(ADA, "wrong");
    }
    assert!(wait(own.sign_in(ADA, PASSWORD)).is_some());
}
