//! History of sign-ins to the account: time, place and outcome.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::{Action, Screen, ScreenEvent};
use crate::store::PastSignIn;
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;

/// The screen.
pub struct SignIns {
    /// Newest first.
    past: Vec<PastSignIn>,
    selection: Selection,
}

impl SignIns {
    /// List of sign-ins, newest first.
    pub fn new(past: Vec<PastSignIn>) -> Self {
        Self {
            past,
            selection: Selection::default(),
        }
    }
}

/// Place of a sign-in, as text.
pub fn place(past: &PastSignIn) -> String {
    match past.place.is_empty() {
        true => "an unknown place".to_owned(),
        false => scrub(&past.place).into_owned(),
    }
}

impl Screen for SignIns {
    fn title(&self) -> &str {
        "Sign-in history"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Choose]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = event else {
            return Vec::new();
        };
        let page = usize::from(context.size.height.saturating_sub(6));
        if self.selection.handle(command, self.past.len(), page) {
            return Vec::new();
        }
        match command {
            Command::Back | Command::Open => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 90, area.height);
        let inner = panel::framed(frame, area, "Sign-in history", theme, true);
        let [rows, foot] = panel::stacked(inner, [Constraint::Min(0), Constraint::Length(1)]);
        let first = self
            .selection
            .first_in(self.past.len(), rows, context.areas);
        for (index, row) in (first..).zip(rows.rows()) {
            let Some(past) = self.past.get(index) else {
                break;
            };
            let chosen = index == self.selection.index;
            if chosen {
                let style = theme.style(Role::Selection);
                frame.buffer_mut().set_style(row, style);
                frame.set_cursor_position((row.x, row.y));
            }
            let style = |role| theme.style(if chosen { Role::Selection } else { role });
            let [when, what, place_cell] = Layout::horizontal([
                Constraint::Length(17),
                Constraint::Length(10),
                Constraint::Min(0),
            ])
            .areas(row);
            let local = context.moment.local(past.at);
            let time = local.strftime("%Y-%m-%d %H:%M").to_string();
            frame.render_widget(Span::styled(time, style(Role::Text)), when);
            let (word, role) = match past.succeeded {
                true => ("signed in", Role::Muted),
                false => ("failed", Role::Warning),
            };
            frame.render_widget(Span::styled(word, style(role)), what);
            let from = format!("from {}", place(past));
            frame.render_widget(Span::styled(from, style(Role::Muted)), place_cell);
        }
        let sentence =
            "If one of these was not you, change your password and inform an administrator.";
        let line = Line::styled(sentence, theme.style(Role::Muted));
        frame.render_widget(line.alignment(Alignment::Right), foot);
    }
}
