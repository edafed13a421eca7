//! A form whose contents the store checks as credentials: it takes no input until the answer is there, and counts down
//! the waiting time after too many wrong ones.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::Rect;
use zeroize::Zeroizing;

use super::{Action, ScreenEvent};
use crate::store::StoreError;
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::panel;
use crate::tui::widgets::throttle::Throttle;
use crate::tui::worker::accounts;

/// The form, and its state between a request and the answer.
pub(super) struct CredentialForm {
    pub(super) form: Form,
    is_waiting: bool,
    throttle: Throttle,
}

impl CredentialForm {
    pub(super) fn new(form: Form) -> Self {
        Self {
            form,
            is_waiting: false,
            throttle: Throttle::default(),
        }
    }

    /// Value of a field, wiped from memory after its use.
    pub(super) fn secret(&self, index: usize) -> Zeroizing<String> {
        Zeroizing::new(self.form.value(index).to_owned())
    }

    /// True until the request is answered.
    pub(super) fn is_waiting(&self) -> bool {
        self.is_waiting
    }

    /// Handles keys, pasted text and a fault of the worker.
    pub(super) fn handle(&mut self, event: &ScreenEvent<'_>) -> Outcome {
        match event {
            ScreenEvent::Failed => self.is_waiting = false,
            ScreenEvent::Key(key, command) if !self.is_waiting => {
                return self.form.take(*key, *command);
            }
            ScreenEvent::Paste(text) if !self.is_waiting => {
                self.form.paste(text);
                return Outcome::Changed;
            }
            _ => {}
        }
        Outcome::Ignored
    }

    /// Sends the contents to the store.
    pub(super) fn send(&mut self, request: accounts::Request) -> Vec<Action> {
        self.is_waiting = true;
        vec![Action::ask(request)]
    }

    /// The store refused: the form takes input again. A field with a complaint about the error is the screen's part.
    pub(super) fn reopen(&mut self) {
        self.is_waiting = false;
    }

    /// As [`Self::reopen`]; counts down a waiting time, and shows any other error as a message.
    pub(super) fn refused(&mut self, error: StoreError, context: &Context<'_>) -> Vec<Action> {
        self.reopen();
        let notice = self.throttle.refused(error, context.moment);
        notice.map(Action::Tell).into_iter().collect()
    }

    /// Draws the fields, and below them one sentence: `busy` until the answer is there, the waiting time, or a complaint
    /// that has no room beside its field.
    pub(super) fn draw(
        &self,
        frame: &mut Frame<'_>,
        [fields, remark]: [Rect; 2],
        busy: &str,
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let complaint = self.form.view(frame, fields, context);
        if self.is_waiting {
            panel::remark(frame, remark, busy, Role::Muted, theme);
        } else if let Some(sentence) = self.throttle.sentence(context.moment) {
            panel::remark(frame, remark, &sentence, Role::Warning, theme);
        } else if let Some(complaint) = complaint {
            panel::remark(frame, remark, &complaint, Role::Error, theme);
        }
    }

    /// Time of the next count of the waiting time.
    pub(super) fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        self.throttle.next_frame(context.moment)
    }
}
