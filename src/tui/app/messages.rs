//! Messages that can be read again: those of the person who is signed in, until the sign-out.

use super::{App, Effect, StackId};
use crate::tui::context::Notice;
use crate::tui::screens::messages::{Message, Messages};

/// Number of messages that are kept.
const KEPT: usize = 100;

impl App {
    /// Shows a sentence under the screen of a stack, and keeps it.
    pub(super) fn say(&mut self, which: StackId, notice: Notice) {
        // The lock screen can be seen by others: its messages say nothing about the work.
        if which == StackId::Work {
            if self.told.len() == KEPT {
                self.told.pop_front();
            }
            self.told.push_back(Message {
                at: self.moment.now.clone(),
                notice: notice.clone(),
            });
        }
        self.stack_mut(which).notice = Some(notice);
    }

    /// Opens the list of messages.
    pub(super) fn show_messages(&mut self, effects: &mut Vec<Effect>) {
        if self.signed_in.is_some() && self.front() == StackId::Work {
            let newest_first = self.told.iter().rev().cloned().collect();
            self.push(
                StackId::Work,
                Box::new(Messages::new(newest_first)),
                effects,
            );
        }
    }

    pub(super) fn forget_messages(&mut self) {
        self.told.clear();
    }
}
