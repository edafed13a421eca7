//! Signing in with email and password.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;
use zeroize::Zeroizing;

use super::reset_password;
use super::sign_in_code::SignInCode;
use super::waiting::{Approver, Waiting};
use super::{Action, Screen, ScreenEvent};
use crate::store::StoreError;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::widgets::throttle::Throttle;
use crate::tui::worker::{Answer, Request, accounts};

const EMAIL: usize = 0;
const PASSWORD: usize = 1;

/// The screen.
pub struct SignInScreen {
    form: Form,
    waiting: bool,
    throttle: Throttle,
}

impl Default for SignInScreen {
    fn default() -> Self {
        Self {
            form: Form::new(vec![
                Field::new("Email", Kind::Text, "you@hospital.org"),
                Field::new("Password", Kind::Password, ""),
            ]),
            waiting: false,
            throttle: Throttle::default(),
        }
    }
}

impl SignInScreen {
    fn submit(&mut self) -> Vec<Action> {
        let needed = [(EMAIL, "email"), (PASSWORD, "password")];
        let missing = needed.map(|(index, name)| {
            let is_missing = self.form.value(index).is_empty();
            is_missing.then(|| (index, format!("Enter your {name}.")))
        });
        if missing.iter().any(Option::is_some) {
            self.form.complain_all(missing.into_iter().flatten());
            return Vec::new();
        }
        self.waiting = true;
        vec![Action::Ask(Request::Accounts(accounts::Request::SignIn {
            email: self.form.value(EMAIL).to_owned(),
            password: Zeroizing::new(self.form.value(PASSWORD).to_owned()),
            code: None,
        }))]
    }

    fn refused(&mut self, error: StoreError, context: &Context<'_>) -> Vec<Action> {
        self.waiting = false;
        let email = self.form.value(EMAIL).to_owned();
        let password = Zeroizing::new(self.form.value(PASSWORD).to_owned());
        self.form.set(PASSWORD, String::new());
        self.form.focus = PASSWORD;
        match error {
            StoreError::SecondFactorNeeded => {
                vec![Action::Open(Box::new(SignInCode::new(email, password)))]
            }
            StoreError::AwaitingApproval { hospital } => {
                let waiting = Waiting::at_sign_in(&email, &hospital, Approver::Administrator);
                vec![Action::Replace(Box::new(waiting))]
            }
            StoreError::HospitalAwaitsApproval { hospital } => {
                let waiting = Waiting::at_sign_in(&email, &hospital, Approver::Owner);
                vec![Action::Replace(Box::new(waiting))]
            }
            error => {
                let notice = self.throttle.refused(error, context.moment);
                notice.map(Action::Tell).into_iter().collect()
            }
        }
    }
}

impl Screen for SignInScreen {
    fn title(&self) -> &str {
        "Sign in"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::SignIn, Scope::Form, Scope::Secret]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(_, Some(Command::ResetCode)) if !self.waiting => {
                let screen = reset_password::form(self.form.value(EMAIL));
                return vec![Action::Open(Box::new(screen))];
            }
            ScreenEvent::Key(key, command)
                if !self.waiting && self.form.take(key, command) == Outcome::Submitted =>
            {
                return self.submit();
            }
            // The password was reset: only the new one has to be typed.
            ScreenEvent::Returned if !self.form.value(EMAIL).is_empty() => {
                self.form.focus = PASSWORD;
            }
            ScreenEvent::Paste(text) if !self.waiting => self.form.paste(text),
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::SignedIn(answer))) => {
                return match answer {
                    Ok(signed_in) => vec![Action::SignedIn(signed_in)],
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
        let area = panel::centred(area, 64, 11);
        let inner = panel::framed(frame, area, "Sign in", theme, true);
        let [_, fields, remark, reset] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(4),
                Constraint::Min(0),
                Constraint::Length(1),
            ],
        );
        let complaint = self.form.view(frame, fields, context);
        if let Some(complaint) = complaint {
            panel::remark(frame, remark, &complaint, Role::Error, theme);
        } else if self.waiting {
            panel::remark(frame, remark, "Checking …", Role::Muted, theme);
        } else if let Some(sentence) = self.throttle.sentence(context.moment) {
            panel::remark(frame, remark, &sentence, Role::Warning, theme);
        }
        let line = Line::styled(
            "Forgotten? Ask an administrator for a code, then press F3.",
            theme.style(Role::Muted),
        );
        frame.render_widget(line.alignment(Alignment::Center), reset);
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        self.throttle.next_frame(context.moment)
    }
}
