//! Facts about the columns of a file, collected before its first row is imported: empty or not, the order of dates, the meaning
//! of codes.

use super::cell;
use super::dates::{DateOrder, Evidence};
use super::headings::bare;
use super::mapping::{Mapping, Target};
use super::numbers;
use super::source::RawRow;
use crate::clinical::patient::{Field, Kind};
use crate::store::own_number;

/// Facts about a file.
#[derive(Debug, Clone, Default)]
pub(super) struct Facts {
    pub rows: u64,
    /// The highest number of the file in LUNNY's own format.
    pub numbered_to: i64,
    columns: Vec<Column>,
}

/// Facts about a column.
#[derive(Debug, Clone, Default)]
pub(super) struct Column {
    /// True if any of its cells is not blank.
    pub is_filled: bool,
    pub dates: Option<Evidence>,
    /// True if any of its numbers has digits after the point, so that `.0` may be significant.
    pub has_fractions: bool,
    /// True if any of its numbers of patients does not look like a date.
    pub has_other_numbers: bool,
    pub genders: Option<Genders>,
}

/// Codes in a column of genders whose meaning depends on the other codes in it.
#[derive(Debug, Clone, Default)]
pub(super) struct Genders {
    seen: Vec<&'static str>,
    is_spanish: bool,
}

/// The codes that [`Genders`] looks for.
const CODES: [&str; 8] = ["0", "1", "2", "h", "m", "f", "w", "k"];

impl Genders {
    fn of_heading(heading: &str) -> Self {
        let heading = bare(heading);
        Self {
            seen: Vec::new(),
            is_spanish: heading.starts_with("sexo") || heading.starts_with("genero"),
        }
    }

    fn take(&mut self, cell: &str) {
        let code = bare(cell);
        if let Some(code) = CODES.into_iter().find(|known| *known == code)
            && !self.seen.contains(&code)
        {
            self.seen.push(code);
        }
    }

    fn has(&self, code: &str) -> bool {
        self.seen.contains(&code)
    }

    /// True if 0 and 1 are the only codes: then either may mean male.
    pub(super) fn is_binary(&self) -> bool {
        self.has("0") && self.has("1") && !self.has("2")
    }

    /// Meaning of `M`: in Spanish beside `H`, for hombre, it is mujer.
    pub(super) fn letter_m(&self) -> LetterM {
        let is_male = ["f", "w", "k"].into_iter().any(|code| self.has(code));
        match (is_male, self.has("h"), self.is_spanish) {
            (true, _, _) | (false, false, false) => LetterM::Male,
            (false, true, true) => LetterM::Female,
            (false, _, _) => LetterM::Open,
        }
    }
}

/// Meaning of the code `M` in a column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LetterM {
    Male,
    Female,
    Open,
}

impl Facts {
    pub(super) fn begin(mapping: &Mapping, headings: &[String]) -> Self {
        let column = |(target, heading): (&Target, &String)| {
            let kind = match target {
                Target::Field(field) => Some((*field, field.kind())),
                _ => None,
            };
            let is_date = *target == Target::PlannedOn || matches!(kind, Some((_, Kind::Date(_))));
            Column {
                dates: is_date.then(|| Evidence::of_heading(heading)),
                genders: matches!(kind, Some((Field::Gender, _)))
                    .then(|| Genders::of_heading(heading)),
                ..Column::default()
            }
        };
        Self {
            columns: mapping.targets().iter().zip(headings).map(column).collect(),
            ..Self::default()
        }
    }

    /// Adds a row to the facts.
    pub(super) fn take(&mut self, row: &RawRow, mapping: &Mapping) {
        self.rows += 1;
        let columns = self.columns.iter_mut().zip(mapping.targets());
        for ((column, target), raw) in columns.zip(&row.cells) {
            column.is_filled = column.is_filled || !raw.trim().is_empty();
            if let Some(dates) = &mut column.dates {
                dates.take(raw, row.line);
            }
            if let Some(genders) = &mut column.genders {
                genders.take(raw);
            }
            match target {
                Target::Field(Field::Number) => {
                    let text = cell::tidy(raw);
                    column.has_fractions |= numbers::has_a_fraction(&text);
                    column.has_other_numbers |=
                        !text.is_empty() && numbers::made_date(&text).is_none();
                    let own = own_number(&text).unwrap_or_default();
                    self.numbered_to = self.numbered_to.max(own);
                }
                Target::Field(Field::Phone) | Target::Accession => {
                    column.has_fractions |= numbers::has_a_fraction(&cell::tidy(raw));
                }
                _ => {}
            }
        }
    }

    pub(super) fn column(&self, column: usize) -> Option<&Column> {
        self.columns.get(column)
    }
}

impl Column {
    /// The order of dates in the column, if none is stated for the file: its own, or else the `usual` one unless the column has
    /// both.
    pub(super) fn order_or(&self, usual: Option<DateOrder>) -> Option<DateOrder> {
        let is_mixed = self.dates.as_ref().is_some_and(Evidence::is_mixed);
        self.order().or(usual.filter(|_| !is_mixed))
    }

    /// The order of dates that the column shows by itself.
    pub(super) fn order(&self) -> Option<DateOrder> {
        self.dates.as_ref().and_then(Evidence::order)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn m_beside_h_means_female() {
        let letter = |heading: &str, codes: &[&str]| {
            let mut genders = Genders::of_heading(heading);
            codes.iter().for_each(|code| genders.take(code));
            genders.letter_m()
        };
        assert_eq!(letter("Sex", &["M", "F"]), LetterM::Male);
        assert_eq!(letter("Sex", &["M"]), LetterM::Male);
        assert_eq!(letter("Sexe", &["H", "F"]), LetterM::Male);
        assert_eq!(letter("Sexo", &["H", "M"]), LetterM::Female);
        assert_eq!(letter("Sexo", &["M", "F"]), LetterM::Male);
        assert_eq!(letter("Sexo", &["M"]), LetterM::Open);
        assert_eq!(letter("Sex", &["H", "M"]), LetterM::Open);
    }
}
