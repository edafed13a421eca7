use lunny::store::{Access, Store, StoreError};

use super::authenticator::Authenticator;
use crate::support::*;

const ADA: &str = "ada@example.org";
const BO: &str = "bo@example.org";

/// A user with a second factor, and a fixture whose clock is stopped.
struct Enrolled {
    house: House,
    access: Access,
    authenticator: Authenticator,
    recovery: Vec<String>,
}

fn enrolled() -> Enrolled {
    let house = house();
    let access = house.enter("St. Mary", ADA);
    house.stop_clock();
    let (authenticator, recovery) = enrol(&house, &access);
    house.pass(30);
    Enrolled {
        house,
        access,
        authenticator,
        recovery,
    }
}

fn enrol(house: &House, access: &Access) -> (Authenticator, Vec<String>) {
    let enrolment = house.store.begin_second_factor(access).unwrap();
    let authenticator = Authenticator::new(&enrolment.secret);
    let code = authenticator.shows(house, 0);
    let recovery = house.store.confirm_second_factor(access, &code).unwrap();
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
        house,
        access,
        authenticator,
        ..
    } = enrolled();
    let store = &house.store;
    assert!(store.has_second_factor(&access).unwrap());
    assert!(is_needed(&store.sign_in(ADA, PASSWORD)));
    let code = authenticator.shows(&house, 0);
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
        house,
        authenticator,
        ..
    } = enrolled();
    let code = authenticator.shows(&house, 0);
    assert!(with_code(&house.store, &code).is_ok());
    assert!(is_wrong_code(&with_code(&house.store, &code)));
    house.pass(30);
    let next = authenticator.shows(&house, 0);
    assert!(with_code(&house.store, &next).is_ok());
}

#[test]
fn the_code_used_for_confirmation_does_not_sign_in() {
    let house = house();
    let access = house.enter("St. Mary", ADA);
    house.stop_clock();
    let (authenticator, _) = enrol(&house, &access);
    let confirming = authenticator.shows(&house, 0);
    assert!(is_wrong_code(&with_code(&house.store, &confirming)));
}

#[test]
fn a_clock_may_differ_by_one_interval_and_no_more() {
    let Enrolled {
        house,
        authenticator,
        ..
    } = enrolled();
    house.pass(300);
    for (seconds, opens) in [(-60, false), (60, false), (-30, true), (30, true)] {
        let code = authenticator.shows(&house, seconds);
        assert_eq!(with_code(&house.store, &code).is_ok(), opens, "{seconds}");
    }
    let earlier = authenticator.shows(&house, 0);
    assert!(
        is_wrong_code(&with_code(&house.store, &earlier)),
        "a later one was used"
    );
}

#[test]
fn each_recovery_code_works_once_in_any_spelling() {
    let Enrolled {
        house,
        access,
        recovery,
        ..
    } = enrolled();
    assert_eq!(recovery.len(), 10);
    for (used, code) in recovery.iter().enumerate() {
        let left = house.store.recovery_codes_left(&access).unwrap();
        assert_eq!(left as usize, 10 - used);
        let spoken = code.to_lowercase().replace('-', " ");
        let entered = with_code(&house.store, &spoken);
        assert!(entered.is_ok(), "{spoken}");
        assert!(is_wrong_code(&with_code(&house.store, code)));
    }
    assert_eq!(house.logged("use recovery code", "done"), 10);
    let kept: i64 = house
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
        house,
        authenticator,
        ..
    } = enrolled();
    let store = &house.store;
    for _ in 0..4 {
        assert!(is_needed(&store.sign_in(ADA, PASSWORD)));
        assert!(is_wrong_code(&with_code(store, "000000x")));
    }
    let code = authenticator.shows(&house, 0);
    let too_many = |answer: Result<_, _>| matches!(answer, Err(StoreError::TooManyAttempts { .. }));
    assert!(too_many(with_code(store, &code)));
    assert!(too_many(
        store.sign_in(ADA, PASSWORD).map(|entered| entered.access)
    ));
    house.pass(1);
    let entered = store.sign_in_with_code(ADA, PASSWORD, &code).unwrap();
    assert_eq!(
        entered.failed_since, 4,
        "failures with the right password are visible"
    );
    assert_eq!(house.logged("sign in", "refused"), 4);
}

#[test]
fn asking_for_the_code_is_not_a_failure() {
    let Enrolled { house, .. } = enrolled();
    for _ in 0..20 {
        assert!(is_needed(&house.store.sign_in(ADA, PASSWORD)));
    }
}

