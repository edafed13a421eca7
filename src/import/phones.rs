//! Telephone numbers as lists write them: with a label before each (`Mobil: 0171 …`), a place behind it (`… (home)`), or several
//! joined by a word.

use jiff::civil::Date;

use crate::clinical::patient::Field;

/// Words between two numbers.
const JOINERS: [&str; 12] = [
    " or ", " oder ", " ou ", " o ", " and ", " und ", " et ", " y ", " e ", "|", "&", "\n",
];
/// Most letters of a label.
const LABEL: usize = 14;

/// The numbers alone, separated by commas; none if the text is a telephone number already, or still is none without its labels.
pub(super) fn without_labels(text: &str, today: Date) -> Option<String> {
    let is_phone = |text: &str| Field::Phone.check(text, today).is_ok();
    if is_phone(text) {
        return None;
    }
    let mut joined = text.to_lowercase();
    if joined.len() != text.len() {
        return None;
    }
    for joiner in JOINERS {
        joined = joined.replace(joiner, ",");
    }
    let numbers: Vec<&str> = joined
        .split([',', ';'])
        .map(|number| place_behind(label_before(number.trim())).trim())
        .filter(|number| !number.is_empty())
        .collect();
    let numbers = numbers.join(", ");
    is_phone(&numbers).then_some(numbers)
}

/// Removes a label before a number. An extension is none.
fn label_before(number: &str) -> &str {
    let begins = number.find(|c: char| c.is_ascii_digit() || matches!(c, '+' | '('));
    let Some((label, rest)) = begins.map(|at| number.split_at(at)) else {
        return number;
    };
    let label = label.trim().trim_end_matches([':', '.', '-']).trim_end();
    let is_label = label.chars().count() <= LABEL
        && label
            .chars()
            .all(|c| c.is_alphabetic() || matches!(c, '.' | ' '))
        && !matches!(label, "x" | "ext" | "extension");
    match is_label {
        true => rest,
        false => number,
    }
}

/// Removes letters in brackets behind a number.
fn place_behind(number: &str) -> &str {
    let inside = number
        .strip_suffix(')')
        .and_then(|rest| rest.rsplit_once('('));
    match inside {
        Some((before, word)) if word.chars().all(char::is_alphabetic) => before,
        _ => number,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 3, 2);

    #[test]
    fn labels_and_words_between_numbers_are_removed() {
        for (cell, numbers) in [
            ("Mobil: 0171 1234567", "0171 1234567"),
            ("Tel. +49 30 1234", "+49 30 1234"),
            ("030/1234567 oder 0171 1234567", "030/1234567, 0171 1234567"),
            (
                "H: 617-555-0100; W: 617-555-0101",
                "617-555-0100, 617-555-0101",
            ),
            ("0171 1234567 (Mobil)", "0171 1234567"),
            ("030 1234\n030 5678", "030 1234, 030 5678"),
        ] {
            assert_eq!(
                without_labels(cell, TODAY).as_deref(),
                Some(numbers),
                "{cell}"
            );
        }
    }

    #[test]
    fn numbers_and_other_texts_stay() {
        for cell in [
            "+49 30 1234",
            "555 0100 x22",
            "call daughter",
            "ext. 123",
            "room 5",
            "daughter 12",
        ] {
            assert_eq!(without_labels(cell, TODAY), None, "{cell}");
        }
    }
}
