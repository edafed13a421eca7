//! New record: for a result that is about to be saved, or without one.

use std::time::Duration;

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::patient_form::{self, PatientForm, Taken};
use super::save_question::SaveQuestion;
use super::{Action, Returned, Screen, ScreenEvent};
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::identity::{Contradiction, Identity, shown_name};
use crate::clinical::patient::Field;
use crate::store::{Access, PatientChoice, PatientId, ScanOwner};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::draft::DraftKeeper;
use crate::tui::keymap::{Command, Scope};
use crate::tui::worker::key_image::Shown;
use crate::tui::worker::{Answer, Request, exams, patients};

/// Result that is about to be saved.
#[derive(Debug, Clone)]
pub struct ToSave {
    pub exam: ExaminedSlice,
    /// Picture on the screen, which is saved with it.
    pub shown: Option<Shown>,
    /// Identity of the scan's patient, as far as the scan states it.
    pub patient: Identity,
    /// Scan date, if the file states it.
    pub scanned_on: Option<Date>,
}

impl ToSave {
    /// Request that saves it to this patient.
    pub fn request(&self, access: Access, patient: PatientChoice, owner: ScanOwner) -> Request {
        let request = exams::Request::Save {
            access,
            owner: Box::new(owner),
            patient: Box::new(patient),
            exam: Box::new(self.exam.clone()),
            shown: self.shown.clone(),
            scanned_on: self.scanned_on,
        };
        request.into()
    }
}

/// The screen.
pub struct NewPatient {
    form: PatientForm,
    draft: DraftKeeper,
    /// Result that the record is created for, if any.
    result: Option<Box<ToSave>>,
    /// Name that is being saved, while it is.
    saving: Option<String>,
    /// Result of this screen, passed on once the photo of the saved record is saved too.
    saved: Option<Returned>,
}

impl NewPatient {
    /// Record that begins with the scan's data about its patient. `name` is the search text, used as the name if the
    /// scan states none.
    pub fn new(result: ToSave, name: &str) -> Self {
        let mut form = PatientForm::empty();
        let stated = &result.patient;
        let from_scan = [
            (Field::FullName, stated.name.as_deref().map(shown_name)),
            (Field::Number, stated.number.clone()),
            (
                Field::DateOfBirth,
                stated.birth_date.map(|date| date.to_string()),
            ),
            (Field::Gender, stated.sex.map(|sex| sex.as_str().to_owned())),
        ];
        form.fill(Field::FullName, name);
        for (field, value) in from_scan {
            if let Some(value) = value.filter(|value| !value.trim().is_empty()) {
                form.fill(field, value.trim());
            }
        }
        form.tell_result(&result.exam);
        Self {
            result: Some(Box::new(result)),
            ..Self::with(form, "new patient")
        }
    }

    /// Record without an exam. Returns [`Returned::Created`].
    pub fn record() -> Self {
        Self::with(PatientForm::empty(), "new record")
    }

    fn with(form: PatientForm, draft: &'static str) -> Self {
        Self {
            form,
            draft: DraftKeeper::new(draft, None),
            result: None,
            saving: None,
            saved: None,
        }
    }

    /// Saves the typed record. Asks first if the scan of the result contradicts it in more than the `accepted` fields.
    fn submit(&mut self, accepted: Vec<Contradiction>, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let Some(patient) = self.form.validated(context.moment.today()) else {
            return Vec::new();
        };
        if let Some(result) = &self.result {
            let hospital = context.account.map_or("", |account| &account.hospital);
            let question = SaveQuestion::new(None, &patient, hospital, &result.patient);
            if !question.is_covered_by(&accepted) {
                return vec![Action::Open(Box::new(question))];
            }
        }
        self.saving = Some(patient.full_name.clone());
        vec![Action::Ask(match &self.result {
            Some(result) => {
                let stated = result.patient.clone();
                let owner = ScanOwner { stated, accepted };
                result.request(access, PatientChoice::New(patient), owner)
            }
            None => Request::PatientForm(patients::Request::Create {
                access,
                patient: Box::new(patient),
            }),
        })]
    }

