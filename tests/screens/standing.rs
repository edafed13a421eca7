//! Changes to an account from elsewhere while it is signed in.

use std::time::Duration;

use lunny::store::{Access, AccountId, Role};

use super::stage::{PASSWORD, Stage};

const BO: &str = "bo@example.org";
/// A little longer than the time between two checks.
const SOON: Duration = Duration::from_secs(3);

/// Bo is signed in, with this role; Dana, the administrator, sits elsewhere.
fn stage(role: Role) -> (Stage, Access, AccountId) {
    let mut stage = Stage::new(80, 24, 0.87);
    stage.register();
    stage.colleague("Bo Ek", BO, role);
    let dana = stage.store.sign_in("dana@example.org", PASSWORD).unwrap();
    let accounts = stage.store.accounts(&dana.access).unwrap();
    let bo = accounts.iter().find(|account| account.email == BO);
    let bo = bo.unwrap().id;
    stage.sign_in_as(BO);
    (stage, dana.access, bo)
}

#[test]
fn a_disabled_account_is_signed_out_without_a_key() {
    let (mut stage, dana, bo) = stage(Role::Technician);
    stage.letters("p").shows("Patients");
    stage.store.disable_account(&dana, bo).unwrap();
    stage
        .wait(SOON)
        .shows("session was ended")
        .hides("Patients");
    stage.shows("Sign in");
}

#[test]
fn a_locked_screen_of_a_disabled_account_goes_too() {
    let (mut stage, dana, bo) = stage(Role::Technician);
    stage.control('l').shows("Locked");
    stage.store.disable_account(&dana, bo).unwrap();
    stage.wait(SOON).shows("session was ended").hides("Locked");
}

#[test]
fn another_role_takes_effect_without_a_key() {
    let (mut stage, dana, bo) = stage(Role::Administrator);
    stage.shows("Audit log").letters("a").shows("Dana Ruiz");
    let store = stage.store.clone();
    store.change_role(&dana, bo, Role::Technician).unwrap();
    stage.wait(SOON).shows("your role is technician");
    stage.hides("Dana Ruiz").shows("Welcome, Bo Ek");
    store.change_role(&dana, bo, Role::Radiologist).unwrap();
    stage.wait(SOON).shows("your role is radiologist");
}

#[test]
fn a_change_behind_the_lock_stays_behind_it() {
    let (mut stage, dana, bo) = stage(Role::Administrator);
    stage.control('l').shows("Locked");
    let store = stage.store.clone();
    store.change_role(&dana, bo, Role::Technician).unwrap();
    stage.wait(SOON).shows("Locked").hides("Welcome");
    stage.letters(PASSWORD).enter().shows("Welcome, Bo Ek");
}

#[test]
fn a_new_session_is_not_ended_by_the_end_of_an_earlier_one() {
    let (mut stage, dana, bo) = stage(Role::Technician);
    stage.sign_in_as("dana@example.org");
    stage.store.disable_account(&dana, bo).unwrap();
    stage.wait(SOON).shows("Welcome, Dana Ruiz");
}
