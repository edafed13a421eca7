//! Editing the fields of an existing patient.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::conflict::Conflict;
use super::patient_form::{self, PatientForm, Taken};
use super::{Action, Screen, ScreenEvent};
use crate::clinical::merge::Merge;
use crate::clinical::patient::{Patient, PatientDraft};
use crate::store::{PatientId, PatientRecord, StoreError};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::draft::DraftKeeper;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::worker::{Answer, Request, patients, records};

/// The screen.
pub struct EditPatient {
    form: PatientForm,
    draft: DraftKeeper,
    patient: PatientId,
    /// Record before the user typed; the saved change is relative to it.
    before: PatientDraft,
    /// Revision of `before`.
    revision: u32,
    title: String,
    /// Record as another user saved it meanwhile, with its revision, while the user chooses.
    newest: Option<(PatientDraft, u32)>,
    /// Patient being saved.
    saving: Option<Patient>,
    merged: Inbox<PatientDraft>,
}

/// Draft with the record that it changes: the record may be another one when the draft is restored.
#[derive(Serialize, Deserialize)]
struct Kept {
    revision: u32,
    before: String,
    typed: String,
}

impl EditPatient {
    /// Form for the patient of this record.
    pub fn new(record: &PatientRecord) -> Self {
        let mut form = PatientForm::of(&record.patient);
        form.tell_exam(record.exams.first());
        Self {
            form,
            draft: DraftKeeper::new("patient edit", Some(record.id.0)),
            patient: record.id,
            before: PatientDraft::from(&record.patient),
            revision: record.revision,
            title: format!("Edit {}", scrub(&record.patient.full_name)),
            newest: None,
            saving: None,
            merged: Inbox::default(),
        }
    }

    fn content(&self) -> String {
        let kept = Kept {
            revision: self.revision,
            before: self.before.to_json(),
            typed: self.form.content(),
        };
        serde_json::to_string(&kept).unwrap_or_default()
    }