    /// The record was saved; its photo is next, if there is one.
    fn saved(
        &mut self,
        patient: PatientId,
        leaves: Returned,
        context: &Context<'_>,
    ) -> Vec<Action> {
        match self.form.photo_request(patient, context) {
            Some(request) => {
                self.saved = Some(leaves);
                vec![Action::Ask(request)]
            }
            None => self.done(leaves, context),
        }
    }

    fn done(&mut self, leaves: Returned, context: &Context<'_>) -> Vec<Action> {
        let name = self.saving.take().unwrap_or_default();
        let mut actions = self.draft.drop(context);
        let is_record = matches!(leaves, Returned::Created(_));
        actions.push(Action::Return(leaves));
        if is_record {
            let message = format!("The record of {} was saved.", scrub(&name));
            actions.push(Action::Tell(Notice::good(message)));
        }
        actions
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Answer::PatientForm(patients::Answer::NextNumber(Ok(number)))
                if self.form.value(Field::Number).is_empty() =>
            {
                self.form.fill(Field::Number, &number);
                self.draft.filled(self.form.content());
            }
            Answer::PatientForm(patients::Answer::NextNumber(Err(error))) => {
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
            Answer::Exams(exams::Answer::Saved(Ok(exam))) => {
                let patient = self.saving.clone().unwrap_or_default();
                return self.saved(exam.patient, Returned::Saved { exam, patient }, context);
            }
            Answer::PatientForm(patients::Answer::Created(Ok(patient))) => {
                return self.saved(patient, Returned::Created(patient), context);
            }
            Answer::Exams(exams::Answer::Saved(Err(error)))
            | Answer::PatientForm(patients::Answer::Created(Err(error))) => {
                self.saving = None;
                return self.form.refused(&error);
            }
            Answer::PatientForm(patients::Answer::PhotoSettled(attached)) => {
                let Some(leaves) = self.saved.take() else {
                    return Vec::new();
                };
                let mut actions = self.done(leaves, context);
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

    /// Handles an event after the draft keeper.
    fn take(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                let mut actions = self.draft.begin(self.form.content(), context);
                let number = context.access.cloned().map(patients::Request::NextNumber);
                actions.extend(number.map(Action::ask));
                return actions;
            }
            ScreenEvent::Answer(answer) => return self.answered(answer, context),
            ScreenEvent::Key(..) | ScreenEvent::Paste(_) if self.saving.is_some() => {
                return Vec::new();
            }
            ScreenEvent::Key(_, Some(Command::Back)) => {
                return self.draft.leave(&self.form.content());
            }
            ScreenEvent::Key(key, command) => match self.form.take(key, command, context) {
                Taken::Save => return self.submit(Vec::new(), context),
                Taken::Acts(actions) => return actions,
                Taken::Stays => {}
            },
            ScreenEvent::Paste(text) => self.form.paste(text, context),
            ScreenEvent::Failed => {
                self.saving = None;
                return Vec::new();
            }
            ScreenEvent::Returned(Returned::SaveTo(to)) => {
                return self.submit(to.accepted, context);
            }
            ScreenEvent::Returned(returned) => self.form.returned(&returned),
            _ => return Vec::new(),
        }
        self.draft.typed(&self.form.content(), context);
        Vec::new()
    }
}

impl Screen for NewPatient {
    fn title(&self) -> &str {
        match self.result {
            Some(_) => "New patient",
            None => "New record",
        }
    }

    fn scopes(&self) -> &'static [Scope] {
        patient_form::SCOPES
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let (taken, mut actions) = self.draft.on_answer(&event, &self.form.content(), context);
        if let Some(content) = taken {
            self.form.restore(&content);
        }
        actions.extend(self.take(event, context));
        actions.extend(self.form.ask_for_photo());
        actions
    }

    fn next_frame(&self, _context: &Context<'_>) -> Option<Duration> {
        self.draft.next_frame()
    }

    fn last_words(&self, context: &Context<'_>) -> Option<Request> {
        self.draft.last_words(&self.form.content(), context.access)
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let title = match self.result {
            Some(_) => "New patient for this result",
            None => "New record",
        };
        let status = self.saving.is_some().then_some(patient_form::SAVING);
        self.form.view(frame, area, title, status, context);
    }
}
