//! Form of a patient's record: every field of [`Field`], in its sections, for a new record and for an edited one. The
//! typed values are one [`PatientDraft`]; the screens around the form save it.

pub mod choice;
pub mod drafted;
mod editing;
mod history;
mod photo;
mod progress;
mod rows;
mod view;

use std::collections::BTreeMap;
use std::path::PathBuf;

use jiff::civil::Date;
use tui_input::Input;

use self::history::{Change, History};
pub use self::photo::PhotoField;
use super::Action;
use super::follow_up::FollowUpLine;
use crate::clinical::assessment::TrainingRange;
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::patient::{Field, Kind, Patient, PatientDraft};
use crate::clinical::reading::Reading;
use crate::store::{Exam, PatientId, StoreError};
use crate::text::{percent, sentence};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::Scope;
use crate::tui::reply::Inbox;
use crate::tui::worker::{Request, patients};

/// Key scopes of a screen with this form.
pub const SCOPES: &[Scope] = &[Scope::PatientForm, Scope::Form];

/// Status under the form while it is being saved.
pub const SAVING: &str = "Saving …";

/// AI output of a patient without an exam.
const NO_EXAM: &str = "no exam yet";

/// Typed values, and the cursor.
#[derive(Debug, Clone)]
pub struct PatientForm {
    typed: PatientDraft,
    focus: Field,
    /// Text of the focused field, with its cursor.
    input: Input,
    /// Selected follow-up scan while that field is focused; one past the last for a new one.
    row: usize,
    complaints: BTreeMap<Field, String>,
    history: History,
    ai_output: String,
    pub photo: PhotoField,
    replies: Inbox<Reply>,
}

/// Answers of the dialogs over the form.
#[derive(Debug, Clone)]
enum Reply {
    /// The value of the field in focus.
    Value(String),
    FollowUp(FollowUpLine),
    Photo(PathBuf),
}

/// Result of a key for the screen.
pub enum FormOutcome {
    /// The form stays open.
    Stays,
    /// The user asks to save.
    Save,
    /// Actions to perform.
    Acts(Vec<Action>),
}

impl PatientForm {
    /// Empty form, with the name focused.
    pub fn empty() -> Self {
        Self {
            typed: PatientDraft::default(),
            focus: Field::FullName,
            input: Input::default(),
            row: 0,
            complaints: BTreeMap::new(),
            history: History::default(),
            ai_output: NO_EXAM.to_owned(),
            photo: PhotoField::default(),
            replies: Inbox::default(),
        }
    }

    /// Form filled from this patient.
    pub fn of(patient: &Patient) -> Self {
        let mut form = Self::empty();
        form.typed = PatientDraft::from(patient);
        form.enter(form.focus);
        form
    }

    /// Value of a field as it was typed.
    pub fn value(&self, field: Field) -> &str {
        self.typed.get(field)
    }

    /// Fills in a field that the user did not type into; it cannot be undone.
    pub fn fill(&mut self, field: Field, value: &str) {
        self.typed.set(field, value);
        if field == self.focus {
            self.enter(field);
        }
    }

    /// Replaces the values of all fields that are entered.
    pub fn replace(&mut self, values: &PatientDraft) {
        for field in Field::entered() {
            self.change(field, values.get(field).to_owned(), false);
        }
        self.enter(self.focus);
    }

    /// Shows the newest exam; `None` for a patient without one.
    pub fn tell_exam(&mut self, exam: Option<&Exam>) {
        self.ai_output = match exam {
            Some(exam) => ai_output(&exam.slice, &exam.reading.reading()),
            None => NO_EXAM.to_owned(),
        };
    }

    /// Shows the result of an exam that is about to be saved.
    pub fn tell_result(&mut self, slice: &ExaminedSlice) {
        self.ai_output = ai_output(slice, &Reading::default());
    }

    /// The form as the text that [`PatientForm::restore`] reads.
    pub fn content(&self) -> String {
        content(&self.typed)
    }

    /// Restores the values of [`PatientForm::content`].
    pub fn restore(&mut self, content: &str) {
        if let Some(typed) = PatientDraft::from_json(content) {
            self.typed = typed;
            self.history = History::default();
            self.complaints.clear();
            self.enter(self.focus);
        }
    }

    /// The patient as typed; `None`, with a complaint at each wrong field, if it is invalid.
    pub fn validated(&mut self, today: Date) -> Option<Patient> {
        self.complaints.clear();
        let checked = self.typed.validate(today);
        let waiting = self.photo.waits_for(self.typed.get(Field::Photo));
        if waiting {
            let sentence = "The photo is still being read: save again in a moment.";
            self.complaints.insert(Field::Photo, sentence.to_owned());
        }
        let patient = match checked {
            Ok(patient) if !waiting => Some(patient),
            Ok(_) => None,
            Err(wrong) => {
                let wrong = wrong.into_iter().map(|wrong| (wrong.field, wrong.message));
                self.complaints.extend(wrong);
                None
            }
        };
        if let Some(first) = self.complaints.keys().next().copied() {
            self.enter(first);
        }
        patient
    }

    /// Shows a complaint at a field and focuses it.
    pub fn complain(&mut self, field: Field, complaint: String) {
        self.complaints.insert(field, complaint);
        self.enter(field);
    }

