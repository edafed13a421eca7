//! Short texts about a patient and an exam.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;

use crate::clinical::date::age_years;
use crate::clinical::lung_rads::Category;
use crate::clinical::nodule::ProposedCategory;
use crate::clinical::reading::MeasuredCategory;
use crate::store::{Exam, PatientRecord};
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// The measured category if there is one, otherwise the one that the model suggests or that follows from its lesions,
/// each with its basis; `None` if there is no basis.
pub(super) fn category(exam: &Exam) -> Option<String> {
    match exam.reading.reading().category() {
        Some(measured) if measured.category == Category::NeedsRadiologist => {
            Some("radiologist".into())
        }
        Some(measured) => Some(format!("{} {}", measured.label(), MeasuredCategory::BASIS)),
        None => {
            let assessment = &exam.slice.assessment;
            let suggested = assessment.suggested_category();
            let suggested = suggested.map(|it| format!("{} suggested", it.label()));
            let rejected = exam.reading.reading().rejected;
            let proposed = || ProposedCategory::of(assessment, &rejected);
            suggested.or_else(|| proposed().map(|it| format!("{} proposed", it.category.label())))
        }
    }
}

/// The patient, in a frame of four rows.
pub(super) fn draw_patient(
    frame: &mut Frame<'_>,
    area: Rect,
    record: &PatientRecord,
    context: &Context<'_>,
) {
    let theme = context.theme;
    let patient = &record.patient;
    let inner = panel::framed(frame, area, &scrub(&patient.full_name), theme, false);
    let born = match patient.date_of_birth {
        Some(date) => format!(
            "born {date}, {} years",
            age_years(date, context.moment.today())
        ),
        None => "date of birth not stated".to_owned(),
    };
    let sex = patient.sex.map_or("sex not stated", |sex| sex.label());
    let facts = format!("{}  ·  {born}  ·  {sex}", scrub(&patient.number));
    let [facts_row, notes_row] =
        panel::stacked(inner, [Constraint::Length(1), Constraint::Length(1)]);
    frame.render_widget(Line::raw(facts), facts_row);
    let since = context
        .moment
        .local(record.created_at)
        .strftime("%Y-%m-%d")
        .to_string();
    let notes = match patient.notes.is_empty() {
        true => format!("record since {since}"),
        false => scrub(&patient.notes).into_owned(),
    };
    frame.render_widget(Line::styled(notes, theme.style(Role::Muted)), notes_row);
}
