//! Help with all keys of the screen below, from the keymap's table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Action, Screen, ScreenEvent};
use crate::text::wrap;
use crate::tui::context::Context;
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::{chrome, panel};

/// Largest width of the dialog in cells.
const WIDTH: u16 = 56;

/// The dialog.
pub struct Help {
    scopes: &'static [Scope],
    scrolled: usize,
}

impl Help {
    /// Help for a screen with these scopes.
    pub fn new(scopes: &'static [Scope]) -> Self {
        Self {
            scopes,
            scrolled: 0,
        }
    }

    /// Notes beyond the keys, with a blank line before each paragraph.
    fn notes(&self, area: Rect) -> Vec<String> {
        let columns = usize::from(area.width.min(WIDTH).saturating_sub(4));
        let paragraph = |note| std::iter::once(String::new()).chain(wrap(note, columns));
        keymap::notes(self.scopes).flat_map(paragraph).collect()
    }

    /// Each command once, with all its keys.
    fn lines(&self) -> Vec<(String, &'static str)> {
        let mut lines: Vec<(String, &'static str)> = Vec::new();
        for binding in keymap::bindings(self.scopes) {
            let key = binding.key.label();
            match lines.iter_mut().find(|(_, desc)| *desc == binding.desc) {
                Some((keys, _)) => *keys = format!("{keys}, {key}"),
                None => lines.push((key, binding.desc)),
            }
        }
        lines
    }
}

impl Screen for Help {
    fn title(&self) -> &str {
        "Help"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Help]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = event else {
            return Vec::new();
        };
        match command {
            Command::Up => self.scrolled = self.scrolled.saturating_sub(1),
            Command::Down => {
                let body = chrome::body(context.size);
                let count = self.lines().len() + self.notes(body).len();
                self.scrolled = (self.scrolled + 1).min(count.saturating_sub(1));
            }
            Command::Back => return vec![Action::Close],
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let lines = self.lines();
        let widest = lines.iter().map(|(keys, _)| keys.chars().count()).max();
        let widest = widest.unwrap_or(0);
        let keys = lines.iter().map(|(keys, desc)| {
            Line::from(vec![
                Span::styled(format!("{keys:<widest$}  "), theme.style(Role::Accent)),
                Span::raw(*desc),
            ])
        });
        let notes = self.notes(area).into_iter();
        let notes = notes.map(|line| Line::styled(line, theme.style(Role::Text)));
        let text: Vec<Line<'_>> = keys.chain(notes).collect();
        let height = text.len() as u16 + 2;
        let place = panel::centred(area, WIDTH, height);
        let inner = panel::raised(frame, place, "Keys on this screen", theme);
        let hidden = text.len().saturating_sub(usize::from(inner.height));
        let shown = text.into_iter().skip(self.scrolled.min(hidden));
        for (line, row) in shown.zip(inner.rows()) {
            frame.render_widget(line, row);
        }
        frame.set_cursor_position((inner.x, inner.y));
    }
}
