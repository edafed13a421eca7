use lunny::store::{Disclosure, MAX_TOKEN_DAYS, StoreError, TokenId, TokenScope, TokenScopes};

use super::authenticator::Authenticator;
use crate::support::*;

const ADA: &str = "ada@example.org";
const DAY: i64 = 24 * 3600;

fn is_wrong<T>(answer: &Result<T, StoreError>) -> bool {
    matches!(answer, Err(StoreError::WrongToken))
}

#[test]
fn a_token_signs_in_with_the_rights_of_its_account_and_shows_when() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let saved = save(&installation.store, &access, "P-1", "Élodie Müller");
    let token = installation
        .store
        .make_token(&access, " nightly  export ", 30, every_scope())
        .unwrap();
    assert!(token.starts_with("lunny_") && token.len() == 6 + 64);
    let before = installation.store.tokens(&access).unwrap();
    assert_eq!(before.len(), 1);
    assert_eq!(
        (before[0].name.as_str(), before[0].last_used_at),
        ("nightly export", None)
    );
    let holds = before[0].expires_at.as_second() - before[0].created_at.as_second();
    assert_eq!(holds, 30 * DAY);

    let here = installation.store.clone().at_place("cron");
    let entered = here.sign_in_with_token(&format!("{}\n", *token)).unwrap();
    assert_eq!(entered.account.email, ADA);
    assert!(
        installation
            .store
            .patient(&entered.access, saved.patient)
            .is_ok()
    );
    let after = installation.store.tokens(&access).unwrap();
    assert!(after[0].last_used_at > Some(after[0].created_at));
    let told = installation.store.sign_ins(&access).unwrap();
    assert_eq!(told[0].place, "cron by the token nightly export");
    assert_eq!(installation.logged("make token", "done"), 1);
}

#[test]
fn a_token_is_valid_until_the_end_of_its_last_day() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    installation.stop_clock();
    let token = installation
        .store
        .make_token(&access, "short", 1, every_scope())
        .unwrap();
    installation.pass(DAY - 1);
    assert!(installation.store.sign_in_with_token(&token).is_ok());
    installation.pass(1);
    assert!(is_wrong(&installation.store.sign_in_with_token(&token)));
    assert_eq!(
        installation.store.tokens(&access).unwrap().len(),
        1,
        "its owner sees that it expired"
    );
    let told = installation.store.sign_ins(&access).unwrap();
    assert!(!told[0].succeeded, "and that it was tried");
}

#[test]
fn a_revoked_token_is_invalid_and_its_sessions_end() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let store = &installation.store;
    let (first, second) = (
        store
            .make_token(&access, "first", 9, every_scope())
            .unwrap(),
        store
            .make_token(&access, "second", 9, every_scope())
            .unwrap(),
    );
    let by_first = store.sign_in_with_token(&first).unwrap().access;
    let by_second = store.sign_in_with_token(&second).unwrap().access;
    let id = store.tokens(&access).unwrap()[1].id;
    store.revoke_token(&access, id).unwrap();
    assert!(is_wrong(&store.sign_in_with_token(&first)));
    assert!(matches!(
        store.recent_folders(&by_first),
        Err(StoreError::SignedOut)
    ));
    assert!(store.recent_folders(&by_second).is_ok());
    assert!(store.recent_folders(&access).is_ok());
    let names: Vec<String> = store
        .tokens(&access)
        .unwrap()
        .into_iter()
        .map(|token| token.name)
        .collect();
    assert_eq!(names, ["second"]);
    let again = store.revoke_token(&access, id);
    assert!(matches!(again, Err(StoreError::NoSuchToken)));
}

#[test]
fn tokens_are_visible_and_revocable_only_by_their_account() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let colleague = installation.enter("St. Mary", "bo@example.org");
    let stranger = installation.enter("General Infirmary", "cy@example.org");
    let token = installation
        .store
        .make_token(&colleague, "mine", 9, every_scope())
        .unwrap();
    let id = installation.store.tokens(&colleague).unwrap()[0].id;
    for other in [&ada, &stranger] {
        assert!(installation.store.tokens(other).unwrap().is_empty());
        for id in [id, TokenId(-1), TokenId(i64::MAX)] {
            let answer = installation.store.revoke_token(other, id);
            assert!(matches!(answer, Err(StoreError::NoSuchToken)));
        }
    }
    assert!(installation.store.sign_in_with_token(&token).is_ok());
}

#[test]
fn text_that_is_not_a_token_is_refused() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let token = installation
        .store
        .make_token(&access, "mine", 9, every_scope())
        .unwrap();
    let near = [
        &token[..token.len() - 1],
        &token.to_uppercase(),
        &token[6..],
        PASSWORD,
    ];
    for text in hostile().iter().map(String::as_str).chain(near) {
        assert!(is_wrong(&installation.store.sign_in_with_token(text)));
    }
    assert_eq!(installation.logged("sign in", "refused"), 13);
}

