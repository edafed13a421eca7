use lunny::store::{Access, Store, StoreError};

use super::authenticator::Authenticator;
use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

/// A user with a second factor, and a fixture whose clock is stopped.
struct Enrolled {
    installation: Installation,
    access: Access,
    authenticator: Authenticator,
    recovery: Vec<String>,
}

fn enrolled() -> Enrolled {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    installation.stop_clock();
    let (authenticator, recovery) = enrol(&installation, &access);
    installation.pass(30);
    Enrolled {
        installation,
        access,
        authenticator,
        recovery,
    }
}

fn enrol(installation: &Installation, access: &Access) -> (Authenticator, Vec<String>) {
    let enrolment = installation.store.begin_second_factor(access).unwrap();
    let authenticator = Authenticator::new(&enrolment.secret);
    let code = authenticator.shows(installation, 0);
    let recovery = installation
        .store
        .confirm_second_factor(access, &code)
        .unwrap();
    (authenticator, recovery)
}

fn with_code(store: &Store, code: &str) -> Result<Access, StoreError> {
    let entered = store.sign_in_with_code(ADA, PASSWORD, code);
    entered.map(|entered| entered.access)
}

fn is_wrong_code<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::WrongCode))
}

fn is_needed<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::SecondFactorNeeded))
}

#[test]
fn the_password_alone_is_not_enough_with_a_second_factor() {
    let Enrolled {
        installation,
        access,
        authenticator,
        ..
    } = enrolled();
    let store = &installation.store;
    assert!(store.has_second_factor(&access).unwrap());
    assert!(is_needed(&store.sign_in(ADA, PASSWORD)));
    let code = authenticator.shows(&installation, 0);
    let wrong = store.sign_in_with_code(ADA, "wrong", &code);
    assert!(
        matches!(wrong, Err(StoreError::WrongCredentials)),
        "a code reveals nothing about the password"
    );
    let entered = store.sign_in_with_code(ADA, PASSWORD, &code).unwrap();
    assert!(entered.account.second_factor);
    assert!(store.recent_folders(&access).is_ok(), "open sessions stay");
}

#[test]
fn a_code_works_once() {
    let Enrolled {
        installation,
        authenticator,
        ..
    } = enrolled();
    let code = authenticator.shows(&installation, 0);
    assert!(with_code(&installation.store, &code).is_ok());
    assert!(is_wrong_code(&with_code(&installation.store, &code)));
    installation.pass(30);
    let next = authenticator.shows(&installation, 0);
    assert!(with_code(&installation.store, &next).is_ok());
}

#[test]
fn the_code_used_for_confirmation_does_not_sign_in() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    installation.stop_clock();
    let (authenticator, _) = enrol(&installation, &access);
    let confirming = authenticator.shows(&installation, 0);
    assert!(is_wrong_code(&with_code(&installation.store, &confirming)));
}

#[test]
fn a_clock_may_differ_by_one_interval_and_no_more() {
    let Enrolled {
        installation,
        authenticator,
        ..
    } = enrolled();
    installation.pass(300);
    for (seconds, opens) in [(-60, false), (60, false), (-30, true), (30, true)] {
        let code = authenticator.shows(&installation, seconds);
        assert_eq!(
            with_code(&installation.store, &code).is_ok(),
            opens,
            "{seconds}"
        );
    }
    let earlier = authenticator.shows(&installation, 0);
    assert!(
        is_wrong_code(&with_code(&installation.store, &earlier)),
        "a later one was used"
    );
}

#[test]
fn each_recovery_code_works_once_in_any_spelling() {
    let Enrolled {
        installation,
        access,
        recovery,
        ..
    } = enrolled();
    assert_eq!(recovery.len(), 10);
    for (used, code) in recovery.iter().enumerate() {
        let left = installation.store.recovery_codes_left(&access).unwrap();
        assert_eq!(left as usize, 10 - used);
        let spoken = code.to_lowercase().replace('-', " ");
        let entered = with_code(&installation.store, &spoken);
        assert!(entered.is_ok(), "{spoken}");
        assert!(is_wrong_code(&with_code(&installation.store, code)));
    }
    assert_eq!(installation.logged("use recovery code", "done"), 10);
    let kept: i64 = installation
        .raw()
        .query_row(
            "SELECT count(*) FROM recovery_code WHERE length(code_hash) = 32",
            [],
            |row| row.get(0),
        )
        .unwrap();
    assert_eq!(kept, 10);
}

#[test]
fn wrong_codes_are_throttled_and_the_right_password_does_not_reset_them() {
    let Enrolled {
        installation,
        authenticator,
        ..
    } = enrolled();
    let store = &installation.store;
    for _ in 0..4 {
        assert!(is_needed(&store.sign_in(ADA, PASSWORD)));
        assert!(is_wrong_code(&with_code(store, "000000x")));
    }
    let code = authenticator.shows(&installation, 0);
    let too_many = |answer: Result<_, _>| matches!(answer, Err(StoreError::TooManyAttempts { .. }));
    assert!(too_many(with_code(store, &code)));
    assert!(too_many(
        store.sign_in(ADA, PASSWORD).map(|entered| entered.access)
    ));
    installation.pass(1);
    let entered = store.sign_in_with_code(ADA, PASSWORD, &code).unwrap();
    assert_eq!(
        entered.failed_since, 4,
        "failures with the right password are visible"
    );
    assert_eq!(installation.logged("sign in", "refused"), 4);
}

#[test]
fn asking_for_the_code_is_not_a_failure() {
    let Enrolled { installation, .. } = enrolled();
    for _ in 0..20 {
        assert!(is_needed(&installation.store.sign_in(ADA, PASSWORD)));
    }
}

