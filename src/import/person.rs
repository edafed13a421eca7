//! Rows that state something else than a person where the name should be: a number, or a line below the table.

use super::headings::bare;
use super::mapping::Target;
use super::run::Job;
use super::source::RawRow;
use crate::clinical::patient::Field;
use crate::clinical::text::shown;

/// First words of the lines that programs write below a table, folded.
const FOOTERS: [&str; 30] = [
    "total",
    "totals",
    "subtotal",
    "sum",
    "count",
    "number",
    "page",
    "printed",
    "generated",
    "exported",
    "created",
    "report",
    "end",
    "summe",
    "gesamt",
    "anzahl",
    "seite",
    "gedruckt",
    "erstellt",
    "somme",
    "nombre",
    "imprime",
    "suma",
    "numero",
    "pagina",
    "impreso",
    "totale",
    "stampato",
    "razem",
    "strona",
];

/// Reason why the name of a row is not one of a person, in a sentence: it has no letter, or the row is a line below a table.
pub(super) fn no_person(row: &RawRow, job: &Job, name: &str) -> Option<String> {
    let name = name.trim();
    if name.is_empty() {
        return None;
    }
    if !name.chars().any(char::is_alphabetic) {
        return Some(format!(
            "The name “{}” has no letter: correct it, or choose the right column for the full name.",
            shown(name)
        ));
    }
    let filled = job.mapping.targets().iter().zip(&row.cells);
    let mut filled = filled.filter(|(_, cell)| !cell.trim().is_empty());
    let is_alone = filled.all(|(target, cell)| {
        target.part_of_name().is_some()
            || *target == Target::Field(Field::FullName)
            || !cell.chars().any(char::is_alphabetic)
    });
    let first = bare(name.split([' ', ':']).next().unwrap_or_default());
    let is_counted =
        name.contains(':') || name.chars().any(|c| c.is_ascii_digit()) || bare(name) == first;
    (is_alone && is_counted && FOOTERS.contains(&first.as_str())).then(|| {
        format!(
            "“{}” looks like a line below the table, not like a patient: remove the row, or correct the name.",
            shown(name)
        )
    })
}

#[cfg(test)]
mod tests {
    use jiff::civil::Date;

    use super::*;
    use crate::import::Mapping;

    fn reason(cells: [&str; 3]) -> Option<String> {
        let headings = ["MRN", "Name", "DOB"].map(str::to_owned).to_vec();
        let today = Date::constant(2026, 3, 9);
        let job = Job::of_headings(Mapping::guess(&headings), headings, today);
        let row = RawRow {
            line: 7,
            cells: cells.map(str::to_owned).to_vec(),
            fault: None,
        };
        no_person(&row, &job, cells[1])
    }

    #[test]
    fn a_name_has_a_letter_and_a_line_below_the_table_is_no_name() {
        assert!(reason(["Jan Kowalski", "1001", "1961-02-03"]).is_some());
        for footer in [
            "Total: 2 patients",
            "Page 1 of 3",
            "Summe",
            "Printed 30.11.2026",
        ] {
            assert!(reason(["", footer, ""]).is_some(), "{footer}");
            assert!(reason(["12", footer, ""]).is_some(), "{footer}");
        }
        for name in ["Page, Jimmy", "李小龙", "Sum Yung", "Louis XIV 2nd", ""] {
            assert_eq!(reason(["", name, ""]), None, "{name}");
        }
        assert_eq!(reason(["H-1", "Count 2", ""]), None, "a number of letters");
    }
}