#[test]
fn a_token_needs_a_name_and_a_limited_validity() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let refused = |name: &str, days| {
        let answer = installation
            .store
            .make_token(&access, name, days, every_scope());
        matches!(answer, Err(StoreError::InvalidToken(sentence)) if sentence.ends_with('.'))
    };
    assert!(refused("mine", 0));
    assert!(refused("mine", MAX_TOKEN_DAYS + 1));
    assert!(refused("mine", u32::MAX));
    for name in hostile().iter().filter(|name| !name.contains("DROP")) {
        assert!(refused(name, 9), "{name:.20}");
    }
    let longest = "x".repeat(100);
    for name in [longest.as_str(), "' OR 1=1; DROP TABLE account; --", "محمد"] {
        installation
            .store
            .make_token(&access, name, MAX_TOKEN_DAYS, every_scope())
            .unwrap();
        assert_eq!(installation.store.tokens(&access).unwrap()[0].name, name);
    }
}

#[test]
fn a_script_cannot_change_the_credentials_of_its_account() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let token = installation
        .store
        .make_token(&access, "mine", 9, every_scope())
        .unwrap();
    let script = installation
        .store
        .sign_in_with_token(&token)
        .unwrap()
        .access;
    let store = &installation.store;
    let refusals = [
        store
            .make_token(&script, "another", 366, every_scope())
            .err(),
        store.begin_second_factor(&script).err(),
        store.confirm_second_factor(&script, "123456").err(),
        store
            .change_password(&script, PASSWORD, "nine loud crows sit")
            .err(),
    ];
    for refusal in refusals {
        assert!(
            matches!(refusal, Some(StoreError::NotWithAToken)),
            "{refusal:?}"
        );
    }
}

#[test]
fn a_token_replaces_both_factors() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let enrolment = installation.store.begin_second_factor(&access).unwrap();
    let code = Authenticator::new(&enrolment.secret).shows(&installation, 0);
    installation
        .store
        .confirm_second_factor(&access, &code)
        .unwrap();
    let token = installation
        .store
        .make_token(&access, "mine", 9, every_scope())
        .unwrap();
    assert!(installation.store.sign_in_with_token(&token).is_ok());
}

#[test]
fn a_token_does_only_what_its_scopes_allow() {
    let installation = installation();
    let store = &installation.store;
    let ada = installation.enter("St. Mary", "ada@example.org");
    let id = save(store, &ada, "1", "Bo Ek").patient;
    let sets = [
        vec![TokenScope::Read],
        vec![TokenScope::Write],
        vec![TokenScope::Export],
        vec![TokenScope::Read, TokenScope::Export],
        TokenScope::ALL.to_vec(),
    ];
    for (number, set) in sets.iter().enumerate() {
        let scopes = TokenScopes::of(set);
        let name = format!("token {number}");
        let token = store.make_token(&ada, &name, 9, scopes).unwrap();
        let script = store.sign_in_with_token(&token).unwrap().access;
        let new = patient(&format!("new {number}"), "Cy Lo");
        let tried = [
            (TokenScope::Read, store.patient(&script, id).err()),
            (TokenScope::Read, store.patient_history(&script, id).err()),
            (TokenScope::Read, store.tokens(&script).err()),
            (TokenScope::Write, store.create_patient(&script, &new).err()),
            (
                TokenScope::Export,
                store.disclose(&script, &[id], Disclosure::Exported).err(),
            ),
            (
                TokenScope::Export,
                store.disclose_unsaved(&script, Disclosure::Printed).err(),
            ),
        ];
        for (needed, refusal) in tried {
            match refusal {
                None => assert!(scopes.contains(needed), "{scopes} allowed {needed}"),
                Some(StoreError::OutsideTokenScope { scope }) => {
                    assert_eq!(scope, needed);
                    assert!(!scopes.contains(needed), "{scopes} refused {needed}");
                }
                Some(other) => panic!("{other}"),
            }
        }
    }
    let listed = store.tokens(&ada).unwrap();
    let listed: Vec<String> = listed.iter().map(|one| one.scopes.to_string()).collect();
    let made = sets
        .iter()
        .rev()
        .map(|set| TokenScopes::of(set).to_string());
    assert_eq!(listed, made.collect::<Vec<_>>());
    let none = store.make_token(&ada, "none", 9, TokenScopes::of(&[]));
    assert!(matches!(none, Err(StoreError::InvalidToken(_))));
}

#[test]
fn a_token_revokes_no_token() {
    let installation = installation();
    let ada = installation.enter("St. Mary", "ada@example.org");
    let token = installation
        .store
        .make_token(&ada, "mine", 9, every_scope());
    let script = installation
        .store
        .sign_in_with_token(&token.unwrap())
        .unwrap();
    let id = installation.store.tokens(&ada).unwrap()[0].id;
    let refused = installation.store.revoke_token(&script.access, id);
    assert!(matches!(refused, Err(StoreError::NotWithAToken)));
}
