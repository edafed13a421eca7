//! Email and password.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use zeroize::Zeroizing;

use super::{Action, Happening, Screen};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, Request, accounts};

const EMAIL: usize = 0;
const PASSWORD: usize = 1;

/// The screen.
pub struct SignInScreen {
    form: Form,
    waiting: bool,
}

impl Default for SignInScreen {
    fn default() -> Self {
        Self {
            form: Form::new(vec![
                Field::new("Email", Kind::Text, "you@hospital.org"),
                Field::new("Password", Kind::Password, ""),
            ]),
            waiting: false,
        }
    }
}

impl SignInScreen {
    fn submit(&mut self) -> Vec<Action> {
        for (index, name) in [(EMAIL, "email"), (PASSWORD, "password")] {
            if self.form.value(index).is_empty() {
                self.form.complain(index, format!("Type your {name}."));
                return Vec::new();
            }
        }
        self.waiting = true;
        vec![Action::Ask(Request::Accounts(accounts::Request::SignIn {
            email: self.form.value(EMAIL).to_owned(),
            password: Zeroizing::new(self.form.value(PASSWORD).to_owned()),
        }))]
    }
}

impl Screen for SignInScreen {
    fn title(&self) -> &str {
        "Sign in"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form, Scope::Secret]
    }

    fn update(&mut self, happening: Happening<'_>, _context: &Context<'_>) -> Vec<Action> {
        match happening {
            Happening::Key(_, Some(Command::Back)) => return vec![Action::Close],
            Happening::Key(key, command)
                if !self.waiting && self.form.take(key, command) == Outcome::Submitted =>
            {
                return self.submit();
            }
            Happening::Paste(text) if !self.waiting => self.form.paste(text),
            Happening::Answer(Answer::Accounts(accounts::Answer::SignedIn(Ok(signed_in)))) => {
                return vec![Action::SignedIn(Box::new(signed_in))];
            }
            Happening::Answer(Answer::Accounts(accounts::Answer::SignedIn(Err(error)))) => {
                self.waiting = false;
                self.form.set(PASSWORD, String::new());
                self.form.focus = PASSWORD;
                return vec![Action::Tell(Notice::error(error.to_string()))];
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let inner = panel::framed(
            frame,
            panel::centred(area, 64, 9),
            "Sign in",
            context.theme,
            true,
        );
        let [_, fields, remark] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(4),
                Constraint::Min(0),
            ],
        );
        let complaint = self.form.view(frame, fields, context.theme);
        if let Some(complaint) = complaint {
            panel::remark(frame, remark, &complaint, Role::Error, context.theme);
        } else if self.waiting {
            panel::remark(frame, remark, "Checking …", Role::Muted, context.theme);
        }
    }
}
