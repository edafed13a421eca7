//! The heading row of a file, and the rows above it: titles of a report, headings of groups.

use super::mapping::{Content, Mapping, Target};
use super::source::{MAX_COLUMNS, RawRow};
use crate::clinical::patient::{Field, Kind};
use crate::clinical::text::fold;

/// Number of first rows that are searched for the headings.
const HEADINGS_WITHIN: usize = 20;
/// Most letters of a unit or a notation.
const NOTATION: usize = 16;

/// Layout of a file when read with one delimiter.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Layout {
    /// Number of columns with known headings, from two on: one may be chance.
    known: usize,
    /// Number of rows with as many cells as there are columns.
    alike: usize,
    pub columns: usize,
    /// The row of the headings, or the first if none is recognised.
    pub heading: usize,
}

impl Layout {
    /// Layout of the first rows, none of which is blank.
    pub(super) fn of(rows: &[RawRow]) -> Self {
        let heading = heading(rows);
        let columns = rows.get(heading).map_or(0, |row| row.cells.len());
        if columns < 2 {
            return Self {
                columns,
                heading,
                ..Self::default()
            };
        }
        let alike = rows.iter().filter(|row| row.cells.len() == columns).count();
        let known = rows.get(heading).map_or(0, |row| known(&row.cells));
        Self {
            known: if known > 1 { known } else { 0 },
            alike,
            columns,
            heading,
        }
    }
}

/// True if the row names columns: some of its cells are known headings, or none looks like a value.
pub(super) fn is_heading(cells: &[String]) -> bool {
    let known = known(cells);
    known > 1 || (known == 1 && !cells.iter().any(|cell| is_value(cell))) || are_names(cells)
}

/// True if the row below the headings states units and notations, as in `, , TT.MM.JJJJ, ng/mL`: it names no patient, has no digit,
/// and what it states is of at least one quantity or date.
pub(super) fn is_units(cells: &[String], headings: &[String]) -> bool {
    let mapping = Mapping::guess(headings);
    let mut has_known = false;
    for (target, cell) in mapping.targets().iter().zip(cells) {
        let cell = cell.trim();
        if cell.is_empty() {
            continue;
        }
        let is_notation = cell.chars().count() <= NOTATION && !cell.contains(char::is_numeric);
        let kind = match target {
            Target::Leave => None,
            Target::Field(Field::Number | Field::FullName) => return false,
            Target::Field(field) => Some(field.kind()),
            part if part.part_of_name().is_some() => return false,
            _ => None,
        };
        let is_stated = match kind {
            Some(Kind::Quantity(_)) => true,
            Some(Kind::Date(_)) => cell
                .chars()
                .all(|c| !c.is_alphabetic() || "dmytjaDMYTJA".contains(c)),
            Some(_) => return false,
            None => false,
        };
        if !is_notation || (kind.is_some() && !is_stated) {
            return false;
        }
        has_known |= is_stated;
    }
    has_known
}

fn heading(rows: &[RawRow]) -> usize {
    let rows = &rows[..rows.len().min(HEADINGS_WITHIN)];
    let mut best = (0, 0);
    for (place, row) in rows.iter().enumerate() {
        let known = known(&row.cells);
        if known > best.1 {
            best = (place, known);
        }
    }
    let (place, known) = best;
    let filled = |place: usize| {
        let row = rows.get(place);
        row.map_or(0, |row| {
            row.cells
                .iter()
                .filter(|cell| !cell.trim().is_empty())
                .count()
        })
    };
    // One cell of a patient's row may be a known word; several are unlikely.
    if place == 0 || (known > 1 && (known > 2 || known * 2 >= filled(place))) {
        return match known {
            0 => below_titles(rows, filled),
            _ => place,
        };
    }
    0
}

/// The first row of several names below rows of one cell each, if the file has more columns.
fn below_titles(rows: &[RawRow], filled: impl Fn(usize) -> usize) -> usize {
    let titles = (0..rows.len())
        .take_while(|place| filled(*place) == 1)
        .count();
    let usual = rows.iter().map(|row| row.cells.len()).max().unwrap_or(0);
    let names = rows.get(titles).is_some_and(|row| {
        let mut cells = row.cells.clone();
        cells.truncate(
            cells
                .iter()
                .rposition(|cell| !cell.trim().is_empty())
                .map_or(0, |last| last + 1),
        );
        are_names(&cells)
    });
    match titles > 0 && usual > 2 && filled(titles) * 2 > usual && names {
        true => titles,
        false => 0,
    }
}

