//! Rows that state something else than a person where the name should be: the number, or a line below the table.

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

/// Reason why the name of a row is not one of a person, in a sentence: the number stands in its place, or the row is a line below a
/// table.
pub(super) fn no_person(row: &RawRow, job: &Job, number: &str, name: &str) -> Option<String> {
    let name = name.trim();
    let has_letters = |text: &str| text.chars().any(char::is_alphabetic);
    let has_digits = |text: &str| text.chars().any(char::is_numeric);
    if has_letters(number) && !has_digits(number) && has_digits(name) && !has_letters(name) {
        return Some(format!(
            "The number “{}” and the name “{}” look exchanged: choose the right column for each.",
            shown(number),
            shown(name)
        ));
    }
    let filled = job.mapping.targets().iter().zip(&row.cells);
    let mut filled = filled.filter(|(_, cell)| !cell.trim().is_empty());
    let is_alone = filled.all(|(target, cell)| {
        let is_name = *target == Target::Field(Field::FullName);
        is_name || target.part_of_name().is_some() || !has_letters(cell)
    });
    let first = bare(name.split([' ', ':']).next().unwrap_or_default());
    let is_counted = name.contains(':') || has_digits(name) || bare(name) == first;
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
        no_person(&row, &job, cells[0], cells[1])
    }

    #[test]
    fn an_exchanged_number_and_a_line_below_the_table_are_no_names() {
        assert!(reason(["Jan Kowalski", "1001", "1961-02-03"]).is_some());
        assert_eq!(reason(["H-1", "1001", "1961-02-03"]), None);
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
