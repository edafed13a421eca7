//! State of the server, for owners of the installation: who is on, the queue, memory, disk, files of accounts. It renews itself.

use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::{Action, Screen, ScreenEvent};
use crate::text::scrub;
use crate::tui::areas::Click;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::Answer;
use crate::tui::worker::server::{Answer as ServerAnswer, NamedState, Request};

/// Time between two states.
const INTERVAL: Duration = Duration::from_secs(5);

/// Cells of a heading.
const HEADING: usize = 10;

/// The screen.
#[derive(Default)]
pub struct Server {
    state: Option<Box<NamedState>>,
    selection: Selection,
    /// Time since the start at which the next state is asked for; none while one is read.
    next: Option<Duration>,
}

impl Server {
    fn ask(&mut self, context: &Context<'_>) -> Vec<Action> {
        self.next = None;
        let ask = |access| Action::ask(crate::tui::worker::Request::Server(Request::State(access)));
        context.access.cloned().map(ask).into_iter().collect()
    }

    /// Sessions, and then the files of accounts.
    fn lines(&self) -> Vec<(&'static str, String)> {
        let Some(named) = &self.state else {
            return Vec::new();
        };
        named.state.lines(|account| {
            let known = named.names.get(&account);
            known.map_or_else(
                || format!("account {account}"),
                |email| scrub(email).into_owned(),
            )
        })
    }
}

impl Screen for Server {
    fn title(&self) -> &str {
        "Server"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Messages, Scope::List]
    }

    fn next_frame(&self, _context: &Context<'_>) -> Option<Duration> {
        self.next
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let now = context.moment.since_start;
        match event {
            ScreenEvent::Opened | ScreenEvent::Returned => return self.ask(context),
            ScreenEvent::Tick if self.next.is_some_and(|next| next <= now) => {
                return self.ask(context);
            }
            ScreenEvent::Failed => self.next = Some(now + INTERVAL),
            ScreenEvent::Answer(Answer::Server(ServerAnswer::State(read))) => {
                self.next = Some(now + INTERVAL);
                match read {
                    Ok(state) => self.state = Some(state),
                    Err(error) => return vec![Action::Tell(Notice::error(error.to_string()))],
                }
            }
            ScreenEvent::Key(_, Some(command)) => {
                let page = usize::from(context.size.height.saturating_sub(14));
                if self.selection.handle(command, self.lines().len(), page) {
                    return Vec::new();
                }
                if command == Command::Back {
                    return vec![Action::Close];
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let area = panel::centred(area, 90, area.height);
        let inner = panel::framed(frame, area, "Server", theme, true);
        let Some(named) = &self.state else {
            panel::remark(frame, inner, "Reading …", Role::Muted, theme);
            return;
        };
        let facts = named.state.facts();
        let [head, _, rows] = panel::stacked(
            inner,
            [
                Constraint::Length(facts.len() as u16),
                Constraint::Length(1),
                Constraint::Min(0),
            ],
        );
        let draw = |frame: &mut Frame<'_>, row: Rect, heading: &str, text: &str, role: Role| {
            let line = Line::from(vec![
                Span::styled(format!("{heading:HEADING$}"), theme.style(Role::Muted)),
                Span::styled(scrub(text).into_owned(), theme.style(role)),
            ]);
            frame.render_widget(line, row);
        };
        for ((heading, fact), row) in facts.iter().zip(head.rows()) {
            draw(frame, row, heading, fact, Role::Text);
        }
        let lines = self.lines();
        let first = self
            .selection
            .first_visible(lines.len(), usize::from(rows.height));
        for ((index, row), (heading, text)) in
            (first..).zip(rows.rows()).zip(lines.iter().skip(first))
        {
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            } else {
                // Enter would close the screen: only other rows are clicked.
                let below = index as isize - self.selection.index as isize;
                context.areas.note(row, Click::Row(below));
            }
            draw(frame, row, heading, text, role);
        }
    }
}
