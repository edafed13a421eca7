//! One patient: who it is, and the exams so far.

mod summary;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::confirm::{Confirm, Question};
use super::edit_patient::EditPatient;
use super::key_image::KeyImage;
use super::nodules::Nodules;
use super::preview::Preview;
use super::reports::Reports;
use super::{Action, Happening, Returned, Screen, exam};
use crate::clinical::report::ReportContent;
use crate::store::{Access, Exam, ExamId, PatientId, PatientRecord};
use crate::text::{percent, scrub, sentence};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, Request, records};

/// The screen.
pub struct Record {
    patient: PatientId,
    record: Option<Result<Box<PatientRecord>, String>>,
    selection: Selection,
    /// What was deleted last, for undoing.
    deleted: Option<Gone>,
}

/// What can be brought back from here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Gone {
    Exam(ExamId),
    /// The whole patient.
    Patient,
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
            return self.undo(context);
        }
        if self.deleted == Some(Gone::Patient) {
            let sentence = "This patient is deleted; U brings all of it back.";
            return vec![Action::Tell(Notice::warning(sentence))];
        }
        let Some(Ok(record)) = &self.record else {
            return Vec::new();
        };
        match command {
            Command::EditPatient => return vec![Action::Open(Box::new(EditPatient::new(record)))],
            Command::Preview => return vec![Action::Open(Box::new(Preview::of(self.patient)))],
            Command::DeletePatient => {
                return self.about_patient(context, |access, patient| {
                    records::Request::Belongings { access, patient }
                });
            }
            _ => {}
        }
        let Some(report) = self.report(context) else {
            return vec![Action::Tell(Notice::warning("This patient has no exam."))];
        };
        match command {
            Command::Print => exam::print(&report),
            Command::Share => exam::share(&report, context.home),
            Command::Delete => vec![Action::Open(Box::new(Confirm::new(Question::DeleteExam)))],
            command => self.open(command),
        }
    }

    /// The screen about the chosen exam that `command` leads to.
    fn open(&self, command: Command) -> Vec<Action> {
        let Some(exam) = self.exam() else {
            return Vec::new();
        };
        let screen: Box<dyn Screen> = match command {
            Command::Nodules => Box::new(Nodules::new(exam.id, exam.slice.source_path.clone())),
            Command::Reports => Box::new(Reports::new(self.patient, exam.id, exam.created_at)),
            Command::KeyImage => Box::new(KeyImage::new(self.patient, exam)),
            _ => return Vec::new(),
        };
        vec![Action::Open(screen)]
    }

    fn undo(&self, context: &Context<'_>) -> Vec<Action> {
        match (self.deleted, context.access.cloned()) {
            (Some(Gone::Exam(exam)), Some(access)) => {
                vec![Action::Ask(Request::RestoreExam { access, exam })]
            }
            (Some(Gone::Patient), _) => self.about_patient(context, |access, patient| {
                records::Request::RestorePatient { access, patient }
            }),
            _ => vec![Action::Tell(Notice::warning("There is nothing to undo."))],
        }
    }

    /// Work on the whole patient.
    fn about_patient(
        &self,
        context: &Context<'_>,
        request: impl Fn(Access, PatientId) -> records::Request,
    ) -> Vec<Action> {
        let access = context.access.cloned();
        let ask = |access| Action::Ask(Request::Records(request(access, self.patient)));
        access.map(ask).into_iter().collect()
    }

    /// Reads the record anew after a change, and says what was done.
    fn changed(&self, sentence: &str, context: &Context<'_>) -> Vec<Action> {
        let mut actions = self.ask(context);
        actions.push(Action::Tell(Notice::good(sentence)));
        actions
    }

    fn patient_answered(&mut self, answer: records::Answer, context: &Context<'_>) -> Vec<Action> {
        let error = match answer {
            records::Answer::Belongings(Ok(belongings)) => {
                let question = Question::DeletePatient {
                    exams: belongings.exams as usize,
                    nodules: belongings.nodules as usize,
                    reports: belongings.reports as usize,
                };
                return vec![Action::Open(Box::new(Confirm::new(question)))];
            }
            records::Answer::PatientDeleted(Ok(_)) => {
                self.deleted = Some(Gone::Patient);
                return Vec::new();
            }
            records::Answer::PatientRestored(Ok(_)) => {
                self.deleted = None;
                return self.changed("The patient is back, with everything.", context);
            }
            records::Answer::Belongings(Err(error))
            | records::Answer::PatientDeleted(Err(error))
            | records::Answer::PatientRestored(Err(error)) => error,
            _ => return Vec::new(),
        };
        vec![Action::Tell(Notice::error(error.to_string()))]
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
            Happening::Returned(Returned::Confirmed(Question::DeletePatient { .. })) => self
                .about_patient(context, |access, patient| records::Request::DeletePatient {
                    access,
                    patient,
                }),
            Happening::Answer(Answer::Records(answer)) => self.patient_answered(answer, context),
            Happening::Answer(Answer::Deleted(Ok(exam))) => {
                self.deleted = Some(Gone::Exam(exam));
                self.changed("The exam is deleted. U brings it back.", context)
            }
            Happening::Answer(Answer::Restored(Ok(_))) => {
                self.deleted = None;
                self.changed("The exam is back.", context)
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
            Some(Ok(_)) if self.deleted == Some(Gone::Patient) => {
                let words = "This patient is deleted, with all exams. U brings everything back; later it is among \
                             the deleted records.";
                return panel::remark(frame, area, words, Role::Warning, theme);
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
        summary::draw_patient(frame, who, record, context);
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
                Span::raw(format!("{:<13} ", summary::category(exam))),
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
