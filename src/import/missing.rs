//! Words that mean "not known": `NULL`, `N/A`, `nan`, `\N`.

use super::mapping::Target;
use crate::clinical::patient::{Field, Kind};
use crate::clinical::text::fold;

/// Written by databases and programs, not by people who state something.
const BY_PROGRAMS: [&str; 22] = [
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
    "#null!",
    "#value!",
    "#ref!",
    "#name?",
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
    let is_by_program = BY_PROGRAMS.contains(&word);
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

/// True for the text that a spreadsheet makes of an empty date.
fn is_empty_date(field: Field, word: &str) -> bool {
    let is_date = matches!(field.kind(), Kind::Date(_));
    is_date
        && matches!(
            word,
            "0" | "0.0" | "00.01.1900" | "0.1.1900" | "1/0/1900" | "01/00/1900" | "1900-01-00"
        )
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
}
