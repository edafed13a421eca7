//! Likely duplicates: the reasons for which two records may be of one person, and the keys that such records share.
//!
//! The points and the threshold are a convention of LUNNY. They only order a list that a person decides on.

use std::collections::BTreeSet;

use jiff::civil::Date;

use super::identity::{NameMatch, NameWords};
use super::patient::{Field, Patient, Sex};
use super::text::fold;

/// Points from which two records are listed.
const THRESHOLD: i32 = 60;
/// Digits of a phone number that count, from its end: those before are the trunk prefix and the country code.
const PHONE_DIGITS: usize = 8;
/// Fewest digits of a phone number that is compared.
const LEAST_PHONE_DIGITS: usize = 6;

/// Fact that speaks for or against one person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reason {
    SameNumber,
    SameName,
    SimilarName,
    PartOfName,
    OtherName,
    SameBirthDate,
    OtherBirthDate,
    SamePhone,
    OtherGender,
}

impl Reason {
    /// The reason, as a part of a sentence.
    pub fn label(self) -> &'static str {
        match self {
            Self::SameNumber => "same number in another spelling",
            Self::SameName => "same name",
            Self::SimilarName => "name differs by one letter",
            Self::PartOfName => "one name is a part of the other",
            Self::OtherName => "another name",
            Self::SameBirthDate => "same date of birth",
            Self::OtherBirthDate => "another date of birth",
            Self::SamePhone => "same phone",
            Self::OtherGender => "another gender",
        }
    }

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::SameNumber => "same-number",
            Self::SameName => "same-name",
            Self::SimilarName => "similar-name",
            Self::PartOfName => "part-of-name",
            Self::OtherName => "other-name",
            Self::SameBirthDate => "same-birth-date",
            Self::OtherBirthDate => "other-birth-date",
            Self::SamePhone => "same-phone",
            Self::OtherGender => "other-gender",
        }
    }

    fn points(self) -> i32 {
        match self {
            Self::SameNumber => 50,
            Self::SameName => 40,
            Self::SimilarName => 30,
            Self::PartOfName => 25,
            Self::OtherName => -20,
            Self::SameBirthDate => 35,
            Self::OtherBirthDate => -60,
            Self::SamePhone => 30,
            Self::OtherGender => -15,
        }
    }
}

/// Likeness of two records.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Likeness {
    /// From 60, listed, to 100.
    pub score: u8,
    /// In the order of [`Reason`].
    pub reasons: Vec<Reason>,
}

/// The values of a record that are compared, ready to be compared with many.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Traits {
    name: NameWords,
    number: Option<String>,
    phone: Option<String>,
    born: Option<Date>,
    sex: Option<Sex>,
}

/// Compares two records; none if they are not likely to be of one person.
pub fn compare(one: &Patient, other: &Patient) -> Option<Likeness> {
    Traits::of(one).likeness(&Traits::of(other))
}

impl Traits {
    /// The values of a record.
    pub fn of(patient: &Patient) -> Self {
        Self {
            name: NameWords::of(&patient.full_name),
            number: number(patient),
            phone: phone(patient),
            born: patient.date_of_birth,
            sex: patient.sex,
        }
    }

    /// As [`compare`].
    pub fn likeness(&self, other: &Self) -> Option<Likeness> {
        fn same<T: PartialEq>(one: &Option<T>, other: &Option<T>) -> Option<bool> {
            one.as_ref()
                .zip(other.as_ref())
                .map(|(one, other)| one == other)
        }
        let stated = |same: Option<bool>, alike: Option<Reason>, apart: Option<Reason>| {
            same.and_then(|same| if same { alike } else { apart })
        };
        let number = stated(
            same(&self.number, &other.number),
            Some(Reason::SameNumber),
            None,
        );
        let (alike, apart) = (Reason::SameBirthDate, Reason::OtherBirthDate);
        let born = stated(same(&self.born, &other.born), Some(alike), Some(apart));
        let phone = stated(
            same(&self.phone, &other.phone),
            Some(Reason::SamePhone),
            None,
        );
        let sex = stated(same(&self.sex, &other.sex), None, Some(Reason::OtherGender));
        let points = |reasons: &[Option<Reason>]| -> i32 {
            reasons.iter().flatten().map(|reason| reason.points()).sum()
        };
        let needed = THRESHOLD - points(&[number, born, phone, sex]);
        let name = self.name_reason(&other.name, needed)?;
        let reasons = [number, Some(name), born, phone, sex];
        Some(Likeness {
            score: points(&reasons).clamp(0, 100) as u8,
            reasons: reasons.into_iter().flatten().collect(),
        })
    }

