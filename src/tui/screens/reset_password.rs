//! New password for a user who forgot theirs, with the code of an administrator.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use zeroize::Zeroizing;

use super::{Action, Screen, ScreenEvent};
use crate::store::{RegistrationField, StoreError};
use crate::text::sentence;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::new_password::{self, NewPassword};
use crate::tui::widgets::panel;
use crate::tui::widgets::throttle::Throttle;
use crate::tui::worker::{Answer, Request, accounts};

const EMAIL: usize = 0;
const CODE: usize = 1;
const PASSWORD: usize = 2;

/// The screen.
pub struct ResetPassword {
    form: Form,
    new_password: NewPassword,
    waiting: bool,
    throttle: Throttle,
}

impl ResetPassword {
    /// Form with the email that was typed already.
    pub fn new(email: &str) -> Self {
        let first = vec![
            Field::new("Email", Kind::Text, "you@hospital.org"),
            Field::new(
                "Code",
                Kind::Text,
                "from an administrator, valid for 24 hours",
            ),
        ];
        let password = NewPassword::fields("New password");
        let mut form = Form::new(first.into_iter().chain(password).collect());
        form.set(EMAIL, email.to_owned());
        form.focus = if email.is_empty() { EMAIL } else { CODE };
        Self {
            form,
            new_password: NewPassword::at(PASSWORD),
            waiting: false,
            throttle: Throttle::default(),
        }
    }

    fn measure(&mut self) {
        let about = [self.form.value(EMAIL)];
        self.new_password.measure(&self.form, &about);
    }

    fn submit(&mut self) -> Vec<Action> {
        for (index, name) in [(EMAIL, "email"), (CODE, "code")] {
            if self.form.value(index).trim().is_empty() {
                self.form.complain(index, format!("Enter your {name}."));
                return Vec::new();
            }
        }
        if !self.new_password.agree(&mut self.form) {
            return Vec::new();
        }
        self.waiting = true;
        let secret = |index| Zeroizing::new(self.form.value(index).to_owned());
        vec![Action::Ask(Request::Accounts(
            accounts::Request::ResetPassword {
                email: self.form.value(EMAIL).to_owned(),
                code: secret(CODE),
                password: secret(PASSWORD),
            },
        ))]
    }

    fn refused(&mut self, error: StoreError, context: &Context<'_>) -> Vec<Action> {
        self.waiting = false;
        let field = match &error {
            StoreError::WrongCode => CODE,
            StoreError::Invalid {
                field: RegistrationField::Password,
                ..
            } => PASSWORD,
            _ => {
                let notice = self.throttle.refused(error, context.moment);
                return notice.map(Action::Tell).into_iter().collect();
            }
        };
        self.form.complain(field, sentence(&error.to_string()));
        Vec::new()
    }
}

impl Screen for ResetPassword {
    fn title(&self) -> &str {
        "Reset code"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form, Scope::Secret]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(key, command) if !self.waiting => match self.form.take(key, command) {
                Outcome::Submitted => return self.submit(),
                Outcome::Changed => self.measure(),
                Outcome::Ignored => {}
            },
            ScreenEvent::Paste(text) if !self.waiting => {
                self.form.paste(text);
                self.measure();
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::PasswordReset(answer))) => {
                return match answer {
                    Ok(()) => vec![
                        Action::Return,
                        Action::Tell(Notice::good(
                            "Your password was changed. Sign in with the new one.",
                        )),
                    ],
                    Err(error) => self.refused(error, context),
                };
            }
            ScreenEvent::Failed => self.waiting = false,
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 76, 15);
        let inner = panel::framed(frame, area, "New password with a reset code", theme, true);
        let [fields, meter, remark] = panel::stacked(
            inner,
            [
                Constraint::Length(8),
                Constraint::Length(new_password::METER),
                Constraint::Min(1),
            ],
        );
        let complaint = self.form.view(frame, fields, theme);
        self.new_password.view(frame, meter, &self.form, theme);
        if self.waiting {
            panel::remark(frame, remark, "Checking …", Role::Muted, theme);
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
