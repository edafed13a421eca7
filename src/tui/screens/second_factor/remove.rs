//! Removing the second factor, after the password is entered.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use zeroize::Zeroizing;

use crate::store::StoreError;
use crate::text::sentence;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::screens::{Action, Screen, ScreenEvent};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::widgets::throttle::Throttle;
use crate::tui::worker::{Answer, Request, accounts};

const PASSWORD: usize = 0;

/// The dialog.
pub struct Remove {
    form: Form,
    waiting: bool,
    throttle: Throttle,
}

impl Default for Remove {
    fn default() -> Self {
        Self {
            form: Form::new(vec![Field::new("Password", Kind::Password, "")]),
            waiting: false,
            throttle: Throttle::default(),
        }
    }
}

impl Remove {
    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        if self.form.value(PASSWORD).is_empty() {
            let complaint = "Enter your password.".to_owned();
            self.form.complain(PASSWORD, complaint);
            return Vec::new();
        }
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        self.waiting = true;
        let password = Zeroizing::new(self.form.value(PASSWORD).to_owned());
        let request = accounts::Request::RemoveSecondFactor { access, password };
        vec![Action::Ask(Request::Accounts(request))]
    }
}

impl Screen for Remove {
    fn title(&self) -> &str {
        "Second factor"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form, Scope::Secret]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        match event {
            ScreenEvent::Key(_, Some(Command::Back)) => return vec![Action::Close],
            ScreenEvent::Key(key, command)
                if !self.waiting && self.form.take(key, command) == Outcome::Submitted =>
            {
                return self.submit(context);
            }
            ScreenEvent::Paste(text) if !self.waiting => self.form.paste(text),
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::SecondFactorRemoved(
                answer,
            ))) => {
                self.waiting = false;
                match answer {
                    Ok(()) => {
                        let sentence =
                            "The second factor is off: signing in needs the password only.";
                        return vec![Action::Return, Action::Tell(Notice::warning(sentence))];
                    }
                    Err(error @ StoreError::WrongPassword) => {
                        self.form.set(PASSWORD, String::new());
                        self.form.complain(PASSWORD, sentence(&error.to_string()));
                    }
                    Err(error) => {
                        let notice = self.throttle.refused(error, context.moment);
                        return notice.map(Action::Tell).into_iter().collect();
                    }
                }
            }
            ScreenEvent::Failed => self.waiting = false,
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 64, 10);
        let inner = panel::raised(frame, area, "Remove the second factor", theme);
        let [what, field, remark] = panel::stacked(
            inner,
            [
                Constraint::Length(3),
                Constraint::Length(2),
                Constraint::Min(0),
            ],
        );
        let sentence =
            "Then anyone who knows your password can sign in. The recovery codes become invalid.";
        let lines = panel::paragraph(sentence).style(theme.style(Role::Text));
        frame.render_widget(lines, what);
        let complaint = self.form.view(frame, field, context);
        if let Some(sentence) = self.throttle.sentence(context.moment) {
            panel::remark(frame, remark, &sentence, Role::Warning, theme);
        } else if let Some(complaint) = complaint {
            panel::remark(frame, remark, &complaint, Role::Error, theme);
        }
    }

    fn next_frame(&self, context: &Context<'_>) -> Option<Duration> {
        self.throttle.next_frame(context.moment)
    }
}
