//! A new account, with a meter that tells how well the password holds.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};
use zeroize::Zeroizing;

use super::{Action, Happening, Screen};
use crate::store::password::{self, Strength};
use crate::store::{Registration, RegistrationField, StoreError};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, Request, accounts};

const HOSPITAL: usize = 0;
const ADMIN_ID: usize = 1;
const NAME: usize = 2;
const EMAIL: usize = 3;
const PASSWORD: usize = 4;
const AGAIN: usize = 5;

/// The screen.
pub struct Register {
    form: Form,
    strength: Strength,
    waiting: bool,
}

impl Default for Register {
    fn default() -> Self {
        let text = |label, example| Field::new(label, Kind::Text, example);
        Self {
            form: Form::new(vec![
                text("Hospital", "its full name"),
                text("Admin ID", "your staff number there"),
                text("Your name", "as it shall stand on reports"),
                text("Email", "you@hospital.org"),
                Field::new(
                    "Password",
                    Kind::Password,
                    "15 characters or more; a sentence is fine",
                ),
                Field::new("Once more", Kind::Password, "the same password"),
            ]),
            strength: password::strength("", &[]),
            waiting: false,
        }
    }
}

impl Register {
    fn measure(&mut self) {
        let about = [HOSPITAL, ADMIN_ID, NAME, EMAIL].map(|index| self.form.value(index));
        self.strength = password::strength(self.form.value(PASSWORD), &about);
    }

    fn submit(&mut self) -> Vec<Action> {
        if self.form.value(PASSWORD) != self.form.value(AGAIN) {
            self.form
                .complain(AGAIN, "The two passwords differ.".to_owned());
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

    fn update(&mut self, happening: Happening<'_>, _context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Key(_, Some(Command::Back)) => return vec![Action::Close],
            Happening::Key(key, command) if !self.waiting => match self.form.take(key, command) {
                Outcome::Submitted => return self.submit(),
                Outcome::Changed => self.measure(),
                Outcome::Ignored => {}
            },
            Happening::Paste(text) if !self.waiting => {
                self.form.paste(text);
                self.measure();
            }
            Happening::Answer(Answer::Accounts(accounts::Answer::SignedIn(Ok(signed_in)))) => {
                return vec![
                    Action::SignedIn(Box::new(signed_in)),
                    Action::Tell(Notice::good("Your account is made and you are signed in.")),
                ];
            }
            Happening::Answer(Answer::Accounts(accounts::Answer::SignedIn(Err(error)))) => {
                return self.refused(error);
            }
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
                Constraint::Length(2),
                Constraint::Min(1),
            ],
        );
        let complaint = self.form.view(frame, fields, theme);
        self.view_meter(frame, meter, theme);
        if self.waiting {
            panel::remark(frame, remark, "Making your account …", Role::Muted, theme);
        } else if let Some(complaint) = complaint {
            panel::remark(frame, remark, &complaint, Role::Error, theme);
        }
    }
}

impl Register {
    fn view_meter(&self, frame: &mut Frame<'_>, area: Rect, theme: &Theme) {
        let [bar, advice] = panel::stacked(area, [Constraint::Length(1), Constraint::Length(1)]);
        if self.form.value(PASSWORD).is_empty() {
            return;
        }
        let role = match (self.strength.acceptable, self.strength.score) {
            (true, _) => Role::Good,
            (false, 2..) => Role::Warning,
            (false, _) => Role::Error,
        };
        let filled = usize::from(self.strength.score.min(4)) + 1;
        let line = Line::from(vec![
            Span::styled("Strength   ", theme.style(Role::Muted)),
            Span::styled("━━━━".repeat(filled), theme.style(role)),
            Span::styled("────".repeat(5 - filled), theme.style(Role::Border)),
            Span::styled(format!(" {}", self.strength.label), theme.style(role)),
        ]);
        frame.render_widget(line, bar);
        if let Some(sentence) = &self.strength.advice {
            frame.render_widget(
                Span::styled(sentence.as_str(), theme.style(Role::Muted)),
                advice,
            );
        }
    }
}
