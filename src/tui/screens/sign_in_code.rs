//! Second step of signing in: the code of the authenticator, or a recovery code.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use zeroize::Zeroizing;

use super::credential_form::CredentialForm;
use super::{Action, Screen, ScreenEvent};
use crate::store::StoreError;
use crate::text::sentence;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, accounts};

const CODE: usize = 0;

/// The screen.
pub struct SignInCode {
    email: String,
    /// Checked already.
    password: Zeroizing<String>,
    credentials: CredentialForm,
}

impl SignInCode {
    /// Second step for an account whose password is correct.
    pub fn new(email: String, password: Zeroizing<String>) -> Self {
        Self {
            email,
            password,
            credentials: CredentialForm::new(Form::new(vec![Field::new("Code", Kind::Text, "")])),
        }
    }

    fn submit(&mut self) -> Vec<Action> {
        let form = &mut self.credentials.form;
        let code = Zeroizing::new(form.value(CODE).trim().to_owned());
        if code.is_empty() {
            form.complain(CODE, "Enter the code.".to_owned());
            return Vec::new();
        }
        self.credentials.send(accounts::Request::SignIn {
            email: self.email.clone(),
            password: self.password.clone(),
            code: Some(code),
        })
    }

    fn refused(&mut self, error: StoreError, context: &Context<'_>) -> Vec<Action> {
        self.credentials.reopen();
        let form = &mut self.credentials.form;
        form.set(CODE, String::new());
        if let StoreError::WrongCode = error {
            form.complain(CODE, sentence(&error.to_string()));
            return Vec::new();
        }
        self.credentials.refused(error, context)
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
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::SignedIn(answer))) => {
                return match answer {
                    Ok(signed_in) => vec![Action::SignedIn(signed_in)],
                    Err(error) => self.refused(error, context),
                };
            }
            event if self.credentials.handle(&event) == Outcome::Submitted => {
                return self.submit();
            }
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
        (self.credentials).draw(frame, [field, remark], "Checking …", context);
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        self.credentials.next_frame(context)
    }
}
