//! One patient: who it is, and the exams so far.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::confirm::{Confirm, Question};
use super::nodules::Nodules;
use super::{Action, Happening, Returned, Screen, exam};
use crate::clinical::date::age_years;
use crate::clinical::lung_rads::Category;
use crate::clinical::reading::MeasuredCategory;
use crate::clinical::report::ReportContent;
use crate::store::{Exam, ExamId, PatientId, PatientRecord};
use crate::text::{percent, scrub, sentence};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, Request};

/// The screen.
pub struct Record {
    patient: PatientId,
    record: Option<Result<Box<PatientRecord>, String>>,
    selection: Selection,
    /// The exam that was deleted last, for undoing.
    deleted: Option<ExamId>,
}

impl Record {
    pub fn new(patient: PatientId) -> Self {
        Self {
            patient,
            record: None,
            selection: Selection::default(),
            deleted: None,
        }
    }

    fn ask(&self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        vec![Action::Ask(Request::OpenPatient {
            access,
            patient: self.patient,
        })]
    }

    fn exams(&self) -> &[Exam] {
        match &self.record {
            Some(Ok(record)) => &record.exams,
            _ => &[],
        }
    }

    fn exam(&self) -> Option<&Exam> {
        self.exams().get(self.selection.index)
    }

    fn report(&self, context: &Context<'_>) -> Option<ReportContent> {
        let Some(Ok(record)) = &self.record else {
            return None;
        };
        let exam = self.exam()?;
        let patient = Some(&record.patient);
        let reading = exam.reading.reading();
        let (at, slice) = (exam.created_at, &exam.slice);
        Some(exam::report(context, patient, at, slice, reading))
    }

    fn obey(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        if self.selection.obey(command, self.exams().len(), 1) {
            return Vec::new();
        }
        if command == Command::Back {
            return vec![Action::Return(Returned::Changed)];
        }
        if command == Command::Undo {
            return match (self.deleted, context.access) {
                (Some(exam), Some(access)) => {
                    vec![Action::Ask(Request::RestoreExam {
                        access: access.clone(),
                        exam,
                    })]
                }
                _ => vec![Action::Tell(Notice::warning("There is nothing to undo."))],
            };
        }
        let Some(report) = self.report(context) else {
            return vec![Action::Tell(Notice::warning("This patient has no exam."))];
        };
        match command {
            Command::Print => exam::print(&report),
            Command::Share => exam::share(&report, context.home),
            Command::Delete => vec![Action::Open(Box::new(Confirm::new(Question::DeleteExam)))],
            Command::Nodules => match self.exam() {
                Some(exam) => vec![Action::Open(Box::new(Nodules::new(
                    exam.id,
                    exam.slice.source_path.clone(),
                )))],
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }
}

impl Screen for Record {
    fn title(&self) -> &str {
        "Patient"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Record]
    }

    fn update(&mut self, happening: Happening<'_>, context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Opened | Happening::Returned(Returned::Changed) => self.ask(context),
            Happening::Key(_, Some(command)) => self.obey(command, context),
            Happening::Returned(Returned::Confirmed(Question::DeleteExam)) => {
                match (self.exam().map(|exam| exam.id), context.access.cloned()) {
                    (Some(exam), Some(access)) => {
                        vec![Action::Ask(Request::DeleteExam { access, exam })]
                    }
                    _ => Vec::new(),
                }
            }
            Happening::Answer(Answer::Patient(record)) => {
                self.record = Some(record.map_err(|error| error.to_string()));
                self.selection.keep_within(self.exams().len());
                Vec::new()
            }
            Happening::Answer(Answer::Deleted(Ok(exam))) => {
                self.deleted = Some(exam);
                let mut actions = self.ask(context);
                actions.push(Action::Tell(Notice::good(
                    "The exam is deleted. U brings it back.",
                )));
                actions
            }
            Happening::Answer(Answer::Restored(Ok(_))) => {
                self.deleted = None;
                let mut actions = self.ask(context);
                actions.push(Action::Tell(Notice::good("The exam is back.")));
                actions
            }
            Happening::Answer(Answer::Deleted(Err(error)) | Answer::Restored(Err(error))) => {
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            Happening::Answer(answer) => match self.report(context) {
                Some(report) => exam::delivered(answer, &report, context.home),
                None => Vec::new(),
            },
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let record = match &self.record {
            None => return panel::remark(frame, area, "Reading the record …", Role::Muted, theme),
            Some(Err(complaint)) => {
                return panel::remark(frame, area, &sentence(complaint), Role::Error, theme);
            }
            Some(Ok(record)) => record,
        };
        let count = record.exams.len() as u16;
        let [who, exams, detail] = panel::stacked(
            area,
            [
                Constraint::Length(4),
                Constraint::Max(count.clamp(1, 6) + 2),
                Constraint::Min(0),
            ],
        );
        self.view_patient(frame, who, record, context);
        let inner = panel::framed(frame, exams, "Exams", theme, true);
        if record.exams.is_empty() {
            panel::remark(frame, inner, "No exams.", Role::Muted, theme);
        }
        let first = self
            .selection
            .first_visible(record.exams.len(), usize::from(inner.height));
        for ((index, exam), row) in record
            .exams
            .iter()
            .enumerate()
            .skip(first)
            .zip(inner.rows())
        {
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            frame.buffer_mut().set_style(row, theme.style(role));
            let at = context
                .moment
                .local(exam.created_at)
                .strftime("%Y-%m-%d %H:%M")
                .to_string();
            let result = exam.slice.assessment.classification;
            let result_role = if chosen { role } else { Role::from(result) };
            let line = Line::from(vec![
                Span::raw(format!("{at}  ")),
                Span::styled(format!("{:<13} ", result.label()), theme.style(result_role)),
                Span::raw(format!(
                    "{:>7}  ",
                    percent(exam.slice.assessment.malignancy_probability())
                )),
                Span::raw(format!("{:<13} ", category(exam))),
                Span::raw(scrub(&exam.slice.source_name()).into_owned()),
            ]);
            frame.render_widget(line, row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
        if let Some(exam) = self.exam() {
            let inner = panel::framed(
                frame,
                detail,
                &scrub(&exam.slice.source_name()),
                theme,
                false,
            );
            let mut text = exam::answer(&exam.slice, &exam.reading.reading(), false, theme);
            text.push_line(exam::caution(&exam.slice, theme));
            frame.render_widget(panel::paragraph(text), inner);
        }
    }
}

/// The measured category where there is one, and else the suggested one, each with what it rests on.
fn category(exam: &Exam) -> String {
    match exam.reading.reading().category() {
        Some(measured) if measured.category == Category::NeedsRadiologist => "radiologist".into(),
        Some(measured) => format!("{} {}", measured.label(), MeasuredCategory::BASIS),
        None => {
            let suggested = exam.slice.assessment.suggested_category();
            format!("{} suggested", suggested.label())
        }
    }
}

impl Record {
    fn view_patient(
        &self,
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
}