    /// The store refused to save: a complaint if the error is about a field, otherwise a message.
    pub fn refused(&mut self, error: &StoreError) -> Vec<Action> {
        match error {
            StoreError::NumberTaken { .. } | StoreError::NumberOfDeleted { .. } => {
                self.complain(Field::Number, sentence(&error.to_string()));
                Vec::new()
            }
            error => vec![Action::Tell(Notice::error(error.to_string()))],
        }
    }

    /// Request about the photo once the record of this patient is saved, if one is needed.
    pub fn photo_request(&self, patient: PatientId, context: &Context<'_>) -> Option<Request> {
        let access = context.access?.clone();
        if self.typed.get(Field::Photo) == photo::REMOVED {
            let request = patients::Request::RemovePhotos { access, patient };
            return Some(Request::PatientForm(request));
        }
        let photo = self.photo.chosen(self.typed.get(Field::Photo))?;
        Some(Request::PatientForm(patients::Request::AttachPhoto {
            access,
            patient,
            photo,
        }))
    }

    /// Asks for the chosen photo if it is not read yet.
    pub fn ask_for_photo(&mut self) -> Vec<Action> {
        let path = self.photo.to_read(self.typed.get(Field::Photo));
        let ask = |path| Action::Ask(Request::PatientForm(patients::Request::ReadPhoto(path)));
        path.map(ask).into_iter().collect()
    }

    /// Stores a photo that was read or listed.
    pub fn on_answer(&mut self, answer: patients::Answer, context: &Context<'_>) {
        match answer {
            patients::Answer::PhotoRead {
                path,
                read: Ok(photo),
            } => self.photo.was_read(path, photo),
            patients::Answer::PhotoRead {
                path,
                read: Err(error),
            } => {
                if self.typed.get(Field::Photo) == path.to_string_lossy() {
                    self.typed.set(Field::Photo, "");
                    self.complaints
                        .insert(Field::Photo, context.sentence(&error));
                }
                self.photo.was_refused();
            }
            patients::Answer::KeptPhoto(Ok(kept)) => self.photo.kept = kept,
            _ => {}
        }
    }

    /// Takes the answer of a dialog that closed, where there is one.
    pub fn returned(&mut self) {
        if let Some(reply) = self.replies.take() {
            self.on_reply(reply);
        }
    }

    fn on_reply(&mut self, reply: Reply) {
        match reply {
            Reply::Value(value) => self.change(self.focus, value, false),
            Reply::FollowUp(FollowUpLine { row, line }) => self.put_follow_up(row, &line),
            Reply::Photo(path) => {
                let path = path.to_string_lossy().into_owned();
                self.change(Field::Photo, path, false);
            }
        }
        self.enter(self.focus);
    }

    fn put_follow_up(&mut self, row: Option<usize>, line: &str) {
        let mut lines = self.follow_ups();
        match row.and_then(|row| lines.get_mut(row)) {
            Some(place) => line.clone_into(place),
            None => lines.push(line.to_owned()),
        }
        // Lines begin with their date in ISO 8601, so sorting them sorts by date.
        lines.sort();
        self.row = lines
            .iter()
            .position(|other| other == line)
            .unwrap_or_default();
        self.change(Field::FollowUps, lines.join("\n"), false);
    }

    fn follow_ups(&self) -> Vec<String> {
        let lines = self.typed.get(Field::FollowUps).lines();
        lines.map(str::to_owned).collect()
    }

    /// Changes a field, which can be undone; its complaint is removed.
    fn change(&mut self, field: Field, after: String, is_letter: bool) {
        let before = self.typed.get(field).to_owned();
        self.complaints.remove(&field);
        if before == after {
            return;
        }
        self.typed.set(field, after.clone());
        let change = Change {
            field,
            before,
            after,
        };
        self.history.made(change, is_letter);
    }

    /// Focuses a field, with the cursor at the end of its text.
    fn enter(&mut self, field: Field) {
        if field != self.focus {
            self.history.close();
            self.row = 0;
        }
        self.focus = field;
        self.input = Input::new(self.typed.get(field).to_owned());
        self.row = self.row.min(self.follow_ups().len());
    }

    /// True if the user can focus a field and change it.
    fn is_walked(field: Field) -> bool {
        !matches!(field.kind(), Kind::Computed)
    }
}

/// Message after the record was saved but not its photo.
pub fn photo_missing(error: &StoreError) -> Action {
    let message = format!("The record was saved, but not the change of its photo: {error}");
    Action::Tell(Notice::warning(message))
}

/// Text of the stated values of a draft.
pub fn content(typed: &PatientDraft) -> String {
    let mut stated = PatientDraft::default();
    for field in Field::all() {
        let value = typed.get(field);
        if !value.is_empty() {
            stated.set(field, value);
        }
    }
    stated.to_json()
}

/// The network's answer to an exam in one line, with its category.
fn ai_output(slice: &ExaminedSlice, reading: &Reading) -> String {
    let assessment = &slice.assessment;
    let suggested = assessment.suggested_category();
    let category = match reading.category() {
        Some(measured) => Some(measured.with_basis()),
        None => suggested.map(|suggested| format!("{} suggested", suggested.label())),
    };
    let probability = assessment.malignancy_probability();
    let said = match (probability, assessment.training_range.outside_reason()) {
        (_, Some(reason)) => Some(format!("{}: {reason}", TrainingRange::OUTSIDE)),
        (probability, None) => probability.map(|it| format!("{} malignant", percent(it))),
    };
    let label = assessment.classification.label().to_owned();
    let parts = [Some(label), said, category].into_iter().flatten();
    parts.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests;
