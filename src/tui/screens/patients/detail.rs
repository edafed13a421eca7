//! Details of the selected row beside a wide table, from the row alone without reading the record.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span, Text};
use unicode_width::UnicodeWidthStr;

use super::columns;
use super::rows::cell;
use crate::clinical::patient::{Field, Section};
use crate::store::{Column, PatientRow};
use crate::text::{clipped, counted, scrub};
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// Width of a label; longer ones are cut.
const LABEL: usize = 16;

/// Draws the pane.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    row: Option<&PatientRow>,
    context: &Context<'_>,
) {
    let theme = context.theme;
    let name = row.map_or_else(String::new, |row| {
        scrub(&row.patient.full_name).into_owned()
    });
    let room = usize::from(area.width.saturating_sub(6));
    let inner = panel::framed(frame, area, &clipped(&name, room), theme, false);
    let Some(row) = row else {
        return;
    };
    let lines = lines(row, inner.width, context);
    let rows = usize::from(inner.height);
    let more = lines.len().saturating_sub(rows);
    if more == 0 {
        return frame.render_widget(Text::from(lines), inner);
    }
    let [shown, foot] = panel::stacked(inner, [Constraint::Min(0), Constraint::Length(1)]);
    frame.render_widget(Text::from(lines), shown);
    let hint = format!("{} more; Enter shows all", counted(more + 1, "line"));
    frame.render_widget(Line::styled(hint, theme.style(Role::Muted)), foot);
}

/// The exams, then the stated fields section by section, one line each.
fn lines(row: &PatientRow, width: u16, context: &Context<'_>) -> Vec<Line<'static>> {
    let theme = context.theme;
    let value_width = width.saturating_sub(LABEL as u16 + 1);
    let heading = |text: &str| Line::styled(text.to_owned(), theme.style(Role::Heading));
    let line = |label: &str, value: String, role: Role| {
        let label = clipped(label, LABEL).into_owned();
        let gap = LABEL.saturating_sub(label.width()) + 1;
        Line::from(vec![
            Span::styled(label, theme.style(Role::Muted)),
            Span::raw(" ".repeat(gap)),
            Span::styled(value, theme.style(role)),
        ])
    };
    let of_exams = [Column::LastResult, Column::LastExam, Column::Exams];
    let mut lines = vec![heading("Exams")];
    for column in of_exams {
        let role = match (column, row.last_result) {
            (Column::LastResult, Some(result)) => Role::from(result),
            _ => Role::Text,
        };
        let value = cell(row, column, value_width, context);
        lines.push(line(columns::label(column), value, role));
    }
    for section in Section::ALL {
        let stated = |field: &Field| {
            // The name is shown above.
            *field != Field::FullName && !row.patient.value(*field).is_empty()
        };
        let fields: Vec<Field> = section.fields().filter(stated).collect();
        if fields.is_empty() {
            continue;
        }
        lines.push(Line::default());
        lines.push(heading(section.label()));
        for field in fields {
            let value = cell(row, Column::Field(field), value_width, context);
            lines.push(line(field.label(), value, Role::Text));
        }
    }
    lines
}
