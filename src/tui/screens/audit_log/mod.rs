//! Audit log of the hospital for its administrators: newest first, read page by page from the database.

mod filter;
mod lines;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;

pub use self::filter::AuditFilter;
use self::filter::FilterForm;
use super::{Action, Screen, ScreenEvent};
use crate::store::{AuditEntry, AuditPage, AuditPlace, AuditVerification};
use crate::text::{scrub, sentence, shortened};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Inbox;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::audit::{Answer, Request};
use crate::tui::worker::{self};

/// Number of entries per request: more than any terminal shows.
const PAGE: u32 = 200;
/// Upper limit of the entries kept in memory while scrolling.
const MOST: usize = 1000;

/// The screen.
#[derive(Default)]
pub struct AuditLog {
    filter: AuditFilter,
    /// Loaded range of the matching entries, newest first.
    entries: Vec<AuditEntry>,
    /// True if there are newer entries than the loaded ones.
    newer: bool,
    /// True if there are older entries than the loaded ones.
    older: bool,
    selection: Selection,
    /// Place whose entries are being read.
    asked: Option<AuditPlace>,
    /// True once entries have arrived.
    read: bool,
    verifying: bool,
    exporting: bool,
    filters: Inbox<AuditFilter>,
}

impl AuditLog {
    fn ask(&mut self, place: AuditPlace, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        self.asked = Some(place);
        let mut query = self.filter.query(context.moment.now.time_zone());
        query.place = place;
        query.limit = PAGE;
        let query = Box::new(query);
        vec![Action::Ask(worker::Request::Audit(Request::Entries {
            access,
            query,
        }))]
    }

    /// Applies another filter and asks for its entries. Entries of the earlier filter are removed.
    fn narrow(&mut self, filter: AuditFilter, context: &Context<'_>) -> Vec<Action> {
        self.filter = filter;
        self.entries.clear();
        self.selection = Selection::default();
        self.read = false;
        self.ask(AuditPlace::Newest, context)
    }

    /// Adds a page at its end of the range, and drops entries at the other end.
    fn take(&mut self, page: AuditPage) {
        let AuditPage { mut entries, more } = page;
        self.read = true;
        match self.asked.take() {
            Some(AuditPlace::Before(_)) => {
                self.entries.append(&mut entries);
                self.older = more;
                let gone = self.entries.len().saturating_sub(MOST);
                self.entries.drain(..gone);
                self.selection.index = self.selection.index.saturating_sub(gone);
                self.newer |= gone > 0;
            }
            Some(AuditPlace::After(_)) => {
                self.selection.index += entries.len();
                entries.append(&mut self.entries);
                self.entries = entries;
                self.newer = more;
                self.older |= self.entries.len() > MOST;
                self.entries.truncate(MOST);
            }
            Some(AuditPlace::Oldest) => {
                self.selection.index = entries.len().saturating_sub(1);
                self.entries = entries;
                (self.newer, self.older) = (more, false);
            }
            Some(AuditPlace::Newest) | None => {
                self.selection.index = 0;
                self.entries = entries;
                (self.newer, self.older) = (false, more);
            }
        }
        self.selection.keep_within(self.entries.len());
    }

    fn walk(&mut self, command: Command, context: &Context<'_>) -> Option<Vec<Action>> {
        match command {
            Command::First if self.newer => return Some(self.ask(AuditPlace::Newest, context)),
            Command::Last if self.older => return Some(self.ask(AuditPlace::Oldest, context)),
            _ => {}
        }
        let rows = usize::from(context.size.height.saturating_sub(9));
        self.selection
            .handle(command, self.entries.len(), rows)
            .then(|| self.follow(context))
    }

    /// Asks for more entries when the selection comes near the end of the loaded ones.
    fn follow(&mut self, context: &Context<'_>) -> Vec<Action> {
        if self.asked.is_some() {
            return Vec::new();
        }
        let margin = PAGE as usize / 2;
        let (first, last) = (self.entries.first(), self.entries.last());
        if self.older && self.selection.index + margin >= self.entries.len() {
            match last.map(|entry| AuditPlace::Before(entry.position())) {
                Some(place) => return self.ask(place, context),
                None => return Vec::new(),
            }
        }
        match first.map(|entry| AuditPlace::After(entry.position())) {
            Some(place) if self.newer && self.selection.index < margin => self.ask(place, context),
            _ => Vec::new(),
        }
    }

    fn verify(&mut self, context: &Context<'_>) -> Vec<Action> {
        match context.access.cloned() {
            Some(access) if !self.verifying => {
                self.verifying = true;
                vec![Action::Ask(worker::Request::Audit(Request::Verify(access)))]
            }
            _ => Vec::new(),
        }
    }

