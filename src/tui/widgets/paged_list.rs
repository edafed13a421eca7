//! A searched list whose rows are read page by page in the background: letters search, arrows move, and a key that refers to a
//! row waits for the rows ([`list_keys`](super::list_keys)).

use std::time::Duration;

use crossterm::event::{KeyCode, KeyEvent};
use ratatui::Frame;
use ratatui::layout::{Alignment, Rect};
use ratatui::text::{Line, Span};
use tui_input::Input;
use unicode_width::UnicodeWidthStr;

use super::form::edit_request;
use super::list_keys::{ListKeys, Pressed, Question, Rows, Settled};
use super::rows::Selection;
use crate::clinical::text;
use crate::store::{Count, DatedPage, ListCursor};
use crate::text::{clipped, grouped, scrub};
use crate::tui::areas::{Areas, Click};
use crate::tui::context::Context;
use crate::tui::keymap::Command;
use crate::tui::theme::{Role, Theme};

/// A row of such a list.
pub trait ListRow {
    /// Identifies a row for as long as it exists.
    type Id: Copy + PartialEq;

    fn id(&self) -> Self::Id;

    /// Place of the row on its list.
    fn cursor(&self) -> ListCursor;

    /// Numbers that name the row when they are typed whole, such as the patient's.
    fn names(&self) -> Vec<&str>;

    /// The name of the row's person.
    fn full_name(&self) -> &str;
}

/// Effect of a key on the list.
pub enum Taken {
    /// None that the screen has to care for.
    Nothing,
    /// The selection moved.
    Moved,
    /// The search text changed.
    Searched,
    /// Backspace in an empty search.
    Emptied,
    Command(Command),
}

/// State of the list. `Wish` is the effect of a key on a row.
pub struct PagedList<Row: ListRow, Wish> {
    search: Input,
    /// None until the first page came.
    rows: Option<Vec<Row>>,
    total: Count,
    goes_on: bool,
    selection: Selection,
    keys: ListKeys<Wish, Row::Id>,
}

impl<Row: ListRow, Wish: Copy> Default for PagedList<Row, Wish> {
    fn default() -> Self {
        Self {
            search: Input::default(),
            rows: None,
            total: Count::Exactly(0),
            goes_on: false,
            selection: Selection::default(),
            keys: ListKeys::default(),
        }
    }
}

impl<Row: ListRow, Wish: Copy> PagedList<Row, Wish> {
    /// The rows that were read so far.
    pub fn rows(&self) -> &[Row] {
        self.rows.as_deref().unwrap_or_default()
    }

    /// True once a page came.
    pub fn is_read(&self) -> bool {
        self.rows.is_some()
    }

    /// The selected row.
    pub fn row(&self) -> Option<&Row> {
        self.rows().get(self.selection.index)
    }

    /// Index of the selected row.
    pub fn selected(&self) -> usize {
        self.selection.index
    }

    /// Index of the first row that is visible in so many rows of the screen.
    pub fn first_in(&self, area: Rect, areas: &Areas) -> usize {
        self.selection.first_in(self.rows().len(), area, areas)
    }

    /// True if there are more rows than were read.
    pub fn goes_on(&self) -> bool {
        self.goes_on
    }

    /// The search text.
    pub fn text(&self) -> &str {
        self.search.value()
    }

    /// Empties the search; false if it was empty.
    pub fn clear(&mut self) -> bool {
        let had_text = !self.text().is_empty();
        self.search.reset();
        had_text
    }

    /// Replaces the search text by pasted text.
    pub fn paste(&mut self, pasted: &str) {
        self.keys.drop_waiting();
        let typed = pasted.trim().chars().filter(|c| !c.is_control());
        self.search = Input::new(typed.collect());
    }

    /// Forgets the rows: another list takes their place.
    pub fn forget(&mut self) {
        self.rows = None;
    }

    /// Rows to read for the first page: all known ones when the same list is read again.
    pub fn limit(&self, question: Question, page: usize) -> usize {
        match question {
            Question::Same => self.rows().len().max(page),
            Question::Other => page,
        }
    }

