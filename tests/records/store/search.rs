use lunny::clinical::patient::{Field, PatientDraft};
use lunny::store::{Count, PAGE_ROWS, PatientChoice, PatientQuery};
use proptest::prelude::*;

use crate::support::*;

const ADA: &str = "ada@example.org";

#[test]
fn accents_case_and_ligatures_do_not_matter() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for (number, name) in [
        ("1", "Élodie Müller"),
        ("2", "Søren Ørsted"),
        ("3", "Jürgen Strauß"),
        ("4", "Łucja Wójcik"),
        ("5", "Conor O’Brien"),
        ("6", "ΟΔΥΣΣΕΥΣ Ελύτης"),
        ("7", "李小龙"),
    ] {
        save(&installation.store, &access, number, name);
    }
    for (typed, found) in [
        ("elodie", "Élodie Müller"),
        ("ÉLODIE", "Élodie Müller"),
        ("mu", "Élodie Müller"),
        ("e\u{301}lo", "Élodie Müller"),
        ("orsted", "Søren Ørsted"),
        ("SØREN", "Søren Ørsted"),
        ("strauss", "Jürgen Strauß"),
        ("STRAUẞ", "Jürgen Strauß"),
        ("uß", "Jürgen Strauß"),
        ("lucja wojc", "Łucja Wójcik"),
        ("o'brien", "Conor O’Brien"),
        ("οδυσσευς", "ΟΔΥΣΣΕΥΣ Ελύτης"),
        ("小", "李小龙"),
    ] {
        assert_eq!(
            names(&installation.store, &access, typed),
            [found],
            "{typed}"
        );
    }
}

#[test]
fn one_letter_anywhere_in_name_or_number_is_enough() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    save(&installation.store, &access, "P-000042", "Ada Byron");
    save(&installation.store, &access, "X/7", "Grace Hopper");
    assert_eq!(names(&installation.store, &access, "y"), ["Ada Byron"]);
    assert_eq!(names(&installation.store, &access, "42"), ["Ada Byron"]);
    assert_eq!(names(&installation.store, &access, "x/"), ["Grace Hopper"]);
    assert_eq!(names(&installation.store, &access, "z"), [""; 0]);
}

#[test]
fn every_word_must_occur_in_any_order() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    save(&installation.store, &access, "P-1", "Maria Rossi");
    save(&installation.store, &access, "P-2", "Maria Bianchi");
    assert_eq!(
        names(&installation.store, &access, "  rossi   mar "),
        ["Maria Rossi"]
    );
    assert_eq!(
        names(&installation.store, &access, "p-2 maria"),
        ["Maria Bianchi"]
    );
    assert_eq!(
        names(&installation.store, &access, "rossi bianchi"),
        [""; 0]
    );
    assert_eq!(
        find(&installation.store, &access, " \t\u{a0}").total,
        Count::Exactly(2)
    );
}

#[test]
fn characters_that_are_syntax_elsewhere_are_plain_text() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    save(&installation.store, &access, "P-1", "Plain Name");
    save(&installation.store, &access, "P-2", "100%_\\\"'*?[x] 🙂");
    for typed in [
        "%",
        "_",
        "\\",
        "\"",
        "'",
        "*",
        "?",
        "[x]",
        "🙂",
        "100%_\\\"'*?[x]",
    ] {
        assert_eq!(
            names(&installation.store, &access, typed),
            ["100%_\\\"'*?[x] 🙂"],
            "{typed}"
        );
    }
    for typed in ["' OR 1=1 --", "NOT", "NEAR(", "a OR b", "^"] {
        assert_eq!(
            find(&installation.store, &access, typed).total,
            Count::Exactly(0),
            "{typed}"
        );
    }
}

#[test]
fn the_last_changed_patient_comes_first() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let first = save(&installation.store, &access, "P-1", "One");
    save(&installation.store, &access, "P-2", "Two");
    assert_eq!(names(&installation.store, &access, ""), ["Two", "One"]);
    let choice = PatientChoice::Existing(first.patient);
    installation
        .store
        .save_exam(&access, &choice, &exam("f", 0.1))
        .unwrap();
    assert_eq!(names(&installation.store, &access, ""), ["One", "Two"]);
}

#[test]
fn pages_follow_each_other_without_gaps_or_repetition() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    for n in 0..25 {
        save(&installation.store, &access, &format!("P-{n:02}"), "Ada");
    }
    let page = |offset, limit| {
        let text = "ada".into();
        let query = PatientQuery {
            text,
            skip: offset,
            limit,
            ..PatientQuery::default()
        };
        installation.store.search_patients(&access, &query).unwrap()
    };
    let mut numbers = Vec::new();
    for offset in [0, 10, 20, 30] {
        let page = page(offset, 10);
        assert_eq!(page.total, Count::Exactly(25));
        numbers.extend(page.rows.into_iter().map(|row| row.patient.number));
    }
    let expected: Vec<String> = (0..25).rev().map(|n| format!("P-{n:02}")).collect();
    assert_eq!(numbers, expected);
    assert_eq!(page(0, 0).rows, []);
    assert_eq!(page(u32::MAX, u32::MAX).rows, []);
    assert!(page(0, u32::MAX).rows.len() <= PAGE_ROWS as usize);
}

#[test]
fn a_megabyte_of_text_finds_no_patient_and_does_no_harm() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    save(&installation.store, &access, "P-1", "Ada");
    assert_eq!(
        find(&installation.store, &access, &"x".repeat(1_000_000)).total,
        Count::Exactly(0)
    );
    assert_eq!(
        find(&installation.store, &access, &"ada ".repeat(50_000)).total,
        Count::Exactly(1)
    );
}

#[test]
fn no_text_makes_a_search_fail() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    save(
        &installation.store,
        &access,
        "P-1",
        "Élodie O'Brien 100% _ \"x\" 🙂",
    );
    proptest!(ProptestConfig::with_cases(256), |(text in any::<String>(), offset: u32, limit: u32)| {
        let query = PatientQuery { text, skip: offset, limit, ..PatientQuery::default() };
        prop_assert!(installation.store.search_patients(&access, &query).is_ok());
    });
}

#[test]
fn every_part_of_a_name_that_can_be_saved_finds_it() {
    let installation = installation();
    let access = installation.enter("St. Mary", ADA);
    let number = std::cell::Cell::new(0);
    proptest!(ProptestConfig::with_cases(48), |(name in "\\p{L}[\\p{L}\u{301}\u{308} '.-]{0,20}", cut in 0..20_usize)| {
        number.set(number.get() + 1);
        let mut draft = PatientDraft::default();
        draft.set(Field::Number, format!("N{}", number.get()));
        draft.set(Field::FullName, name);
        let patient = draft.validate(jiff::civil::Date::constant(2024, 1, 1)).unwrap();
        let part: String = patient.full_name.chars().take(cut + 1).collect();
        let choice = PatientChoice::New(patient.clone());
        installation.store.save_exam(&access, &choice, &exam("f", 0.1)).unwrap();
        let found = names(&installation.store, &access, &part);
        prop_assert!(found.contains(&patient.full_name), "{:?} in {:?}", part, patient.full_name);
    });
}
