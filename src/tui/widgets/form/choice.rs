//! Choice of one of a few names, side by side if they fit.

use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use crate::tui::areas::Click;
use crate::tui::context::Context;
use crate::tui::theme::Role;

/// Draws the names with the chosen one marked; if they do not fit, only the chosen one with its number.
pub fn view(
    frame: &mut Frame<'_>,
    area: Rect,
    names: &[&str],
    chosen: usize,
    focused: bool,
    context: &Context<'_>,
) {
    let theme = context.theme;
    let role = if focused {
        Role::FieldFocus
    } else {
        Role::Field
    };
    let line = if !fits(area, names) {
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

/// Notes where a click chooses one of the names in a field that lies so many fields further than the focused one. A click beside
/// them takes the next name once the field is focused.
pub fn note_clicks(
    area: Rect,
    names: &[&str],
    chosen: usize,
    further: isize,
    context: &Context<'_>,
) {
    let turns = usize::from(further == 0);
    context.areas.note(area, Click::Field { further, turns });
    if !fits(area, names) {
        return;
    }
    let count = names.len().max(1);
    let mut x = area.x;
    for (index, name) in names.iter().enumerate() {
        let width = name.width() as u16 + 2;
        let place = Rect { x, width, ..area }.intersection(area);
        let turns = (index + count - chosen.min(count - 1)) % count;
        context.areas.note(place, Click::Field { further, turns });
        x = x.saturating_add(width + 1);
    }
}

/// True if all names fit side by side.
fn fits(area: Rect, names: &[&str]) -> bool {
    let width: usize = names.iter().map(|name| name.width() + 3).sum();
    width <= usize::from(area.width) + 1
}
