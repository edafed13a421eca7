//! Every key that counts on the screen below, from the keymap's own table.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{Action, Happening, Screen};
use crate::tui::context::Context;
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// The dialog.
pub struct Help {
    scopes: &'static [Scope],
    scrolled: usize,
}

impl Help {
    /// Help for the screen whose keys are in `scopes`.
    pub fn new(scopes: &'static [Scope]) -> Self {
        Self {
            scopes,
            scrolled: 0,
        }
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

    fn update(&mut self, happening: Happening<'_>, _context: &Context<'_>) -> Vec<Action> {
        let Happening::Key(_, Some(command)) = happening else {
            return Vec::new();
        };
        match command {
            Command::Up => self.scrolled = self.scrolled.saturating_sub(1),
            Command::Down => {
                self.scrolled = (self.scrolled + 1).min(self.lines().len().saturating_sub(1))
            }
            Command::Back => return vec![Action::Close],
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let lines = self.lines();
        let widest = lines
            .iter()
            .map(|(keys, _)| keys.chars().count())
            .max()
            .unwrap_or(0);
        let height = lines.len() as u16 + 2;
        let inner = panel::raised(
            frame,
            panel::centred(area, 56, height),
            "Keys on this screen",
            theme,
        );
        let hidden = lines.len().saturating_sub(usize::from(inner.height));
        for ((keys, desc), row) in lines
            .iter()
            .skip(self.scrolled.min(hidden))
            .zip(inner.rows())
        {
            let line = Line::from(vec![
                Span::styled(format!("{keys:<widest$}  "), theme.style(Role::Accent)),
                Span::raw(*desc),
            ]);
            frame.render_widget(line, row);
        }
        frame.set_cursor_position((inner.x, inner.y));
    }
}
