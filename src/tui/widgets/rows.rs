//! Selection in a list that may be longer than the screen.

use ratatui::layout::Rect;

use crate::tui::areas::Areas;
use crate::tui::keymap::Command;

/// Index of the selected row.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Selection {
    pub index: usize,
}

impl Selection {
    /// Moves by a command among `count` rows, `page` of them visible. False if it was another command.
    pub fn handle(&mut self, command: Command, count: usize, page: usize) -> bool {
        let last = count.saturating_sub(1);
        self.index = match command {
            Command::Up => self.index.saturating_sub(1),
            Command::Down => self.index + 1,
            Command::PageUp => self.index.saturating_sub(page.max(1)),
            Command::PageDown => self.index + page.max(1),
            Command::First => 0,
            Command::Last => last,
            _ => return false,
        }
        .min(last);
        true
    }

    /// Moves the selection back into `0..count`, for lists that became shorter.
    pub fn keep_within(&mut self, count: usize) {
        self.index = self.index.min(count.saturating_sub(1));
    }

    /// First row to show of rows of one line in `area`, as [`Self::first_visible`]; a click on a row selects it from then on.
    pub fn first_in(self, count: usize, area: Rect, areas: &Areas) -> usize {
        let first = self.first_visible(count, usize::from(area.height));
        areas.rows(area, 1, first, count, self.index);
        first
    }

    /// First row to show so that the selected one is visible, in the middle if possible.
    pub fn first_visible(self, count: usize, height: usize) -> usize {
        let furthest = count.saturating_sub(height);
        self.index.saturating_sub(height / 2).min(furthest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_selection_stops_at_both_ends() {
        let mut selection = Selection::default();
        assert!(selection.handle(Command::Up, 3, 2));
        assert_eq!(selection.index, 0);
        selection.handle(Command::PageDown, 3, 2);
        selection.handle(Command::PageDown, 3, 2);
        assert_eq!(selection.index, 2);
        selection.keep_within(1);
        assert_eq!(selection.index, 0);
        assert!(selection.handle(Command::Down, 0, 0));
        assert_eq!(selection.index, 0);
        assert!(!selection.handle(Command::Save, 3, 2));
    }

    #[test]
    fn the_selected_row_is_always_visible() {
        for count in 0..30 {
            for height in 1..12 {
                for index in 0..count {
                    let first = Selection { index }.first_visible(count, height);
                    assert!(
                        first <= index && index < first + height,
                        "{index}/{count} in {height}"
                    );
                    assert!(first + height <= count.max(height));
                }
            }
        }
    }
}
