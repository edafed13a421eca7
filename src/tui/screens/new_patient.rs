//! A new patient for a result that is about to be saved.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use super::{Action, Happening, Returned, Screen};
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::patient::{Patient, PatientDraft, PatientField, Sex};
use crate::store::{PatientChoice, StoreError};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, Request};

const NUMBER: usize = 0;
const NAME: usize = 1;
const BORN: usize = 2;
const SEX: usize = 3;
const NOTES: usize = 4;

const SEXES: [Option<Sex>; 4] = [None, Some(Sex::Female), Some(Sex::Male), Some(Sex::Other)];

/// The screen.
pub struct NewPatient {
    form: Form,
    exam: ExaminedSlice,
    /// The name that is being saved, while it is.
    saving: Option<String>,
}

impl NewPatient {
    /// `name` is what the user searched for, a likely name.
    pub fn new(exam: ExaminedSlice, name: &str) -> Self {
        let text = |label, example| Field::new(label, Kind::Text, example);
        let mut form = Form::new(vec![
            text("Patient ID", "made for you, yours to change"),
            text("Full name", "as in the patient's papers"),
            text("Date of birth", "YYYY-MM-DD, may stay empty"),
            Field::new(
                "Sex",
                Kind::Choice(&["not stated", "female", "male", "other"]),
                "",
            ),
            text("Notes", "may stay empty"),
        ]);
        form.set(NAME, name.to_owned());
        form.focus = NAME;
        Self {
            form,
            exam,
            saving: None,
        }
    }

    fn draft(&self) -> PatientDraft {
        let value = |index| self.form.value(index).to_owned();
        PatientDraft {
            number: value(NUMBER),
            full_name: value(NAME),
            date_of_birth: value(BORN),
            sex: SEXES.get(self.form.chosen(SEX)).copied().flatten(),
            notes: value(NOTES),
        }
    }

    fn validated(&mut self, today: Date) -> Option<Patient> {
        let errors = match self.draft().validate(today) {
            Ok(patient) => return Some(patient),
            Err(errors) => errors,
        };
        // The last complaint takes the focus, so the first is made last.
        for error in errors.into_iter().rev() {
            let index = match error.field {
                PatientField::Number => NUMBER,
                PatientField::FullName => NAME,
                PatientField::DateOfBirth => BORN,
                PatientField::Notes => NOTES,
            };
            self.form.complain(index, error.message);
        }
        None
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let Some(patient) = self.validated(context.moment.today()) else {
            return Vec::new();
        };
        self.saving = Some(patient.full_name.clone());
        vec![Action::Ask(Request::SaveExam {
            access,
            patient: Box::new(PatientChoice::New(patient)),
            exam: Box::new(self.exam.clone()),
        })]
    }
}

impl Screen for NewPatient {
    fn title(&self) -> &str {
        "New patient"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form]
    }

    fn update(&mut self, happening: Happening<'_>, context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Opened => {
                let Some(access) = context.access else {
                    return Vec::new();
                };
                return vec![Action::Ask(Request::NextPatientNumber(access.clone()))];
            }
            Happening::Answer(Answer::PatientNumber(Ok(number)))
                if self.form.value(NUMBER).is_empty() =>
            {
                self.form.set(NUMBER, number);
            }
            Happening::Answer(Answer::PatientNumber(Err(error))) => {
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
            Happening::Answer(Answer::Saved(Ok(exam))) => {
                let patient = self.saving.take().unwrap_or_default();
                return vec![Action::Return(Returned::Saved { exam, patient })];
            }
            Happening::Answer(Answer::Saved(Err(error))) => {
                self.saving = None;
                if let StoreError::NumberTaken { .. } = error {
                    self.form.complain(NUMBER, error.to_string());
                } else {
                    return vec![Action::Tell(Notice::error(error.to_string()))];
                }
            }
            Happening::Key(_, Some(Command::Back)) => return vec![Action::Close],
            Happening::Key(key, command)
                if self.saving.is_none() && self.form.take(key, command) == Outcome::Submitted =>
            {
                return self.submit(context);
            }
            Happening::Paste(text) if self.saving.is_none() => self.form.paste(text),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 76, 15);
        let inner = panel::framed(frame, area, "New patient for this result", theme, true);
        let [_, fields, remark] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(10),
                Constraint::Min(0),
            ],
        );
        let complaint = self.form.view(frame, fields, theme);
        if self.saving.is_some() {
            panel::remark(frame, remark, "Saving …", Role::Muted, theme);
        } else if let Some(complaint) = complaint {
            panel::remark(frame, remark, &complaint, Role::Error, theme);
        }
    }
}