    /// A request was sent.
    pub fn asked(&mut self, question: Question) {
        if question == Question::Other {
            self.selection = Selection::default();
        }
        self.keys.asked(question);
    }

    /// True when the selection is within `margin` rows of the last known one, and more can be read.
    pub fn wants_more(&self, margin: usize) -> bool {
        let is_near = self.selection.index + margin >= self.rows().len();
        is_near && self.goes_on && !self.keys.is_asked()
    }

    /// True while a key waits for the rows.
    pub fn is_waiting(&self) -> bool {
        self.keys.waiting().is_some()
    }

    /// Drops a key that waits for the rows.
    pub fn drop_waiting(&mut self) {
        self.keys.drop_waiting();
    }

    /// The reading failed.
    pub fn failed(&mut self) {
        self.rows.get_or_insert_default();
        self.keys.failed();
    }

    /// Handles a key, with its command if it has one. `page` is the number of visible rows.
    pub fn take(&mut self, key: KeyEvent, command: Option<Command>, page: usize) -> Taken {
        let request = edit_request(key);
        if command.is_none() && request.is_none() {
            return Taken::Nothing;
        }
        let waited = self.keys.drop_waiting();
        let count = self.rows().len();
        if command.is_some_and(|command| self.selection.handle(command, count, page)) {
            self.keys.looked();
            return Taken::Moved;
        }
        match (command, request) {
            (Some(Command::Back), _) if waited => Taken::Nothing,
            (Some(command), _) => Taken::Command(command),
            _ if key.code == KeyCode::Backspace && self.text().is_empty() => Taken::Emptied,
            (None, Some(request)) => {
                let before = self.text().to_owned();
                self.search.handle(request);
                match before == self.text() {
                    true => Taken::Nothing,
                    false => Taken::Searched,
                }
            }
            (None, None) => Taken::Nothing,
        }
    }

    /// A key that refers to the selected row is pressed at `now`.
    pub fn press(&mut self, wish: Wish, now: Duration) -> Pressed<Wish> {
        let on = self.row().map(ListRow::id);
        let is_sure = match self.rows() {
            [] => true,
            [_] => self.is_sure(),
            _ => self.exact() == Some(self.selection.index),
        };
        self.keys.press(wish, on, is_sure, now)
    }

    /// Moves to the next row.
    pub fn step(&mut self) {
        let count = self.rows().len();
        self.selection.handle(Command::Down, count, 1);
    }

    /// The row whose number is typed whole.
    fn exact(&self) -> Option<usize> {
        let typed = text::key(self.text());
        let is_it = |row: &Row| row.names().into_iter().any(|name| text::key(name) == typed);
        let mut found = (self.rows().iter().enumerate()).filter(|(_, row)| is_it(row));
        match (found.next(), found.next()) {
            (Some((place, _)), None) if !typed.is_empty() => Some(place),
            _ => None,
        }
    }

    /// True if a single row is certainly meant: nothing is typed, or the text is of the person's name or of a number of the row. A
    /// telephone number, a birth date or a word of the notes can be those of another person.
    fn is_sure(&self) -> bool {
        let is_named = |row: &Row| {
            let mut texts = row.names();
            texts.push(row.full_name());
            text::names(self.text(), &texts)
        };
        self.text().trim().is_empty() || self.rows().first().is_some_and(is_named)
    }

    /// Takes a page in; the first one replaces the rows. Returns the key that waited for them.
    pub fn arrived(
        &mut self,
        is_first: bool,
        page: DatedPage<Row>,
        now: Duration,
    ) -> Settled<Wish> {
        let selected = self.row().map(ListRow::id);
        self.goes_on = page.goes_on;
        if !is_first {
            self.rows.get_or_insert_default().extend(page.rows);
            return Settled::Rests;
        }
        self.total = page.total;
        self.rows = Some(page.rows);
        let ids: Vec<Row::Id> = self.rows().iter().map(ListRow::id).collect();
        let rows = Rows {
            selected,
            count: ids.len(),
            is_sure: self.is_sure(),
            exact: self.exact(),
            place: &|id| ids.iter().position(|other| *other == id),
        };
        let settled = self.keys.settle(&mut self.selection, rows, now);
        if self.text().is_empty() {
            // Nothing was typed that a first row could be mistaken for the answer to.
            self.keys.looked();
        }
        settled
    }

