use lunny::store::{SshKeyId, StoreError};

use super::authenticator::Authenticator;
use crate::support::*;

const ADA: &str = "ada@example.org";
const KEY: &[u8] = b"\0\0\0\x0bssh-ed25519 and the rest";

fn is_refused<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::WrongCredentials))
}

#[test]
fn a_key_signs_its_account_in_and_shows_when() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let saved = save(&installation.store, &access, "P-1", "Élodie Müller");
    assert!(is_refused(
        &installation.store.sign_in_with_ssh_key(ADA, KEY, None)
    ));
    let id = installation
        .store
        .add_ssh_key(&access, " ward 3 ", KEY)
        .unwrap();
    let keys = installation.store.ssh_keys(&access).unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!((keys[0].id, keys[0].name.as_str()), (id, "ward 3"));
    assert!(keys[0].fingerprint.starts_with("SHA256:") && keys[0].last_used_at.is_none());

    assert!(
        installation
            .store
            .has_ssh_key("ADA@example.org", KEY)
            .unwrap()
    );
    let here = installation.store.clone().at_place("192.0.2.7 (SSH)");
    let entered = here
        .sign_in_with_ssh_key("ADA@example.org", KEY, None)
        .unwrap();
    assert_eq!(entered.account.email, ADA);
    assert!(
        installation
            .store
            .patient(&entered.access, saved.patient)
            .is_ok()
    );
    assert!(
        installation.store.ssh_keys(&access).unwrap()[0]
            .last_used_at
            .is_some()
    );
    let told = installation.store.sign_ins(&access).unwrap();
    assert_eq!(told[0].place, "192.0.2.7 (SSH) by a key");
    installation
        .store
        .record_transfer(&entered.access, true)
        .unwrap();
    installation
        .store
        .record_transfer(&entered.access, false)
        .unwrap();
    for action in ["add SSH key", "send files", "fetch files"] {
        assert_eq!(installation.logged(action, "done"), 1, "{action}");
    }
}

#[test]
fn a_key_belongs_to_one_account_until_it_is_removed() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let id = installation.store.add_ssh_key(&ada, "key", KEY).unwrap();
    let bo = installation.enter("St. John", "bo@example.org");
    assert!(is_refused(&installation.store.sign_in_with_ssh_key(
        "bo@example.org",
        KEY,
        None
    )));
    assert!(
        !installation
            .store
            .has_ssh_key("bo@example.org", KEY)
            .unwrap()
    );
    assert!(
        !installation
            .store
            .has_ssh_key("unknown@example.org", KEY)
            .unwrap()
    );
    assert!(matches!(
        installation.store.remove_ssh_key(&bo, id),
        Err(StoreError::NoSuchSshKey)
    ));
    assert!(installation.store.ssh_keys(&bo).unwrap().is_empty());
    installation.store.remove_ssh_key(&ada, id).unwrap();
    assert!(is_refused(
        &installation.store.sign_in_with_ssh_key(ADA, KEY, None)
    ));
    assert!(matches!(
        installation.store.remove_ssh_key(&ada, SshKeyId(99)),
        Err(StoreError::NoSuchSshKey)
    ));
}

#[test]
fn a_new_password_ends_all_keys() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    installation.store.add_ssh_key(&access, "key", KEY).unwrap();
    let new = "eleven calm otters swim south";
    installation
        .store
        .change_password(&access, PASSWORD, new)
        .unwrap();
    assert!(is_refused(
        &installation.store.sign_in_with_ssh_key(ADA, KEY, None)
    ));
    assert!(installation.store.ssh_keys(&access).unwrap().is_empty());
}

#[test]
fn the_second_factor_is_asked_for_with_a_key_too() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    installation.store.add_ssh_key(&access, "key", KEY).unwrap();
    let enrolment = installation.store.begin_second_factor(&access).unwrap();
    let authenticator = Authenticator::new(&enrolment.secret);
    let code = authenticator.shows(&installation, 0);
    installation
        .store
        .confirm_second_factor(&access, &code)
        .unwrap();
    let with = |code: Option<&str>| installation.store.sign_in_with_ssh_key(ADA, KEY, code);
    assert!(matches!(with(None), Err(StoreError::SecondFactorNeeded)));
    assert!(matches!(with(Some("000000")), Err(StoreError::WrongCode)));
    installation.pass(60);
    assert!(with(Some(&authenticator.shows(&installation, 0))).is_ok());
}

#[test]
fn keys_that_make_no_sense_are_refused_with_a_sentence() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let refused = |name: &str, key: &[u8]| {
        let answer = installation.store.add_ssh_key(&access, name, key);
        matches!(answer, Err(StoreError::InvalidSshKey(_)))
    };
    assert!(refused("", KEY) && refused("key", b"") && refused("key", &[0; 5000]));
    installation.store.add_ssh_key(&access, "key", KEY).unwrap();
    assert!(refused("again", KEY));
    for number in 0..19_u8 {
        installation
            .store
            .add_ssh_key(&access, "key", &[number])
            .unwrap();
    }
    assert!(refused("one more", b"one more"));
    let token = installation
        .store
        .make_token(&access, "nightly", 30, every_scope())
        .unwrap();
    let script = installation
        .store
        .sign_in_with_token(&token)
        .unwrap()
        .access;
    assert!(matches!(
        installation.store.add_ssh_key(&script, "key", b"other"),
        Err(StoreError::NotWithAToken)
    ));
}
