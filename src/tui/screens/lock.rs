//! Lock screen: covers the work until the signed-in user enters the password.

use jiff::Zoned;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::{Line, Span};

use super::confirm::Confirm;
use super::credential_form::CredentialForm;
use super::{Action, Screen, ScreenEvent};
use crate::store::StoreError;
use crate::text::scrub;
use crate::tui::context::{Context, Moment, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, accounts};

const PASSWORD: usize = 0;

/// The screen.
pub struct Lock {
    since: Zoned,
    credentials: CredentialForm,
}

impl Lock {
    /// Lock screen since `moment`.
    pub fn new(moment: &Moment) -> Self {
        Self {
            since: moment.now.clone(),
            credentials: CredentialForm::new(Form::new(vec![Field::new(
                "Password",
                Kind::Password,
                "",
            )])),
        }
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access else {
            return vec![Action::SignOut];
        };
        let form = &mut self.credentials.form;
        if form.value(PASSWORD).is_empty() {
            form.complain(PASSWORD, "Enter your password.".to_owned());
            return Vec::new();
        }
        let request = accounts::Request::ConfirmIdentity {
            access: access.clone(),
            password: self.credentials.secret(PASSWORD),
        };
        self.credentials.send(request)
    }

    fn refused(&mut self, error: StoreError, context: &Context<'_>) -> Vec<Action> {
        self.credentials.reopen();
        let form = &mut self.credentials.form;
        form.set(PASSWORD, String::new());
        match error {
            // The session was ended meanwhile, so there is nothing to return to.
            StoreError::SignedOut | StoreError::AccountDisabled => vec![
                Action::SignOut,
                Action::Tell(Notice::error(error.to_string())),
            ],
            StoreError::WrongPassword => {
                form.complain(PASSWORD, "Wrong password.".to_owned());
                Vec::new()
            }
            error => self.credentials.refused(error, context),
        }
    }
}

impl Screen for Lock {
    fn title(&self) -> &str {
        "Locked"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Lock, Scope::Secret]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::SignOut)) => {
                return vec![Action::Open(Box::new(Confirm::to_sign_out(
                    &context.analyses.loss(),
                )))];
            }
            ScreenEvent::Key(_, Some(Command::Back)) if !self.credentials.is_waiting() => {
                self.credentials.form.set(PASSWORD, String::new());
                self.credentials.form.forgive();
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::IdentityConfirmed(answer))) => {
                return match answer {
                    Ok(()) => vec![Action::Unlock],
                    Err(error) => self.refused(error, context),
                };
            }
            event if self.credentials.handle(&event) == Outcome::Submitted => {
                return self.submit(context);
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 64, 13);
        let inner = panel::framed(frame, area, "Locked", theme, true);
        let [account_line, since, _, field, remark, rest] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(2),
                Constraint::Length(2),
                Constraint::Min(0),
            ],
        );
        if let Some(account) = context.account {
            let line = Line::from(vec![
                Span::styled(scrub(&account.full_name), theme.style(Role::Heading)),
                Span::styled(
                    format!("  {}", scrub(&account.email)),
                    theme.style(Role::Muted),
                ),
            ]);
            frame.render_widget(line.alignment(Alignment::Center), account_line);
        }
        let sentence = format!("locked since {}", self.since.strftime("%H:%M"));
        let line = Line::styled(sentence, theme.style(Role::Muted));
        frame.render_widget(line.alignment(Alignment::Center), since);
        (self.credentials).draw(frame, [field, remark], "Checking …", context);
        let sentence = "Your work is unchanged, and a running analysis continues. Enter your password to unlock. \
                        F3 signs out; unsaved work is then lost.";
        let lines = panel::paragraph(sentence)
            .style(theme.style(Role::Muted))
            .alignment(Alignment::Center);
        frame.render_widget(lines, rest);
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<std::time::Duration> {
        self.credentials.next_frame(context)
    }
}
