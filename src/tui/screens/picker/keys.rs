//! Keys of the file picker: commands on the selected entry, and typing into the filter.

use std::path::{Path, PathBuf};

use crossterm::event::KeyEvent;
use tui_input::InputRequest;

use super::{Picker, Purpose, RowCommand};
use crate::tui::context::Context;
use crate::tui::keymap::Command;
use crate::tui::screens::viewer::opening::Opening;
use crate::tui::screens::{Action, refused};
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::list_keys::{Pressed, Refusal};
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::folders;

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
                    return self.read(folder);
                }
            }
            Some(Command::Recent) => {
                let Some(access) = context.access else {
                    return Vec::new();
                };
                return vec![Action::ask(folders::Request::Recent(access.clone()))];
            }
            _ => {
                if let Some(request) = request {
                    self.edit(request);
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

    /// Typed or pasted text if it is a whole path.
    fn typed_path(&self) -> Option<PathBuf> {
        let typed = self.filter.value().trim();
        typed.starts_with(['/', '~']).then(|| PathBuf::from(typed))
    }

    /// Performs a command on the selected entry, now or once the requested folder is read.
    fn press(&mut self, row_command: RowCommand, context: &Context<'_>) -> Vec<Action> {
        // A path needs no listing: the picker goes there at once, and opens a file.
        if let Some(path) = self.typed_path() {
            return match row_command {
                RowCommand::Open => {
                    self.picks = true;
                    self.read(path)
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
        let Some(listing) = &self.listing else {
            return Vec::new();
        };
        let chosen = self.matches.get(self.selection.index);
        let Some(entry) = chosen.and_then(|&index| listing.entries.get(index)) else {
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
        let listing = self.listing.as_ref();
        let selected = listing.and_then(|listing| {
            let index = *self.matches.get(self.selection.index)?;
            let entry = listing.entries.get(index)?;
            entry.is_folder.then(|| entry.path.clone())
        });
        let listed = listing.map(|listing| listing.folder.clone());
        let folder = selected.or(listed);
        folder
            .map(|folder| Action::Open(Box::new(Opening::new(folder))))
            .into_iter()
            .collect()
    }

    /// Edits the filter, for the folder that is being read if there is one.
    fn edit(&mut self, request: InputRequest) {
        let is_typed = matches!(request, InputRequest::InsertChar(_));
        if self.is_filter_old && is_typed && self.typed_path().is_none() {
            self.filter.reset();
        }
        self.is_filter_old = false;
        self.filter.handle(request);
        self.selection = Selection::default();
        self.narrow();
    }

    /// Cancels a command that waits for a folder; false if there was none.
    pub(super) fn drop_waiting(&mut self) -> bool {
        let waited = self.keys.drop_waiting();
        std::mem::take(&mut self.picks) || waited
    }

    fn page(context: &Context<'_>) -> usize {
        usize::from(context.size.height.saturating_sub(8))
    }
}
