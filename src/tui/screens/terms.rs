//! Terms of use. A user who declines is signed out.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Text};

use super::{Action, Screen, ScreenEvent};
use crate::clinical::terms;
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::panel;
use crate::tui::worker::{Answer, Request, accounts};

/// Width at which lines are broken.
const WIDTH: u16 = 76;

/// The screen.
#[derive(Default)]
pub struct Terms {
    scrolled: usize,
    waiting: bool,
}

impl Terms {
    fn text(theme: &Theme) -> Text<'static> {
        let lines = terms::TEXT
            .lines()
            .map(|line| match terms::is_heading(line) {
                true => Line::styled(line, theme.style(Role::Heading)),
                false => Line::raw(line),
            });
        Text::from_iter(lines)
    }

    /// Area of the text on a terminal of this size, and the largest scroll position.
    fn layout(context: &Context<'_>) -> (u16, usize) {
        let width = WIDTH.min(context.size.width.saturating_sub(6));
        let height = usize::from(context.size.height.saturating_sub(6));
        let lines = panel::paragraph(Self::text(context.theme)).line_count(width);
        (width, lines.saturating_sub(height))
    }
}

impl Screen for Terms {
    fn title(&self) -> &str {
        "Terms of use"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Terms, Scope::Reader]
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let (_, furthest) = Self::layout(context);
        let page = usize::from(context.size.height.saturating_sub(7)).max(1);
        match event {
            ScreenEvent::Key(_, Some(command)) => match command {
                Command::Accept if !self.waiting => {
                    let Some(access) = context.access else {
                        return Vec::new();
                    };
                    self.waiting = true;
                    return vec![Action::Ask(Request::Accounts(
                        accounts::Request::AcceptTerms(access.clone()),
                    ))];
                }
                Command::Decline => {
                    let sentence = "You declined the terms and were signed out. Your account stays; \
                        sign in to read them again.";
                    return vec![Action::SignOut, Action::Tell(Notice::warning(sentence))];
                }
                Command::Down => self.scrolled += 1,
                Command::Up => self.scrolled = self.scrolled.saturating_sub(1),
                Command::PageDown => self.scrolled += page,
                Command::PageUp => self.scrolled = self.scrolled.saturating_sub(page),
                Command::First => self.scrolled = 0,
                Command::Last => self.scrolled = furthest,
                _ => {}
            },
            ScreenEvent::Answer(Answer::Accounts(accounts::Answer::TermsAccepted(accepted))) => {
                self.waiting = false;
                return vec![match accepted {
                    Ok(()) => Action::TermsAccepted,
                    Err(error) => Action::Tell(Notice::error(error.to_string())),
                }];
            }
            ScreenEvent::Failed => self.waiting = false,
            _ => {}
        }
        self.scrolled = self.scrolled.min(furthest);
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let (width, furthest) = Self::layout(context);
        let title = format!("Terms of use, version {}", terms::VERSION);
        let area = panel::centred(area, width + 4, area.height);
        let inner = panel::framed(frame, area, &title, theme, true);
        let [text, progress] = panel::stacked(inner, [Constraint::Min(0), Constraint::Length(1)]);
        let paragraph = panel::paragraph(Self::text(theme)).scroll((self.scrolled as u16, 0));
        frame.render_widget(paragraph, text);
        let left = furthest.saturating_sub(self.scrolled);
        let keys = "Press {accept} to accept, {decline} to decline.";
        let keys = keymap::worded(&[Scope::Terms], keys);
        let sentence = match left {
            0 => keys,
            1 => format!("1 more line below. {keys}"),
            lines => format!("{lines} more lines below. {keys}"),
        };
        frame.render_widget(Line::styled(sentence, theme.style(Role::Accent)), progress);
        frame.set_cursor_position((progress.x, progress.y));
    }
}
