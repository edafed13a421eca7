//! Editing the fields of an existing patient.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use serde::{Deserialize, Serialize};

use super::conflict::Conflict;
use super::patient_form::drafted::{self, Drafted};
use super::patient_form::{self, PatientForm};
use super::{Action, Screen, ScreenEvent};
use crate::clinical::merge::Merge;
use crate::clinical::patient::{Patient, PatientDraft};
use crate::store::{PatientId, PatientRecord, StoreError};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::draft::DraftKeeper;
use crate::tui::keymap::Scope;
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
}

impl Drafted for EditPatient {
    fn parts(&mut self) -> (&mut PatientForm, &mut DraftKeeper) {
        (&mut self.form, &mut self.draft)
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

    fn is_saving(&self) -> bool {
        self.saving.is_some()
    }

    fn stop_saving(&mut self) {
        self.saving = None;
    }

    fn open(&mut self, context: &Context<'_>) -> Vec<Action> {
        let access = context.access.cloned();
        let patient = self.patient;
        let ask = |access| Action::ask(patients::Request::KeptPhoto { access, patient });
        access.map(ask).into_iter().collect()
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
                let actions = self.done("The patient was saved.", context);
                return drafted::saved(actions, attached);
            }
            Answer::PatientForm(answer) => self.form.on_answer(answer, context),
            _ => {}
        }
        Vec::new()
    }

    fn returned(&mut self, context: &Context<'_>) -> Option<Vec<Action>> {
        let values = self.merged.take()?;
        if let Some((theirs, revision)) = self.newest.take() {
            self.before = theirs;
            self.revision = revision;
        }
        self.form.replace(&values);
        Some(self.submit(context))
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
        drafted::update(self, event, context)
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
