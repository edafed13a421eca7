//! New record: for a result that is about to be saved, or without one.

use std::time::Duration;

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;

use super::patient_form::{self, FormOutcome, PatientForm};
use super::save_question::{Accepted, SaveQuestion, SaveTo};
use super::{Action, Screen, ScreenEvent};
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::identity::{Identity, shown_name};
use crate::clinical::patient::Field;
use crate::clinical::scanned_study::ScannedStudy;
use crate::store::{
    Access, PatientChoice, PatientId, PlannedRow, SavedExam, ScanOrder, ScanOwner, StoreError,
};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::draft::DraftKeeper;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::{Inbox, Reply};
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
    /// Patient and study as the scan's files write them, if they state a study.
    pub study: Option<Box<ScannedStudy>>,
    /// Scan date, if the file states it.
    pub scanned_on: Option<Date>,
    /// Accession number and day of the scan.
    pub order: ScanOrder,
    /// The planned exam that the scan belongs to.
    pub planned: Option<Box<PlannedRow>>,
}

impl ToSave {
    /// The scan's patient, study and order, with the contradictions that the user accepted.
    pub fn owner(&self, accepted: Accepted) -> ScanOwner {
        ScanOwner {
            stated: self.patient.clone(),
            study: self.study.clone(),
            accepted: accepted.contradictions,
            order: self.order.clone(),
            accepted_plan: accepted.plan,
        }
    }

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

/// An exam that is in a patient's record.
#[derive(Debug, Clone)]
pub struct Saved {
    pub exam: SavedExam,
    /// Full name, as stored.
    pub patient: String,
}

/// Result that a new record is made for, and the screen that gets the answer.
enum Purpose {
    Record(Reply<PatientId>),
    /// The record begins with a result.
    Result(Box<ToSave>, Reply<Saved>),
}

/// The saved record.
enum Made {
    Record(PatientId),
    Exam(SavedExam),
}

/// The screen.
pub struct NewPatient {
    form: PatientForm,
    draft: DraftKeeper,
    purpose: Purpose,
    /// Number that the form was given, until a patient has it.
    suggested: String,
    /// True while another number is asked for in place of one that was taken.
    renews: bool,
    /// Name that is being saved, while it is.
    saving: Option<String>,
    /// Result of was saved, while the photo of the record is still to be kept.
    made: Option<Made>,
    questions: Inbox<SaveTo>,
}

impl NewPatient {
    /// Record that begins with the scan's data about its patient. `name` is the search text, used as the name if the
    /// scan states none.
    pub fn new(result: ToSave, name: &str, reply: Reply<Saved>) -> Self {
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
        Self::with(
            form,
            "new patient",
            Purpose::Result(Box::new(result), reply),
        )
    }

    /// Record without an exam.
    pub fn record(reply: Reply<PatientId>) -> Self {
        Self::with(PatientForm::empty(), "new record", Purpose::Record(reply))
    }

    fn with(form: PatientForm, draft: &'static str, purpose: Purpose) -> Self {
        Self {
            form,
            draft: DraftKeeper::new(draft, None),
            purpose,
            suggested: String::new(),
            renews: false,
            saving: None,
            made: None,
            questions: Inbox::default(),
        }
    }

    /// Saves the typed record. Asks first if the scan of the result contradicts it in more than the `accepted` fields.
    fn submit(&mut self, accepted: Accepted, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let Some(patient) = self.form.validated(context.moment.today()) else {
            return Vec::new();
        };
        if let Purpose::Result(result, _) = &self.purpose {
            let hospital = context.account.map_or("", |account| &account.hospital);
            let question = SaveQuestion::new(
                None,
                &patient,
                hospital,
                result,
                self.questions.reply(|to| to),
            );
            if !question.is_covered_by(&accepted) {
                return vec![Action::Open(Box::new(question))];
            }
        }
        self.saving = Some(patient.full_name.clone());
        vec![Action::Ask(match &self.purpose {
            Purpose::Result(result, _) => {
                let owner = result.owner(accepted);
                result.request(access, PatientChoice::New(patient), owner)
            }
            Purpose::Record(_) => Request::PatientForm(patients::Request::Create {
                access,
                patient: Box::new(patient),
            }),
        })]
    }

    /// The record was saved; its photo is next, if there is one.
    fn saved(&mut self, patient: PatientId, made: Made, context: &Context<'_>) -> Vec<Action> {
        match self.form.photo_request(patient, context) {
            Some(request) => {
                self.made = Some(made);
                vec![Action::Ask(request)]
            }
            None => self.done(made, context),
        }
    }