    fn export(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access.cloned().filter(|_| !self.exporting) else {
            return Vec::new();
        };
        self.exporting = true;
        let now = &context.moment.now;
        let name = format!("audit-{}.jsonl", now.strftime("%Y%m%d-%H%M%S"));
        vec![Action::Ask(worker::Request::Audit(Request::Export {
            access,
            span: self.filter.span(now.time_zone()),
            file: context.home.join("exports").join(name),
        }))]
    }

    fn answered(&mut self, answer: Answer) -> Vec<Action> {
        let notice = match answer {
            Answer::Entries(Ok(page)) => {
                self.take(page);
                return Vec::new();
            }
            Answer::Entries(Err(error)) => {
                self.asked = None;
                Notice::error(error.to_string())
            }
            Answer::Verified(found) => {
                self.verifying = false;
                match found {
                    Ok(found) => verdict(&found),
                    Err(error) => Notice::error(error.to_string()),
                }
            }
            Answer::Exported(export) => {
                self.exporting = false;
                match export {
                    Ok((export, file)) => Notice::good(format!(
                        "{} entries and the head of the log were written to {}: keep the file in another place",
                        export.entries,
                        file.display()
                    )),
                    Err(error) => Notice::error(error.to_string()),
                }
            }
        };
        vec![Action::Tell(notice)]
    }
}

/// Result of verifying the log, as a sentence.
fn verdict(found: &AuditVerification) -> Notice {
    match found.fault {
        Some(fault) => Notice::error(format!(
            "{} Inform the person responsible for the records, and keep a copy of the database as it is.",
            sentence(&fault.to_string())
        )),
        None if found.anchored > 0 => Notice::good(format!(
            "The log is sound: {} entries, {} of them signed with earlier keys",
            found.entries, found.anchored
        )),
        None => Notice::good(format!("The log is sound: {} entries", found.entries)),
    }
}

impl Screen for AuditLog {
    fn title(&self) -> &str {
        "Audit log"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::AuditLog]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.ask(AuditPlace::Newest, context),
            ScreenEvent::Answer(worker::Answer::Audit(answer)) => self.answered(answer),
            ScreenEvent::Returned => match self.filters.take() {
                Some(filter) => self.narrow(filter, context),
                None => Vec::new(),
            },
            ScreenEvent::Key(_, Some(command)) => match command {
                Command::Back if self.filter != AuditFilter::default() => {
                    self.narrow(AuditFilter::default(), context)
                }
                Command::Back => vec![Action::Close],
                Command::Filter => vec![Action::Open(Box::new(FilterForm::new(
                    &self.filter,
                    self.filters.reply(|filter| filter),
                )))],
                Command::VerifyLog => self.verify(context),
                Command::ExportLog => self.export(context),
                command => self.walk(command, context).unwrap_or_default(),
            },
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let words = self.filter.words();
        let title = match words.is_empty() {
            true => "Audit log".to_owned(),
            false => format!("Audit log: {words}"),
        };
        let title = shortened(&title, usize::from(area.width.saturating_sub(6)));
        let inner = panel::framed(frame, area, &title, theme, true);
        let [head, rows, foot, state] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Min(0),
                Constraint::Length(2),
                Constraint::Length(1),
            ],
        );
        let columns = usize::from(inner.width);
        let busy = match (self.verifying, self.exporting) {
            (true, _) => "Checking every entry …",
            (_, true) => "Writing the entries into a file …",
            _ => "",
        };
        frame.render_widget(Line::styled(busy, theme.style(Role::Accent)), state);
        if self.entries.is_empty() {
            let sentence = match (self.read, words.is_empty()) {
                (false, _) => "Reading the log …",
                (true, true) => "No entries yet.",
                (true, false) => "No entry matches. Esc clears the filter.",
            };
            panel::remark(frame, rows, sentence, Role::Muted, theme);
            return;
        }
        let headings = lines::headings(columns);
        frame.render_widget(Line::styled(headings, theme.style(Role::Muted)), head);
        let first = self
            .selection
            .first_in(self.entries.len(), rows, context.areas);
        let visible = self.entries.iter().enumerate().skip(first).zip(rows.rows());
        for ((index, entry), row) in visible {
            let role = match (index == self.selection.index, entry.refused) {
                (true, _) => Role::Selection,
                (false, true) => Role::Warning,
                (false, false) => Role::Text,
            };
            if role == Role::Selection {
                frame.set_cursor_position((row.x, row.y));
            }
            let line = lines::entry(entry, columns, context);
            frame.render_widget(Line::styled(line, theme.style(role)), row);
        }
        if let Some(entry) = self.entries.get(self.selection.index) {
            let detail = scrub(&lines::detail(entry, context)).into_owned();
            frame.render_widget(
                panel::paragraph(detail).style(theme.style(Role::Muted)),
                foot,
            );
        }
    }
}
