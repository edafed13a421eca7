//! What to do next.

use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use super::confirm::{Confirm, Question};
use super::deleted::Deleted;
use super::patients::Patients;
use super::picker::Picker;
use super::{Action, Happening, Screen};
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::rows::Selection;
use crate::tui::widgets::{choice, panel};

const ENTRIES: [(&str, &str); 3] = [
    (
        "New analysis",
        "pick a chest CT scan and let the network classify it",
    ),
    ("Patients", "search the records and open one"),
    ("Log out", "back to the first screen"),
];

/// The screen.
pub struct Dashboard {
    selection: Selection,
    last_sign_in: Option<Timestamp>,
}

impl Dashboard {
    /// `last_sign_in` is the one before this.
    pub fn new(last_sign_in: Option<Timestamp>) -> Self {
        Self {
            selection: Selection::default(),
            last_sign_in,
        }
    }
}

impl Screen for Dashboard {
    fn title(&self) -> &str {
        "Dashboard"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Dashboard]
    }

    fn update(&mut self, happening: Happening<'_>, context: &Context<'_>) -> Vec<Action> {
        let Happening::Key(_, Some(command)) = happening else {
            return Vec::new();
        };
        if self.selection.obey(command, ENTRIES.len(), 1) {
            return Vec::new();
        }
        let screen: Box<dyn Screen> = match (command, self.selection.index) {
            (Command::Open, 0) | (Command::Analyse, _) => Box::new(Picker::default()),
            (Command::Open, 1) | (Command::Patients, _) => Box::new(Patients::browse()),
            (Command::DeletedRecords, _) => Box::new(Deleted::new(context)),
            (Command::Open | Command::SignOut, _) => Box::new(Confirm::new(Question::SignOut)),
            _ => return Vec::new(),
        };
        vec![Action::Open(screen)]
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let [greeting, last, _, menu] = panel::stacked(
            panel::centred(area, 74, 10),
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Length(2),
                Constraint::Length(6),
            ],
        );
        let name = context
            .account
            .map_or("", |account| account.full_name.as_str());
        let line = Line::styled(
            format!("Welcome, {}", scrub(name)),
            theme.style(Role::Heading),
        );
        frame.render_widget(line.alignment(Alignment::Center), greeting);
        let sentence = match self.last_sign_in {
            Some(moment) => {
                let local = context.moment.local(moment);
                format!("last sign-in {}", local.strftime("%Y-%m-%d %H:%M"))
            }
            None => "your first sign-in".to_owned(),
        };
        let line = Line::styled(sentence, theme.style(Role::Muted));
        frame.render_widget(line.alignment(Alignment::Center), last);
        choice::menu(frame, menu, &ENTRIES, self.selection.index, theme);
    }
}
