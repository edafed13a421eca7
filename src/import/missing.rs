//! Words that mean "not known": `NULL`, `N/A`, `nan`, `\N`.

use super::mapping::Target;
use crate::clinical::patient::{Field, Kind};
use crate::clinical::text::fold;

/// Written by databases and programs, not by people who state something.
const BY_PROGRAMS: [&str; 18] = [
    "null",
    "(null)",
    "<null>",
    "\\n",
    "n/a",
    "#n/a",
    "#n/v",
    "#nv",
    "<na>",
    "nan",
    "na",
    "n.a.",
    "undefined",
    "nil",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "00.00.0000",
    "00/00/0000",
];

/// Marks that mean "nothing".
const MARKS: [&str; 10] = ["-", "--", "---", "?", "??", "???", ".", "_", "*", "/"];

/// Written by people for unknown values.
const BY_PEOPLE: [&str; 26] = [
    "unknown",
    "unk",
    "not known",
    "not stated",
    "not available",
    "not applicable",
    "not specified",
    "not recorded",
    "missing",
    "none",
    "no data",
    "unbekannt",
    "unbek.",
    "keine angabe",
    "k.a.",
    "k. a.",
    "nicht bekannt",
    "inconnu",
    "inconnue",
    "non renseigne",
    "nr",
    "desconocido",
    "desconocida",
    "no consta",
    "sin datos",
    "empty",
];

/// True if a cell means that nothing is known in its column: `none` among allergies is a statement, and Null, Nan and Na are
/// names.
pub(super) fn is_missing(target: Target, cell: &str) -> bool {
    let cell = cell.trim();
    if cell.is_empty() || cell.chars().count() > 20 {
        return false;
    }
    let folded = fold(cell);
    let word = folded.as_str();
    let is_mark = MARKS.contains(&word);
    let is_by_program = BY_PROGRAMS.contains(&word) || is_fault_of_a_spreadsheet(word);
    if target.part_of_name().is_some() {
        // As programs write them: a person called Null is not written in capitals only.
        let is_exact = matches!(cell, "NULL" | "nan" | "NaN" | "None" | "NA");
        return is_mark
            || is_exact
            || (is_by_program && !matches!(word, "null" | "nan" | "na" | "nil"));
    }
    match target {
        Target::Field(field) => match field.kind() {
            Kind::Paragraphs(_) | Kind::FollowUps => is_by_program && word != "nil" || is_mark,
            _ => {
                is_by_program
                    || is_mark
                    || BY_PEOPLE.contains(&word)
                    || is_empty_date(field, word)
                    || is_no_phone(field, word)
            }
        },
        _ => is_by_program || is_mark || BY_PEOPLE.contains(&word),
    }
}

/// True for the text that a spreadsheet makes of an empty date, and the first day of 1900, which programs store for an unknown one.
fn is_empty_date(field: Field, word: &str) -> bool {
    let is_date = matches!(field.kind(), Kind::Date(_));
    let day = word.strip_suffix(" 00:00:00").unwrap_or(word);
    is_date
        && matches!(
            day,
            "0" | "0.0"
                | "00.01.1900"
                | "0.1.1900"
                | "1/0/1900"
                | "01/00/1900"
                | "1900-01-00"
                | "1900-01-01"
                | "19000101"
                | "01.01.1900"
                | "1.1.1900"
                | "01/01/1900"
                | "1/1/1900"
                | "01-01-1900"
        )
}

/// True for what a spreadsheet shows in place of a value that it cannot compute, in any language: `#DIV/0!`, `#WERT!`, `#NOM?`,
/// `#¡REF!`.
fn is_fault_of_a_spreadsheet(word: &str) -> bool {
    let inside = word
        .strip_prefix('#')
        .and_then(|rest| rest.strip_suffix(['!', '?']));
    inside.is_some_and(|inside| {
        !inside.is_empty()
            && inside
                .chars()
                .all(|c| c.is_alphabetic() || matches!(c, '/' | '0' | '¡' | '¿'))
    })
}

/// True for zeros in place of a telephone number.
fn is_no_phone(field: Field, word: &str) -> bool {
    matches!(field.kind(), Kind::Phone) && matches!(word, "0" | "00" | "000" | "0000" | "0.0")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_programs_mean_missing_in_any_column() {
        let fields = [
            Field::Number,
            Field::FullName,
            Field::DateOfBirth,
            Field::Phone,
            Field::Notes,
        ]
        .map(Target::Field);
        for target in fields {
            for word in [
                "NULL", "N/A", "n/a", "NA", "#N/A", "nan", "\\N", "-", "?", " NULL ",
            ] {
                assert!(is_missing(target, word), "{word} in {}", target.label());
            }
            assert!(!is_missing(target, "Ana"));
            assert!(!is_missing(target, ""));
        }
    }

    #[test]
    fn a_statement_and_a_name_stay() {
        for field in [Field::Allergies, Field::FamilyHistory, Field::Notes] {
            for word in ["none", "unknown", "nil"] {
                assert!(!is_missing(Target::Field(field), word), "{word}");
            }
        }
        for name in ["Null", "Nan", "Na", "None Such"] {
            assert!(!is_missing(Target::FamilyName, name), "{name}");
        }
        assert!(is_missing(Target::GivenName, "NULL"));
        assert!(is_missing(Target::Field(Field::Phone), "none"));
        assert!(is_missing(Target::Field(Field::Phone), "0"));
        assert!(is_missing(Target::Field(Field::DateOfBirth), "unbekannt"));
        assert!(is_missing(Target::Field(Field::DateOfBirth), "0"));
        assert!(!is_missing(Target::Field(Field::PackYears), "0"));
    }

    #[test]
    fn what_a_spreadsheet_shows_for_a_fault_is_no_value() {
        for field in [Field::Number, Field::Notes, Field::Phone] {
            for word in ["#DIV/0!", "#WERT!", "#NOM?", "#¡REF!", "#NUM!", "#NULL!"] {
                assert!(is_missing(Target::Field(field), word), "{word}");
            }
            for word in ["#1", "#12!", "#", "#!", "#left lung"] {
                assert!(!is_missing(Target::Field(field), word), "{word}");
            }
        }
    }

    #[test]
    fn the_first_day_of_1900_stands_for_an_unknown_date() {
        for day in ["1900-01-01", "01.01.1900 00:00:00", "1/1/1900"] {
            assert!(is_missing(Target::Field(Field::DateOfBirth), day), "{day}");
            assert!(!is_missing(Target::Field(Field::Notes), day), "{day}");
        }
        assert!(!is_missing(Target::Field(Field::DateOfBirth), "1900-01-02"));
    }
}
