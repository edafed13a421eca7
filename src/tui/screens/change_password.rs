//! Changing the password for a user who knows the present one.

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

const CURRENT: usize = 0;
const PASSWORD: usize = 1;

/// The screen.
pub struct ChangePassword {
    form: Form,
    new_password: NewPassword,
    waiting: bool,
    throttle: Throttle,
}

impl Default for ChangePassword {
    fn default() -> Self {
        let current = Field::new("Old password", Kind::Password, "");
        let fields = std::iter::once(current).chain(NewPassword::fields("New password"));
        Self {
            form: Form::new(fields.collect()),
            new_password: NewPassword::at(PASSWORD),
            waiting: false,
            throttle: Throttle::default(),
        }
    }
}

impl ChangePassword {
    fn measure(&mut self, context: &Context<'_>) {
        let about = context.account.map(|account| {
            [
                account.hospital.as_str(),
                &account.admin_id,
                &account.full_name,
                &account.email,
            ]
        });
        self.new_password
            .measure(&self.form, &about.unwrap_or_default());
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        if self.form.value(CURRENT).is_empty() {
            let complaint = "Enter your old password.".to_owned();
            self.form.complain(CURRENT, complaint);
            return Vec::new();
        }
        if !self.new_password.agree(&mut self.form) {
            return Vec::new();
        }
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        self.waiting = true;
        let secret = |index| Zeroizing::new(self.form.value(index).to_owned());
        vec![Action::Ask(Request::Accounts(
            accounts::Request::ChangePassword {
                access,
                current: secret(CURRENT),
                new: secret(PASSWORD),
            },
        ))]
    }

    fn refused(&mut self, error: StoreError, context: &Context<'_>) -> Vec<Action> {
        self.waiting = false;
        let field = match &error {
            StoreError::WrongPassword => CURRENT,
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

impl Screen for ChangePassword {
    fn title(&self) -> &str {
        "Change password"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form, Scope::Secret]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(key, command) if !self.waiting => match self.form.take(key, command) {
                Outcome::Submitted => return self.submit(context),
                Outcome::Changed => self.measure(context),
                Outcome::Ignored => {}
            },
            ScreenEvent::Paste(text) if !self.waiting => {
                self.form.paste(text);
                self.measure(context);
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::PasswordChanged(answer))) => {
                return match answer {
                    Ok(()) => vec![
                        Action::Close,
                        Action::Tell(Notice::good(
                            "Your password was changed. Your other sessions were signed out.",
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
        let area = panel::centred(area, 76, 13);
        let inner = panel::framed(frame, area, "Change password", theme, true);
        let [fields, meter, remark] = panel::stacked(
            inner,
            [
                Constraint::Length(6),
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
