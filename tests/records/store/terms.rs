use lunny::clinical::terms;
use lunny::store::{Access, Disclosure, PatientId, PatientQuery, StoreError};

use crate::support::*;

const ADA: &str = "ada@example.org";

/// A session of the first account, which has not accepted the terms.
fn enter(installation: &Installation, email: &str) -> Access {
    let form = registration("St. Mary", email);
    installation.store.register(&form).unwrap();
    installation.store.sign_in(email, PASSWORD).unwrap().access
}

#[test]
fn without_accepted_terms_nothing_is_read_or_written() {
    let installation = installation_before_terms();
    let store = &installation.store;
    let ada = enter(&installation, ADA);
    let before = rows(&installation);
    let id = PatientId(1);
    let refusals = [
        store.search_patients(&ada, &PatientQuery::default()).err(),
        store.patient(&ada, id).err(),
        store.create_patient(&ada, &patient("1", "Bo")).err(),
        store.delete_patient(&ada, id).err(),
        store.disclose(&ada, &[], Disclosure::Exported).err(),
        store.disclose_unsaved(&ada, Disclosure::Copied).err(),
        store.accounts(&ada).err(),
        store.tokens(&ada).err(),
        store.make_token(&ada, "nightly", 9, every_scope()).err(),
        store.sign_ins(&ada).err(),
        store.drafts(&ada).err(),
        store.audit_head(&ada).err(),
        store.as_owner(&ada).err(),
        store
            .change_password(&ada, PASSWORD, "nine loud crows sit")
            .err(),
        store.begin_second_factor(&ada).err(),
    ];
    for (index, refusal) in refusals.into_iter().enumerate() {
        assert!(
            matches!(refusal, Some(StoreError::TermsNotAccepted)),
            "{index}: {refusal:?}"
        );
    }
    assert_eq!(rows(&installation), before);
    installation
        .store
        .accept_terms(&ada, terms::VERSION)
        .unwrap();
    store.create_patient(&ada, &patient("1", "Bo")).unwrap();
    // An older version does not count.
    let sql = "UPDATE terms_acceptance SET version = '0'";
    installation.raw().execute_batch(sql).unwrap();
    let refused = store.patient(&ada, id).unwrap_err();
    assert!(matches!(refused, StoreError::TermsNotAccepted));
    store.sign_out(&ada).unwrap();
}

/// Number of rows of the tables that the refused calls would have changed.
fn rows(installation: &Installation) -> i64 {
    let count = "SELECT (SELECT count(*) FROM patient) + (SELECT count(*) FROM access_token)
                        + (SELECT count(*) FROM audit)";
    installation
        .raw()
        .query_row(count, [], |row| row.get(0))
        .unwrap()
}

#[test]
fn a_token_does_not_accept_the_terms() {
    let installation = installation();
    let ada = installation.enter("St. Mary", ADA);
    let token = installation
        .store
        .make_token(&ada, "nightly", 9, every_scope());
    let script = installation
        .store
        .sign_in_with_token(&token.unwrap())
        .unwrap();
    let sql = "UPDATE terms_acceptance SET version = '0'";
    installation.raw().execute_batch(sql).unwrap();
    let store = &installation.store;
    let refused = store.accept_terms(&script.access, terms::VERSION);
    assert!(matches!(refused, Err(StoreError::NotWithAToken)));
    let refused = store.tokens(&script.access).unwrap_err();
    assert!(matches!(refused, StoreError::TermsNotAccepted));
}

#[test]
fn accepted_terms_count_from_the_next_sign_in_on() {
    let installation = installation_before_terms();
    installation
        .store
        .register(&registration("St. Mary", ADA))
        .unwrap();
    let entered = installation.store.sign_in(ADA, PASSWORD).unwrap();
    assert!(!entered.terms_accepted);
    installation
        .store
        .accept_terms(&entered.access, terms::VERSION)
        .unwrap();
    assert!(
        installation
            .store
            .sign_in(ADA, PASSWORD)
            .unwrap()
            .terms_accepted
    );
}

#[test]
fn an_older_version_does_not_count_but_stays_in_the_history() {
    let installation = installation_before_terms();
    let access = enter(&installation, ADA);
    installation.store.accept_terms(&access, "0").unwrap();
    assert!(
        !installation
            .store
            .sign_in(ADA, PASSWORD)
            .unwrap()
            .terms_accepted
    );
    installation
        .store
        .accept_terms(&access, terms::VERSION)
        .unwrap();
    installation
        .store
        .accept_terms(&access, terms::VERSION)
        .unwrap();
    let history: Vec<(String, i64)> = installation
        .raw()
        .prepare("SELECT version, accepted_at FROM terms_acceptance ORDER BY accepted_at")
        .unwrap()
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap()
        .collect::<Result<_, _>>()
        .unwrap();
    let versions: Vec<&str> = history
        .iter()
        .map(|(version, _)| version.as_str())
        .collect();
    assert_eq!(versions, ["0", terms::VERSION]);
    assert!(history[0].1 < history[1].1);
}

#[test]
fn one_account_does_not_accept_for_another() {
    let installation = installation_before_terms();
    let ada = enter(&installation, ADA);
    installation
        .store
        .accept_terms(&ada, terms::VERSION)
        .unwrap();
    installation.enter("St. Mary", "bo@example.org");
    assert!(
        !installation
            .store
            .sign_in("bo@example.org", PASSWORD)
            .unwrap()
            .terms_accepted
    );
}

#[test]
fn a_version_without_text_is_refused() {
    let installation = installation_before_terms();
    let ada = enter(&installation, ADA);
    for version in ["", "a\0b", &"9".repeat(65)] {
        assert!(matches!(
            installation.store.accept_terms(&ada, version),
            Err(StoreError::InvalidTermsVersion)
        ));
    }
}
