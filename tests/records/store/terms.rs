use lunny::clinical::terms;
use lunny::store::StoreError;

use crate::support::*;

const ADA: &str = "ada@example.org";

#[test]
fn accepted_terms_count_from_the_next_sign_in_on() {
    let house = house();
    house
        .store
        .register(&registration("St. Mary", ADA))
        .unwrap();
    let entered = house.store.sign_in(ADA, PASSWORD).unwrap();
    assert!(!entered.terms_accepted);
    house
        .store
        .accept_terms(&entered.access, terms::VERSION)
        .unwrap();
    assert!(house.store.sign_in(ADA, PASSWORD).unwrap().terms_accepted);
}

#[test]
fn an_older_version_does_not_count_but_stays_in_the_history() {
    let house = house();
    let access = house.enter("St. Mary", ADA);
    house.store.accept_terms(&access, "0").unwrap();
    assert!(!house.store.sign_in(ADA, PASSWORD).unwrap().terms_accepted);
    house.store.accept_terms(&access, terms::VERSION).unwrap();
    house.store.accept_terms(&access, terms::VERSION).unwrap();
    let history: Vec<(String, i64)> = house
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
    let house = house();
    let ada = house.enter("St. Mary", ADA);
    house.enter("St. Mary", "bo@example.org");
    house.store.accept_terms(&ada, terms::VERSION).unwrap();
    assert!(
        !house
            .store
            .sign_in("bo@example.org", PASSWORD)
            .unwrap()
            .terms_accepted
    );
}

#[test]
fn a_version_without_text_is_refused() {
    let house = house();
    let ada = house.enter("St. Mary", ADA);
    for version in ["", "a\0b", &"9".repeat(65)] {
        assert!(matches!(
            house.store.accept_terms(&ada, version),
            Err(StoreError::InvalidTermsVersion)
        ));
    }
}
