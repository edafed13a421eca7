//! What the keys of the table do.

use crossterm::event::{KeyCode, KeyEvent};

use super::column_form::ColumnForm;
use super::filter_form::FilterForm;
use super::marks::MOST_MARKED;
use super::{Patients, Purpose};
use crate::store::{PatientChoice, PatientId};
use crate::text::grouped;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::Command;
use crate::tui::screens::confirm::Question;
use crate::tui::screens::deleted::Deleted;
use crate::tui::screens::import::Import;
use crate::tui::screens::new_patient::NewPatient;
use crate::tui::screens::record::Record;
use crate::tui::screens::share::Share;
use crate::tui::screens::{Action, Returned};
use crate::tui::widgets::form::edit_request;
use crate::tui::worker::{Request, many};

impl Patients {
    /// Takes a key, with what it means if it means anything; what means nothing else is typed into the search.
    pub(super) fn take(
        &mut self,
        key: KeyEvent,
        command: Option<Command>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let (known, rows) = (self.known(), super::draw::visible_rows(context));
        if command.is_some_and(|command| self.selection.obey(command, known, rows)) {
            return self.follow(context);
        }
        if let Some(command) = command {
            return self.obey(command, context);
        }
        if key.code == KeyCode::Backspace && self.search.value().is_empty() {
            return match self.wanted.drop_last() {
                true => self.searched(context),
                false => Vec::new(),
            };
        }
        let Some(request) = edit_request(key) else {
            return Vec::new();
        };
        let before = self.search.value().to_owned();
        self.search.handle(request);
        match before == self.search.value() {
            true => Vec::new(),
            false => self.searched(context),
        }
    }

    fn obey(&mut self, command: Command, context: &Context<'_>) -> Vec<Action> {
        match command {
            Command::Back if !self.search.value().is_empty() => {
                self.search.reset();
                self.searched(context)
            }
            Command::Back => vec![Action::Close],
            Command::Open => self.open(context),
            Command::NewPatient => self.new_patient(),
            Command::Import => vec![Action::Open(Box::new(Import::new()))],
            Command::DeletedRecords => vec![Action::Open(Box::new(Deleted::new(context)))],
            Command::Filters => vec![Action::Open(Box::new(FilterForm::new(&self.wanted)))],
            Command::Columns => {
                let form = ColumnForm::new(self.arrangement.columns());
                vec![Action::Open(Box::new(form))]
            }
            Command::SortColumn => {
                self.arrangement.sort_by_next();
                self.sorted(context)
            }
            Command::SortDirection => match self.arrangement.turn() {
                true => self.sorted(context),
                false => {
                    let sentence = "Best matches come first; F3 sorts by a column.";
                    vec![Action::Tell(Notice::warning(sentence))]
                }
            },
            Command::Mark => self.mark(context),
            Command::MarkAll => self.mark_all(context),
            Command::EditPatient => self.edit(context),
            Command::Share => match self.meant() {
                nobody if nobody.is_empty() => Vec::new(),
                patients => vec![Action::Open(Box::new(Share::of(patients)))],
            },
            Command::DeletePatient => self.ask_what_goes(context),
            Command::Undo => self.undo(context),
            _ => Vec::new(),
        }
    }

    /// What a screen above left.
    pub(super) fn returned(&mut self, returned: Returned, context: &Context<'_>) -> Vec<Action> {
        match returned {
            // A record may have changed while it was open.
            Returned::Changed => self.ask(context),
            Returned::Created(patient) => {
                let mut actions = self.searched(context);
                actions.push(Action::Open(Box::new(Record::new(patient))));
                actions
            }
            Returned::Filters(wanted) => {
                self.wanted = wanted;
                self.searched(context)
            }
            Returned::Columns(columns) => {
                self.arrangement.choose(columns);
                let by = self.arrangement.order.map(|order| order.by);
                if by.is_some_and(|by| !self.arrangement.columns().contains(&by)) {
                    self.arrangement.order = None;
                }
                self.sorted(context)
            }
            Returned::Confirmed(Question::DeletePatients { .. }) => self.delete(context),
            _ => Vec::new(),
        }
    }

    fn sorted(&mut self, context: &Context<'_>) -> Vec<Action> {
        let mut actions = self.searched(context);
        actions.extend(self.remember(context));
        actions
    }

    fn open(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(row) = self.row() else {
            return match self.purpose {
                Purpose::Browse => Vec::new(),
                Purpose::Save { .. } => self.new_patient(),
            };
        };
        let (id, name) = (row.id, row.patient.full_name.clone());
        match &mut self.purpose {
            Purpose::Browse => vec![Action::Open(Box::new(Record::new(id)))],
            Purpose::Save {
                saving: Some(_), ..
            } => Vec::new(),
            Purpose::Save { result, saving } => {
                let Some(access) = context.access.cloned() else {
                    return Vec::new();
                };
                *saving = Some(name);
                let patient = PatientChoice::Existing(id);
                vec![Action::Ask(result.request(access, patient))]
            }
        }
    }

    fn new_patient(&self) -> Vec<Action> {
        match &self.purpose {
            Purpose::Browse => vec![Action::Open(Box::new(NewPatient::record()))],
            Purpose::Save { result, .. } => {
                let screen = NewPatient::new((**result).clone(), self.search.value());
                vec![Action::Open(Box::new(screen))]
            }
        }
    }

    /// Reads the record of the row, to change it.
    fn edit(&self, context: &Context<'_>) -> Vec<Action> {
        match (self.row().map(|row| row.id), context.access.cloned()) {
            (Some(patient), Some(access)) => {
                vec![Action::Ask(Request::OpenPatient { access, patient })]
            }
            _ => Vec::new(),
        }
    }

    /// Marks the row, or takes its mark away, and goes on to the next.
    fn mark(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(patient) = self.row().map(|row| row.id) else {
            return Vec::new();
        };
        if !self.marks.toggle(patient) {
            let most = grouped(MOST_MARKED as u64);
            let told = format!("{most} are selected; no more can be at once.");
            return vec![Action::Tell(Notice::warning(told))];
        }
        self.selection.obey(Command::Down, self.known(), 1);
        self.follow(context)
    }

    /// Marks whoever is found, or nobody any more.
    fn mark_all(&mut self, context: &Context<'_>) -> Vec<Action> {
        if !self.marks.is_empty() {
            self.marks.clear();
            return Vec::new();
        }
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        vec![Action::Ask(Request::Many(many::Request::Found {
            access,
            query: Box::new(self.query(context)),
            most: MOST_MARKED,
        }))]
    }

    /// The marked ones, or else the one that the selection stands on.
    pub(super) fn meant(&self) -> Vec<PatientId> {
        match self.marks.is_empty() {
            false => self.marks.patients(),
            true => self.row().map(|row| row.id).into_iter().collect(),
        }
    }
}
