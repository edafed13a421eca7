//! The fields of a patient who is in the records already.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use serde::{Deserialize, Serialize};

use super::conflict::Conflict;
use super::{Action, Happening, Returned, Screen, patient_form};
use crate::clinical::patient::Patient;
use crate::store::{PatientId, PatientRecord, StoreError};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::draft::DraftKeeper;
use crate::tui::keymap::{Command, Scope};
use crate::tui::merge::Merge;
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, Request, records};

/// The screen.
pub struct EditPatient {
    form: Form,
    draft: DraftKeeper,
    patient: PatientId,
    /// As the form stood when nothing was typed: what is saved is a change of this.
    before: Form,
    /// The revision that `before` is of.
    revision: u32,
    title: String,
    /// The record as somebody else saved it meanwhile, with its revision, while the user chooses.
    newest: Option<(Form, u32)>,
    /// What is being saved, while it is.
    saving: Option<Patient>,
}

/// A draft, with what it is a change of: the record may be another one when it is taken up.
#[derive(Serialize, Deserialize)]
struct Kept {
    revision: u32,
    before: String,
    typed: String,
}

impl EditPatient {
    /// To change the patient of this record.
    pub fn new(record: &PatientRecord) -> Self {
        let before = patient_form::of(&record.patient);
        Self {
            form: before.clone(),
            draft: DraftKeeper::new("patient edit", Some(record.id.0)),
            patient: record.id,
            before,
            revision: record.revision,
            title: format!("Change {}", scrub(&record.patient.full_name)),
            newest: None,
            saving: None,
        }
    }

    fn content(&self) -> String {
        let kept = Kept {
            revision: self.revision,
            before: self.before.content(),
            typed: self.form.content(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    fn restore(&mut self, content: &str) {
        if let Ok(kept) = serde_json::from_str::<Kept>(content) {
            self.revision = kept.revision;
            self.before.restore(&kept.before);
            self.form.restore(&kept.typed);
        }
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let today = context.moment.today();
        let Some(changed) = patient_form::validated(&mut self.form, today) else {
            return Vec::new();
        };
        if patient_form::of(&changed).values() == self.before.values() {
            let mut actions = self.draft.drop(context);
            actions.push(Action::Return(Returned::Changed));
            actions.push(Action::Tell(Notice::good("There is no change to save.")));
            return actions;
        }
        self.saving = Some(changed.clone());
        let (patient, revision) = (self.patient, self.revision);
        vec![Action::Ask(Request::Records(
            records::Request::ChangePatient {
                access,
                patient,
                revision,
                changed: Box::new(changed),
            },
        ))]
    }

    /// Somebody else was faster: the record as it is now, held against what was typed.
    fn compare(&mut self, newest: &PatientRecord, context: &Context<'_>) -> Vec<Action> {
        let Some(mine) = self.saving.take() else {
            return Vec::new();
        };
        let theirs = patient_form::of(&newest.patient);
        let mine = patient_form::of(&mine).values();
        let merge = Merge::new(&self.before.values(), &mine, &theirs.values());
        if merge.differing().is_empty() {
            let mut actions = self.draft.drop(context);
            actions.push(Action::Return(Returned::Changed));
            let who = scrub(&newest.changed_by);
            let told = format!("{who} made the same changes; they are saved.");
            actions.push(Action::Tell(Notice::good(told)));
            return actions;
        }
        self.newest = Some((theirs, newest.revision));
        let conflict = Conflict::new(merge, &newest.changed_by, newest.changed_at);
        vec![Action::Open(Box::new(conflict))]
    }

    fn saved(&mut self, outcome: Result<u32, StoreError>, context: &Context<'_>) -> Vec<Action> {
        let error = match outcome {
            Ok(_) => {
                let mut actions = self.draft.drop(context);
                actions.push(Action::Return(Returned::Changed));
                actions.push(Action::Tell(Notice::good("The patient is saved.")));
                return actions;
            }
            Err(error) => error,
        };
        match (&error, context.access.cloned()) {
            (StoreError::PatientChanged, Some(access)) => {
                let patient = self.patient;
                vec![Action::Ask(Request::OpenPatient { access, patient })]
            }
            (StoreError::NumberTaken { .. } | StoreError::NumberOfDeleted { .. }, _) => {
                self.form.complain(patient_form::NUMBER, error.to_string());
                self.saving = None;
                Vec::new()
            }
            _ => {
                self.saving = None;
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
        }
    }

    /// What the form itself makes of it, past its draft.
    fn take(&mut self, happening: Happening<'_>, context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Opened => return self.draft.begin(self.content(), context),
            Happening::Answer(Answer::Records(records::Answer::PatientChanged(outcome))) => {
                return self.saved(outcome, context);
            }
            Happening::Answer(Answer::Patient(Ok(newest))) => {
                return self.compare(&newest, context);
            }
            Happening::Answer(Answer::Patient(Err(error))) => {
                self.saving = None;
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
            Happening::Returned(Returned::Merged(values)) => {
                // The choices were made between these two: from now on the newest is what is changed.
                if let Some((newest, revision)) = self.newest.take() {
                    self.before = newest;
                    self.revision = revision;
                }
                for (label, value) in values {
                    self.form.put(label, &value);
                }
                return self.submit(context);
            }
            Happening::Key(_, Some(Command::Back)) if self.saving.is_none() => {
                return self.draft.leave(&self.content());
            }
            Happening::Key(_, Some(Command::Save)) if self.saving.is_none() => {
                return self.submit(context);
            }
            Happening::Key(key, command) if self.saving.is_none() => {
                if self.form.take(key, command) == Outcome::Submitted {
                    return self.submit(context);
                }
                self.draft.typed(&self.content(), context);
            }
            Happening::Paste(text) if self.saving.is_none() => {
                self.form.paste(text);
                self.draft.typed(&self.content(), context);
            }
            _ => {}
        }
        Vec::new()
    }
}

impl Screen for EditPatient {
    fn title(&self) -> &str {
        "Change the patient"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Saving, Scope::Form]
    }

    fn update(&mut self, happening: Happening<'_>, context: &Context<'_>) -> Vec<Action> {
        let content = self.content();
        let (taken, mut actions) = self.draft.hear(&happening, &content, context);
        if let Some(content) = taken {
            self.restore(&content);
        }
        actions.extend(self.take(happening, context));
        actions
    }

    fn next_frame(&self, _context: &Context<'_>) -> Option<Duration> {
        self.draft.next_frame()
    }

    fn last_words(&self, context: &Context<'_>) -> Option<Request> {
        self.draft.last_words(&self.content(), context.access)
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let fields = self.form.len() as u16;
        // Two rows a field, the frame, a row of air and two for what is wrong or under way.
        let area = panel::centred(area, 92, fields * 2 + 5);
        let inner = panel::framed(frame, area, &self.title, theme, true);
        let [_, fields, remark] = panel::stacked(
            inner,
            [
                Constraint::Max(1),
                Constraint::Max(fields * 2),
                Constraint::Length(2),
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