fn known(cells: &[String]) -> usize {
    match cells.len() <= MAX_COLUMNS {
        true => [Content::Patients, Content::Worklist]
            .map(|content| Mapping::guess_of(content, cells).taken())
            .into_iter()
            .max()
            .unwrap_or(0),
        false => 0,
    }
}

/// True if the cells are several different texts without digits.
fn are_names(cells: &[String]) -> bool {
    let is_name = |cell: &String| {
        cell.chars().any(char::is_alphabetic) && !cell.chars().any(|c| c.is_ascii_digit())
    };
    let mut folded: Vec<String> = cells.iter().map(|cell| fold(cell)).collect();
    folded.sort();
    folded.dedup();
    cells.len() > 1 && cells.iter().all(is_name) && folded.len() == cells.len()
}

/// True if a cell has more digits than letters, as numbers and dates have.
fn is_value(cell: &str) -> bool {
    let digits = cell.chars().filter(char::is_ascii_digit).count();
    digits > 0 && digits >= cell.chars().filter(|c| c.is_alphabetic()).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(text: &str) -> Vec<RawRow> {
        let row = |(line, text): (u64, &str)| RawRow {
            line,
            cells: text.split(',').map(str::to_owned).collect(),
            fault: None,
        };
        (1..).zip(text.lines()).map(row).collect()
    }

    fn heading_of(text: &str) -> usize {
        Layout::of(&rows(text)).heading
    }

    #[test]
    fn headings_are_found_below_titles_and_groups() {
        assert_eq!(heading_of("MRN,Name,DOB\n1,Ana,1961-02-03"), 0);
        assert_eq!(
            heading_of(
                "Patient,,,Contact,\nMRN,Full name,Date of birth,Phone,Email\nM1,S One,1961-02-03,111,"
            ),
            1
        );
        assert_eq!(
            heading_of("St. Mary\nExported on 3 May,by Ada\nMRN,Name,DOB\n1,Ana,x"),
            2
        );
        assert_eq!(heading_of("Liste,,\nWer,Wann,Was\nAna,1961,x"), 1);
        // No row is recognised, so the first row is taken.
        assert_eq!(heading_of("Wer,Wann\nAna,1961\nBo,1962"), 0);
        assert_eq!(heading_of("7,Ana\n8,mobile"), 0);
        assert_eq!(heading_of("Wer,Was,Wann\nAna,name,x"), 0);
    }

    #[test]
    fn units_below_the_headings_are_no_patient() {
        let cells = |text: &str| -> Vec<String> { text.split(',').map(str::to_owned).collect() };
        let headings = cells("MRN,Name,DOB,CEA,Nodule,Sex");
        for units in [",,,ng/mL,mm,", ",,TT.MM.JJJJ,mg/L,,", ",,yyyy-mm-dd,,,"] {
            assert!(is_units(&cells(units), &headings), "{units}");
        }
        for patient in [
            "1,,,ng/mL,mm,",
            ",Ana,,ng/mL,,",
            ",,,3,,",
            ",,,,mm,",
            ",,unknown,,,",
            ",,,ng/mL,,F",
            ",,,,,",
        ] {
            assert!(!is_units(&cells(patient), &headings), "{patient}");
        }
    }

    #[test]
    fn a_row_of_a_patient_is_not_a_heading() {
        let cells = |text: &str| -> Vec<String> { text.split(',').map(str::to_owned).collect() };
        for patient in ["7,Ana,no", "7,Ana", "H-1,Bo Li,1961-02-03,mobile"] {
            assert!(!is_heading(&cells(patient)), "{patient}");
        }
        for headings in [
            "Name",
            "Wer,Wann",
            "MRN,Visit1,Visit2",
            "MRN,Name,2024 notes",
        ] {
            assert!(is_heading(&cells(headings)), "{headings}");
        }
    }
}
