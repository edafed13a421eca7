//! A row of the table, drawn.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Span;

use crate::clinical::date::age_years;
use crate::store::PatientRow;
use crate::text::{percent, scrub};
use crate::tui::context::Context;

/// What stands in the columns.
pub fn cells(patient: &PatientRow, context: &Context<'_>) -> [String; 6] {
    let born = match patient.patient.date_of_birth {
        Some(date) => format!("{date} ({})", age_years(date, context.moment.today())),
        None => "–".to_owned(),
    };
    let last = match patient.last_exam {
        Some(moment) => context
            .moment
            .local(moment)
            .strftime("%Y-%m-%d")
            .to_string(),
        None => "–".to_owned(),
    };
    let result = match (patient.last_result, patient.last_probability) {
        (Some(result), Some(probability)) => format!("{} {}", result.label(), percent(probability)),
        _ => "–".to_owned(),
    };
    [
        scrub(&patient.patient.number).into_owned(),
        scrub(&patient.patient.full_name).into_owned(),
        born,
        patient.exams.to_string(),
        last,
        result,
    ]
}

/// Draws the columns of one row, or their headings.
pub fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    cells: [String; 6],
    style: impl Fn(usize) -> ratatui::style::Style,
) {
    // A narrow table leaves out the age and the number of exams, never the name.
    let wide = area.width >= 90;
    let widths = [
        Constraint::Length(10),
        Constraint::Min(16),
        Constraint::Length(if wide { 15 } else { 10 }),
        Constraint::Length(if wide { 5 } else { 0 }),
        Constraint::Length(10),
        Constraint::Length(21),
    ];
    let places: [Rect; 6] = Layout::horizontal(widths).spacing(1).areas(area);
    for (column, (cell, place)) in cells.into_iter().zip(places).enumerate() {
        frame.render_widget(Span::styled(cell, style(column)), place);
    }
}
