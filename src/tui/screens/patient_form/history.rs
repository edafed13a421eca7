//! What was typed into a form, change by change, to go back and forth in.

use crate::clinical::patient::Field;

/// The oldest changes are forgotten beyond so many.
const MOST_CHANGES: usize = 200;

/// One field as it was and as it became.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    pub field: Field,
    pub before: String,
    pub after: String,
}

/// The changes that were made, and those that were taken back.
#[derive(Debug, Clone, Default)]
pub struct History {
    made: Vec<Change>,
    undone: Vec<Change>,
    /// Whether the next letter belongs to the change that was made last.
    is_open: bool,
}

impl History {
    /// A field became another. Letters of one word are one change.
    pub fn made(&mut self, change: Change, is_letter: bool) {
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

    /// What is typed from now on is a change of its own.
    pub fn close(&mut self) {
        self.is_open = false;
    }

    /// The change to take back now, if there is one.
    pub fn undo(&mut self) -> Option<Change> {
        self.close();
        let change = self.made.pop()?;
        self.undone.push(change.clone());
        Some(change)
    }

    /// The change to make again now, if there is one.
    pub fn redo(&mut self) -> Option<Change> {
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
    fn letters_of_one_word_are_taken_back_at_once() {
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
    fn what_is_typed_after_going_back_ends_the_way_forth() {
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
