//! Keys of the file picker: commands on the selected entry, and typing into the filter.

use std::path::{Path, PathBuf};

use crossterm::event::{KeyCode, KeyEvent};
use tui_input::InputRequest;

use super::order::Order;
use super::{Picker, Purpose, RowCommand};
use crate::tui::analyses::{Change, Input};
use crate::tui::context::{Context, Notice};
use crate::tui::files::{Files, INBOX};
use crate::tui::keymap::Command;
use crate::tui::screens::viewer::opening::Opening;
use crate::tui::screens::{Action, refused};
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::list_keys::{Pressed, Refusal};
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{folders, preferences, series};

/// Folder of the synthetic CT: below LUNNY's own, or in the inbox of an account on a server.
pub(super) fn sample_folder(context: &Context<'_>) -> PathBuf {
    let base = match context.files {
        Files::Machine => context.home.join("samples"),
        Files::Areas(_) => Path::new("/").join(INBOX),
    };
    base.join("synthetic-ct")
}

impl Picker {
    pub(super) fn on_key(
        &mut self,
        key: KeyEvent,
        command: Option<Command>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let request = edit_request(key);
        if command.is_none() && request.is_none() {
            return Vec::new();
        }
        let waited = self.drop_waiting();
        let count = self.matches.len();
        if command.is_some_and(|command| self.selection.handle(command, count, Self::page(context)))
        {
            return Vec::new();
        }
        match command {
            Some(Command::Back) if waited => {}
            Some(Command::Back) if !self.filter.value().is_empty() => {
                self.filter.reset();
                self.followed = None;
                self.narrow();
            }
            Some(Command::Back) => return vec![Action::Close],
            Some(Command::Open) => return self.press(RowCommand::Open, context),
            Some(Command::OpenSeries) => return self.press(RowCommand::OpenSeries, context),
            // The parent of a folder that is still being read is not known to the user.
            Some(Command::Parent) if self.awaited.is_some() => {}
            Some(Command::Parent) => return self.parent(),
            Some(Command::Hidden) => {
                self.hidden = !self.hidden;
                if let Some(folder) = self.listing.as_ref().map(|listing| listing.folder.clone()) {
                    return self.request(folder);
                }
            }
            // Where a name is typed, a blank belongs to it.
            Some(Command::Mark)
                if key.code != KeyCode::Char(' ') || self.filter.value().is_empty() =>
            {
                self.mark(context);
            }
            Some(Command::Sample) if matches!(self.purpose, Purpose::Scan) => {
                let folder = sample_folder(context);
                return vec![
                    Action::Tell(Notice::remark("Computing a synthetic CT …")),
                    Action::ask(series::Request::Sample(folder)),
                ];
            }
            Some(Command::Complete) => return self.complete(),
            Some(Command::SortColumn) => {
                self.arrange(self.order.next());
                let keep = context.access.map(|access| {
                    Action::ask(preferences::Request::Keep {
                        access: access.clone(),
                        name: Order::PREFERENCE,
                        content: self.order.words().to_owned(),
                    })
                });
                return keep.into_iter().collect();
            }
            Some(Command::Recent) => {
                let Some(access) = context.access else {
                    return Vec::new();
                };
                return vec![Action::ask(folders::Request::Recent(access.clone()))];
            }
            _ => {
                if let Some(request) = request {
                    return self.edit(request);
                }
            }
        }
        Vec::new()
    }

    fn parent(&mut self) -> Vec<Action> {
        let Some(folder) = self.listing.as_ref().map(|listing| listing.folder.clone()) else {
            return Vec::new();
        };
        match folder.parent().map(Path::to_path_buf) {
            Some(parent) => {
                self.select = Some(folder);
                self.read(parent)
            }
            None => Vec::new(),
        }
    }

    /// Selects the entry for analysis in the background, or not, and goes to the next one.
    fn mark(&mut self, context: &Context<'_>) {
        let Some(path) = self.selected().map(|entry| entry.path.clone()) else {
            return;
        };
        if !self.marked.remove(&path) {
            self.marked.insert(path);
        }
        let count = self.matches.len();
        (self.selection).handle(Command::Down, count, Self::page(context));
    }

    /// Performs a command on the selected entry, now or once the requested folder is read.
    fn press(&mut self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
        if row_command == RowCommand::Open && !self.marked.is_empty() {
            let inputs = std::mem::take(&mut self.marked).into_iter();
            let inputs = inputs.map(Input::Path).collect();
            return vec![Action::ChangeAnalyses(Change::Add(inputs))];
        }
        // A path needs no listing: the picker goes there at once, and opens a file.
        if let Some(path) = self.typed_path() {
            return match row_command {
                RowCommand::Open => {
                    self.picks = true;
                    self.request(path)
                }
                RowCommand::OpenSeries => vec![Action::Open(Box::new(Opening::new(path)))],
            };
        }
        let is_sure = self.matches.len() <= 1;
        match (self.keys).press(row_command, None, is_sure, context.moment.since_start) {
            Pressed::Acts(row_command) => self.carry_out(row_command),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.read(context.start_folder.clone()),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    pub(super) fn carry_out(&mut self, row_command: RowCommand) -> Vec<Action> {
        match row_command {
            RowCommand::Open => self.open(),
            RowCommand::OpenSeries => self.open_series(),
        }
    }

    fn open(&mut self) -> Vec<Action> {
        let Some(entry) = self.selected() else {
            return Vec::new();
        };
        match entry.is_folder {
            true => self.read(entry.path.clone()),
            false => vec![self.picked(entry.path.clone())],
        }
    }

    pub(super) fn picked(&self, path: PathBuf) -> Action {
        match &self.purpose {
            Purpose::Scan => Action::Open(Box::new(Opening::new(path))),
            Purpose::Photo(reply) | Purpose::Attachment(reply) | Purpose::Table(reply) => {
                reply.send(path)
            }
        }
    }

    /// Opens the selected folder, otherwise the listed one, as series.
    fn open_series(&self) -> Vec<Action> {
        let selected = self.selected().filter(|entry| entry.is_folder);
        let selected = selected.map(|entry| entry.path.clone());
        let listed = self.listing.as_ref().map(|listing| listing.folder.clone());
        let folder = selected.or(listed);
        folder
            .map(|folder| Action::Open(Box::new(Opening::new(folder))))
            .into_iter()
            .collect()
    }

    /// Edits the filter, for the folder that is being read if there is one.
    fn edit(&mut self, request: InputRequest) -> Vec<Action> {
        let is_typed = matches!(request, InputRequest::InsertChar(_));
        if self.is_filter_old && is_typed && self.typed_path().is_none() {
            self.filter.reset();
        }
        self.is_filter_old = false;
        self.filter.handle(request);
        self.selection = Selection::default();
        self.narrow();
        self.follow()
    }

    /// Cancels a command that waits for a folder; false if there was none.
    pub(super) fn drop_waiting(&mut self) -> bool {
        let waited = self.keys.drop_waiting();
        self.completes = false;
        std::mem::take(&mut self.picks) || waited
    }

    fn page(context: &Context<'_>) -> usize {
        usize::from(context.size.height.saturating_sub(8))
    }
}
