//! A row of cells as a patient.

use jiff::civil::Date;

use super::mapping::{Mapping, Target};
use super::source::RawRow;
use crate::clinical::patient::{Field, Kind, PatientDraft};
use crate::report::table::unguarded;
use crate::store::{ImportRow, own_number};

/// Stands in the number's place while the other fields of a row without one are checked.
const NO_NUMBER: &str = "0";

/// The row as a patient.
///
/// # Errors
/// What is wrong with it, each column named, in sentences.
pub(super) fn read(
    row: &RawRow,
    mapping: &Mapping,
    headings: &[String],
    today: Date,
) -> Result<ImportRow, String> {
    if let Some(fault) = &row.fault {
        return Err(fault.clone());
    }
    let mut draft = PatientDraft::default();
    let mut halves = [""; 2];
    for (target, cell) in mapping.targets().iter().zip(&row.cells) {
        match target {
            Target::Leave => {}
            Target::GivenName => halves[0] = unguarded(cell).trim(),
            Target::FamilyName => halves[1] = unguarded(cell).trim(),
            Target::Field(field) => draft.set(*field, bare(*field, unguarded(cell))),
        }
    }
    let whole = halves.join(" ");
    if !whole.trim().is_empty() {
        draft.set(Field::FullName, whole.trim());
    }
    let is_numbered = !draft.get(Field::Number).trim().is_empty();
    if !is_numbered {
        draft.set(Field::Number, NO_NUMBER);
    }
    match draft.validate(today) {
        Ok(patient) => Ok(ImportRow {
            line: row.line,
            patient,
            is_numbered,
        }),
        Err(wrong) => {
            let sentences: Vec<String> = wrong
                .iter()
                .map(|error| {
                    let column = mapping.column_of(error.field);
                    let heading = column.and_then(|column| headings.get(column));
                    let heading = heading.map_or(error.field.label(), String::as_str);
                    format!(
                        "{}: {}",
                        crate::clinical::text::shown(heading),
                        error.message
                    )
                })
                .collect();
            Err(sentences.join(" "))
        }
    }
}

/// The number of the row, where it is one that LUNNY gives.
pub(super) fn own_number_of(row: &RawRow, mapping: &Mapping) -> Option<i64> {
    let column = mapping.column_of(Field::Number)?;
    own_number(unguarded(row.cells.get(column)?))
}

/// The cell of a quantity without its unit.
fn bare(field: Field, cell: &str) -> &str {
    match field.kind() {
        Kind::Quantity(quantity) => cell.trim().strip_suffix(quantity.unit).unwrap_or(cell),
        _ => cell,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2026, 3, 9);

    fn read_row(headings: &[&str], cells: &[&str]) -> Result<ImportRow, String> {
        let owned = |names: &[&str]| -> Vec<String> { names.iter().map(|&n| n.into()).collect() };
        let headings = owned(headings);
        let row = RawRow {
            line: 7,
            cells: owned(cells),
            fault: None,
        };
        read(&row, &Mapping::guess(&headings), &headings, TODAY)
    }

    #[test]
    fn a_row_becomes_a_patient_with_or_without_a_number() {
        let row = read_row(
            &["First name", "Surname", "Phone", "CEA"],
            &["Ana", "Pérez", "'+44 20 7946 0018", "3,2 ng/mL"],
        );
        let row = row.unwrap();
        assert!(!row.is_numbered);
        assert_eq!(row.patient.full_name, "Ana Pérez");
        assert_eq!(row.patient.details.get(Field::Phone), "+44 20 7946 0018");
        assert_eq!(row.patient.details.get(Field::Cea), "3.2");
        let row = read_row(&["ID", "Name"], &["7", "'Ana"]).unwrap();
        assert!(row.is_numbered);
        assert_eq!((row.line, row.patient.full_name.as_str()), (7, "'Ana"));
    }

    #[test]
    fn every_wrong_column_is_named_by_its_heading() {
        let wrong = read_row(&["Name", "DOB", "Mail"], &["", "31.2.1980", "nowhere"]).unwrap_err();
        for named in [
            "Name: ",
            "DOB: “31.2.1980” is not in the calendar.",
            "Mail: ",
        ] {
            assert!(wrong.contains(named), "{wrong}");
        }
        assert!(read_row(&["Name"], &["a\0b"]).is_err());
    }
}
