//! File picker: folders and scans, filtered while typing.

use std::path::{Path, PathBuf};

use nucleo_matcher::pattern::{CaseMatching, Normalization, Pattern};
use nucleo_matcher::{Config, Matcher, Utf32Str};
use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use tui_input::{Input, InputRequest};

use super::recent::Recent;
use super::viewer::opening::Opening;
use super::{Action, Screen, ScreenEvent, refused};
use crate::text::scrub;
use crate::tui::context::{Context, Notice};
use crate::tui::folder::{Listing, PHOTO_EXTENSIONS, SCAN_EXTENSIONS, TABLE_EXTENSIONS};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::{Inbox, Reply};
use crate::tui::theme::Role;
use crate::tui::widgets::form::edit_request;
use crate::tui::widgets::list_keys::{ListKeys, Pressed, Question, Refusal, Rows, Settled};
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::{Answer, folders};

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
enum Wish {
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
    keys: ListKeys<Wish, ()>,
    /// True if the file that was named by its whole path is to be chosen.
    picks: bool,
    hidden: bool,
    /// Indices of the listing's entries that pass the filter, the best first.
    matches: Vec<usize>,
    selection: Selection,
    /// The folder that was chosen of the recent ones.
    recent: Inbox<PathBuf>,
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

    fn read(&mut self, folder: PathBuf) -> Vec<Action> {
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
    fn press(&mut self, wish: Wish, context: &Context<'_>) -> Vec<Action> {
        // A path needs no listing: the picker goes there at once, and opens a file.
        if let Some(path) = self.typed_path() {
            return match wish {
                Wish::Open => {
                    self.picks = true;
                    self.read(path)
                }
                Wish::OpenSeries => vec![Action::Open(Box::new(Opening::new(path)))],
            };
        }
        let is_sure = self.matches.len() <= 1;
        match (self.keys).press(wish, None, is_sure, context.moment.since_start) {
            Pressed::Acts(wish) => self.carry_out(wish),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.read(context.start_folder.clone()),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    fn carry_out(&mut self, wish: Wish) -> Vec<Action> {
        match wish {
            Wish::Open => self.open(),
            Wish::OpenSeries => self.open_series(),
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

    fn picked(&self, path: PathBuf) -> Action {
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

    fn narrow(&mut self) {
        let Some(listing) = &self.listing else {
            self.matches.clear();
            return;
        };
        let typed = self.filter.value();
        if typed.is_empty() {
            self.matches = (0..listing.entries.len()).collect();
        } else {
            let pattern = Pattern::parse(typed, CaseMatching::Ignore, Normalization::Smart);
            let mut matcher = Matcher::new(Config::DEFAULT.match_paths());
            let mut letters = Vec::new();
            let mut scored: Vec<(u32, usize)> = (listing.entries.iter().enumerate())
                .filter_map(|(index, entry)| {
                    let name = Utf32Str::new(&entry.name, &mut letters);
                    Some((pattern.score(name, &mut matcher)?, index))
                })
                .collect();
            scored.sort_by_key(|&(score, index)| (std::cmp::Reverse(score), index));
            self.matches = scored.into_iter().map(|(_, index)| index).collect();
        }
        self.selection.keep_within(self.matches.len());
    }

    fn arrived(&mut self, listing: Listing, context: &Context<'_>) -> Vec<Action> {
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
        self.awaited = None;
        // Text typed since is the filter for this folder.
        if self.is_filter_old && (!same || listing_names_a_file) {
            self.filter.reset();
        }
        self.is_filter_old = false;
        self.picks = false;
        self.selection = Selection {
            index: index.unwrap_or(0),
        };
        self.narrow();
        let typed = self.filter.value().trim();
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
        match settled {
            Settled::Rests => Vec::new(),
            Settled::Acts(wish) => self.carry_out(wish),
            Settled::Refused(refusal) => vec![refused(refusal)],
        }
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
    fn drop_waiting(&mut self) -> bool {
        let waited = self.keys.drop_waiting();
        std::mem::take(&mut self.picks) || waited
    }

    fn page(context: &Context<'_>) -> usize {
        usize::from(context.size.height.saturating_sub(8))
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
        match event {
            ScreenEvent::Opened => {
                let Some(access) = context.access else {
                    return Vec::new();
                };
                return vec![Action::ask(folders::Request::Recent(access.clone()))];
            }
            ScreenEvent::Answer(Answer::Folders(folders::Answer::Recent(folders))) => {
                let folders = match folders {
                    Ok(folders) => folders,
                    Err(error) => {
                        let message = Action::Tell(Notice::error(error.to_string()));
                        let reads = match self.listing.is_none() && self.awaited.is_none() {
                            true => self.read(context.start_folder.clone()),
                            false => Vec::new(),
                        };
                        return std::iter::once(message).chain(reads).collect();
                    }
                };
                if self.listing.is_none() && self.awaited.is_none() {
                    let first = folders.into_iter().next();
                    return self.read(first.unwrap_or_else(|| context.start_folder.clone()));
                }
                return vec![Action::Open(Box::new(Recent::new(
                    folders,
                    self.recent.reply(|folder| folder),
                )))];
            }
            ScreenEvent::Answer(Answer::Folders(folders::Answer::Listed(Ok(listing)))) => {
                return self.arrived(listing, context);
            }
            ScreenEvent::Answer(Answer::Folders(folders::Answer::Listed(Err(sentence)))) => {
                let tried = self.awaited.take();
                self.select = None;
                self.picks = false;
                // The listed folder stays.
                if self.listing.is_some() {
                    self.keys.withdrawn();
                }
                let mut actions = vec![Action::Tell(Notice::error(sentence))];
                // The folder of last time may be gone; the start folder still exists.
                if self.listing.is_none() && tried.as_ref() != Some(context.start_folder) {
                    actions.extend(self.read(context.start_folder.clone()));
                } else if self.listing.is_none() {
                    self.keys.failed();
                }
                return actions;
            }
            ScreenEvent::Returned => {
                if let Some(folder) = self.recent.take() {
                    return self.read(folder);
                }
            }
            ScreenEvent::Covered => {
                self.drop_waiting();
            }
            ScreenEvent::Key(key, command) => {
                let request = edit_request(key);
                if command.is_none() && request.is_none() {
                    return Vec::new();
                }
                let waited = self.drop_waiting();
                let count = self.matches.len();
                if command.is_some_and(|command| {
                    self.selection.handle(command, count, Self::page(context))
                }) {
                    return Vec::new();
                }
                match command {
                    Some(Command::Back) if waited => {}
                    Some(Command::Back) if !self.filter.value().is_empty() => {
                        self.filter.reset();
                        self.narrow();
                    }
                    Some(Command::Back) => return vec![Action::Close],
                    Some(Command::Open) => return self.press(Wish::Open, context),
                    Some(Command::OpenSeries) => return self.press(Wish::OpenSeries, context),
                    // The parent of a folder that is still being read is not known to the user.
                    Some(Command::Parent) if self.awaited.is_some() => {}
                    Some(Command::Parent) => return self.parent(),
                    Some(Command::Hidden) => {
                        self.hidden = !self.hidden;
                        if let Some(folder) =
                            self.listing.as_ref().map(|listing| listing.folder.clone())
                        {
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
            }
            ScreenEvent::Paste(text) => {
                self.drop_waiting();
                self.is_filter_old = false;
                self.filter = Input::new(text.trim().chars().filter(|c| !c.is_control()).collect());
                self.narrow();
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let folder = self
            .listing
            .as_ref()
            .map(|listing| &listing.folder)
            .or(self.awaited.as_ref());
        let folder = folder
            .map(|folder| folder.to_string_lossy())
            .unwrap_or_default();
        let title = shorten(&scrub(&folder), usize::from(area.width.saturating_sub(8)));
        let inner = panel::framed(frame, area, &title, theme, true);
        let [filter, _, rows, foot] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Min(0),
                Constraint::Length(1),
            ],
        );
        let typed = scrub(self.filter.value()).into_owned();
        let shown = match typed.is_empty() {
            true => Span::styled("type to filter, or paste a path", theme.style(Role::Muted)),
            false => Span::styled(typed, theme.style(Role::Match)),
        };
        frame.render_widget(
            Line::from(vec![Span::styled("› ", theme.style(Role::Accent)), shown]),
            filter,
        );
        let Some(listing) = &self.listing else {
            panel::remark(frame, rows, "Reading the folder …", Role::Muted, theme);
            return;
        };
        if self.matches.is_empty() {
            let sentence = match (listing.entries.is_empty(), &self.purpose) {
                (false, _) => "No file matches. Esc clears the filter.",
                (true, Purpose::Scan) => {
                    "No folder, picture or DICOM file here. ← goes to the parent folder."
                }
                (true, Purpose::Photo(_) | Purpose::Attachment(_)) => {
                    "No folder or picture here. ← goes to the parent folder."
                }
                (true, Purpose::Table(_)) => {
                    "No folder or table of patients here. ← goes to the parent folder."
                }
            };
            panel::remark(frame, rows, sentence, Role::Muted, theme);
        }
        let height = usize::from(rows.height);
        let first = self.selection.first_visible(self.matches.len(), height);
        let visible = self.matches.iter().enumerate().skip(first).zip(rows.rows());
        for ((place, &index), row) in visible {
            let Some(entry) = listing.entries.get(index) else {
                continue;
            };
            let chosen = place == self.selection.index;
            let size = match entry.is_folder {
                true => "folder".to_owned(),
                false => file_size(entry.bytes),
            };
            let room = usize::from(row.width).saturating_sub(12);
            let name = shorten(&scrub(&entry.name), room);
            let name = if entry.is_folder {
                format!("{name}/")
            } else {
                name
            };
            let role = match (chosen, entry.is_folder) {
                (true, _) => Role::Selection,
                (false, true) => Role::Accent,
                (false, false) => Role::Text,
            };
            frame.buffer_mut().set_style(row, theme.style(role));
            frame.render_widget(Line::raw(name), row);
            frame.render_widget(Line::raw(size).right_aligned(), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
        if self.awaited.is_some() {
            let message = "Reading the folder …";
            return frame.render_widget(Line::styled(message, theme.style(Role::Accent)), foot);
        }
        let mut facts = format!("{} of {}", self.matches.len(), listing.entries.len());
        if listing.cut {
            facts.push_str(" · the folder is too large, the rest is not shown");
        }
        if listing.others > 0 {
            facts.push_str(&format!(" · {} unsupported files hidden", listing.others));
        }
        if self.hidden {
            facts.push_str(" · with hidden files");
        }
        frame.render_widget(Line::styled(facts, theme.style(Role::Muted)), foot);
    }
}

/// End of a path or start of a name, whichever fits into `room` columns.
pub fn shorten(text: &str, room: usize) -> String {
    let count = text.chars().count();
    if count <= room {
        return text.to_owned();
    }
    let kept = room.saturating_sub(1);
    if text.contains('/') {
        let tail: String = text.chars().skip(count - kept).collect();
        format!("…{tail}")
    } else {
        let head: String = text.chars().take(kept).collect();
        format!("{head}…")
    }
}

/// Size in the unit that people would use.
pub fn file_size(bytes: u64) -> String {
    const UNITS: [&str; 4] = ["KB", "MB", "GB", "TB"];
    if bytes < 1000 {
        return format!("{bytes} B");
    }
    let mut size = bytes as f64 / 1000.0;
    let mut unit = 0;
    while size >= 999.5 && unit + 1 < UNITS.len() {
        size /= 1000.0;
        unit += 1;
    }
    let decimals = usize::from(size < 10.0);
    format!("{size:.decimals$} {}", UNITS[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_read_like_people_say_them() {
        let sizes = [
            (0, "0 B"),
            (999, "999 B"),
            (1000, "1.0 KB"),
            (530_632, "531 KB"),
            (2_147_483_648, "2.1 GB"),
        ];
        for (bytes, text) in sizes {
            assert_eq!(file_size(bytes), text);
        }
    }

    #[test]
    fn long_paths_lose_their_start_and_long_names_their_end() {
        assert_eq!(shorten("/a/very/long/path", 9), "…ong/path");
        assert_eq!(shorten("malignant-0001.png", 9), "malignan…");
        assert_eq!(shorten("ok", 9), "ok");
    }
}
