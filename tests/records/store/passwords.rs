use lunny::store::{Access, AccountId, RegistrationField, StoreError};

use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";
const NEW: &str = "nine loud crows sit";

/// Ada, who is the administrator of a hospital, and Bo, who works there.
fn two() -> (Installation, Access, Access, AccountId) {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let bo = installation.enter("St. Mary", BO);
    let accounts = installation.store.accounts(&ada).unwrap();
    let id = accounts
        .iter()
        .find(|account| account.email == BO)
        .unwrap()
        .id;
    (installation, ada, bo, id)
}

fn is_wrong_code<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::WrongCode))
}

fn is_signed_out<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::SignedOut))
}

#[test]
fn a_changed_password_signs_in_and_ends_the_other_sessions() {
    let (installation, ada, bo, id) = two();
    let store = &installation.store;
    let other = store.sign_in(BO, PASSWORD).unwrap().access;
    let code = store.issue_reset_code(&ada, id).unwrap();
    store.change_password(&bo, PASSWORD, NEW).unwrap();
    assert!(store.recent_folders(&bo).is_ok());
    assert!(is_signed_out(&store.recent_folders(&other)));
    assert!(store.recent_folders(&ada).is_ok());
    assert!(store.sign_in(BO, PASSWORD).is_err());
    assert!(store.sign_in(BO, NEW).is_ok());
    let reset = store.reset_password(BO, &code, PASSWORD);
    assert!(is_wrong_code(&reset), "an old code must not undo it");
    assert_eq!(installation.logged("change password", "done"), 1);
}

#[test]
fn a_new_password_follows_the_rules_of_registration_and_needs_the_present_one() {
    let (installation, _, bo, _) = two();
    let store = &installation.store;
    for weak in [
        "",
        "short",
        "passwordpassword",
        "ada byron ada byron",
        "bo@example.orgRT-4471",
    ] {
        let answer = store.change_password(&bo, PASSWORD, weak);
        let of_the_password = matches!(
            answer,
            Err(StoreError::Invalid {
                field: RegistrationField::Password,
                ..
            })
        );
        assert!(of_the_password, "{weak}");
    }
    let answer = store.change_password(&bo, NEW, NEW);
    assert!(matches!(answer, Err(StoreError::WrongPassword)));
    assert_eq!(installation.logged("change password", "refused"), 1);
    assert!(store.sign_in(BO, PASSWORD).is_ok());
}

#[test]
fn a_reset_code_sets_a_new_password_once() {
    let (installation, ada, bo, id) = two();
    let store = &installation.store;
    let token = store.make_token(&bo, "nightly", 30, every_scope()).unwrap();
    let code = store.issue_reset_code(&ada, id).unwrap();
    let spoken = code.to_lowercase().replace('-', " ");
    store
        .reset_password(" BO@Example.org ", &spoken, NEW)
        .unwrap();

    assert!(
        is_signed_out(&store.recent_folders(&bo)),
        "it ends every session"
    );
    assert!(store.sign_in(BO, PASSWORD).is_err());
    assert!(store.sign_in_with_token(&token).is_err());
    assert!(store.sign_in(BO, NEW).is_ok());
    assert!(is_wrong_code(&store.reset_password(
        BO,
        &code,
        "six mild otters dig"
    )));
    assert!(store.recent_folders(&ada).is_ok());
    for (action, times) in [("issue reset code", 1), ("reset password", 1)] {
        assert_eq!(installation.logged(action, "done"), times);
    }
    assert_eq!(installation.logged("reset password", "refused"), 1);
}

#[test]
fn a_reset_code_is_valid_for_a_day() {
    let (installation, ada, _, id) = two();
    installation.stop_clock();
    let late = installation.store.issue_reset_code(&ada, id).unwrap();
    installation.pass(24 * 3600);
    assert!(is_wrong_code(
        &installation.store.reset_password(BO, &late, NEW)
    ));
    let timely = installation.store.issue_reset_code(&ada, id).unwrap();
    installation.pass(24 * 3600 - 1);
    installation.store.reset_password(BO, &timely, NEW).unwrap();
}

#[test]
fn a_newer_reset_code_replaces_an_earlier_one() {
    let (installation, ada, _, id) = two();
    let first = installation.store.issue_reset_code(&ada, id).unwrap();
    let second = installation.store.issue_reset_code(&ada, id).unwrap();
    assert!(is_wrong_code(
        &installation.store.reset_password(BO, &first, NEW)
    ));
    installation.store.reset_password(BO, &second, NEW).unwrap();
}

#[test]
fn a_weak_new_password_leaves_the_code_valid() {
    let (installation, ada, _, id) = two();
    let code = installation.store.issue_reset_code(&ada, id).unwrap();
    let weak = installation
        .store
        .reset_password(BO, &code, "ada byron ada byron");
    assert!(matches!(weak, Err(StoreError::Invalid { .. })));
    installation.store.reset_password(BO, &code, NEW).unwrap();
}

