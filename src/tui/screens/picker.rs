//! File picker: folders and scans, filtered while typing.

mod draw;
mod follow;
mod keys;
mod order;

use std::collections::BTreeSet;
use std::io;
use std::path::PathBuf;

use nucleo_matcher::Config;
use ratatui::Frame;
use ratatui::layout::Rect;
use tui_input::Input;

use self::follow::Followed;
use self::order::Order;
use super::recent::Recent;
use super::worklist::scan;
use super::{Action, Screen, ScreenEvent, refused};
use crate::store::StoreError;
use crate::tui::context::{Context, Notice};
use crate::tui::files::Files;
use crate::tui::folder::{
    Entry, FolderError, Listing, PHOTO_EXTENSIONS, SCAN_EXTENSIONS, TABLE_EXTENSIONS,
};
use crate::tui::keymap::Scope;
use crate::tui::reply::{Inbox, Reply};
use crate::tui::widgets::list_keys::{ListKeys, Question, Rows, Settled};
use crate::tui::widgets::picture::Picture;
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{chrome, fuzzy};
use crate::tui::worker::series::Thumbnail;
use crate::tui::worker::{Answer, folders, preferences, series};

/// Purpose of the chosen file.
#[derive(Default)]
enum Purpose {
    /// Open it as a scan.
    #[default]
    Scan,
    /// Its path is sent to the screen that opened the picker.
    Photo(Reply<PathBuf>),
    /// The same, for a file that is attached to a record.
    Attachment(Reply<PathBuf>),
    /// Pass its path to the screen below, as a table of patients.
    Table(Reply<PathBuf>),
}

/// Command for the selected entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum RowCommand {
    Open,
    OpenSeries,
}

/// The screen. Starts in the last used folder, or in the folder that the program was started in.
#[derive(Default)]
pub struct Picker {
    purpose: Purpose,
    listing: Option<Listing>,
    /// Folder that is being read.
    awaited: Option<PathBuf>,
    /// Entry to select once the folder is read: the folder the user came from.
    select: Option<PathBuf>,
    filter: Input,
    /// True if the filter was typed before the folder that is being read was requested.
    is_filter_old: bool,
    /// State of the listing, and the key that waits for it.
    keys: ListKeys<RowCommand, ()>,
    /// True if the file that was named by its whole path is to be chosen.
    picks: bool,
    /// The folder of the path that is typed.
    followed: Option<Followed>,
    /// True if the typed text is completed once the folder is read.
    completes: bool,
    order: Order,
    /// Files and folders that are selected for analysis in the background.
    marked: BTreeSet<PathBuf>,
    hidden: bool,
    /// Indices of the listing's entries that pass the filter, the best first.
    matches: Vec<usize>,
    selection: Selection,
    /// The folder that was chosen of the recent ones.
    recent: Inbox<PathBuf>,
    /// The selected entry that was looked into.
    peeked: Option<PathBuf>,
    /// Patient, study and planned exam of the selected entry, in words.
    whose: Option<String>,
    /// Its picture, where there is room for one.
    thumbnail: Option<Picture>,
}

impl Picker {
    /// Picker for the photo of a patient.
    pub fn for_a_photo(reply: Reply<PathBuf>) -> Self {
        Self {
            purpose: Purpose::Photo(reply),
            ..Self::default()
        }
    }

    /// Picker for a file to attach to a record.
    pub fn for_an_attachment(reply: Reply<PathBuf>) -> Self {
        Self {
            purpose: Purpose::Attachment(reply),
            ..Self::default()
        }
    }

    /// Picker for a CSV file.
    pub fn for_a_table(reply: Reply<PathBuf>) -> Self {
        Self {
            purpose: Purpose::Table(reply),
            ..Self::default()
        }
    }

    /// Looks whose scan the selected entry is, unless that was done.
    fn peek(&mut self, context: &Context<'_>) -> Vec<Action> {
        let selected = (self.selected())
            .filter(|_| matches!(self.purpose, Purpose::Scan) && self.awaited.is_none())
            .map(|entry| entry.path.clone());
        if selected == self.peeked {
            return Vec::new();
        }
        self.whose = None;
        self.thumbnail = None;
        self.peeked = selected;
        let (Some(path), Some(access)) = (self.peeked.clone(), context.access.cloned()) else {
            return Vec::new();
        };
        let room = draw::thumbnail(chrome::body(context.size), context);
        vec![Action::ask(series::Request::Peek {
            path,
            access,
            thumbnail: room.map(|room| Thumbnail {
                space: room.as_size(),
                capabilities: context.capabilities.clone(),
            }),
        })]
    }

    /// Reads another folder than the one of the path that is typed.
    fn read(&mut self, folder: PathBuf) -> Vec<Action> {
        self.followed = None;
        self.request(folder)
    }

