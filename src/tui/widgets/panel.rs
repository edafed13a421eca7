//! Frames and areas on the screen.

use std::error::Error;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Text};
use ratatui::widgets::{Block, BorderType, Clear, Padding, Paragraph, Wrap};

use crate::text;
use crate::tui::theme::{Role, Theme};

/// At most `width` by `height` cells in the middle of `area`.
pub fn centred(area: Rect, width: u16, height: u16) -> Rect {
    let width = width.min(area.width);
    let height = height.min(area.height);
    Rect {
        x: area.x + (area.width - width) / 2,
        y: area.y + (area.height - height) / 2,
        width,
        height,
    }
}

/// Draws a frame with a title and returns the area inside it.
pub fn framed(
    frame: &mut Frame<'_>,
    area: Rect,
    title: &str,
    theme: &Theme,
    focused: bool,
) -> Rect {
    let border = if focused {
        Role::BorderFocus
    } else {
        Role::Border
    };
    let mut block = Block::bordered()
        .border_type(BorderType::Rounded)
        .border_style(theme.style(border))
        .padding(Padding::horizontal(1));
    if !title.is_empty() {
        let title = Line::styled(format!(" {title} "), theme.style(Role::Heading));
        block = block.title(title);
    }
    let inner = block.inner(area);
    frame.render_widget(block, area);
    inner
}

/// The same above everything else: the area under it is cleared.
pub fn raised(frame: &mut Frame<'_>, area: Rect, title: &str, theme: &Theme) -> Rect {
    frame.render_widget(Clear, area);
    frame.buffer_mut().set_style(area, theme.style(Role::Text));
    framed(frame, area, title, theme, true)
}

/// Text that wraps at words.
pub fn paragraph<'a>(text: impl Into<Text<'a>>) -> Paragraph<'a> {
    Paragraph::new(text).wrap(Wrap { trim: false })
}

/// A sentence in the middle of an otherwise empty area.
pub fn remark(frame: &mut Frame<'_>, area: Rect, sentence: &str, role: Role, theme: &Theme) {
    let width = area.width.min(68);
    let paragraph = paragraph(sentence)
        .style(theme.style(role))
        .alignment(Alignment::Center);
    let height = paragraph.line_count(width) as u16;
    frame.render_widget(paragraph, centred(area, width, height));
}

/// An error as a sentence in the middle of an otherwise empty area.
pub fn failure(frame: &mut Frame<'_>, area: Rect, error: &dyn Error, role: Role, theme: &Theme) {
    let sentence = text::sentence(&text::scrub(&error.to_string()));
    remark(frame, area, &sentence, role, theme);
}

/// `area` cut into rows of the given heights; rows that do not fit are empty.
pub fn stacked<const ROWS: usize>(area: Rect, rows: [Constraint; ROWS]) -> [Rect; ROWS] {
    Layout::vertical(rows).areas(area)
}
