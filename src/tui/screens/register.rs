//! Registering an account, with a meter for the strength of the password.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use zeroize::Zeroizing;

use super::waiting::Waiting;
use super::{Action, Screen, ScreenEvent};
use crate::store::{Registration, RegistrationField, StoreError};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::new_password::{self, NewPassword};
use crate::tui::widgets::panel;
use crate::tui::worker::accounts::Registered;
use crate::tui::worker::{Answer, Request, accounts};

const HOSPITAL: usize = 0;
const ADMIN_ID: usize = 1;
const NAME: usize = 2;
const EMAIL: usize = 3;
const PASSWORD: usize = 4;

/// The screen.
pub struct Register {
    form: Form,
    new_password: NewPassword,
    waiting: bool,
}

impl Default for Register {
    fn default() -> Self {
        let text = |label, example| Field::new(label, Kind::Text, example);
        let about = vec![
            text("Hospital", "full name of the hospital"),
            text("Admin ID", "your staff number"),
            text("Your name", "as it should appear on reports"),
            text("Email", "you@hospital.org"),
        ];
        let password = NewPassword::fields("Password");
        Self {
            form: Form::new(about.into_iter().chain(password).collect()),
            new_password: NewPassword::at(PASSWORD),
            waiting: false,
        }
    }
}

impl Register {
    fn measure(&mut self) {
        let about = [HOSPITAL, ADMIN_ID, NAME, EMAIL].map(|index| self.form.value(index));
        self.new_password.measure(&self.form, &about);
    }

    fn submit(&mut self) -> Vec<Action> {
        if !self.new_password.agree(&mut self.form) {
            return Vec::new();
        }
        let value = |index| self.form.value(index).to_owned();
        self.waiting = true;
        let registration = Box::new(Registration {
            hospital: value(HOSPITAL),
            admin_id: value(ADMIN_ID),
            full_name: value(NAME),
            email: value(EMAIL),
            password: Zeroizing::new(value(PASSWORD)),
        });
        vec![Action::Ask(Request::Accounts(accounts::Request::Register(
            registration,
        )))]
    }

    fn refused(&mut self, error: StoreError) -> Vec<Action> {
        self.waiting = false;
        let field = match &error {
            StoreError::EmailTaken { .. } => EMAIL,
            StoreError::Invalid { field, .. } => match field {
                RegistrationField::Hospital => HOSPITAL,
                RegistrationField::AdminId => ADMIN_ID,
                RegistrationField::FullName => NAME,
                RegistrationField::Email => EMAIL,
                RegistrationField::Password => PASSWORD,
            },
            _ => return vec![Action::Tell(Notice::error(error.to_string()))],
        };
        self.form.complain(field, error.to_string());
        Vec::new()
    }
}

impl Screen for Register {
    fn title(&self) -> &str {
        "Register"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form, Scope::Secret]
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
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
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::Registered(registered))) => {
                return match registered {
                    Ok(Registered::In(signed_in)) => {
                        let hospital = &signed_in.account.hospital;
                        let mut sentence = format!(
                            "Your account was created. It is the first of {hospital}, so you are its administrator and \
                             approve other accounts."
                        );
                        if signed_in.account.owner {
                            sentence.push_str(
                                " You own this installation: backups, the key, new hospitals.",
                            );
                        }
                        vec![
                            Action::SignedIn(signed_in),
                            Action::Tell(Notice::good(sentence)),
                        ]
                    }
                    Ok(Registered::Waits(account)) => {
                        vec![Action::Replace(Box::new(Waiting::new(&account)))]
                    }
                    Err(error) => self.refused(error),
                };
            }
            ScreenEvent::Failed => self.waiting = false,
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 76, 19);
        let inner = panel::framed(frame, area, "New account", theme, true);
        let [fields, meter, remark] = panel::stacked(
            inner,
            [
                Constraint::Length(12),
                Constraint::Length(new_password::METER),
                Constraint::Min(1),
            ],
        );
        let complaint = self.form.view(frame, fields, theme);
        self.new_password.view(frame, meter, &self.form, theme);
        if self.waiting {
            panel::remark(frame, remark, "Creating your account …", Role::Muted, theme);
        } else if let Some(complaint) = complaint {
            panel::remark(frame, remark, &complaint, Role::Error, theme);
        }
    }
}