    fn request(&mut self, folder: PathBuf) -> Vec<Action> {
        self.awaited = Some(folder.clone());
        self.keys.asked(Question::Other);
        self.is_filter_old = self.listing.is_some();
        vec![Action::ask(folders::Request::List {
            folder,
            hidden: self.hidden,
            extensions: match self.purpose {
                Purpose::Scan => SCAN_EXTENSIONS,
                Purpose::Photo(_) | Purpose::Attachment(_) => PHOTO_EXTENSIONS,
                Purpose::Table(_) => TABLE_EXTENSIONS,
            },
        })]
    }

    fn narrow(&mut self) {
        let Some(listing) = &self.listing else {
            self.matches.clear();
            return;
        };
        let names = || listing.entries.iter().map(|entry| entry.name.as_str());
        let parts = self.typed_parts();
        self.matches = match &parts {
            Some(_) if !self.is_followed() => Vec::new(),
            Some((_, last)) => {
                let found = names().enumerate();
                let found = found.filter(|(_, name)| follow::begins(name, last));
                found.map(|(index, _)| index).collect()
            }
            None => Vec::new(),
        };
        let typed = match &parts {
            Some((_, last)) => last,
            None => self.filter.value(),
        };
        if parts.is_none() || (self.is_followed() && self.matches.is_empty()) {
            self.matches = fuzzy::ranked(names(), typed, Config::DEFAULT.match_paths());
        }
        if self.order != Order::Name {
            self.matches.sort_unstable();
        }
        self.selection.keep_within(self.matches.len());
    }

    fn arrived(&mut self, mut listing: Listing, context: &Context<'_>) -> Vec<Action> {
        self.order.sort(&mut listing.entries);
        let asked = self.awaited.take();
        self.was_followed(asked.as_ref(), true);
        let picked = listing.asked_for.clone().filter(|_| self.picks);
        let came_from = listing.asked_for.clone().or(self.select.take());
        let index = listing
            .entries
            .iter()
            .position(|entry| Some(&entry.path) == came_from.as_ref());
        let listing_names_a_file = listing.asked_for.is_some();
        let same = self
            .listing
            .as_ref()
            .is_some_and(|old| old.folder == listing.folder);
        self.listing = Some(listing);
        // Text typed since is the filter for this folder.
        if self.is_filter_old && (!same || listing_names_a_file || self.picks) {
            self.filter.reset();
            self.followed = None;
        }
        self.is_filter_old = false;
        self.picks = false;
        self.selection = Selection {
            index: index.unwrap_or(0),
        };
        self.narrow();
        let typed = match self.typed_parts() {
            Some((_, last)) => last,
            None => self.filter.value().trim().to_owned(),
        };
        let is_named = |index: &usize| {
            let entry = self.listing.as_ref().and_then(|it| it.entries.get(*index));
            entry.is_some_and(|entry| entry.name == typed)
        };
        let rows = Rows {
            selected: None,
            count: self.matches.len(),
            is_sure: true,
            exact: self.matches.iter().position(is_named),
            place: &|()| None,
        };
        let now = context.moment.since_start;
        let settled = self.keys.settle(&mut self.selection, rows, now);
        // A key that opened this folder by mistake must not act on it.
        self.keys.looked();
        if let Some(file) = picked {
            return vec![self.picked(file)];
        }
        if self.followed.is_none() && self.typed_parts().is_some() {
            return self.follow();
        }
        if std::mem::take(&mut self.completes) {
            return self.complete();
        }
        match settled {
            Settled::Rests => Vec::new(),
            Settled::Acts(row_command) => self.carry_out(row_command),
            Settled::Refused(refusal) => vec![refused(refusal)],
        }
    }

    /// Puts the entries into another order; the same entry stays selected.
    fn arrange(&mut self, order: Order) {
        self.order = order;
        let selected = self.selected().map(|entry| entry.path.clone());
        if let Some(listing) = &mut self.listing {
            order.sort(&mut listing.entries);
        }
        self.narrow();
        let place = (self.listing.as_ref())
            .zip(selected)
            .and_then(|(listing, path)| {
                let is_it = |index: &usize| {
                    let entry = listing.entries.get(*index);
                    entry.is_some_and(|entry| entry.path == path)
                };
                self.matches.iter().position(is_it)
            });
        self.selection.index = place.unwrap_or(0);
    }

    /// The selected entry.
    fn selected(&self) -> Option<&Entry> {
        let index = *self.matches.get(self.selection.index)?;
        self.listing.as_ref()?.entries.get(index)
    }