    /// Result of comparing the names; none if it does not give the points that are `needed`.
    fn name_reason(&self, other: &NameWords, needed: i32) -> Option<Reason> {
        // No result would be enough.
        if Reason::SameName.points() < needed {
            return None;
        }
        let reason = match self.name.compare(other) {
            NameMatch::Same => Reason::SameName,
            _ if self.name.is_one_slip(other) => Reason::SimilarName,
            NameMatch::Unclear => Reason::PartOfName,
            NameMatch::Different => Reason::OtherName,
        };
        (reason.points() >= needed).then_some(reason)
    }

    /// The keys of the record. Two records that are found alike have one in common: the birth date with a word of the name, the
    /// number, or the phone number.
    pub fn keys(&self) -> BTreeSet<u64> {
        let mut keys = BTreeSet::new();
        if let Some(born) = self.born {
            for words in self.name.spellings() {
                // Scripts without spaces may separate the words of a name or not.
                let whole = words.concat();
                for word in words.iter().chain([&whole]) {
                    keys.insert(hash(&format!("born {born} {word}")));
                }
                // Of two words one is without the slip; a single word shares a spelling with one letter less.
                if let [word] = &words[..] {
                    keys.extend(shorter(word).map(|word| hash(&format!("slip {born} {word}"))));
                    keys.insert(hash(&format!("slip {born} {word}")));
                }
            }
        }
        keys.extend((self.number.iter()).map(|number| hash(&format!("number {number}"))));
        keys.extend((self.phone.iter()).map(|phone| hash(&format!("phone {phone}"))));
        keys
    }
}

/// A patient number without case, signs and leading zeros: `P-0012` and `p 12` are one.
fn number(patient: &Patient) -> Option<String> {
    let mut plain = String::new();
    let mut is_in_digits = false;
    for letter in fold(&patient.number)
        .chars()
        .filter(|c| c.is_alphanumeric())
    {
        let is_leading_zero = letter == '0' && !is_in_digits;
        is_in_digits = letter.is_ascii_digit() && !is_leading_zero;
        if !is_leading_zero {
            plain.push(letter);
        }
    }
    (!plain.is_empty()).then_some(plain)
}

/// The last digits of the phone number.
fn phone(patient: &Patient) -> Option<String> {
    let digits: Vec<char> = (patient.details.get(Field::Phone).chars())
        .filter(char::is_ascii_digit)
        .collect();
    let counted = digits.len().min(PHONE_DIGITS);
    (counted >= LEAST_PHONE_DIGITS).then(|| digits[digits.len() - counted..].iter().collect())
}

/// The word without each of its letters in turn.
fn shorter(word: &str) -> impl Iterator<Item = String> {
    word.char_indices().map(|(place, letter)| {
        let (before, rest) = word.split_at(place);
        format!("{before}{}", &rest[letter.len_utf8()..])
    })
}

