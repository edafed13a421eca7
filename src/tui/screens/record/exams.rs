//! Exams of a patient: the list, and the answer to the selected one.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::summary;
use crate::store::Exam;
use crate::text::{percent, scrub};
use crate::tui::context::Context;
use crate::tui::screens::exam::{self, Detail};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;

/// In the place of exams that are not there yet.
pub(super) const NONE: &str =
    "No exams yet. New analysis on the dashboard (n) makes one: save its result to this patient.";

/// Draws the list.
pub(super) fn draw_list(
    frame: &mut Frame<'_>,
    area: Rect,
    exams: &[Exam],
    selection: Selection,
    is_focused: bool,
    context: &Context<'_>,
) {
    if area.area() == 0 {
        return;
    }
    let theme = context.theme;
    let inner = panel::framed(frame, area, "Exams", theme, is_focused);
    if exams.is_empty() {
        if is_focused {
            frame.set_cursor_position((inner.x, inner.y));
        }
        return panel::remark(frame, inner, NONE, Role::Muted, theme);
    }
    let first = selection.first_in(exams.len(), inner, context.areas);
    let shown = exams.iter().enumerate().skip(first);
    for ((index, exam), row) in shown.zip(inner.rows()) {
        let is_here = index == selection.index;
        let role = if is_here { Role::Selection } else { Role::Text };
        frame.buffer_mut().set_style(row, theme.style(role));
        let day = day(exam, context);
        let result = exam.slice.assessment.classification;
        let result_role = if is_here { role } else { Role::from(result) };
        let line = Line::from(vec![
            Span::raw(format!("{day:<16}  ")),
            Span::styled(format!("{:<13} ", result.label()), theme.style(result_role)),
            Span::raw(format!(
                "{:>7}  ",
                (exam.slice.assessment.malignancy_probability())
                    .map_or("outside".to_owned(), percent)
            )),
            Span::raw(format!(
                "{:<13} ",
                summary::category(exam).unwrap_or_default()
            )),
            Span::raw(scrub(&exam.slice.source_name()).into_owned()),
        ]);
        frame.render_widget(line, row);
        if is_here && is_focused {
            frame.set_cursor_position((row.x, row.y));
        }
    }
}

/// Date of the scan; where it is not known, date and time of saving.
fn day(exam: &Exam, context: &Context<'_>) -> String {
    match exam.reading.circumstances.scanned_on {
        Some(day) => day.to_string(),
        None => {
            let saved = context.moment.local(exam.created_at);
            saved.strftime("%Y-%m-%d %H:%M").to_string()
        }
    }
}

/// Draws the answer to an exam; in brief where it shares the screen.
pub(super) fn draw_answer(
    frame: &mut Frame<'_>,
    area: Rect,
    exam: &Exam,
    is_brief: bool,
    context: &Context<'_>,
) {
    if area.area() == 0 {
        return;
    }
    let theme = context.theme;
    let name = exam.slice.source_name();
    let inner = panel::framed(frame, area, &scrub(&name), theme, false);
    let detail = if is_brief {
        Detail::Brief
    } else {
        Detail::Whole
    };
    let mut text = exam::answer(&exam.slice, &exam.reading.reading(), detail, None, context);
    text.push_line(exam::caution(&exam.slice, theme));
    frame.render_widget(panel::paragraph(text), inner);
}
