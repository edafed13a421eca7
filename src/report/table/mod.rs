//! Many records as one table: one row per patient, one column per field. [`csv`] and [`json`] write it row by row, so that a
//! table of any length needs the memory of one row.

pub mod csv;
mod dialect;
pub mod json;

pub use self::dialect::Dialect;

use std::borrow::Cow;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

use super::deidentified::{self, Age, Pseudonyms};
use crate::clinical::assessment::Classification;
use crate::clinical::patient::{Field, Patient};

/// One patient, with facts besides the entered fields.
#[derive(Debug, Clone, PartialEq)]
pub struct Row {
    pub patient: Patient,
    /// Number of stored exams.
    pub exams: usize,
    /// Time of the newest exam: its scan, or else its saving.
    pub last_exam: Option<Timestamp>,
    pub last_result: Option<Classification>,
    /// Malignancy probability of the newest exam, in [0, 1]; none if out of distribution.
    pub last_probability: Option<f64>,
    /// The lesions that the model proposes on the newest exam, as [`Proposed::cell`](super::lesions::Proposed::cell)
    /// writes them.
    pub last_lesions: String,
}

/// A column of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Column {
    Entered(Field),
    /// In place of the date of birth in a de-identified table.
    Age,
    Exams,
    LastExam,
    LastResult,
    LastProbability,
    LastLesions,
}

/// The columns of a table, and the contents of their cells.
pub struct Layout<'a> {
    columns: Vec<Column>,
    /// For a de-identified table, with the day at which ages are stated.
    pseudonyms: Option<(&'a Pseudonyms, Date)>,
}

impl Column {
    /// The heading: the field's key, which an import recognises.
    pub fn key(self) -> &'static str {
        match self {
            Self::Entered(field) => field.key(),
            Self::Age => "age",
            Self::Exams => "exams",
            Self::LastExam => "last_exam",
            Self::LastResult => "last_result",
            Self::LastProbability => "last_probability",
            Self::LastLesions => "last_lesions",
        }
    }
}

impl<'a> Layout<'a> {
    /// All entered fields, the number of exams, and the result of the newest.
    pub fn whole() -> Self {
        let entered = Field::entered().map(Column::Entered);
        let beside = [
            Column::Exams,
            Column::LastExam,
            Column::LastResult,
            Column::LastProbability,
            Column::LastLesions,
        ];
        Self {
            columns: entered.chain(beside).collect(),
            pseudonyms: None,
        }
    }

    /// Columns that do not identify the patient: a pseudonym in place of the number, the age on `today` in place of the birth.
    pub fn deidentified(pseudonyms: &'a Pseudonyms, today: Date) -> Self {
        let entered = Field::entered().filter_map(|field| match field {
            Field::Number => Some(Column::Entered(field)),
            Field::DateOfBirth => Some(Column::Age),
            field => deidentified::may_contain(field).then_some(Column::Entered(field)),
        });
        let beside = [
            Column::Exams,
            Column::LastResult,
            Column::LastProbability,
            Column::LastLesions,
        ];
        Self {
            columns: entered.chain(beside).collect(),
            pseudonyms: Some((pseudonyms, today)),
        }
    }

    /// Columns from left to right.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The cells of a row, in the order of the columns; empty if not stated.
    fn cells<'row>(&self, row: &'row Row) -> Vec<(Column, Cow<'row, str>)> {
        let cell = |column: &Column| {
            let text = match (column, self.pseudonyms) {
                (Column::Entered(Field::Number), Some((pseudonyms, _))) => {
                    pseudonyms.patient(&row.patient.number).into()
                }
                (Column::Entered(field), _) => row.patient.value(*field),
                (Column::Age, pseudonyms) => {
                    let born = row.patient.date_of_birth;
                    let age = born
                        .zip(pseudonyms)
                        .and_then(|(born, (_, today))| Age::of(born, today));
                    age.map_or(String::new(), |age| age.to_string()).into()
                }
                (Column::Exams, _) => row.exams.to_string().into(),
                (Column::LastExam, _) => match row.last_exam {
                    Some(at) => at.to_zoned(TimeZone::UTC).date().to_string().into(),
                    None => "".into(),
                },
                (Column::LastResult, _) => {
                    row.last_result.map_or("", Classification::as_str).into()
                }
                (Column::LastProbability, _) => match row.last_probability {
                    Some(probability) => format!("{probability:.4}").into(),
                    None => "".into(),
                },
                (Column::LastLesions, _) => row.last_lesions.as_str().into(),
            };
            (*column, text)
        };
        self.columns.iter().map(cell).collect()
    }
}

