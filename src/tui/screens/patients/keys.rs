//! Key handling of the table.

use crossterm::event::{KeyCode, KeyEvent};

use super::column_form::ColumnForm;
use super::filter_form::FilterForm;
use super::marks::MOST_MARKED;
use super::row_commands::RowCommand;
use super::{Patients, Purpose, Reply};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::Command;
use crate::tui::screens::Action;
use crate::tui::screens::deleted::Deleted;
use crate::tui::screens::import::Import;
use crate::tui::screens::new_patient::NewPatient;
use crate::tui::screens::record::Record;
use crate::tui::screens::sheets_form::SheetsForm;
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::list_keys;
use crate::tui::worker::{Request, bulk};

impl Patients {
    /// Handles a key, with its command if it has one; other keys are typed into the search.
    pub(super) fn take(
        &mut self,
        key: KeyEvent,
        command: Option<Command>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let request = edit_request(key);
        // The line feed that some scanners send after Enter is not a key of this table.
        if command.is_none() && request.is_none() {
            return Vec::new();
        }
        // Any other key cancels the waiting one.
        let waited = self.drop_waiting();
        let (known, rows) = (self.known(), super::draw::visible_rows(context));
        if command.is_some_and(|command| self.selection.handle(command, known, rows)) {
            self.keys.looked();
            return self.follow(context);
        }
        if waited && command == Some(Command::Back) {
            return Vec::new();
        }
        if let Some(command) = command {
            return self.handle(command, context);
        }
        if key.code == KeyCode::Backspace && self.search.value().is_empty() {
            return match self.wanted.drop_last() {
                true => self.searched(context),
                false => Vec::new(),
            };
        }
        let Some(request) = request else {
            return Vec::new();
        };
        let before = self.search.value().to_owned();
        if std::mem::take(&mut self.is_offered) {
            self.search.reset();
        }
        self.search.handle(request);
        match before == self.search.value() {
            true => Vec::new(),
            false => self.searched(context),
        }
    }

    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        match command {
            Command::Back if !self.search.value().is_empty() => {
                self.search.reset();
                self.searched(context)
            }
            Command::Back => vec![Action::Close],
            Command::Open => self.press(RowCommand::Open, context),
            Command::NewPatient => self.new_patient(),
            Command::Import => vec![Action::Open(Box::new(Import::new()))],
            Command::DeletedRecords => vec![Action::Open(Box::new(Deleted::new(context)))],
            Command::Filters => vec![Action::Open(Box::new(FilterForm::new(
                &self.wanted,
                self.replies.reply(Reply::Filters),
            )))],
            Command::Columns => {
                let form = ColumnForm::new(
                    self.arrangement.columns(),
                    self.replies.reply(Reply::Columns),
                );
                vec![Action::Open(Box::new(form))]
            }
            Command::SortColumn => {
                self.arrangement.sort_by_next();
                self.sorted(context)
            }
            Command::SortDirection => match self.arrangement.turn() {
                true => self.sorted(context),
                false => {
                    let sentence = "Best matches come first; press F3 to sort by a column.";
                    vec![Action::Tell(Notice::warning(sentence))]
                }
            },
            Command::Mark => self.press(RowCommand::Mark, context),
            Command::MarkAll => self.mark_all(context),
            Command::EditPatient => self.press(RowCommand::Edit, context),
            // Selected patients are known without the rows.
            Command::Share if !self.marks.is_empty() => self.share(),
            Command::DeletePatient if !self.marks.is_empty() => self.ask_what_goes(context),
            Command::Print => {
                let query = self.query(context);
                vec![Action::Open(Box::new(SheetsForm::patients(query)))]
            }
            Command::Labels if !self.marks.is_empty() => self.labels(),
            Command::Labels => self.press(RowCommand::Labels, context),
            Command::Share => self.press(RowCommand::Share, context),
            Command::DeletePatient => self.press(RowCommand::Delete, context),
            Command::Undo => self.undo(context),
            _ => Vec::new(),
        }
    }

    /// A screen above closed: takes its answer, where there is one.
    pub(super) fn returned(&mut self, context: &Context<'_>) -> Vec<Action> {
        match self.replies.take() {
            // A record may have changed while it was open.
            None => self.ask(list_keys::Question::Same, context),
            // The new patient's form saved the exam: the result is told directly, not through this table.
            Some(Reply::Saved(saved)) => self.pass_on(saved),
            Some(Reply::SaveTo(to)) => self.save_to(to, context),
            Some(Reply::Created(patient)) => {
                let mut actions = self.searched(context);
                actions.push(Action::Open(Box::new(Record::new(patient))));
                actions
            }
            Some(Reply::Filters(wanted)) => {
                self.wanted = wanted;
                self.searched(context)
            }
            Some(Reply::Columns(columns)) => {
                self.arrangement.choose(columns);
                let by = self.arrangement.order.map(|order| order.by);
                if by.is_some_and(|by| !self.arrangement.columns().contains(&by)) {
                    self.arrangement.order = None;
                }
                self.sorted(context)
            }
            Some(Reply::Delete) => self.delete(context),
        }
    }

    fn sorted(&mut self, context: &Context<'_>) -> Vec<Action> {
        let mut actions = self.searched(context);
        actions.extend(self.remember(context));
        actions
    }

    pub(super) fn new_patient(&self) -> Vec<Action> {
        match &self.purpose {
            Purpose::Browse => {
                let created = self.replies.reply(Reply::Created);
                vec![Action::Open(Box::new(NewPatient::record(created)))]
            }
            Purpose::Save { result, .. } => {
                let screen = NewPatient::new(
                    (**result).clone(),
                    self.search.value(),
                    self.replies.reply(Reply::Saved),
                );
                vec![Action::Open(Box::new(screen))]
            }
        }
    }

    /// Selects all found patients, or none.
    fn mark_all(&mut self, context: &Context<'_>) -> Vec<Action> {
        if !self.marks.is_empty() {
            self.marks.clear();
            return Vec::new();
        }
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        vec![Action::Ask(Request::Bulk(bulk::Request::Found {
            access,
            query: Box::new(self.query(context)),
            most: MOST_MARKED,
        }))]
    }
}
