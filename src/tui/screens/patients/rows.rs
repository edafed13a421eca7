//! Drawing of one row of the table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::columns;
use crate::clinical::date::age_years;
use crate::clinical::patient::Field;
use crate::store::{Column, Order, PatientRow};
use crate::text::{clipped, percent, scrub};
use crate::tui::context::Context;
use crate::tui::terminal::colour::ColourDepth;

/// Sign for an empty value.
const NOTHING: &str = "–";

/// Cells before the first column, for the mark.
pub(super) const GUTTER: u16 = 2;

/// Text of a column, in the longest form that fits into `width`.
pub(super) fn cell(row: &PatientRow, column: Column, width: u16, context: &Context<'_>) -> String {
    let local = |at, shape| context.moment.local(at).strftime(shape).to_string();
    let [long, short] = match column {
        Column::Field(Field::DateOfBirth) => match row.patient.date_of_birth {
            Some(date) => [
                format!("{date} ({})", age_years(date, context.moment.today())),
                date.to_string(),
            ],
            None => [String::new(), String::new()],
        },
        Column::Field(field) => {
            let shown = field.shown(&row.patient.value(field));
            [scrub(&shown).into_owned(), String::new()]
        }
        Column::Exams => [row.exams.to_string(), String::new()],
        Column::LastExam => [
            row.last_exam
                .map_or_else(String::new, |at| local(at, "%Y-%m-%d")),
            String::new(),
        ],
        Column::LastResult => match (row.last_result, row.last_probability) {
            (Some(result), Some(probability)) => [
                format!("{} {}", result.label(), percent(probability)),
                result.label().to_owned(),
            ],
            (Some(result), None) => [
                format!("{}, outside", result.label()),
                result.label().to_owned(),
            ],
            (None, _) => [String::new(), String::new()],
        },
        Column::LastActivity => [
            local(row.last_activity, "%Y-%m-%d %H:%M"),
            local(row.last_activity, "%Y-%m-%d"),
        ],
    };
    let width = usize::from(width);
    match (long.is_empty(), long.width() <= width, short.is_empty()) {
        (true, ..) => NOTHING.to_owned(),
        (_, true, _) | (_, false, true) => clipped(&long, width).into_owned(),
        (_, false, false) => clipped(&short, width).into_owned(),
    }
}

/// Heading, with a sign if the table is sorted by this column.
pub(super) fn heading(
    column: Column,
    order: Option<Order>,
    width: u16,
    context: &Context<'_>,
) -> String {
    let (label, width) = (columns::label(column), usize::from(width));
    let Some(order) = order.filter(|order| order.by == column) else {
        return clipped(label, width).into_owned();
    };
    let sign = direction(order, context);
    let label = clipped(label, width.saturating_sub(2));
    format!("{label} {sign}")
}

/// Sort direction as a sign.
pub(super) fn direction(order: Order, context: &Context<'_>) -> &'static str {
    let plain = context.capabilities.colour == ColourDepth::Monochrome;
    match (order.descending, plain) {
        (false, false) => "▲",
        (true, false) => "▼",
        (false, true) => "^",
        (true, true) => "v",
    }
}

/// Draws the texts of one row in their columns.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    placed: &[(Column, u16)],
    line: impl Fn(Column, u16) -> Line<'static>,
) {
    let mut x = area.x.saturating_add(GUTTER);
    for &(column, width) in placed {
        let place = Rect { x, width, ..area }.intersection(area);
        frame.render_widget(line(column, width), place);
        x = x.saturating_add(width + 1);
    }
}
