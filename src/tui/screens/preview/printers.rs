//! Choice of the printer if there are several.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::super::{Action, Screen, ScreenEvent};
use crate::report::printing::Printers;
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::keymap::{Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;
use crate::tui::widgets::rows::Selection;

/// Width and most rows of the list.
const WIDTH: u16 = 56;
const ROWS: u16 = 12;

/// The dialog.
pub(crate) struct ChoosePrinter {
    printers: Printers,
    selection: Selection,
    /// Gets the name of the printer.
    reply: Reply<String>,
}

impl ChoosePrinter {
    /// Dialog with the one at `proposed` selected.
    pub(crate) fn new(printers: Printers, proposed: usize, reply: Reply<String>) -> Self {
        let mut selection = Selection { index: proposed };
        selection.keep_within(printers.names.len());
        Self {
            printers,
            selection,
            reply,
        }
    }
}

impl Screen for ChoosePrinter {
    fn title(&self) -> &str {
        "Printer"
    }

    fn scopes(&self) -> &'static [Scope] {
        &[Scope::Choose]
    }

    fn update(&mut self, event: ScreenEvent<'_>, _context: &Context<'_>) -> Vec<Action> {
        let ScreenEvent::Key(_, Some(command)) = event else {
            return Vec::new();
        };
        let names = &self.printers.names;
        match command {
            Command::Back => vec![Action::Close],
            Command::Open => match names.get(self.selection.index) {
                Some(name) => vec![self.reply.send(name.clone())],
                None => vec![Action::Close],
            },
            command => {
                self.selection
                    .handle(command, names.len(), usize::from(ROWS));
                Vec::new()
            }
        }
    }

    fn view(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let count = self.printers.names.len();
        let rows = u16::try_from(count).unwrap_or(ROWS).min(ROWS);
        let area = panel::centred(area, WIDTH, rows + 2);
        let inner = panel::raised(frame, area, "Print on", theme);
        let first = self.selection.first_in(count, inner, context.areas);
        let names = self.printers.names.iter().enumerate().skip(first);
        for ((index, name), row) in names.zip(inner.rows()) {
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            let default = match self.printers.default {
                Some(default) if default == index => "  (default)",
                _ => "",
            };
            let words = format!("{}{default}", scrub(name));
            frame.buffer_mut().set_style(row, theme.style(role));
            frame.render_widget(Line::styled(words, theme.style(role)), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
    }

    fn is_dialog(&self) -> bool {
        true
    }
}