    /// A folder cannot be listed: the one that is shown stays.
    fn not_listed(&mut self, error: &FolderError, context: &Context<'_>) -> Vec<Action> {
        let tried = self.awaited.take();
        self.select = None;
        self.completes = false;
        let was_followed = self.was_followed(tried.as_ref(), false);
        let picks = std::mem::take(&mut self.picks);
        // The text typed so far is no entry itself, and the list shows the entries that begin with it.
        if picks
            && self.is_followed()
            && !self.matches.is_empty()
            && error.source.kind() == io::ErrorKind::NotFound
        {
            self.is_filter_old = false;
            return self.carry_out(RowCommand::Open);
        }
        let mut actions = match was_followed {
            true => Vec::new(),
            false => vec![Action::Tell(Notice::error(error.to_string()))],
        };
        match self.listing {
            Some(_) => {
                self.keys.withdrawn();
            }
            // The folder of last time may be gone; the start folder still exists.
            None if tried.as_ref() != Some(context.start_folder) => {
                actions.extend(self.request(context.start_folder.clone()));
            }
            None => {
                self.keys.failed();
            }
        }
        actions
    }

    /// Reads the newest of the recent folders where none is listed yet, otherwise offers them.
    fn take_recent(
        &mut self,
        folders: Result<Vec<PathBuf>, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let is_first = self.listing.is_none() && self.awaited.is_none();
        let start = || context.start_folder.clone();
        match folders {
            Ok(folders) if is_first => {
                // On a server it is the inbox, where new files are.
                let first = match context.files {
                    Files::Machine => folders.into_iter().next(),
                    Files::Areas(_) => None,
                };
                self.read(first.unwrap_or_else(start))
            }
            Ok(folders) => vec![Action::Open(Box::new(Recent::new(
                folders,
                self.recent.reply(|folder| folder),
            )))],
            Err(error) => {
                let mut actions = vec![Action::Tell(Notice::error(error.to_string()))];
                if is_first {
                    actions.extend(self.read(start()));
                }
                actions
            }
        }
    }
}

impl Screen for Picker {
    fn title(&self) -> &str {
        match self.purpose {
            Purpose::Scan => "Choose a scan",
            Purpose::Photo(_) => "Choose a photo",
            Purpose::Attachment(_) => "Choose a file to attach",
            Purpose::Table(_) => "Choose a table of patients",
        }
    }

    fn scopes(&self) -> &'static [Scope] {
        match self.purpose {
            Purpose::Scan => &[Scope::PickScan, Scope::Picker, Scope::List],
            Purpose::Photo(_) | Purpose::Attachment(_) | Purpose::Table(_) => {
                &[Scope::Picker, Scope::List]
            }
        }
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        if let ScreenEvent::Answer(Answer::Series(series::Answer::Peeked(peeked))) = event {
            let Some(peeked) = peeked else {
                return Vec::new();
            };
            let planned = peeked.planned.as_ref().map(scan::sentence);
            let parts = [scan::whose(&peeked.patient), planned, peeked.study];
            let parts: Vec<String> = parts.into_iter().flatten().collect();
            self.whose = (!parts.is_empty()).then(|| parts.join(" · "));
            self.thumbnail = peeked.thumbnail;
            return Vec::new();
        }
        let mut actions = self.on_event(event, context);
        actions.extend(self.peek(context));
        actions
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        self.draw(frame, area, context);
    }
}

impl Picker {
    fn on_event(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => {
                let Some(access) = context.access else {
                    return Vec::new();
                };
                return vec![
                    Action::ask(preferences::Request::Read {
                        access: access.clone(),
                        name: Order::PREFERENCE,
                    }),
                    Action::ask(folders::Request::Recent(access.clone())),
                ];
            }
            // Without an answer the order stays by name.
            ScreenEvent::Answer(Answer::Preferences(preferences::Answer::Read(Ok(Some(
                words,
            ))))) => {
                self.arrange(Order::of_words(&words));
            }
            ScreenEvent::Answer(Answer::Folders(folders::Answer::Recent(folders))) => {
                return self.take_recent(folders, context);
            }
            ScreenEvent::Answer(Answer::Folders(folders::Answer::Listed(listing))) => {
                return match listing {
                    Ok(listing) => self.arrived(listing, context),
                    Err(error) => self.not_listed(&error, context),
                };
            }
            ScreenEvent::Answer(Answer::Series(series::Answer::Sample(written))) => {
                return match written {
                    Ok(()) => vec![
                        Action::Tell(Notice::good("A synthetic CT: no person was scanned.")),
                        self.picked(keys::sample_folder(context)),
                    ],
                    Err(error) => vec![Action::Tell(Notice::error(error.to_string()))],
                };
            }
            ScreenEvent::Returned => {
                if let Some(folder) = self.recent.take() {
                    return self.read(folder);
                }
            }
            ScreenEvent::Reshaped => self.peeked = None,
            ScreenEvent::Covered => {
                self.drop_waiting();
            }
            ScreenEvent::Key(key, command) => return self.on_key(key, command, context),
            ScreenEvent::Paste(text) => {
                self.drop_waiting();
                self.is_filter_old = false;
                self.filter = Input::new(text.trim().chars().filter(|c| !c.is_control()).collect());
                self.narrow();
                return self.follow();
            }
            _ => {}
        }
        Vec::new()
    }
}
