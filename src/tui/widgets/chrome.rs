//! Bars around every screen: title and user at the top, messages and keys at the bottom.

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect, Size};
use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr;

use super::{panel, plain};
use crate::text::scrub;
use crate::tui::areas::Click;
use crate::tui::context::{Context, ModelStatus, Notice};
use crate::tui::keymap::{self, Binding, Command, Scope};
use crate::tui::theme::Role;

/// Size below which a sentence is shown instead of a screen.
pub const SMALLEST: (u16, u16) = (60, 15);

/// Area of a screen on a terminal of this size, without a message below it.
pub fn body(size: Size) -> Rect {
    let (width, height) = (size.width.saturating_sub(2), size.height.saturating_sub(2));
    Rect::new(1, 1, width, height)
}

/// Draws both bars and returns the area between them. `path` has the titles of the screens, the one on top last.
pub fn draw(
    frame: &mut Frame<'_>,
    path: &[&str],
    scopes: &[Scope],
    notice: Option<&Notice>,
    context: &Context<'_>,
) -> Rect {
    let Size { width, .. } = context.size;
    let area = Rect {
        width: frame.area().width.min(width),
        ..frame.area()
    };
    let theme = context.theme;
    let announced = notice
        .filter(|_| context.capabilities.plain)
        .map(plain::announced);
    let notice = announced.as_ref().or(notice);
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
    draw_top(frame, top, path, context);
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

/// The way to the screen on top, as far as it fits: its end counts most. The first screen is on every way.
fn breadcrumb(path: &[&str], columns: usize) -> String {
    let way = match path {
        [_, rest @ ..] if !rest.is_empty() => rest,
        all => all,
    };
    let joined = |skipped: usize| {
        let rest = way.get(skipped..).unwrap_or_default().join(" › ");
        if skipped == 0 {
            rest
        } else {
            format!("… › {rest}")
        }
    };
    let fits = |words: &String| words.width() <= columns;
    let longest = (0..way.len().saturating_sub(1)).map(joined).find(fits);
    longest.unwrap_or_else(|| way.last().copied().unwrap_or_default().to_owned())
}

fn draw_top(frame: &mut Frame<'_>, area: Rect, path: &[&str], context: &Context<'_>) {
    let title = breadcrumb(path, usize::from(area.width / 2).saturating_sub(8));
    let theme = context.theme;
    frame.buffer_mut().set_style(area, theme.style(Role::Bar));
    let brand = Line::from(vec![
        Span::styled(" LUNNY ", theme.style(Role::Brand)),
        Span::styled(format!("  {title}"), theme.style(Role::BarKey)),
    ]);
    let left = brand.width();
    frame.render_widget(brand, area);
    let room = usize::from(area.width).saturating_sub(left + 2);
    let right = standing(context).into_iter().find(|it| it.width() <= room);
    if let Some(right) = right {
        frame.render_widget(Line::raw(right).alignment(Alignment::Right), area);
    }
}

/// Account and state of the model, the longest wording first. Who is signed in counts more than the words for the model.
fn standing(context: &Context<'_>) -> Vec<String> {
    let (sign, words) = match context.model {
        ModelStatus::Loading => ("○", "model is loading"),
        ModelStatus::Ready(_) => ("●", "model ready"),
        ModelStatus::Unavailable(_) => ("✕", "no model"),
    };
    let Some(account) = context.account else {
        return vec![format!("{sign} {words} ")];
    };
    let progress = (context.analyses.progress()).map_or(String::new(), |it| format!("{it} · "));
    let (name, hospital) = (scrub(&account.full_name), scrub(&account.hospital));
    vec![
        format!("{name} · {hospital}   {progress}{sign} {words} "),
        format!("{name}   {progress}{sign} {words} "),
        format!("{name}   {progress}{sign} "),
        format!("{progress}{sign} {words} "),
        format!("{progress}{sign} "),
    ]
}

fn draw_bottom(frame: &mut Frame<'_>, area: Rect, scopes: &[Scope], context: &Context<'_>) {
    let theme = context.theme;
    frame.buffer_mut().set_style(area, theme.style(Role::Bar));
    // The help key is at the right end, so that it stays if the others do not fit.
    let (help, keys): (Vec<&Binding>, Vec<&Binding>) = keymap::bindings(scopes)
        .filter(|binding| binding.in_footer)
        .partition(|binding| binding.command == Command::Help);
    let hint = |binding: &Binding| {
        [
            Span::styled(
                format!(" {} ", binding.key.label()),
                theme.style(Role::BarKey),
            ),
            Span::styled(format!("{} ", binding.desc), theme.style(Role::Bar)),
        ]
    };
    let help_key = help.first().map(|binding| binding.key);
    let help = Line::from_iter(help.into_iter().flat_map(hint));
    if let Some(key) = help_key {
        let width = (help.width() as u16).min(area.width);
        let x = area.right().saturating_sub(width);
        (context.areas).note(Rect { x, width, ..area }, Click::Key(key));
    }
    let room = usize::from(area.width).saturating_sub(help.width());
    let mut line = Line::default();
    for binding in keys {
        let [key, desc] = hint(binding);
        if line.width() + key.width() + desc.width() > room {
            break;
        }
        let at = area.x.saturating_add(line.width() as u16);
        let width = (key.width() + desc.width()) as u16;
        let place = Rect::new(at, area.y, width, 1).intersection(area);
        context.areas.note(place, Click::Key(binding.key));
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_way_to_a_screen_keeps_its_end_where_there_is_little_room() {
        let path = ["Dashboard", "Patients", "Patient", "Nodules"];
        assert_eq!(breadcrumb(&path, 40), "Patients › Patient › Nodules");
        assert_eq!(breadcrumb(&path, 22), "… › Patient › Nodules");
        assert_eq!(breadcrumb(&path, 5), "Nodules");
        assert_eq!(breadcrumb(&path[..1], 40), "Dashboard");
        assert_eq!(breadcrumb(&[], 40), "");
    }
}
