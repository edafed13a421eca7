//! Key handling of a record.

use super::deletion::Deleted;
use super::log::RecordLog;
use super::panes::Pane;
use super::{Record, page};
use crate::clinical::patient::Section;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::screens::attachments::Attachments;
use crate::tui::screens::edit_patient::EditPatient;
use crate::tui::screens::key_image::KeyImage;
use crate::tui::screens::nodules::Nodules;
use crate::tui::screens::preview::Preview;
use crate::tui::screens::reports::Reports;
use crate::tui::screens::share::Share;
use crate::tui::screens::sheets_form::SheetsForm;
use crate::tui::screens::worklist::PlanForm;
use crate::tui::screens::{Action, Screen, refused};
use crate::tui::widgets::list_keys::{self, Pressed, Refusal};
use crate::tui::worker::records;

impl Record {
    pub(super) fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let waited = self.keys.drop_waiting();
        match command {
            Command::Back if waited => return Vec::new(),
            Command::Back => return vec![Action::Return],
            Command::Undo => return self.undo(context),
            _ if self.deleted == Some(Deleted::Patient) => {
                let sentence = "This patient is deleted; press {undo} to undo.";
                let sentence = keymap::worded(&[Scope::Record], sentence);
                return vec![Action::Tell(Notice::warning(sentence))];
            }
            Command::Next | Command::Previous => {
                self.pane = self.pane.neighbour(command == Command::Next);
                return self.show_pictures(context);
            }
            _ => {}
        }
        if self.walk(command, context) {
            self.keys.looked();
            return self.show_pictures(context);
        }
        if matches!(
            command,
            Command::Delete | Command::Nodules | Command::Reports | Command::KeyImage
        ) {
            return self.press(command, context);
        }
        let Some(Ok(record)) = &self.record else {
            return Vec::new();
        };
        match command {
            Command::Section(number) => return self.jump(number, context),
            Command::AuditLog => {
                let log = RecordLog::new(self.patient, &record.patient.number);
                return vec![Action::Open(Box::new(log))];
            }
            Command::Attachments => {
                let patient = &record.patient;
                let files = Attachments::of(self.patient, &patient.number, &patient.full_name);
                return vec![Action::Open(Box::new(files))];
            }
            Command::Labels => {
                return vec![Action::Open(Box::new(SheetsForm::labels(vec![
                    self.patient,
                ])))];
            }
            Command::EmptyFields => {
                self.reader.shows_empty = !self.reader.shows_empty;
                return Vec::new();
            }
            Command::EditPatient => return vec![Action::Open(Box::new(EditPatient::new(record)))],
            Command::PlanExam => {
                let form = PlanForm::of_patient(self.patient, &record.patient);
                return vec![Action::Open(Box::new(form))];
            }
            Command::Preview => {
                return vec![Action::Open(Box::new(Preview::of(self.patient)))];
            }
            Command::Share => {
                return vec![Action::Open(Box::new(Share::of(vec![self.patient])))];
            }
            Command::DeletePatient => {
                return self.about_patient(context, |access, patient| {
                    records::Request::DependentRecords { access, patient }
                });
            }
            _ => {}
        }
        Vec::new()
    }

    /// Performs a command on the selected exam, now or once the exams have been read.
    fn press(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        let on = self.exam().map(|exam| exam.id);
        let now = context.moment.since_start;
        match self.keys.press(command, on, self.exams().len() <= 1, now) {
            Pressed::Acts(command) => self.carry_out(command, context),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.ask(list_keys::Question::Same, context),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    pub(super) fn carry_out(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        match (self.exam(), command) {
            (None, _) => vec![Action::Tell(Notice::warning("This patient has no exam."))],
            (Some(_), Command::Delete) => self.ask_what_goes(context),
            (Some(_), command) => self.open(command),
        }
    }

    /// Moves within the pane; false if it was another command.
    fn walk(&mut self, command: Command, context: &Context<'_>) -> bool {
        if self.pane != Pane::Page {
            let count = self.exams().len();
            return self.selection.handle(command, count, 1);
        }
        let [text, _] = page::parts(self.places(context).page, self.pictures.has_photo());
        match &self.record {
            Some(Ok(record)) => {
                let today = context.moment.today();
                self.reader.handle(command, record, text, today)
            }
            _ => false,
        }
    }

    /// Goes to a section of the page from any pane.
    fn jump(&mut self, number: usize, context: &Context<'_>) -> Vec<Action> {
        let Some(section) = Section::ALL.get(number).copied() else {
            return Vec::new();
        };
        self.pane = Pane::Page;
        let mut actions = self.show_pictures(context);
        let [text, _] = page::parts(self.places(context).page, self.pictures.has_photo());
        let today = context.moment.today();
        if let Some(Ok(record)) = &self.record
            && !self.reader.jump(section, record, text, today)
        {
            let key = keymap::label(&[Scope::Record], Command::EmptyFields);
            let message = format!(
                "The section {} is empty; press {key} to show empty fields.",
                section.label()
            );
            actions.push(Action::Tell(Notice::warning(message)));
        }
        actions
    }

    /// Screen about the selected exam that `command` opens.
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
}
