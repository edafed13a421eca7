//! Exams of a patient over time: a small chart, and the same as text.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Text};

use super::summary;
use crate::clinical::lung_rads::{Category, SuggestedCategory};
use crate::clinical::measurement::Millimetres;
use crate::clinical::nodule::ProposedCategory;
use crate::store::{Exam, ExamId};
use crate::text::clipped;
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::timeline::{Point, Timeline};

/// Rows of the chart with all levels, their title and the dates.
const CHART: u16 = 10;
/// Least rows of text below it.
const WORDS: u16 = 2;

/// Scan date, or the date of saving if it is not known.
fn day(exam: &Exam, context: &Context<'_>) -> Date {
    let saved_on = context.moment.local(exam.created_at).date();
    exam.reading.circumstances.day(saved_on)
}

/// Mean diameter of the largest measured nodule.
fn diameter(exam: &Exam) -> Option<Millimetres> {
    let nodules = exam.reading.nodules.iter();
    nodules.map(|kept| kept.nodule.draft.axes.mean()).max()
}

/// Categories that the model suggests, from the lowest to the highest, or the one that follows from its lesions.
fn by_model(exam: &Exam) -> Option<(Category, Category)> {
    let assessment = &exam.slice.assessment;
    let Some(suggested) = assessment.suggested_category() else {
        let rejected = exam.reading.reading().rejected;
        let proposed = ProposedCategory::of(assessment, &rejected)?;
        return Some((proposed.category, proposed.category));
    };
    Some(match suggested {
        SuggestedCategory::OneOrTwo => (Category::One, Category::Two),
        SuggestedCategory::Three => (Category::Three, Category::Three),
        SuggestedCategory::FourA => (Category::FourA, Category::FourA),
        SuggestedCategory::FourBOrX => (Category::FourB, Category::FourX),
    })
}

fn point(exam: &Exam, chosen: Option<ExamId>, context: &Context<'_>) -> Point {
    let measured = exam.reading.reading().category();
    let categories = match &measured {
        Some(measured) => Some((measured.category, measured.category)),
        None => by_model(exam),
    };
    Point {
        day: day(exam, context),
        categories,
        is_measured: measured.is_some(),
        diameter: diameter(exam),
        is_chosen: chosen == Some(exam.id),
    }
}

/// One exam as text: `2026-03-02  4A measured, largest nodule 8.5 mm, 4.0 mm larger`.
fn words(exam: &Exam, before: Option<&Exam>, context: &Context<'_>) -> String {
    let size = match diameter(exam) {
        Some(diameter) => format!("largest nodule {diameter} mm"),
        None => "no nodule measured".to_owned(),
    };
    let change = match (diameter(exam), before.and_then(diameter)) {
        (Some(now), Some(then)) => {
            let tenths = |length: Millimetres| (length.as_f64() * 10.0).round() as i32;
            let change = f64::from(tenths(now) - tenths(then)) / 10.0;
            match change {
                0.0 => ", unchanged".to_owned(),
                larger if larger > 0.0 => format!(", {larger:.1} mm larger"),
                smaller => format!(", {:.1} mm smaller", -smaller),
            }
        }
        _ => String::new(),
    };
    let day = day(exam, context);
    let category = summary::category(exam).unwrap_or_else(|| "no category".to_owned());
    format!("{day}  {category}, {size}{change}")
}

/// Draws the pane. `exams` are newest first.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    exams: &[Exam],
    chosen: Option<ExamId>,
    is_focused: bool,
    context: &Context<'_>,
) {
    if area.area() == 0 {
        return;
    }
    let theme = context.theme;
    let inner = panel::framed(frame, area, "Exams over time", theme, is_focused);
    if is_focused {
        frame.set_cursor_position((inner.x, inner.y));
    }
    if exams.is_empty() {
        return panel::remark(frame, inner, super::exams::NONE, Role::Muted, theme);
    }
    let mut by_day: Vec<&Exam> = exams.iter().collect();
    by_day.sort_by_key(|exam| (day(exam, context), exam.created_at));
    let points = by_day.iter().map(|exam| point(exam, chosen, context));
    let points: Vec<Point> = points.collect();
    let [chart, below] = panel::stacked(inner, [Constraint::Max(CHART), Constraint::Min(WORDS)]);
    Timeline { points: &points }.draw(frame, chart, theme);
    let rows = usize::from(below.height);
    let here = by_day.iter().position(|exam| Some(exam.id) == chosen);
    // The newest first, and the selected one always among them.
    let newest = by_day.len().saturating_sub(1);
    let first = match here {
        Some(here) if newest - here >= rows => here + rows.saturating_sub(1),
        _ => newest,
    };
    let shown = (0..=first.min(newest)).rev().take(rows);
    let lines = shown.filter_map(|at| {
        let exam = by_day.get(at)?;
        let before = at.checked_sub(1).and_then(|before| by_day.get(before));
        let text = words(exam, before.copied(), context);
        let text = clipped(&text, usize::from(below.width)).into_owned();
        let role = match Some(exam.id) == chosen {
            true => Role::Selection,
            false => Role::Text,
        };
        Some(Line::styled(text, theme.style(role)))
    });
    frame.render_widget(Text::from_iter(lines), below);
}
