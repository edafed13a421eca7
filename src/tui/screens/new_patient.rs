//! A new patient for a result that is about to be saved.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use super::{Action, Happening, Returned, Screen, patient_form};
use crate::clinical::examined::ExaminedSlice;
use crate::store::{Access, PatientChoice, StoreError};
use crate::tui::context::{Context, Notice};
use crate::tui::draft::DraftKeeper;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel;
use crate::tui::worker::key_image::Shown;
use crate::tui::worker::{Answer, Request};

/// A result that is about to be saved.
#[derive(Debug, Clone)]
pub struct ToSave {
    pub exam: ExaminedSlice,
    /// The picture on the screen, which is kept along.
    pub shown: Option<Shown>,
}

impl ToSave {
    /// What saves it to this patient.
    pub fn request(&self, access: Access, patient: PatientChoice) -> Request {
        Request::SaveExam {
            access,
            patient: Box::new(patient),
            exam: Box::new(self.exam.clone()),
            shown: self.shown.clone(),
        }
    }
}

/// The screen.
pub struct NewPatient {
    form: Form,
    draft: DraftKeeper,
    result: ToSave,
    /// The name that is being saved, while it is.
    saving: Option<String>,
}

impl NewPatient {
    /// `name` is what the user searched for, a likely name.
    pub fn new(result: ToSave, name: &str) -> Self {
        let mut form = patient_form::empty();
        form.set(patient_form::NAME, name.to_owned());
        Self {
            form,
            draft: DraftKeeper::new("new patient", None),
            result,
            saving: None,
        }
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let today = context.moment.today();
        let Some(patient) = patient_form::validated(&mut self.form, today) else {
            return Vec::new();
        };
        self.saving = Some(patient.full_name.clone());
        let patient = PatientChoice::New(patient);
        vec![Action::Ask(self.result.request(access, patient))]
    }

    /// What the form itself makes of it, past its draft.
    fn take(&mut self, happening: Happening<'_>, context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Opened => {
                let mut actions = self.draft.begin(self.form.content(), context);
                let number = context.access.cloned().map(Request::NextPatientNumber);
                actions.extend(number.map(Action::Ask));
                return actions;
            }
            Happening::Answer(Answer::PatientNumber(Ok(number)))
                if self.form.value(patient_form::NUMBER).is_empty() =>
            {
                self.form.set(patient_form::NUMBER, number);
                self.draft.filled(self.form.content());
            }
            Happening::Answer(Answer::PatientNumber(Err(error))) => {
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
            Happening::Answer(Answer::Saved(Ok(exam))) => {
                let patient = self.saving.take().unwrap_or_default();
                let mut actions = self.draft.drop(context);
                actions.push(Action::Return(Returned::Saved { exam, patient }));
                return actions;
            }
            Happening::Answer(Answer::Saved(Err(error))) => {
                self.saving = None;
                match error {
                    StoreError::NumberTaken { .. } | StoreError::NumberOfDeleted { .. } => {
                        (self.form).complain(patient_form::NUMBER, error.to_string());
                    }
                    error => return vec![Action::Tell(Notice::error(error.to_string()))],
                }
            }
            Happening::Key(_, Some(Command::Back)) => {
                return self.draft.leave(&self.form.content());
            }
            Happening::Key(key, command) if self.saving.is_none() => {
                if self.form.take(key, command) == Outcome::Submitted {
                    return self.submit(context);
                }
                self.draft.typed(&self.form.content(), context);
            }
            Happening::Paste(text) if self.saving.is_none() => {
                self.form.paste(text);
                self.draft.typed(&self.form.content(), context);
            }
            _ => {}
        }
        Vec::new()
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
        let (taken, mut actions) = self.draft.hear(&happening, &self.form.content(), context);
        if let Some(content) = taken {
            self.form.restore(&content);
        }
        actions.extend(self.take(happening, context));
        actions
    }

    fn next_frame(&self, _context: &Context<'_>) -> Option<Duration> {
        self.draft.next_frame()
    }

    fn last_words(&self, context: &Context<'_>) -> Option<Request> {
        self.draft.last_words(&self.form.content(), context.access)
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