    fn restore(&mut self, content: &str) {
        let kept = serde_json::from_str::<Kept>(content).ok();
        let before = kept
            .as_ref()
            .and_then(|kept| PatientDraft::from_json(&kept.before));
        if let (Some(kept), Some(before)) = (kept, before) {
            self.revision = kept.revision;
            self.before = before;
            self.form.restore(&kept.typed);
        }
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let Some(changed) = self.form.validated(context.moment.today()) else {
            return Vec::new();
        };
        if PatientDraft::from(&changed) == self.before {
            return match self.form.photo_request(self.patient, context) {
                Some(request) => {
                    self.saving = Some(changed);
                    vec![Action::Ask(request)]
                }
                None => self.done("No changes to save.", context),
            };
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

    /// Returns to the record with a message.
    fn done(&mut self, message: impl AsRef<str>, context: &Context<'_>) -> Vec<Action> {
        let mut actions = self.draft.drop(context);
        actions.push(Action::Return);
        actions.push(Action::Tell(Notice::good(message)));
        actions
    }

    /// Another user saved first: compares the present record with the typed one.
    fn compare(&mut self, newest: &PatientRecord, context: &Context<'_>) -> Vec<Action> {
        let Some(mine) = self.saving.take() else {
            return Vec::new();
        };
        let theirs = PatientDraft::from(&newest.patient);
        let merge = Merge::new(&self.before, &PatientDraft::from(&mine), &theirs);
        if merge.differing().is_empty() {
            // The photo still has to be saved; the record equals what was typed.
            self.before = theirs;
            self.revision = newest.revision;
            if let Some(request) = self.form.photo_request(self.patient, context) {
                self.saving = Some(mine);
                return vec![Action::Ask(request)];
            }
            let who = scrub(&newest.changed_by);
            return self.done(format!("{who} saved the same changes already."), context);
        }
        self.newest = Some((theirs, newest.revision));
        let conflict = Conflict::new(
            merge,
            &newest.changed_by,
            newest.changed_at,
            self.merged.reply(|values| values),
        );
        vec![Action::Open(Box::new(conflict))]
    }

    fn saved(&mut self, outcome: Result<u32, StoreError>, context: &Context<'_>) -> Vec<Action> {
        match (outcome, context.access.cloned()) {
            (Ok(_), _) => match self.form.photo_request(self.patient, context) {
                Some(request) => vec![Action::Ask(request)],
                None => self.done("The patient was saved.", context),
            },
            (Err(StoreError::PatientChanged), Some(access)) => {
                let patient = self.patient;
                vec![Action::ask(records::Request::Open { access, patient })]
            }
            (Err(error), _) => {
                self.saving = None;
                self.form.refused(&error)
            }
        }
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Answer::Records(records::Answer::PatientChanged(outcome)) => {
                return self.saved(outcome, context);
            }
            Answer::Records(records::Answer::Opened(Ok(newest))) => {
                return self.compare(&newest, context);
            }
            Answer::Records(records::Answer::Opened(Err(error))) => {
                self.saving = None;
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
            Answer::PatientForm(patients::Answer::PhotoSettled(attached)) => {
                let mut actions = self.done("The patient was saved.", context);
                actions.extend(
                    attached
                        .err()
                        .map(|error| patient_form::photo_missing(&error)),
                );
                return actions;
            }
            Answer::PatientForm(answer) => self.form.on_answer(answer),
            _ => {}
        }
        Vec::new()
    }

    /// Asks for the parts of the record besides its fields.
    fn ask_for_kept_photo(&self, context: &Context<'_>) -> Option<Action> {
        let request = patients::Request::KeptPhoto {
            access: context.access?.clone(),
            patient: self.patient,
        };
        Some(Action::Ask(Request::PatientForm(request)))
    }

    /// Handles an event after the draft keeper.
    fn take(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                let mut actions = self.draft.begin(self.content(), context);
                actions.extend(self.ask_for_kept_photo(context));
                return actions;
            }
            ScreenEvent::Answer(answer) => return self.answered(answer, context),
            ScreenEvent::Failed => {
                self.saving = None;
                return Vec::new();
            }
            ScreenEvent::Key(..) | ScreenEvent::Paste(_) if self.saving.is_some() => {
                return Vec::new();
            }
            ScreenEvent::Key(_, Some(Command::Back)) => return self.draft.leave(&self.content()),
            ScreenEvent::Key(key, command) => match self.form.take(key, command, context) {
                Taken::Save => return self.submit(context),
                Taken::Acts(actions) => return actions,
                Taken::Stays => {}
            },
            ScreenEvent::Paste(text) => self.form.paste(text, context),
            ScreenEvent::Returned => match self.merged.take() {
                Some(values) => {
                    if let Some((theirs, revision)) = self.newest.take() {
                        self.before = theirs;
                        self.revision = revision;
                    }
                    self.form.replace(&values);
                    return self.submit(context);
                }
                None => self.form.returned(),
            },
            _ => return Vec::new(),
        }
        self.draft.typed(&self.content(), context);
        Vec::new()
    }
}

impl Screen for EditPatient {
    fn title(&self) -> &str {
        "Edit patient"
    }

    fn scopes(&self) -> &'static [Scope] {
        patient_form::SCOPES
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let content = self.content();
        let (taken, mut actions) = self.draft.on_answer(&event, &content, context);
        if let Some(content) = taken {
            self.restore(&content);
        }
        actions.extend(self.take(event, context));
        actions.extend(self.form.ask_for_photo());
        actions
    }

    fn next_frame(&self, _context: &Context<'_>) -> Option<Duration> {
        self.draft.next_frame()
    }

    fn last_words(&self, context: &Context<'_>) -> Option<Request> {
        self.draft.last_words(&self.content(), context.access)
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let status = self.saving.is_some().then_some(patient_form::SAVING);
        self.form.view(frame, area, &self.title, status, context);
    }
}
