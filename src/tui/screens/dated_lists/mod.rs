//! Common part of the screens of follow-ups and of planned exams: lists of rows with a date, read a page at a time. Letters
//! search, Tab turns to the next list, Backspace in an empty search removes a filter, and a key that refers to a row waits for
//! the rows.

mod draw;

pub(super) use self::draw::{DatedView, chips, draw_detail, stated, visible_rows};

use crossterm::event::KeyEvent;

use super::{Action, ScreenEvent, refused};
use crate::store::{Access, DatedPage, ListCursor, StoreError};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::Command;
use crate::tui::widgets::list_keys::{Pressed, Question, Refusal, Settled};
use crate::tui::widgets::paged_list::{ListRow, PagedList, Taken};

/// Rows of a page, as they are read.
pub(super) const PAGE: usize = 200;

/// A screen of such lists. A screen implements the first functions and calls the others.
pub(super) trait DatedLists {
    type Row: ListRow;
    /// Effect of a key on the selected row.
    type RowCommand: Copy;

    fn rows(&mut self) -> &mut PagedList<Self::Row, Self::RowCommand>;

    /// Asks for `limit` rows of the present list, after the row at `after`.
    fn ask_page(
        &self,
        access: Access,
        after: Option<ListCursor>,
        limit: usize,
        context: &Context<'_>,
    ) -> Action;

    /// Asks for the numbers of rows, which the titles of the lists show.
    fn ask_counts(&self, access: Access, context: &Context<'_>) -> Action;

    /// Switches to the list `by` places after the present one.
    fn turn_to(&mut self, by: isize);

    /// Removes the last filter; false if there was none.
    fn drop_filter(&mut self) -> bool;

    /// Handles a command that neither moves nor searches.
    fn handle(&mut self, command: Command, context: &Context<'_>) -> Vec<Action>;

    /// Performs a command on the selected row.
    fn carry_out(&mut self, row_command: Self::RowCommand, context: &Context<'_>) -> Vec<Action>;

    /// Reads the list from its first row on.
    fn read(&mut self, question: Question, context: &Context<'_>) -> Vec<Action> {
        self.rows().asked(question);
        let limit = self.rows().limit(question, PAGE);
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        vec![
            self.ask_page(access.clone(), None, limit, context),
            self.ask_counts(access, context),
        ]
    }

    /// As [`Self::read`], of another list, text or filter.
    fn searched(&mut self, context: &Context<'_>) -> Vec<Action> {
        self.read(Question::Other, context)
    }

    /// Reads on when the selection comes near the last row that was read.
    fn follow(&mut self, context: &Context<'_>) -> Vec<Action> {
        if !self.rows().wants_more(usize::from(context.size.height)) {
            return Vec::new();
        }
        let after = self.rows().rows().last().map(ListRow::cursor);
        let ask = |access| self.ask_page(access, after, PAGE, context);
        context.access.cloned().map(ask).into_iter().collect()
    }

    /// Shows another list: the next, or the one before.
    fn turn(&mut self, by: isize, context: &Context<'_>) -> Vec<Action> {
        self.turn_to(by);
        self.rows().forget();
        self.searched(context)
    }

    /// Handles a key, with its command if it has one.
    fn take(
        &mut self,
        key: KeyEvent,
        command: Option<Command>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        match self.rows().take(key, command, visible_rows(context)) {
            Taken::Nothing => Vec::new(),
            Taken::Moved => self.follow(context),
            Taken::Searched => self.searched(context),
            Taken::Emptied => match self.drop_filter() {
                true => self.searched(context),
                false => Vec::new(),
            },
            Taken::Command(Command::Back) => match self.rows().clear() {
                true => self.searched(context),
                false => vec![Action::Return],
            },
            Taken::Command(Command::Next) => self.turn(1, context),
            Taken::Command(Command::Previous) => self.turn(-1, context),
            Taken::Command(command) => self.handle(command, context),
        }
    }

    /// A key that refers to the selected row, now or once the rows belong to the search.
    fn press(&mut self, row_command: Self::RowCommand, context: &Context<'_>) -> Vec<Action> {
        match self.rows().press(row_command, context.moment.since_start) {
            Pressed::Acts(row_command) => self.carry_out(row_command, context),
            Pressed::Waits => Vec::new(),
            Pressed::Asks => self.read(Question::Same, context),
            Pressed::Unseen => vec![refused(Refusal::Several)],
        }
    }

    /// Stores a page, and performs the command that waited for it.
    fn took(
        &mut self,
        is_first: bool,
        page: Result<DatedPage<Self::Row>, StoreError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let page = match page {
            Ok(page) => page,
            Err(error) => {
                self.rows().failed();
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
        };
        let now = context.moment.since_start;
        match self.rows().arrived(is_first, page, now) {
            Settled::Rests => Vec::new(),
            Settled::Acts(row_command) => self.carry_out(row_command, context),
            Settled::Refused(refusal) => vec![refused(refusal)],
        }
    }

    /// Reads the list again after a change, and reports the change.
    fn changed(
        &mut self,
        outcome: Result<(), StoreError>,
        done: &str,
        context: &Context<'_>,
    ) -> Vec<Action> {
        let mut actions = self.read(Question::Same, context);
        actions.push(Action::Tell(match outcome {
            Ok(()) => Notice::good(done),
            Err(error) => Notice::error(error.to_string()),
        }));
        actions
    }

    /// Handles an event that is neither an answer nor the return of a dialog.
    fn on_event(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Opened => self.searched(context),
            ScreenEvent::Covered => {
                self.rows().drop_waiting();
                Vec::new()
            }
            ScreenEvent::Failed => {
                self.rows().failed();
                Vec::new()
            }
            ScreenEvent::Key(key, command) => self.take(key, command, context),
            ScreenEvent::Paste(text) => {
                self.rows().paste(text);
                self.searched(context)
            }
            _ => Vec::new(),
        }
    }
}

/// The list `by` places after `list`, starting again at the ends.
pub(super) fn turned<List: Copy + PartialEq>(all: &[List], list: List, by: isize) -> List {
    let at = all.iter().position(|one| *one == list).unwrap_or(0) as isize;
    let next = (at + by).rem_euclid(all.len() as isize) as usize;
    all.get(next).copied().unwrap_or(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn turning_goes_round_in_both_directions() {
        let all = ['a', 'b', 'c'];
        assert_eq!(turned(&all, 'a', 1), 'b');
        assert_eq!(turned(&all, 'c', 1), 'a');
        assert_eq!(turned(&all, 'a', -1), 'c');
    }
}
