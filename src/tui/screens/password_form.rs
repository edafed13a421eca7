//! The form for a new password, with its strength meter: for a new account, a change, or a reset code.
//!
//! Each use has a [`Purpose`] of its own, one file each.

use std::marker::PhantomData;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use super::leaving::Leaving;
use super::{Action, Screen, ScreenEvent};
use crate::store::StoreError;
use crate::text::sentence;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Form, Outcome};
use crate::tui::widgets::new_password::{self, NewPassword};
use crate::tui::widgets::panel;
use crate::tui::widgets::throttle::Throttle;
use crate::tui::worker::{Answer, accounts};

/// Purpose of a form with a new password.
pub trait Purpose: Send {
    /// Title of the screen.
    const TITLE: &'static str;
    /// Title of the frame around the form.
    const FRAME: &'static str;
    /// Shown while the request runs.
    const BUSY: &'static str;
    /// Index of the first of the two password fields, which are the last ones.
    const PASSWORD: usize;

    /// Data of the user, which a strong password does not consist of.
    fn about<'a>(form: &'a Form, context: &Context<'a>) -> Vec<&'a str>;

    /// Complaints about the fields other than the repeated password, each with its field.
    fn complaints(_form: &Form) -> Vec<(usize, String)> {
        Vec::new()
    }

    /// The request that the filled form makes; none if it needs a signed-in account and there is none.
    fn request(form: &Form, context: &Context<'_>) -> Option<accounts::Request>;

    /// Actions after an answer; none if it does not answer the request.
    fn outcome(answer: accounts::Answer) -> Option<Result<Vec<Action>, StoreError>>;

    /// The field that an error is about.
    fn field(error: &StoreError) -> Option<usize>;

    /// The complaint beside that field.
    fn complaint(error: &StoreError) -> String {
        sentence(&error.to_string())
    }
}

/// The screen.
pub struct PasswordForm<P> {
    form: Form,
    new_password: NewPassword,
    waiting: bool,
    throttle: Throttle,
    leaving: Leaving,
    purpose: PhantomData<P>,
}

impl<P: Purpose> PasswordForm<P> {
    /// On a form that ends with the fields of [`NewPassword::fields`].
    pub(super) fn on(form: Form) -> Self {
        Self {
            form,
            new_password: NewPassword::at(P::PASSWORD),
            waiting: false,
            throttle: Throttle::default(),
            leaving: Leaving::default(),
            purpose: PhantomData,
        }
    }

    fn measure(&mut self, context: &Context<'_>) {
        let about = P::about(&self.form, context);
        self.new_password.measure(&self.form, &about);
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let mut complaints = P::complaints(&self.form);
        complaints.extend(self.new_password.difference(&self.form));
        if !complaints.is_empty() {
            self.form.complain_all(complaints);
            return Vec::new();
        }
        let request = P::request(&self.form, context);
        self.waiting = request.is_some();
        request.map(Action::ask).into_iter().collect()
    }

    fn refused(&mut self, error: StoreError, context: &Context<'_>) -> Vec<Action> {
        self.waiting = false;
        match P::field(&error) {
            Some(field) => {
                self.form.complain(field, P::complaint(&error));
                Vec::new()
            }
            None => {
                let notice = self.throttle.refused(error, context.moment);
                notice.map(Action::Tell).into_iter().collect()
            }
        }
    }
}

impl<P: Purpose> Screen for PasswordForm<P> {
    fn title(&self) -> &str {
        P::TITLE
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form, Scope::Secret]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return self.leaving.leave(&self.form),
            ScreenEvent::Returned => return self.leaving.answered(),
            ScreenEvent::Key(key, command) if !self.waiting => match self.form.take(key, command) {
                Outcome::Submitted => return self.submit(context),
                Outcome::Changed => self.measure(context),
                Outcome::Ignored => {}
            },
            ScreenEvent::Paste(text) if !self.waiting => {
                self.form.paste(text);
                self.measure(context);
            }
            ScreenEvent::Answer(Answer::Accounts(answer)) => {
                return match P::outcome(answer) {
                    Some(Ok(actions)) => actions,
                    Some(Err(error)) => self.refused(error, context),
                    None => Vec::new(),
                };
            }
            ScreenEvent::Failed => self.waiting = false,
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        // Two rows a field.
        let rows = 2 * (P::PASSWORD as u16 + 2);
        let area = panel::centred(area, 76, rows + 7);
        let inner = panel::framed(frame, area, P::FRAME, theme, true);
        let [fields, meter, remark] = panel::stacked(
            inner,
            [
                Constraint::Length(rows),
                Constraint::Length(new_password::METER),
                Constraint::Min(1),
            ],
        );
        let complaint = self.form.view(frame, fields, context);
        self.new_password.view(frame, meter, &self.form, theme);
        if self.waiting {
            panel::remark(frame, remark, P::BUSY, Role::Muted, theme);
        } else if let Some(sentence) = self.throttle.sentence(context.moment) {
            panel::remark(frame, remark, &sentence, Role::Warning, theme);
        } else if let Some(complaint) = complaint {
            panel::remark(frame, remark, &complaint, Role::Error, theme);
        }
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        self.throttle.next_frame(context.moment)
    }
}
