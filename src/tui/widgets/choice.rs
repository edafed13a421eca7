//! Short menu of entries: a mark, a name, an explanation.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::tui::context::Context;
use crate::tui::theme::Role;

/// Draws `entries` of (name, explanation) one below the other, from the index `first` of a menu on, the selected one marked, and
/// puts the cursor on it.
pub fn menu(
    frame: &mut Frame<'_>,
    area: Rect,
    entries: &[(&str, &str)],
    first: usize,
    selected: usize,
    context: &Context<'_>,
) {
    let theme = context.theme;
    let widest = entries.iter().map(|(name, _)| name.chars().count()).max();
    let widest = widest.unwrap_or(0);
    let apart = if usize::from(area.height) >= entries.len() * 2 {
        2
    } else {
        1
    };
    (context.areas).rows(area, apart, first, first + entries.len(), selected);
    for (index, (name, explanation)) in entries.iter().enumerate() {
        let Some(row) = area.rows().nth(index * apart) else {
            return;
        };
        let chosen = first + index == selected;
        let (mark, role) = if chosen {
            ("▸", Role::Selection)
        } else {
            (" ", Role::Heading)
        };
        let line = Line::from(vec![
            Span::styled(format!("{mark} "), theme.style(Role::Accent)),
            Span::styled(format!(" {name:widest$} "), theme.style(role)),
            Span::styled(format!("  {explanation}"), theme.style(Role::Muted)),
        ]);
        frame.render_widget(line, row);
        if chosen {
            frame.set_cursor_position((row.x, row.y));
        }
    }
}