    fn done(&mut self, made: Made, context: &Context<'_>) -> Vec<Action> {
        let name = self.saving.take().unwrap_or_default();
        let mut actions = self.draft.drop(context);
        match (made, &self.purpose) {
            (Made::Record(patient), Purpose::Record(reply)) => {
                actions.push(reply.send(patient));
                let message = format!("The record of {} was saved.", scrub(&name));
                actions.push(Action::Tell(Notice::good(message)));
            }
            (Made::Exam(exam), Purpose::Result(_, reply)) => {
                let patient = name;
                actions.push(reply.send(Saved { exam, patient }));
            }
            // Neither is asked for by the other purpose.
            (Made::Record(_) | Made::Exam(_), _) => actions.push(Action::Return),
        }
        actions
    }

    fn answered(&mut self, answer: Answer, context: &Context<'_>) -> Vec<Action> {
        match answer {
            Answer::PatientForm(patients::Answer::NextNumber(Ok(number))) => {
                if self.form.value(Field::Number).is_empty() {
                    self.form.fill(Field::Number, &number);
                    self.draft.filled(self.form.content());
                } else if self.renews && self.form.value(Field::Number) == self.suggested {
                    let taken = scrub(&self.suggested).into_owned();
                    self.form.fill(Field::Number, &number);
                    let complaint = format!(
                        "{taken} went to another patient meanwhile; {number} is free. Save again."
                    );
                    self.form.complain(Field::Number, complaint);
                }
                self.renews = false;
                self.suggested = number;
            }
            Answer::PatientForm(patients::Answer::NextNumber(Err(error))) => {
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
            Answer::Exams(exams::Answer::Saved(Ok(exam))) => {
                return self.saved(exam.patient, Made::Exam(exam), context);
            }
            Answer::PatientForm(patients::Answer::Created(Ok(patient))) => {
                return self.saved(patient, Made::Record(patient), context);
            }
            Answer::Exams(exams::Answer::Saved(Err(error)))
            | Answer::PatientForm(patients::Answer::Created(Err(error))) => {
                self.saving = None;
                return self.refused(&error, context);
            }
            Answer::PatientForm(patients::Answer::PhotoSettled(attached)) => {
                let Some(made) = self.made.take() else {
                    return Vec::new();
                };
                let mut actions = self.done(made, context);
                actions.extend(
                    attached
                        .err()
                        .map(|error| patient_form::photo_missing(&error)),
                );
                return actions;
            }
            Answer::PatientForm(answer) => self.form.on_answer(answer, context),
            _ => {}
        }
        Vec::new()
    }

    /// The record was not saved. In place of a suggested number that another patient has by now, the next one is asked for.
    fn refused(&mut self, error: &StoreError, context: &Context<'_>) -> Vec<Action> {
        let is_suggested = |number: &String| *number == self.suggested;
        let is_taken = match error {
            StoreError::NumberTaken { number } | StoreError::NumberOfDeleted { number } => {
                is_suggested(number)
            }
            _ => false,
        };
        match (is_taken, context.access.cloned()) {
            (true, Some(access)) => {
                self.renews = true;
                vec![Action::ask(patients::Request::NextNumber(access))]
            }
            _ => self.form.refused(error),
        }
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
                FormOutcome::Save => return self.submit(Accepted::default(), context),
                FormOutcome::Acts(actions) => return actions,
                FormOutcome::Stays => {}
            },
            ScreenEvent::Paste(text) => self.form.paste(text, context),
            ScreenEvent::Failed => {
                self.saving = None;
                return Vec::new();
            }
            ScreenEvent::Returned => match self.questions.take() {
                Some(to) => return self.submit(to.accepted, context),
                None => self.form.returned(),
            },
            _ => return Vec::new(),
        }
        self.draft.typed(&self.form.content(), context);
        Vec::new()
    }
}

impl Screen for NewPatient {
    fn title(&self) -> &str {
        match self.purpose {
            Purpose::Result(..) => "New patient",
            Purpose::Record(_) => "New record",
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
        let title = match self.purpose {
            Purpose::Result(..) => "New patient for this result",
            Purpose::Record(_) => "New record",
        };
        let status = self.saving.is_some().then_some(patient_form::SAVING);
        self.form.view(frame, area, title, status, context);
    }
}
