//! Dialog for planning an exam, or changing a planned one.
//!
//! A patient whose ID is typed is looked up first and named; only the next press of the key plans the exam.

use jiff::civil::Date;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::clinical::date;
use crate::clinical::patient::{Days, Patient};
use crate::clinical::text;
use crate::clinical::worklist::ExamPlan;
use crate::store::{PatientId, PlannedId, PlannedRow, StoreError};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::screens::list_dialogs::form_dialog::{FormDialog, submits};
use crate::tui::screens::pick_date::PickDate;
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::widgets::form::{Complaints, Field, Form, Kind, noted};
use crate::tui::worker::Answer;
use crate::tui::worker::worklist::{self as work, Request};

const NUMBER: usize = 0;
const DAY: usize = 1;
const ACCESSION: usize = 2;
const REASON: usize = 3;

/// The dialog.
pub struct PlanForm {
    form: Form,
    /// The patient, once known.
    patient: Option<Named>,
    /// The planned exam that is changed, and its revision.
    planned: Option<(PlannedId, u32)>,
    is_saving: bool,
    chosen: Inbox<Date>,
}

/// A patient and the name shown.
struct Named {
    id: PatientId,
    /// Number, as [`text::key`] makes it.
    key: String,
    shown: String,
}

impl Named {
    fn of(id: PatientId, patient: &Patient) -> Self {
        let born = match patient.date_of_birth {
            Some(born) => format!(", born {born}"),
            None => String::new(),
        };
        let shown = format!("{} {}{born}", patient.number, patient.full_name);
        Self {
            id,
            key: text::key(&patient.number),
            shown: scrub(&shown).into_owned(),
        }
    }
}

impl Default for PlanForm {
    /// For a patient whose ID is typed.
    fn default() -> Self {
        Self {
            form: Form::new(vec![
                Field::new("Patient ID", Kind::Text, "of a patient who has a record"),
                Field::new("Day", Kind::Text, "YYYY-MM-DD; F4 opens a calendar"),
                Field::new("Accession", Kind::Text, "number of the order, optional"),
                Field::new("Reason", Kind::Text, "optional"),
            ]),
            patient: None,
            planned: None,
            is_saving: false,
            chosen: Inbox::default(),
        }
    }
}

impl PlanForm {
    /// For this patient.
    pub fn of_patient(id: PatientId, patient: &Patient) -> Self {
        let mut form = Self {
            patient: Some(Named::of(id, patient)),
            ..Self::default()
        };
        form.form.set(NUMBER, patient.number.clone());
        form.form.hide(NUMBER, true);
        form.form.focus = DAY;
        form
    }

    /// To change a planned exam.
    pub fn change(row: &PlannedRow) -> Self {
        let mut form = Self::of_patient(row.patient_id, &row.patient);
        form.planned = Some((row.id, row.revision));
        form.form.set(DAY, row.plan.on.to_string());
        form.form.set(ACCESSION, row.plan.accession.clone());
        form.form.set(REASON, row.plan.reason.clone());
        form
    }

    /// The order as typed; otherwise each field that is wrong, and the reason.
    fn plan(&self) -> Result<ExamPlan, Complaints> {
        let mut wrong = Vec::new();
        if self.form.value(NUMBER).trim().is_empty() {
            wrong.push((NUMBER, "Type the ID of the patient.".to_owned()));
        }
        let day = date::parse(self.form.value(DAY)).map(Some);
        let day = noted(day.map_err(|error| error.to_string()), DAY, &mut wrong);
        let (accession, reason) = (self.form.value(ACCESSION), self.form.value(REASON));
        let on = day.unwrap_or_default();
        for (field, [accession, reason]) in [(ACCESSION, [accession, ""]), (REASON, ["", reason])] {
            if let Err(error) = ExamPlan::new(on, accession, reason) {
                wrong.push((field, error.to_string()));
            }
        }
        match (wrong.is_empty(), ExamPlan::new(on, accession, reason)) {
            (true, Ok(plan)) => Ok(plan),
            _ => Err(Complaints(wrong)),
        }
    }