/// FNV-1a, 64 bits: stored, so it never changes. Two texts with one hash are compared in full.
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3)
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;
    use crate::clinical::patient::{PatientDraft, Sex};

    const BORN: &str = "1961-03-05";

    fn patient(number: &str, name: &str, born: &str, phone: &str) -> Patient {
        let mut draft = PatientDraft::default();
        draft.set(Field::Number, number);
        draft.set(Field::FullName, name);
        draft.set(Field::DateOfBirth, born);
        draft.set(Field::Phone, phone);
        draft.validate(Date::constant(2026, 3, 2)).unwrap()
    }

    /// Score and reasons; checks that alike records share a key.
    fn alike(one: &Patient, other: &Patient) -> Option<(u8, Vec<Reason>)> {
        let found = compare(one, other);
        assert_eq!(found, compare(other, one));
        if found.is_some() {
            let [one_keys, other_keys] = [one, other].map(|patient| Traits::of(patient).keys());
            let shared = one_keys.intersection(&other_keys).count();
            assert!(shared > 0, "{} and {}", one.full_name, other.full_name);
        }
        found.map(|likeness| (likeness.score, likeness.reasons))
    }

    fn named(name: &str) -> Patient {
        patient("1", name, BORN, "")
    }

    #[test]
    fn the_same_birth_date_with_the_same_or_a_similar_name_is_likely() {
        let one = named("Jan Kowalski");
        for other in ["Kowalski, Jan", "KOWALSKI JAN", "Jan Adam Kowalski"] {
            let other = patient("2", other, BORN, "");
            let (score, reasons) = alike(&one, &other).unwrap();
            assert_eq!(reasons, [Reason::SameName, Reason::SameBirthDate]);
            assert_eq!(score, 75);
        }
        for (one, other) in [
            ("Ana Kowalski", "Anna Kowalski"),
            ("Jan Kowalski", "Jan Kowalsky"),
            ("Jan Kowalski", "Kowalki Jan"),
            ("Hans Mueller", "Hans Muller"),
            ("Hans Müller", "Hans Meuller"),
            ("Sukarno", "Sukarnp"),
            ("Sukarno", "Sukarn"),
            ("Sukarno", "Suakrno"),
        ] {
            let found = alike(&named(one), &patient("2", other, BORN, ""));
            let (_, reasons) = found.unwrap_or_else(|| panic!("{one}, {other}"));
            assert!(
                reasons[0] <= Reason::SimilarName,
                "{one}, {other}: {reasons:?}"
            );
        }
        assert!(alike(&one, &patient("2", "Kowalski", BORN, "")).is_some());
        assert!(alike(&named("王小明"), &patient("2", "王 小明", BORN, "")).is_some());
    }

    #[test]
    fn other_people_are_not_listed() {
        let one = named("Jan Kowalski");
        for other in [
            patient("2", "Jan Kowalski", "1961-03-06", ""),
            patient("2", "Jan Kowalski", "", ""),
            patient("2", "Anna Nowak", BORN, ""),
            patient("2", "Jana Kowalska", BORN, ""),
            patient("2", "Li Wu", BORN, ""),
        ] {
            assert_eq!(alike(&one, &other), None, "{other:?}");
        }
        assert_eq!(
            alike(&named("Li Wu"), &patient("2", "Lu Wu", BORN, "")),
            None,
            "a letter of a short word is another name"
        );
        let twin = Patient {
            sex: Some(Sex::Female),
            ..patient("2", "Jana Kowalski", BORN, "")
        };
        let him = Patient {
            sex: Some(Sex::Male),
            ..one
        };
        assert_eq!(alike(&him, &twin), None);
    }

    #[test]
    fn the_same_number_in_another_spelling_and_the_same_phone_count() {
        let one = patient("P-0012", "Jan Kowalski", "", "+44 20 7946 0018");
        let (score, reasons) = alike(&one, &patient("p12", "Kowalski Jan", "", "")).unwrap();
        assert_eq!(reasons, [Reason::SameNumber, Reason::SameName]);
        assert_eq!(score, 90);
        assert_eq!(
            alike(&one, &patient("P-0120", "Jan Kowalski", "", "")),
            None
        );
        let (_, reasons) = alike(&one, &patient("7", "Jan Kowalsky", "", "020 7946 0018")).unwrap();
        assert_eq!(reasons, [Reason::SimilarName, Reason::SamePhone]);
        let wife = patient("8", "Anna Kowalski", "1963-01-01", "020 7946 0018");
        assert_eq!(alike(&one, &wife), None, "a family shares its phone");
        let married = patient("P12", "Jan Nowak", BORN, "");
        let born = patient("P-0012", "Jan Kowalski", BORN, "");
        assert!(alike(&born, &married).is_some());
    }

    proptest::proptest! {
        #[test]
        fn one_letter_less_or_more_still_shares_a_key(
            words in proptest::collection::vec("[a-z]{5,9}", 1..4),
            at in 0_usize..5,
            is_added in proptest::bool::ANY,
        ) {
            let mut other = words.clone();
            match is_added {
                true => other[0].insert(at, 'x'),
                false => _ = other[0].remove(at),
            }
            let one = named(&words.join(" "));
            let other = patient("2", &other.join(" "), BORN, "");
            proptest::prop_assert!(alike(&one, &other).is_some());
        }
    }
}
