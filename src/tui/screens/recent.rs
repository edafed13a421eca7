//! Folders that scans were opened from recently.

use std::path::PathBuf;

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::{Action, Screen, ScreenEvent};
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;

/// The dialog.
pub struct Recent {
    folders: Vec<PathBuf>,
    selection: Selection,
    reply: Reply<PathBuf>,
}

impl Recent {
    /// List of `folders`, the last used first. The chosen one goes to `reply`.
    pub fn new(folders: Vec<PathBuf>, reply: Reply<PathBuf>) -> Self {
        Self {
            folders,
            selection: Selection::default(),
            reply,
        }
    }
}

impl Screen for Recent {
    fn title(&self) -> &str {
        "Recent folders"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Choose]
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = event else {
            return Vec::new();
        };
        if self.selection.handle(command, self.folders.len(), 1) {
            return Vec::new();
        }
        match (command, self.folders.get(self.selection.index)) {
            (Command::Open, Some(folder)) => vec![self.reply.send(folder.clone())],
            (Command::Open | Command::Back, _) => vec![Action::Close],
            _ => Vec::new(),
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let height = self.folders.len().max(1) as u16 + 2;
        let area = panel::centred(area, area.width.min(70), height);
        let inner = panel::raised(frame, area, "Recent folders", theme);
        if self.folders.is_empty() {
            let sentence = "No folders yet. Folders appear here after you open a scan from them.";
            panel::remark(frame, inner, sentence, Role::Muted, theme);
        }
        let selected = self.selection.index;
        (context.areas).rows(inner, 1, 0, self.folders.len(), selected);
        for (index, (folder, row)) in self.folders.iter().zip(inner.rows()).enumerate() {
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            let name = scrub(&folder.to_string_lossy()).into_owned();
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
            frame.render_widget(Line::styled(name, theme.style(role)), row);
        }
    }
}
