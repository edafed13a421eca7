//! Question before a form with unsaved text is left.

use super::Action;
use super::confirm::Confirm;
use crate::tui::reply::Inbox;
use crate::tui::widgets::form::Form;

/// Leaving of a form without a draft.
#[derive(Default)]
pub(super) struct Leaving(Inbox<()>);

impl Leaving {
    /// Closes the form, after a question if the user has changed it.
    pub(super) fn leave(&self, form: &Form) -> Vec<Action> {
        match form.is_touched() {
            true => vec![Action::Open(Box::new(Confirm::new(
                "Discard changes",
                "What you typed is not saved. Leave without saving?",
                "Discard",
                self.0.reply(|()| ()),
            )))],
            false => vec![Action::Close],
        }
    }

    /// Closes the form if the user said yes. For the event after a dialog closed.
    pub(super) fn answered(&self) -> Vec<Action> {
        match self.0.take() {
            Some(()) => vec![Action::Close],
            None => Vec::new(),
        }
    }
}
