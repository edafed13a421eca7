//! New token: its name, its lifetime and the kinds of work that it allows.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};

use super::secret::Secret;
use super::{Action, Screen, ScreenEvent};
use crate::store::{MAX_TOKEN_DAYS, StoreError, TokenScope, TokenScopes};
use crate::text::sentence;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::form::{Field, Form, Kind, Outcome};
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, Request, accounts};

const NAME: usize = 0;
const DAYS: usize = 1;
const SCOPES: usize = 2;

/// Scopes to choose from, with their names, the least first.
const CHOICES: [(&str, &[TokenScope]); 7] = [
    ("read", &[TokenScope::Read]),
    ("write", &[TokenScope::Write]),
    ("export", &[TokenScope::Export]),
    ("read, write", &[TokenScope::Read, TokenScope::Write]),
    ("read, export", &[TokenScope::Read, TokenScope::Export]),
    ("write, export", &[TokenScope::Write, TokenScope::Export]),
    ("read, write, export", &TokenScope::ALL),
];
const NAMES: [&str; 7] = [
    CHOICES[0].0,
    CHOICES[1].0,
    CHOICES[2].0,
    CHOICES[3].0,
    CHOICES[4].0,
    CHOICES[5].0,
    CHOICES[6].0,
];

/// The dialog.
pub struct NewToken {
    form: Form,
    waiting: bool,
}

impl Default for NewToken {
    fn default() -> Self {
        let mut form = Form::new(vec![
            Field::new("Name", Kind::Text, "its use, such as nightly backup"),
            Field::new("Days", Kind::Text, "days until it expires"),
            Field::new("Scope", Kind::Choice(&NAMES), ""),
        ]);
        form.set(DAYS, "90".to_owned());
        Self {
            form,
            waiting: false,
        }
    }
}

impl NewToken {
    fn submit(&mut self, context: &Context<'_>) -> Vec<Action> {
        let days = self.form.value(DAYS).trim().parse();
        let Some(days) = days.ok().filter(|days| (1..=MAX_TOKEN_DAYS).contains(days)) else {
            let complaint = format!("Enter a number of days from 1 to {MAX_TOKEN_DAYS}.");
            self.form.complain(DAYS, complaint);
            return Vec::new();
        };
        let Some(access) = context.access.cloned() else {
            return Vec::new();
        };
        self.waiting = true;
        let name = self.form.value(NAME).to_owned();
        let chosen = CHOICES.get(self.form.chosen(SCOPES));
        let request = accounts::Request::MakeToken {
            access,
            name,
            days,
            scopes: TokenScopes::of(chosen.map_or(&[], |(_, scopes)| scopes)),
        };
        vec![Action::Ask(Request::Accounts(request))]
    }
}

impl Screen for NewToken {
    fn title(&self) -> &str {
        "New token"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Form]
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
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::TokenMade(Ok(token)))) => {
                let about = format!(
                    "Token {}. Pass it to the script in the variable LUNNY_TOKEN or in a file that only the \
                     script can read.",
                    crate::text::scrub(self.form.value(NAME))
                );
                let shown = Secret::new("New token", about, vec![token], "token");
                return vec![Action::Return, Action::Open(Box::new(shown))];
            }
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::TokenMade(Err(error)))) => {
                self.waiting = false;
                match error {
                    StoreError::InvalidToken(_) => {
                        self.form.complain(NAME, sentence(&error.to_string()));
                    }
                    error => return vec![Action::Tell(Notice::error(error.to_string()))],
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
        let inner = panel::raised(frame, area, "New token", theme);
        let [_, fields, remark] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(5),
                Constraint::Min(0),
            ],
        );
        let complaint = self.form.view(frame, fields, context);
        if let Some(complaint) = complaint {
            panel::remark(frame, remark, &complaint, Role::Error, theme);
        }
    }
}