#[test]
fn a_code_resets_only_its_own_account_and_does_not_reveal_emails() {
    let (installation, ada, _, id) = two();
    let code = installation.store.issue_reset_code(&ada, id).unwrap();
    let tries = [
        (ADA, code.as_str()),
        ("unknown@example.org", code.as_str()),
        (BO, "AAAA-AAAA-AAAA-AAAA"),
        ("", ""),
    ];
    for (email, code) in tries {
        for password in [NEW, "weak"] {
            let answer = installation.store.reset_password(email, code, password);
            assert!(is_wrong_code(&answer), "{email} {answer:?}");
        }
    }
    assert!(installation.store.sign_in(ADA, PASSWORD).is_ok());
}

#[test]
fn wrong_reset_codes_are_throttled_separately_from_signing_in() {
    let (installation, ada, _, id) = two();
    let code = installation.store.issue_reset_code(&ada, id).unwrap();
    installation.stop_clock();
    for email in [BO, "unknown@example.org"] {
        for _ in 0..4 {
            assert!(is_wrong_code(
                &installation.store.reset_password(email, "wrong", NEW)
            ));
        }
        let refused = installation.store.reset_password(email, &code, NEW);
        assert!(matches!(refused, Err(StoreError::TooManyAttempts { .. })));
    }
    assert!(installation.store.sign_in(BO, PASSWORD).is_ok());
    installation.pass(1);
    installation.store.reset_password(BO, &code, NEW).unwrap();
}

#[test]
fn a_reset_ends_the_wait_for_the_forgotten_password() {
    let (installation, ada, _, id) = two();
    let code = installation.store.issue_reset_code(&ada, id).unwrap();
    installation.stop_clock();
    for _ in 0..5 {
        let _ = installation.store.sign_in(BO, "forgotten");
    }
    installation.store.reset_password(BO, &code, NEW).unwrap();
    assert!(installation.store.sign_in(BO, NEW).is_ok());
}

#[test]
fn only_a_hash_of_a_reset_code_is_stored() {
    let (installation, ada, bo, id) = two();
    let code = installation.store.issue_reset_code(&ada, id).unwrap();
    let token = installation
        .store
        .make_token(&bo, "nightly", 30, every_scope())
        .unwrap();
    let raw = installation.raw();
    let (kept_code, kept_token): (Vec<u8>, Vec<u8>) = raw
        .query_row(
            "SELECT (SELECT code_hash FROM reset_code), (SELECT token_hash FROM access_token)",
            [],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )
        .unwrap();
    assert_eq!((kept_code.len(), kept_token.len()), (32, 32));
    let letters = code.replace('-', "");
    for secret in [code.as_str(), &letters, token.as_str()] {
        assert!(
            !secret
                .as_bytes()
                .windows(32)
                .any(|bytes| bytes == kept_code)
        );
        assert!(
            !kept_code.starts_with(secret.as_bytes()) && !kept_token.starts_with(secret.as_bytes())
        );
    }
}

#[test]
fn hostile_text_gets_an_answer_everywhere() {
    let (installation, ada, bo, _) = two();
    let store = &installation.store;
    for text in hostile() {
        installation.pass(7200);
        let text = text.as_str();
        assert!(matches!(
            store.sign_in(text, text),
            Err(StoreError::WrongCredentials)
        ));
        let coded = store.sign_in_with_code(BO, text, text);
        assert!(matches!(coded, Err(StoreError::WrongCredentials)));
        assert!(is_wrong_code(&store.reset_password(text, text, text)));
        assert!(is_wrong_code(&store.reset_password(BO, text, NEW)));
        let token = store.sign_in_with_token(text);
        assert!(matches!(token, Err(StoreError::WrongToken)));
        installation.pass(7200);
        let confirmed = store.confirm_identity(&bo, text);
        assert!(matches!(confirmed, Err(StoreError::WrongPassword)));
        installation.pass(7200);
        let changed = store.change_password(&bo, text, NEW);
        assert!(matches!(changed, Err(StoreError::WrongPassword)));
        let changed = store.change_password(&ada, PASSWORD, text);
        assert!(
            changed.is_err() || text.contains("DROP"),
            "a sentence of SQL is a password"
        );
        installation.pass(7200);
        let removed = store.remove_second_factor(&bo, text);
        assert!(matches!(removed, Err(StoreError::WrongPassword)));
        let place = store.clone().at_place(text);
        let _ = place.sign_in(BO, PASSWORD).unwrap();
        let told = store.sign_ins(&bo).unwrap();
        let place = &told[0].place;
        assert!(place.chars().count() <= 100 && !place.contains(char::is_control));
    }
}
