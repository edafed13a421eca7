//! Frames and areas on the screen.

use std::error::Error;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Layout, Rect};
use ratatui::text::{Line, Span, Text};
use ratatui::widgets::{Block, BorderType, Clear, Padding, Paragraph, Wrap};
use unicode_width::UnicodeWidthStr;

use crate::tui::context::Context;
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

/// A line in rows of at most `width` cells, broken at spaces; all but the first begin `indent` cells from the left.
pub fn hanging(line: &Line<'_>, width: u16, indent: u16) -> Vec<Line<'static>> {
    let (width, indent) = (usize::from(width), usize::from(indent));
    let mut rows = vec![Line::default()];
    let mut used = 0;
    for span in &line.spans {
        // A per cent sign stays with its number.
        let bound = span.content.replace(" %", "\u{a0}%");
        for piece in bound.split_inclusive(' ') {
            let is_over = used + piece.trim_end().width() > width;
            if is_over && used > indent {
                rows.push(Line::raw(" ".repeat(indent)));
                used = indent;
            }
            if let Some(row) = rows.last_mut() {
                row.push_span(Span::styled(piece.replace('\u{a0}', " "), span.style));
            }
            used += piece.width();
        }
    }
    rows
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

/// An error as a sentence in the middle of an otherwise empty area, with paths as the user sees them.
pub fn failure(
    frame: &mut Frame<'_>,
    area: Rect,
    error: &dyn Error,
    role: Role,
    context: &Context<'_>,
) {
    remark(frame, area, &context.sentence(&error), role, context.theme);
}

/// `area` cut into rows of the given heights; rows that do not fit are empty.
pub fn stacked<const ROWS: usize>(area: Rect, rows: [Constraint; ROWS]) -> [Rect; ROWS] {
    Layout::vertical(rows).areas(area)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_goes_on_below_its_beginning() {
        let line = Line::from(vec![Span::raw("Name  "), Span::raw("one two three four")]);
        let rows = |width| -> Vec<String> {
            let rows = hanging(&line, width, 6).into_iter();
            rows.map(|row| row.to_string().trim_end().to_owned())
                .collect()
        };
        assert_eq!(rows(30), ["Name  one two three four"]);
        assert_eq!(rows(14), ["Name  one two", "      three", "      four"]);
        let share = Line::from(vec![Span::raw("Share "), Span::raw("of 99.8 %")]);
        assert_eq!(hanging(&share, 13, 6)[1].to_string(), "      99.8 %");
        // A word longer than a row stays whole.
        assert_eq!(rows(3).len(), 4);
    }
}
