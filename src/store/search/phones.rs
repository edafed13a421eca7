//! Telephone numbers, compared by their digits from the right, so that neither spaces nor the prefix of the country matter.
//!
//! `+49 (0)30 1234567`, `0049301234567` and `030 1234567` have the same last digits; the longer number ends with the shorter one.

use super::stored::Entry;
use crate::clinical::patient::{Field, Kind};

/// Number of last digits under which a number is listed in the index. Fewer digits are no telephone number here.
const ENDING: usize = 6;
/// Maximum number of digits of a number (ITU-T E.164).
const MAX_DIGITS: usize = 15;

/// The digits of a number without the zeros before it and without a `(0)` after the country's prefix; none if there are too few
/// or too many of them.
pub(super) fn significant(text: &str) -> Option<String> {
    let digits = text.replace("(0)", "");
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let digits = digits.trim_start_matches('0');
    let is_number = (ENDING..=MAX_DIGITS).contains(&digits.len());
    is_number.then(|| digits.to_owned())
}

/// The last digits of [`significant`] ones.
pub(super) fn ending(digits: &str) -> &str {
    let start = digits.len().saturating_sub(ENDING);
    digits.get(start..).unwrap_or(digits)
}

/// True if a word can be a part of a telephone number.
pub(super) fn is_part(word: &str) -> bool {
    let is_sign = |c| matches!(c, '+' | '-' | '(' | ')' | '/' | '.');
    !word.is_empty() && word.chars().all(|c| c.is_ascii_digit() || is_sign(c))
}

/// True if a record states the number with these [`significant`] digits.
pub(super) fn has(entry: &Entry, digits: &str) -> bool {
    stated(entry).any(|stated| stated.ends_with(digits) || digits.ends_with(&stated))
}

/// The last digits of the numbers of a record.
pub(super) fn endings(entry: &Entry) -> impl Iterator<Item = String> {
    stated(entry).map(|digits| ending(&digits).to_owned())
}

/// The significant digits of every number of a record. A field with several numbers separates them by commas or semicolons.
fn stated(entry: &Entry) -> impl Iterator<Item = String> {
    let is_phone = |field: &Field| {
        matches!(field.kind(), Kind::Phone) || matches!(field, Field::EmergencyContact)
    };
    let values = Field::entered()
        .filter(is_phone)
        .map(|field| entry.value(field));
    values.flat_map(|value| value.split([',', ';']).filter_map(significant))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_spelling_of_a_number_has_the_same_last_digits() {
        for typed in [
            "+49 30 1234567",
            "+49 (0)30 1234567",
            "0049-30-1234567",
            "030/1234567",
            "030 123 45 67",
            "(030) 1234567",
        ] {
            let digits = significant(typed).unwrap();
            assert!(digits.ends_with("301234567"), "{typed}: {digits}");
            assert_eq!(ending(&digits), "234567");
            assert!(typed.split(' ').all(is_part), "{typed}");
        }
    }

    #[test]
    fn short_and_endless_digits_are_no_number() {
        assert_eq!(significant("12345"), None);
        assert_eq!(significant("000012"), None);
        assert_eq!(significant(&"9".repeat(16)), None);
        assert!(!is_part("P-12") && !is_part(""));
    }
}
