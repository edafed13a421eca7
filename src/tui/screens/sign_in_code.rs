//! Second step of signing in: the code of the authenticator, or a recovery code.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use zeroize::Zeroizing;

use super::{Action, Screen, ScreenEvent};
use crate::store::StoreError;
use crate::text::sentence;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::widgets::throttle::Throttle;
use crate::tui::worker::{Answer, Request, accounts};

const CODE: usize = 0;

/// The screen.
pub struct SignInCode {
    email: String,
    /// Checked already.
    password: Zeroizing<String>,
    form: Form,
    waiting: bool,
    throttle: Throttle,
}

impl SignInCode {
    pub fn new(email: String, password: Zeroizing<String>) -> Self {
        Self {
            email,
            password,
            form: Form::new(vec![Field::new("Code", Kind::Text, "")]),
            waiting: false,
            throttle: Throttle::default(),
        }
    }

    fn submit(&mut self) -> Vec<Action> {
        let code = self.form.value(CODE).trim();
        if code.is_empty() {
            self.form.complain(CODE, "Enter the code.".to_owned());
            return Vec::new();
        }
        self.waiting = true;
        vec![Action::Ask(Request::Accounts(accounts::Request::SignIn {
            email: self.email.clone(),
            password: self.password.clone(),
            code: Some(Zeroizing::new(code.to_owned())),
        }))]
    }

    fn refused(&mut self, error: StoreError, context: &Context<'_>) -> Vec<Action> {
        self.waiting = false;
        self.form.set(CODE, String::new());
        if let StoreError::WrongCode = error {
            self.form.complain(CODE, sentence(&error.to_string()));
            return Vec::new();
        }
        let notice = self.throttle.refused(error, context.moment);
        notice.map(Action::Tell).into_iter().collect()
    }
}

impl Screen for SignInCode {
    fn title(&self) -> &str {
        "Second factor"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(key, command)
                if !self.waiting && self.form.take(key, command) == Outcome::Submitted =>
            {
                return self.submit();
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
        let inner = panel::framed(frame, area, "Second factor", theme, true);
        let [what, field, remark] = panel::stacked(
            inner,
            [
                Constraint::Length(4),
                Constraint::Length(2),
                Constraint::Min(0),
            ],
        );
        let sentence = "The password is correct. Enter the six digits that your authenticator shows, or one of your \
                        recovery codes.";
        let lines = panel::paragraph(sentence)
            .style(theme.style(Role::Muted))
            .alignment(Alignment::Center);
        frame.render_widget(lines, what);
        let complaint = self.form.view(frame, field, theme);
        if let Some(complaint) = complaint {
            panel::remark(frame, remark, &complaint, Role::Error, theme);
        } else if self.waiting {
            panel::remark(frame, remark, "Checking …", Role::Muted, theme);
        } else if let Some(sentence) = self.throttle.sentence(context.moment) {
            panel::remark(frame, remark, &sentence, Role::Warning, theme);
        }
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        self.throttle.next_frame(context.moment)
    }
}
