//! Columns of the table: their keys, headings and widths.

use unicode_width::UnicodeWidthStr;

use crate::clinical::patient::{Days, Field, Kind};
use crate::store::Column;

/// Cells between two columns.
const GAP: u16 = 1;

/// All possible columns, in the order of the dialog.
pub(super) fn all() -> impl Iterator<Item = Column> {
    Field::entered().map(Column::Field).chain([
        Column::LastResult,
        Column::LastExam,
        Column::Exams,
        Column::LastActivity,
    ])
}

/// Default columns.
pub(super) const USUAL: [Column; 6] = [
    Column::Field(Field::Number),
    NAME,
    Column::Field(Field::DateOfBirth),
    Column::LastResult,
    Column::LastExam,
    Column::Exams,
];

/// Column that is always shown, because it identifies the patient.
pub(super) const NAME: Column = Column::Field(Field::FullName);

/// Stored key of a column. Never changes.
pub(super) fn key(column: Column) -> &'static str {
    match column {
        Column::Field(field) => field.key(),
        Column::Exams => "exams",
        Column::LastExam => "last_exam",
        Column::LastResult => "last_result",
        Column::LastActivity => "last_activity",
    }
}

/// Column with that [`key`].
pub(super) fn parse(word: &str) -> Option<Column> {
    all().find(|column| key(*column) == word)
}

/// Heading of a column.
pub(super) fn label(column: Column) -> &'static str {
    match column {
        NAME => "Name",
        Column::Field(Field::DateOfBirth) => "Born",
        Column::Field(field) => field.label(),
        Column::Exams => "Exams",
        Column::LastExam => "Last exam",
        Column::LastResult => "Result",
        Column::LastActivity => "Last activity",
    }
}

/// Width of a column in cells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Width {
    /// Least width that is useful.
    least: u16,
    usual: u16,
    /// Width that shows more, if there is space.
    wide: u16,
}

impl Width {
    fn of(column: Column) -> Self {
        let [least, usual, wide] = match column {
            NAME => [16, 16, 24],
            Column::Field(field) => match field.kind() {
                Kind::Date(Days::Birth) => [10, 10, 15],
                Kind::Date(_) => [10, 10, 10],
                Kind::Choice(choices) => {
                    let widest = choices.iter().map(|choice| choice.label.width()).max();
                    let widest = widest.unwrap_or_default() as u16;
                    [widest.min(12), widest.min(20), widest]
                }
                Kind::Quantity(_) => [8, 12, 16],
                Kind::Line(_) | Kind::Phone if field == Field::Number => [10, 10, 14],
                Kind::Line(_) | Kind::Phone | Kind::Email => [12, 18, 24],
                Kind::Paragraphs(_) | Kind::FollowUps => [14, 24, 40],
                Kind::Photo | Kind::Computed => [8, 8, 8],
            },
            Column::Exams => [5, 5, 5],
            Column::LastExam => [10, 10, 10],
            Column::LastResult => [13, 20, 20],
            Column::LastActivity => [10, 16, 16],
        };
        Self { least, usual, wide }
    }
}

/// Columns that fit side by side into `room` cells, each with its width: from the left while there is space, and always
/// the name. Space that is left makes columns wider, the name most.
pub(super) fn placed(columns: &[Column], room: u16) -> Vec<(Column, u16)> {
    let mut placed: Vec<(Column, u16)> = Vec::new();
    let mut left = room;
    let mut name_is_due = columns.contains(&NAME);
    for &column in columns {
        let is_name = column == NAME;
        let gap = if placed.is_empty() { 0 } else { GAP };
        let kept_back = match name_is_due && !is_name {
            true => Width::of(NAME).least + GAP,
            false => 0,
        };
        let free = left.saturating_sub(gap + kept_back);
        let Width { least, usual, .. } = Width::of(column);
        let width = match (free >= usual, free >= least) {
            (true, _) => usual,
            (false, true) => least,
            (false, false) if is_name => free.max(1),
            (false, false) if name_is_due => continue,
            (false, false) => break,
        };
        name_is_due &= !is_name;
        left = left.saturating_sub(gap + width);
        placed.push((column, width));
    }
    for (column, width) in &mut placed {
        let more = Width::of(*column).wide.saturating_sub(*width);
        if more <= left {
            *width += more;
            left -= more;
        }
    }
    let widest = placed.iter_mut().find(|(column, _)| *column == NAME);
    if let Some((_, width)) = widest {
        *width += left;
    }
    placed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_column_is_found_by_its_key_and_has_a_heading() {
        let mut count = 0;
        for column in all() {
            assert_eq!(parse(key(column)), Some(column));
            assert!(!label(column).is_empty());
            count += 1;
        }
        assert_eq!(count, Field::entered().count() + 4);
        assert_eq!(parse("shoe size"), None);
    }

    #[test]
    fn columns_never_exceed_the_width_and_the_name_stays() {
        let every: Vec<Column> = all().collect();
        for columns in [&USUAL[..], &every, &[NAME], &[Column::Exams, NAME]] {
            for room in 1..400 {
                let placed = placed(columns, room);
                let gaps = placed.len().saturating_sub(1) as u16 * GAP;
                let taken: u16 = placed.iter().map(|(_, width)| width).sum();
                assert!(taken + gaps <= room, "{room}: {placed:?}");
                assert!(placed.iter().any(|(column, _)| *column == NAME), "{room}");
                assert!(placed.iter().all(|(_, width)| *width > 0), "{room}");
            }
        }
    }

    #[test]
    fn a_wider_table_shows_more_columns_in_the_chosen_order() {
        let shown = |room| {
            let placed = placed(&USUAL, room);
            placed.iter().map(|(column, _)| *column).collect::<Vec<_>>()
        };
        assert_eq!(shown(52), USUAL[..4]);
        assert_eq!(shown(72), USUAL[..5]);
        assert_eq!(shown(200), USUAL);
    }
}
