//! Undo history of a form, change by change.

use crate::clinical::patient::Field;

/// Number of changes that are kept.
const MOST_CHANGES: usize = 200;

/// A field's values before and after a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Change {
    pub field: Field,
    pub before: String,
    pub after: String,
}

/// Changes that were made, and those that were undone.
#[derive(Debug, Clone, Default)]
pub(super) struct History {
    made: Vec<Change>,
    undone: Vec<Change>,
    /// True if the next letter belongs to the last change.
    is_open: bool,
}

impl History {
    /// Records a change. Letters of one word are one change.
    pub(super) fn made(&mut self, change: Change, is_letter: bool) {
        self.undone.clear();
        match self.made.last_mut() {
            Some(last) if self.is_open && is_letter && last.field == change.field => {
                last.after = change.after;
            }
            _ => {
                self.made.push(change);
                let many = self.made.len().saturating_sub(MOST_CHANGES);
                self.made.drain(..many);
            }
        }
        self.is_open = is_letter;
    }

    /// Ends the open change, so that more typing is a change of its own.
    pub(super) fn close(&mut self) {
        self.is_open = false;
    }

    /// Change to undo, if there is one.
    pub(super) fn undo(&mut self) -> Option<Change> {
        self.close();
        let change = self.made.pop()?;
        self.undone.push(change.clone());
        Some(change)
    }

    /// Change to redo, if there is one.
    pub(super) fn redo(&mut self) -> Option<Change> {
        self.close();
        let change = self.undone.pop()?;
        self.made.push(change.clone());
        Some(change)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn change(field: Field, before: &str, after: &str) -> Change {
        Change {
            field,
            before: before.into(),
            after: after.into(),
        }
    }

    #[test]
    fn letters_of_one_word_are_undone_together() {
        let mut history = History::default();
        history.made(change(Field::Doctor, "", "D"), true);
        history.made(change(Field::Doctor, "D", "Dr"), true);
        history.made(change(Field::Doctor, "Dr", "Dr "), false);
        history.made(change(Field::Doctor, "Dr ", "Dr Q"), true);
        history.made(change(Field::Notes, "", "Q"), true);
        assert_eq!(history.undo(), Some(change(Field::Notes, "", "Q")));
        assert_eq!(history.undo(), Some(change(Field::Doctor, "Dr ", "Dr Q")));
        assert_eq!(history.redo(), Some(change(Field::Doctor, "Dr ", "Dr Q")));
        assert_eq!(
            history.undo().map(|change| change.before),
            Some("Dr ".into())
        );
        assert_eq!(
            history.undo().map(|change| change.before),
            Some("Dr".into())
        );
        assert_eq!(history.undo(), Some(change(Field::Doctor, "", "Dr")));
        assert_eq!(history.undo(), None);
    }

    #[test]
    fn typing_after_an_undo_clears_the_redo_history() {
        let mut history = History::default();
        history.made(change(Field::Doctor, "", "D"), true);
        history.undo();
        history.made(change(Field::Doctor, "", "E"), true);
        assert_eq!(history.redo(), None);
        assert_eq!(history.undo(), Some(change(Field::Doctor, "", "E")));
    }

    #[test]
    fn the_oldest_changes_are_forgotten() {
        let mut history = History::default();
        for _ in 0..MOST_CHANGES + 5 {
            history.made(change(Field::Doctor, "", "D"), false);
        }
        assert_eq!(std::iter::from_fn(|| history.undo()).count(), MOST_CHANGES);
    }
}
