//! The two stacks of screens: the work, and the lock screen that covers it.

use super::watch::Due;
use super::{APPLICATION, App, Effect, LOG_OFF_AFTER, LayerId, ScreenStack, StackId};
use crate::cancel::Cancel;
use crate::tui::context::Notice;
use crate::tui::screens;

impl App {
    /// Locks the screen or ends the session after enough time without a key. Returns true if it did.
    pub(super) fn check_idle_time(&mut self, effects: &mut Vec<Effect>) -> bool {
        if self.signed_in.is_none() {
            return false;
        }
        match self.watch.due(&self.moment) {
            Due::LogOff => {
                self.sign_out(effects);
                self.tell(Notice::warning(format!(
                    "You were logged off after {} minutes without a key. Drafts of forms are kept, a result that was not saved is gone; sign in again.",
                    LOG_OFF_AFTER.as_secs() / 60
                )));
                true
            }
            Due::Lock if !self.is_locked() => {
                self.lock(effects);
                true
            }
            Due::Lock | Due::Nothing => false,
        }
    }

    /// Covers the work until the signed-in user enters the password.
    pub(super) fn lock(&mut self, effects: &mut Vec<Effect>) {
        if self.signed_in.is_some() && !self.is_locked() {
            // The user may not come back: drafts of the forms are saved while the session still runs.
            for request in self.last_words() {
                effects.push(self.ask(APPLICATION, request, Cancel::default()));
            }
            let lock = screens::lock::Lock::new(&self.moment);
            self.push(StackId::Cover, Box::new(lock), effects);
        }
    }

    pub(super) fn unlock(&mut self) {
        let covering = std::mem::take(&mut self.cover).layers;
        self.newest
            .retain(|(owner, _), _| covering.iter().all(|layer| layer.id != *owner));
        self.watch.touch(&self.moment);
    }

    pub(super) fn is_locked(&self) -> bool {
        !self.cover.layers.is_empty()
    }

    /// The stack that is seen and gets the keys.
    pub(super) fn front(&self) -> StackId {
        match self.is_locked() {
            true => StackId::Cover,
            false => StackId::Work,
        }
    }

    pub(super) fn stack(&self, which: StackId) -> &ScreenStack {
        match which {
            StackId::Work => &self.work,
            StackId::Cover => &self.cover,
        }
    }

    pub(super) fn stack_mut(&mut self, which: StackId) -> &mut ScreenStack {
        match which {
            StackId::Work => &mut self.work,
            StackId::Cover => &mut self.cover,
        }
    }

    /// The stack that a layer is in.
    pub(super) fn stack_of(&self, layer: LayerId) -> StackId {
        match self.cover.layers.iter().any(|other| other.id == layer) {
            true => StackId::Cover,
            false => StackId::Work,
        }
    }
}
