//! Bars around every screen: title and user at the top, messages and keys at the bottom.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect, Size};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::panel;
use crate::text::scrub;
use crate::tui::context::{Context, ModelStatus, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::theme::Role;

/// Size below which a sentence is shown instead of a screen.
pub const SMALLEST: (u16, u16) = (60, 15);

/// Area of a screen on a terminal of this size, without a message below it.
pub fn body(size: Size) -> Rect {
    let (width, height) = (size.width.saturating_sub(2), size.height.saturating_sub(2));
    Rect::new(1, 1, width, height)
}

/// Draws both bars and returns the area between them.
pub fn draw(
    frame: &mut Frame<'_>,
    title: &str,
    scopes: &[Scope],
    notice: Option<&Notice>,
    context: &Context<'_>,
) -> Rect {
    let area = frame.area();
    let theme = context.theme;
    let notice_height = notice.map_or(0, |notice| {
        panel::paragraph(notice.sentence.as_str())
            .line_count(area.width.saturating_sub(4))
            .min(3) as u16
    });
    let [top, body, said, bottom] = panel::stacked(
        area,
        [
            Constraint::Length(1),
            Constraint::Min(0),
            Constraint::Length(notice_height),
            Constraint::Length(1),
        ],
    );
    draw_top(frame, top, title, context);
    if let Some(notice) = notice {
        let style = theme.style(notice.role);
        let said = Rect {
            x: said.x + 2,
            width: said.width.saturating_sub(4),
            ..said
        };
        frame.render_widget(
            panel::paragraph(notice.sentence.as_str()).style(style),
            said,
        );
    }
    draw_bottom(frame, bottom, scopes, context);
    body.inner(ratatui::layout::Margin::new(1, 0))
}

fn draw_top(frame: &mut Frame<'_>, area: Rect, title: &str, context: &Context<'_>) {
    let theme = context.theme;
    frame.buffer_mut().set_style(area, theme.style(Role::Bar));
    let brand = Line::from(vec![
        Span::styled(" LUNNY ", theme.style(Role::Brand)),
        Span::styled(format!("  {title}"), theme.style(Role::BarKey)),
    ]);
    let left = brand.width();
    frame.render_widget(brand, area);
    let model = match context.model {
        ModelStatus::Loading => "○ model is loading",
        ModelStatus::Ready(_) => "● model ready",
        ModelStatus::Unavailable(_) => "✕ no model",
    };
    let whole = match context.account {
        Some(account) => format!(
            "{} · {}   {model} ",
            scrub(&account.full_name),
            scrub(&account.hospital)
        ),
        None => format!("{model} "),
    };
    let room = usize::from(area.width).saturating_sub(left + 2);
    let right = if whole.width() <= room {
        whole
    } else {
        format!("{model} ")
    };
    if right.width() <= room {
        frame.render_widget(Line::raw(right).alignment(Alignment::Right), area);
    }
}

fn draw_bottom(frame: &mut Frame<'_>, area: Rect, scopes: &[Scope], context: &Context<'_>) {
    let theme = context.theme;
    frame.buffer_mut().set_style(area, theme.style(Role::Bar));
    // The help key is at the right end, so that it stays if the others do not fit.
    let (help, keys): (Vec<_>, Vec<_>) = keymap::bindings(scopes)
        .filter(|binding| binding.in_footer)
        .partition(|binding| binding.command == Command::Help);
    let hint = |binding: &keymap::Binding| {
        [
            Span::styled(
                format!(" {} ", binding.key.label()),
                theme.style(Role::BarKey),
            ),
            Span::styled(format!("{} ", binding.desc), theme.style(Role::Bar)),
        ]
    };
    let help = Line::from_iter(help.into_iter().flat_map(hint));
    let room = usize::from(area.width).saturating_sub(help.width());
    let mut line = Line::default();
    for binding in keys {
        let [key, desc] = hint(binding);
        if line.width() + key.width() + desc.width() > room {
            break;
        }
        line.push_span(key);
        line.push_span(desc);
    }
    frame.render_widget(line, area);
    frame.render_widget(help.alignment(Alignment::Right), area);
}

/// True if a terminal is too small for a screen.
pub fn is_too_small(size: Size) -> bool {
    let (width, height) = SMALLEST;
    size.width < width || size.height < height
}

/// Draws the sentence for a terminal that is too small.
pub fn too_small(frame: &mut Frame<'_>, context: &Context<'_>) {
    let area = frame.area();
    let (width, height) = SMALLEST;
    let sentence = format!(
        "This terminal is {}×{}. LUNNY needs {width}×{height}. Make the window larger; your work is kept.",
        area.width, area.height
    );
    frame
        .buffer_mut()
        .set_style(area, context.theme.style(Role::Text));
    panel::remark(frame, area, &sentence, Role::Text, context.theme);
}