    /// Draws the search text and puts the cursor behind it.
    pub fn draw_search(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        hint: &'static str,
        theme: &Theme,
    ) {
        let typed = scrub(self.text()).into_owned();
        let shown = match typed.is_empty() {
            true => Span::styled(hint, theme.style(Role::Muted)),
            false => Span::styled(typed.clone(), theme.style(Role::Match)),
        };
        let line = Line::from(vec![Span::styled("› ", theme.style(Role::Accent)), shown]);
        frame.render_widget(line, area);
        let behind = area.x.saturating_add(2 + typed.width() as u16);
        frame.set_cursor_position((behind.min(area.right().saturating_sub(1)), area.y));
    }

    /// Draws `words` on the left, and the place of the selection in the whole list on the right.
    pub fn draw_foot(&self, frame: &mut Frame<'_>, foot: Rect, words: String, theme: &Theme) {
        let position = match self.rows().len() {
            0 => String::new(),
            _ => format!(
                "{} of {}",
                grouped(self.selection.index as u64 + 1),
                short(self.total)
            ),
        };
        frame.render_widget(Line::styled(words, theme.style(Role::Accent)), foot);
        // A style of the line would be that of the whole row.
        let position = Line::from(Span::styled(position, theme.style(Role::Muted)));
        frame.render_widget(position.alignment(Alignment::Right), foot);
    }
}

/// Draws the titles of lists side by side, with counts where they are known. The bool marks the one in front; `next` is the
/// command that brings the next one there.
pub fn draw_tabs(
    frame: &mut Frame<'_>,
    area: Rect,
    tabs: impl IntoIterator<Item = (&'static str, Option<Count>, bool)>,
    next: Command,
    context: &Context<'_>,
) {
    let theme = context.theme;
    let tabs: Vec<_> = tabs.into_iter().collect();
    let front = tabs.iter().position(|(.., is_in_front)| *is_in_front);
    let mut line = Line::default();
    for (index, (label, count, is_in_front)) in tabs.iter().copied().enumerate() {
        let label = match count {
            Some(count) => format!(" {label} {} ", short(count)),
            None => format!(" {label} "),
        };
        let role = match is_in_front {
            true => Role::Brand,
            false => Role::Muted,
        };
        let x = area.x.saturating_add(line.width() as u16);
        let width = label.width() as u16;
        let place = Rect { x, width, ..area }.intersection(area);
        let steps = (index + tabs.len() - front.unwrap_or_default()) % tabs.len();
        context.areas.note(place, Click::Command(next, steps));
        line.push_span(Span::styled(label, theme.style(role)));
        line.push_span(Span::raw(" "));
    }
    frame.render_widget(line, area);
}

/// A count in few letters.
pub fn short(count: Count) -> String {
    match count {
        Count::Exactly(count) => grouped(count),
        Count::MoreThan(count) => format!("{}+", grouped(count)),
    }
}

/// Terminal columns for which the widths of a list's columns are stated.
const USUAL_COLUMNS: u16 = 80;
/// Most cells of a name: further ones would be blank.
const MOST_OF_A_NAME: usize = 48;

/// Cells of a list's column of names: `least` in a terminal of 80 columns, and half of what a wider one has in addition.
pub fn name_cells(least: usize, columns: u16) -> usize {
    let more = usize::from(columns.saturating_sub(USUAL_COLUMNS)) / 2;
    (least + more).min(MOST_OF_A_NAME)
}

/// A text in exactly so many cells.
pub fn cell(text: &str, width: usize) -> String {
    let text = clipped(&scrub(text), width).into_owned();
    let pad = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(pad))
}