/// A cell as written to a CSV file: one that spreadsheets would take for a formula gets an apostrophe before it, and so does one
/// that already has such an apostrophe, so that [`unguarded`] restores every cell. A telephone number with a plus sign is no
/// formula, and other programs need it as it is.
///
/// Writing CSV files here and reading them for an import both use these two functions.
pub fn guarded(cell: &str) -> Cow<'_, str> {
    match begins_like_a_formula(cell) && !is_phone(cell) {
        true => format!("'{cell}").into(),
        false => cell.into(),
    }
}

/// The original of a cell written by [`guarded`]; any other cell unchanged.
pub fn unguarded(cell: &str) -> &str {
    match cell.strip_prefix('\'') {
        Some(rest) if begins_like_a_formula(rest) => rest,
        _ => cell,
    }
}

/// True for a telephone number with a plus sign: digits in groups.
fn is_phone(cell: &str) -> bool {
    let number = cell.strip_prefix('+').unwrap_or_default();
    let digits = number.bytes().filter(u8::is_ascii_digit).count();
    let is_part = |c: char| c.is_ascii_digit() || matches!(c, ' ' | '-' | '.' | '/' | '(' | ')');
    digits > 3 && number.starts_with(|c: char| c.is_ascii_digit()) && number.chars().all(is_part)
}

/// True if the cell begins, after any apostrophes, with a character that makes it a formula.
fn begins_like_a_formula(cell: &str) -> bool {
    let formula = ['=', '+', '-', '@', '\t', '\r'];
    cell.trim_start_matches('\'').starts_with(formula)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn cells_that_a_spreadsheet_would_calculate_are_guarded() {
        for formula in [
            "=1+1",
            "+44 20 7946 0018;1",
            "+1",
            "-2",
            "@SUM(A1)",
            "\tx",
            "'=1",
            "''+2",
        ] {
            assert_eq!(guarded(formula), format!("'{formula}"));
            assert_eq!(unguarded(&guarded(formula)), formula);
        }
        for plain in [
            "",
            "+44 20 7946 0018",
            "'t Hooft",
            "O'Brien",
            "1=1",
            " =1",
            "'",
        ] {
            assert_eq!(guarded(plain), plain);
            assert_eq!(unguarded(plain), plain);
        }
    }

    proptest! {
        #[test]
        fn every_cell_is_restored(cell in "['=+@a-]{0,6}|.{0,12}") {
            let guarded = guarded(&cell);
            prop_assert!(!guarded.starts_with(['=', '+', '-', '@', '\t']) || is_phone(&guarded));
            prop_assert_eq!(unguarded(&guarded), cell.as_str());
        }
    }

    #[test]
    fn a_de_identified_table_has_no_identifying_column() {
        let pseudonyms = Pseudonyms::with_key([7; 64]);
        let layout = Layout::deidentified(&pseudonyms, Date::constant(2026, 3, 2));
        for column in layout.columns() {
            if let Column::Entered(field) = *column {
                let told = field == Field::Number || deidentified::may_contain(field);
                assert!(told, "{}", field.key());
            }
        }
        assert!(!layout.columns().contains(&Column::LastExam));
        let whole = Layout::whole();
        let entered = Field::entered().map(Column::Entered);
        assert!(
            entered
                .into_iter()
                .all(|column| whole.columns().contains(&column))
        );
    }
}