#[test]
fn a_second_factor_counts_only_once_it_was_confirmed() {
    let house = house();
    let access = house.enter("St. Mary", ADA);
    house.stop_clock();
    let store = &house.store;
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
    let stale = Authenticator::new(&first.secret).shows(&house, 0);
    assert!(is_wrong_code(&store.confirm_second_factor(&access, &stale)));
    let code = Authenticator::new(&second.secret).shows(&house, 0);
    store.confirm_second_factor(&access, &code).unwrap();
    let in_place = store.confirm_second_factor(&access, &code);
    assert!(matches!(in_place, Err(StoreError::SecondFactorInPlace)));
    let again = store.begin_second_factor(&access).err();
    assert!(matches!(again, Some(StoreError::SecondFactorInPlace)));
}

#[test]
fn an_account_without_a_second_factor_ignores_the_code() {
    let house = house();
    house.enter("St. Mary", ADA);
    assert!(with_code(&house.store, "whatever").is_ok());
}

#[test]
fn removing_it_needs_the_password() {
    let Enrolled { house, access, .. } = enrolled();
    let store = &house.store;
    let wrong = store.remove_second_factor(&access, "wrong");
    assert!(matches!(wrong, Err(StoreError::WrongPassword)));
    assert!(is_needed(&store.sign_in(ADA, PASSWORD)));
    store.remove_second_factor(&access, PASSWORD).unwrap();
    assert!(store.sign_in(ADA, PASSWORD).is_ok());
    let codes = "SELECT count(*) FROM recovery_code";
    let codes: i64 = house.raw().query_row(codes, [], |row| row.get(0)).unwrap();
    assert_eq!(codes, 0);
    let again = store.remove_second_factor(&access, PASSWORD);
    assert!(matches!(again, Err(StoreError::NoSecondFactor)));
    enrol(&house, &access);
    assert!(is_needed(&store.sign_in(ADA, PASSWORD)));
}

#[test]
fn an_administrator_removes_a_lost_second_factor() {
    let Enrolled {
        house, access: ada, ..
    } = enrolled();
    let bo_form = registration("St. Mary", BO);
    let id = house.store.register(&bo_form).unwrap().id;
    let role = lunny::store::Role::Technician;
    house.store.approve_account(&ada, id, role).unwrap();
    let bo = house.store.sign_in(BO, PASSWORD).unwrap().access;
    let none = house.store.remove_second_factor_of(&ada, id);
    assert!(matches!(none, Err(StoreError::NoSecondFactor)));
    let _ = house.store.begin_second_factor(&bo).unwrap();
    let unconfirmed = house.store.remove_second_factor_of(&ada, id);
    assert!(matches!(unconfirmed, Err(StoreError::NoSecondFactor)));
    enrol(&house, &bo);
    assert!(
        house
            .store
            .accounts(&ada)
            .unwrap()
            .iter()
            .all(|account| account.second_factor)
    );

    let stranger = house.enter("General Infirmary", "cy@example.org");
    let foreign = house.store.remove_second_factor_of(&stranger, id);
    assert!(matches!(foreign, Err(StoreError::NoSuchAccount)));
    house.store.remove_second_factor_of(&ada, id).unwrap();
    assert!(house.store.sign_in(BO, PASSWORD).is_ok());
    assert!(is_needed(&house.store.sign_in(ADA, PASSWORD)));
}

#[test]
fn a_password_reset_keeps_the_second_factor() {
    let Enrolled {
        house,
        access,
        authenticator,
        ..
    } = enrolled();
    let id = house.store.accounts(&access).unwrap()[0].id;
    let reset = house.store.issue_reset_code(&access, id).unwrap();
    house
        .store
        .reset_password(ADA, &reset, "nine loud crows sit")
        .unwrap();
    assert!(is_needed(&house.store.sign_in(ADA, "nine loud crows sit")));
    let code = authenticator.shows(&house, 0);
    let entered = house
        .store
        .sign_in_with_code(ADA, "nine loud crows sit", &code);
    assert!(entered.is_ok());
}

#[test]
fn the_codes_of_one_account_are_invalid_for_another() {
    let Enrolled {
        house,
        recovery,
        authenticator,
        ..
    } = enrolled();
    let bo = house.enter("General Infirmary", BO);
    enrol(&house, &bo);
    house.pass(30);
    let code = authenticator.shows(&house, 0);
    for foreign in [code.as_str(), &recovery[0]] {
        let answer = house.store.sign_in_with_code(BO, PASSWORD, foreign);
        assert!(is_wrong_code(&answer));
    }
    assert!(with_code(&house.store, &recovery[0]).is_ok());
}
