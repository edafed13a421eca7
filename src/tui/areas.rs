//! Places on the screen that a click acts on. Widgets note them while they draw; the application looks them up.

use std::cell::RefCell;

use ratatui::layout::{Position, Rect};

use super::keymap::{Command, Key};

/// Effect of a click.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Click {
    /// Presses a key that the footer names.
    Key(Key),
    /// Gives a command so many times: a tab that lies so many tabs further.
    Command(Command, usize),
    /// Selects the row that lies so many rows below the selected one; 0 opens it.
    Row(isize),
    /// Moves the focus of a form so many fields further, or back, and turns the choice there so many times.
    Field { further: isize, turns: usize },
}

/// The places of the frame that was drawn last.
#[derive(Debug, Default)]
pub struct Areas(RefCell<Vec<(Rect, Click)>>);

impl Areas {
    /// Forgets the places: another frame is drawn.
    pub fn clear(&self) {
        self.0.borrow_mut().clear();
    }

    /// Notes one place. Later ones lie over earlier ones.
    pub fn note(&self, area: Rect, click: Click) {
        self.0.borrow_mut().push((area, click));
    }

    /// Notes the rows of a list in `area`, `pitch` lines each: the visible ones of `count`, from the row `first`.
    pub fn rows(&self, area: Rect, pitch: usize, first: usize, count: usize, selected: usize) {
        for (index, row) in (first..count).zip(area.rows().step_by(pitch.max(1))) {
            let below = index as isize - selected as isize;
            self.note(row, Click::Row(below));
        }
    }

    /// A dialog comes over the screen: of what was noted so far only keys can be clicked.
    pub fn cover(&self) {
        (self.0.borrow_mut()).retain(|(_, click)| matches!(click, Click::Key(_)));
    }

    /// Effect of a click on a cell.
    pub fn at(&self, column: u16, row: u16) -> Option<Click> {
        let places = self.0.borrow();
        let hit = (places.iter().rev()).find(|(area, _)| area.contains(Position::new(column, row)));
        hit.map(|(_, click)| *click)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_finds_the_row_that_was_drawn_there_and_the_dialog_over_it() {
        let areas = Areas::default();
        areas.rows(Rect::new(2, 5, 20, 4), 1, 10, 13, 11);
        assert_eq!(areas.at(2, 5), Some(Click::Row(-1)));
        assert_eq!(areas.at(21, 7), Some(Click::Row(1)));
        // Below the last row, and beside the list.
        assert_eq!(areas.at(2, 8), None);
        assert_eq!(areas.at(22, 7), None);
        areas.rows(Rect::new(2, 5, 20, 4), 2, 0, 9, 0);
        assert_eq!(areas.at(4, 7), Some(Click::Row(1)));
        assert_eq!(areas.at(4, 6), Some(Click::Row(0)));
        areas.cover();
        assert_eq!(areas.at(4, 7), None);
        areas.note(Rect::new(0, 7, 9, 1), Click::Command(Command::Next, 2));
        assert_eq!(areas.at(4, 7), Some(Click::Command(Command::Next, 2)));
        areas.clear();
        assert_eq!(areas.at(4, 7), None);
    }
}