    /// The patient whose ID is in the form, if known.
    fn known(&self) -> Option<&Named> {
        let typed = text::key(self.form.value(NUMBER));
        self.patient.as_ref().filter(|patient| patient.key == typed)
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        self.form.forgive();
        let plan = match self.plan() {
            Ok(plan) => plan,
            Err(Complaints(wrong)) => {
                self.form.complain_all(wrong);
                return Vec::new();
            }
        };
        let number = self.form.value(NUMBER).trim().to_owned();
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        let request = match (self.known().map(|patient| patient.id), self.planned) {
            (None, _) => Request::Patient { access, number },
            (Some(_), Some((planned, revision))) => Request::Change {
                access,
                planned,
                revision,
                plan,
            },
            (Some(patient), None) => Request::Plan {
                access,
                patient,
                plan,
            },
        };
        self.is_saving = true;
        vec![Action::ask(request)]
    }

    fn answered(&mut self, answer: work::Answer, context: &Context<'_>) -> Vec<Action> {
        self.is_saving = false;
        match answer {
            work::Answer::Patient(Ok(found)) => {
                // The typed number may be that of a record which was merged into this one.
                self.form.set(NUMBER, found.1.number.clone());
                self.patient = Some(Named::of(found.0, &found.1));
                Vec::new()
            }
            work::Answer::Patient(Err(StoreError::NoSuchPatient)) => {
                let message = "No patient of your hospital has this ID.".to_owned();
                self.form.complain(NUMBER, message);
                self.form.focus = NUMBER;
                Vec::new()
            }
            work::Answer::Planned(Ok(())) => {
                let told = match self.planned {
                    Some(_) => "The planned exam is changed.",
                    None => "The exam is planned.",
                };
                vec![Action::Close, Action::Tell(Notice::good(told))]
            }
            work::Answer::Patient(Err(error)) => {
                vec![Action::Tell(Notice::error(error.to_string()))]
            }
            work::Answer::Planned(Err(error)) => {
                let field = match error {
                    StoreError::AccessionPlanned { .. } => ACCESSION,
                    _ => DAY,
                };
                self.form.complain(field, context.sentence(&error));
                self.form.focus = field;
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

impl Screen for PlanForm {
    fn title(&self) -> &str {
        match self.planned {
            Some(_) => "Change the planned exam",
            None => "Plan an exam",
        }
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Saving, Scope::FollowUp, Scope::Form]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Answer(Answer::Worklist(answer)) => return self.answered(answer, context),
            ScreenEvent::Failed => self.is_saving = false,
            ScreenEvent::Returned => {
                if let Some(day) = self.chosen.take() {
                    self.form.set(DAY, day.to_string());
                }
            }
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(..) | ScreenEvent::Paste(_) if self.is_saving => {}
            ScreenEvent::Key(_, Some(Command::Choose)) => {
                self.form.focus = DAY;
                let (typed, reply) = (self.form.value(DAY), self.chosen.reply(|day| day));
                let calendar = PickDate::new("Day of the exam", typed, Days::Any, reply);
                return vec![Action::Open(Box::new(calendar))];
            }
            event if submits(&mut self.form, &event) => return self.submit(context),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let subject = match self.known() {
            Some(patient) => patient.shown.clone(),
            None => "The patient is shown here before the exam is planned.".to_owned(),
        };
        let help = match (self.known(), self.planned) {
            (None, _) => "F2 looks the patient up.",
            (Some(_), Some(_)) => "F2 saves the change.",
            (Some(_), None) => "F2 plans the exam of this patient.",
        };
        let dialog = FormDialog {
            title: self.title(),
            width: 72,
            subject: &subject,
            form: &self.form,
            form_rows: 2 * self.form.len() as u16,
            progress: self.is_saving.then_some("Working …"),
            help,
        };
        dialog.draw(frame, area, context);
    }
}