#[test]
fn a_second_factor_counts_only_once_it_was_confirmed() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    installation.stop_clock();
    let store = &installation.store;
    let none = store.confirm_second_factor(&access, "123456");
    assert!(matches!(none, Err(StoreError::NoSecondFactor)));
    let first = store.begin_second_factor(&access).unwrap();
    assert_eq!(first.secret.len(), 32);
    assert!(
        first
            .uri
            .starts_with("otpauth://totp/LUNNY:ada%40example.org?secret=")
    );
    assert!(first.uri.contains(first.secret.as_str()));
    for wrong in hostile() {
        assert!(is_wrong_code(&store.confirm_second_factor(&access, &wrong)));
    }
    assert!(!store.has_second_factor(&access).unwrap());
    assert!(store.sign_in(ADA, PASSWORD).is_ok());

    let second = store.begin_second_factor(&access).unwrap();
    let stale = Authenticator::new(&first.secret).shows(&installation, 0);
    assert!(is_wrong_code(&store.confirm_second_factor(&access, &stale)));
    let code = Authenticator::new(&second.secret).shows(&installation, 0);
    store.confirm_second_factor(&access, &code).unwrap();
    let in_place = store.confirm_second_factor(&access, &code);
    assert!(matches!(in_place, Err(StoreError::SecondFactorInPlace)));
    let again = store.begin_second_factor(&access).err();
    assert!(matches!(again, Some(StoreError::SecondFactorInPlace)));
}

#[test]
fn an_account_without_a_second_factor_ignores_the_code() {
    let installation = installation();
    installation.enter("St. Mary", ADA);
    assert!(with_code(&installation.store, "whatever").is_ok());
}

#[test]
fn removing_it_needs_the_password() {
    let Enrolled {
        installation,
        access,
        ..
    } = enrolled();
    let store = &installation.store;
    let wrong = store.remove_second_factor(&access, "wrong");
    assert!(matches!(wrong, Err(StoreError::WrongPassword)));
    assert!(is_needed(&store.sign_in(ADA, PASSWORD)));
    store.remove_second_factor(&access, PASSWORD).unwrap();
    assert!(store.sign_in(ADA, PASSWORD).is_ok());
    let codes = "SELECT count(*) FROM recovery_code";
    let codes: i64 = installation
        .raw()
        .query_row(codes, [], |row| row.get(0))
        .unwrap();
    assert_eq!(codes, 0);
    let again = store.remove_second_factor(&access, PASSWORD);
    assert!(matches!(again, Err(StoreError::NoSecondFactor)));
    enrol(&installation, &access);
    assert!(is_needed(&store.sign_in(ADA, PASSWORD)));
}

#[test]
fn an_administrator_removes_a_lost_second_factor() {
    let Enrolled {
        installation,
        access: ada,
        ..
    } = enrolled();
    let bo_form = registration("St. Mary", BO);
    let id = installation.store.register(&bo_form).unwrap().id;
    let role = lunny::store::Role::Technician;
    installation.store.approve_account(&ada, id, role).unwrap();
    let bo = installation.store.sign_in(BO, PASSWORD).unwrap().access;
    let none = installation.store.remove_second_factor_of(&ada, id);
    assert!(matches!(none, Err(StoreError::NoSecondFactor)));
    let _ = installation.store.begin_second_factor(&bo).unwrap();
    let unconfirmed = installation.store.remove_second_factor_of(&ada, id);
    assert!(matches!(unconfirmed, Err(StoreError::NoSecondFactor)));
    enrol(&installation, &bo);
    assert!(
        installation
            .store
            .accounts(&ada)
            .unwrap()
            .iter()
            .all(|account| account.second_factor)
    );

    let stranger = installation.enter("General Infirmary", "cy@example.org");
    let foreign = installation.store.remove_second_factor_of(&stranger, id);
    assert!(matches!(foreign, Err(StoreError::NoSuchAccount)));
    installation
        .store
        .remove_second_factor_of(&ada, id)
        .unwrap();
    assert!(installation.store.sign_in(BO, PASSWORD).is_ok());
    assert!(is_needed(&installation.store.sign_in(ADA, PASSWORD)));
}

#[test]
fn a_password_reset_keeps_the_second_factor() {
    let Enrolled {
        installation,
        access,
        authenticator,
        ..
    } = enrolled();
    let id = installation.store.accounts(&access).unwrap()[0].id;
    let reset = installation.store.issue_reset_code(&access, id).unwrap();
    installation
        .store
        .reset_password(ADA, &reset, "nine loud crows sit")
        .unwrap();
    assert!(is_needed(
        &installation.store.sign_in(ADA, "nine loud crows sit")
    ));
    let code = authenticator.shows(&installation, 0);
    let entered = installation
        .store
        .sign_in_with_code(ADA, "nine loud crows sit", &code);
    assert!(entered.is_ok());
}

#[test]
fn the_codes_of_one_account_are_invalid_for_another() {
    let Enrolled {
        installation,
        recovery,
        authenticator,
        ..
    } = enrolled();
    let bo = installation.enter("General Infirmary", BO);
    enrol(&installation, &bo);
    installation.pass(30);
    let code = authenticator.shows(&installation, 0);
    for foreign in [code.as_str(), &recovery[0]] {
        let answer = installation.store.sign_in_with_code(BO, PASSWORD, foreign);
        assert!(is_wrong_code(&answer));
    }
    assert!(with_code(&installation.store, &recovery[0]).is_ok());
}
