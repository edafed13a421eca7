//! Agreement, contradiction, and missing values.

use proptest::prelude::*;

use super::*;

fn identity(name: &str, number: &str, issuer: &str, born: &str, sex: &str) -> Identity {
    Identity {
        name: stated(name),
        number: stated(number),
        issuer: stated(issuer),
        birth_date: born.parse().ok(),
        sex: Sex::parse(sex),
    }
}

fn record() -> Identity {
    identity("Jan Kowalski", "P-1", "St. Mary", "1961-03-05", "male")
}

#[track_caller]
fn assert_contradicts(scan: &Identity, contradictions: &[Contradiction]) {
    let found = compare(scan, &record());
    assert_eq!(found.contradictions, contradictions, "{scan:?}");
    assert!(contradictions.is_empty() || !found.agrees, "{scan:?}");
}

#[test]
fn spellings_of_one_name_are_the_same() {
    for (one, other) in [
        ("KOWALSKI^JAN", "Jan Kowalski"),
        ("Kowalski, Jan", "jan  kowalski"),
        ("Kowalski^Jan^Adam^Dr.^Jr.", "Jan Kowalski"),
        ("Müller^Jörg", "JOERG MUELLER"),
        ("MULLER^JORG", "Jörg Müller"),
        ("Mu\u{308}ller^Jo\u{308}rg", "Joerg Mueller"),
        ("Nguyễn^Thị Ánh", "NGUYEN THI ANH"),
        ("O’Brien^Maria", "Maria OBrien"),
        ("Anna-Maria Weiß", "WEISS^ANNA MARIA"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "山田太郎"),
        ("Yamada^Tarou=山田^太郎=やまだ^たろう", "Tarou Yamada"),
        ("王^小明", "王小明"),
        ("DOE^J.", "J Doe"),
    ] {
        assert_eq!(compare_names(one, other), NameMatch::Same, "{one} {other}");
        assert_eq!(compare_names(other, one), NameMatch::Same, "{other} {one}");
    }
}

#[test]
fn names_of_two_people_differ_and_half_a_name_is_unclear() {
    for (one, other) in [
        ("SMITHSON^JOHNNY", "Jan Kowalski"),
        ("Kowalski^Anna", "Jan Kowalski"),
        ("Kowalski^Jan", "Jan Kowalczyk"),
        ("रमा", "रमी"),
    ] {
        assert_eq!(compare_names(one, other), NameMatch::Different, "{one}");
    }
    for (one, other) in [
        ("KOWALSKI", "Jan Kowalski"),
        ("Kowalski^^^Dr.", "Jan Kowalski"),
        ("", "Jan Kowalski"),
        ("^^^^", "Jan Kowalski"),
        ("=", "Jan Kowalski"),
    ] {
        assert_eq!(compare_names(one, other), NameMatch::Unclear, "{one}");
    }
}

#[test]
fn a_person_name_is_shown_in_readable_form() {
    for (stored, shown) in [
        ("KOWALSKI^JAN^ADAM", "KOWALSKI, JAN ADAM"),
        ("KOWALSKI^^^DR", "KOWALSKI, DR"),
        ("KOWALSKI", "KOWALSKI"),
        ("Jan Kowalski", "Jan Kowalski"),
        ("Yamada^Tarou=山田^太郎", "Yamada, Tarou"),
        ("=山田^太郎", "山田, 太郎"),
        ("^JAN", "JAN"),
        ("", ""),
    ] {
        assert_eq!(shown_name(stored), shown);
    }
}

#[test]
fn the_same_number_or_the_same_name_and_birth_date_agree() {
    for scan in [
        identity("", "p-1", "", "", ""),
        identity("KOWALSKI^JAN", "", "", "1961-03-05", ""),
        identity("Somebody^Else", "P-1", "", "", ""),
        identity("KOWALSKI^JAN", "X-9", "", "1961-03-05", "male"),
    ] {
        let found = compare(&scan, &record());
        assert!(found.agrees && found.contradictions.is_empty(), "{scan:?}");
    }
}

#[test]
fn another_birth_date_or_sex_contradicts_even_if_all_else_agrees() {
    let born = identity("KOWALSKI^JAN", "P-1", "", "1961-05-03", "male");
    assert_contradicts(&born, &[Contradiction::BirthDate]);
    let sex = identity("KOWALSKI^JAN", "P-1", "", "1961-03-05", "female");
    assert_contradicts(&sex, &[Contradiction::Sex]);
    let both = identity("", "", "", "1940-01-01", "female");
    assert_contradicts(&both, &[Contradiction::BirthDate, Contradiction::Sex]);
}

#[test]
fn another_number_contradicts_by_itself_only_under_one_issuer() {
    let number = [Contradiction::Number];
    assert_contradicts(
        &identity("KOWALSKI^JAN", "P-2", "ST. MARY", "", ""),
        &number,
    );
    for issuer in ["", "Another hospital"] {
        let same_name = identity("KOWALSKI^JAN", "P-2", issuer, "", "");
        assert_contradicts(&same_name, &[]);
        assert!(!compare(&same_name, &record()).agrees);
        let other_name = identity("SMITHSON^JOHNNY", "P-2", issuer, "", "");
        assert_contradicts(&other_name, &number);
    }
    // A family name alone is not a different name.
    assert_contradicts(&identity("KOWALSKI", "P-2", "", "", ""), &[]);
}

#[test]
fn missing_values_neither_contradict_nor_agree() {
    let nothing = Identity::default();
    for (scan, record) in [(&nothing, &record()), (&record(), &nothing)] {
        assert_eq!(compare(scan, record), Comparison::default());
    }
    let name = identity("SMITHSON^JOHNNY", "", "", "", "");
    assert_eq!(compare(&name, &record()), Comparison::default());
    assert!(!nothing.is_stated() && name.is_stated());
}

proptest! {
    #[test]
    fn an_identity_never_contradicts_itself_and_no_text_panics(
        name in ".{0,40}", number in ".{0,20}", issuer in ".{0,10}", other in ".{0,40}",
    ) {
        let one = Identity { birth_date: None, ..identity(&name, &number, &issuer, "", "") };
        prop_assert!(compare(&one, &one).contradictions.is_empty());
        let two = Identity { name: stated(&other), ..one.clone() };
        prop_assert_eq!(compare(&one, &two), compare(&two, &one));
        shown_name(&name);
    }
}
