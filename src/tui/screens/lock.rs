//! Lock screen: covers the work until the signed-in user enters the password.

use jiff::Zoned;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::{Line, Span};
use zeroize::Zeroizing;

use super::confirm::Confirm;
use super::{Action, Screen, ScreenEvent};
use crate::store::StoreError;
use crate::text::scrub;
use crate::tui::context::{Context, Moment, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::widgets::throttle::Throttle;
use crate::tui::worker::{Answer, Request, accounts};

const PASSWORD: usize = 0;

/// The screen.
pub struct Lock {
    since: Zoned,
    form: Form,
    waiting: bool,
    throttle: Throttle,
}

impl Lock {
    /// Lock screen since `moment`.
    pub fn new(moment: &Moment) -> Self {
        Self {
            since: moment.now.clone(),
            form: Form::new(vec![Field::new("Password", Kind::Password, "")]),
            waiting: false,
            throttle: Throttle::default(),
        }
    }

    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let Some(access) = context.access else {
            return vec![Action::SignOut];
        };
        if self.form.value(PASSWORD).is_empty() {
            self.form
                .complain(PASSWORD, "Enter your password.".to_owned());
            return Vec::new();
        }
        self.waiting = true;
        let password = Zeroizing::new(self.form.value(PASSWORD).to_owned());
        vec![Action::Ask(Request::Accounts(
            accounts::Request::ConfirmIdentity {
                access: access.clone(),
                password,
            },
        ))]
    }

    fn refused(&mut self, error: StoreError, context: &Context<'_>) -> Vec<Action> {
        self.waiting = false;
        self.form.set(PASSWORD, String::new());
        match error {
            // The session was ended meanwhile, so there is nothing to return to.
            StoreError::SignedOut | StoreError::AccountDisabled => vec![
                Action::SignOut,
                Action::Tell(Notice::error(error.to_string())),
            ],
            StoreError::WrongPassword => {
                let complaint = "Wrong password.";
                self.form.complain(PASSWORD, complaint.to_owned());
                Vec::new()
            }
            error => {
                let notice = self.throttle.refused(error, context.moment);
                notice.map(Action::Tell).into_iter().collect()
            }
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
                return vec![Action::Open(Box::new(Confirm::to_sign_out()))];
            }
            ScreenEvent::Key(_, Some(Command::Back)) if !self.waiting => {
                self.form.set(PASSWORD, String::new());
                self.form.forgive();
            }
            ScreenEvent::Key(key, command)
                if !self.waiting && self.form.take(key, command) == Outcome::Submitted =>
            {
                return self.submit(context);
            }
            ScreenEvent::Paste(text) if !self.waiting => self.form.paste(text),
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::IdentityConfirmed(answer))) => {
                return match answer {
                    Ok(()) => vec![Action::Unlock],
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
        let area = panel::centred(area, 64, 13);
        let inner = panel::framed(frame, area, "Locked", theme, true);
        let [who, since, _, field, said, rest] = panel::stacked(
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
            frame.render_widget(line.alignment(Alignment::Center), who);
        }
        let sentence = format!("locked since {}", self.since.strftime("%H:%M"));
        let line = Line::styled(sentence, theme.style(Role::Muted));
        frame.render_widget(line.alignment(Alignment::Center), since);
        let complaint = self.form.view(frame, field, theme);
        let now = context.moment;
        if self.waiting {
            panel::remark(frame, said, "Checking …", Role::Muted, theme);
        } else if let Some(sentence) = self.throttle.sentence(now) {
            panel::remark(frame, said, &sentence, Role::Warning, theme);
        } else if let Some(complaint) = complaint {
            panel::remark(frame, said, &complaint, Role::Error, theme);
        }
        let sentence = "Your work is unchanged, and a running analysis continues. Enter your password to unlock. \
                        F3 signs out; unsaved work is then lost.";
        let lines = panel::paragraph(sentence)
            .style(theme.style(Role::Muted))
            .alignment(Alignment::Center);
        frame.render_widget(lines, rest);
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<std::time::Duration> {
        self.throttle.next_frame(context.moment)
    }
}
