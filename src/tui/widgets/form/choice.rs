//! Choice of one of a few names, side by side if they fit.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::tui::theme::{Role, Theme};

/// Draws the names with the chosen one marked; if they do not fit, only the chosen one with its number.
pub fn view(
    frame: &mut Frame<'_>,
    area: Rect,
    names: &[&str],
    chosen: usize,
    focused: bool,
    theme: &Theme,
) {
    let role = if focused {
        Role::FieldFocus
    } else {
        Role::Field
    };
    let width: usize = names.iter().map(|name| name.width() + 3).sum();
    let line = if width > usize::from(area.width) + 1 {
        let name = names.get(chosen).copied().unwrap_or_default();
        let place = format!("  {} of {}", chosen + 1, names.len());
        Line::from(vec![
            Span::styled(format!("‹ {name} ›"), theme.style(Role::Selection)),
            Span::styled(place, theme.style(Role::Muted)),
        ])
    } else {
        let spans = names.iter().enumerate().flat_map(|(index, name)| {
            let role = if index == chosen {
                Role::Selection
            } else {
                role
            };
            [
                Span::styled(format!(" {name} "), theme.style(role)),
                Span::raw(" "),
            ]
        });
        Line::from_iter(spans)
    };
    frame.render_widget(line, area);
    if focused {
        frame.set_cursor_position((area.x, area.y));
    }
}
