//! Columns of a file: heading, field, and an example.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::Line;

use super::words;
use crate::import::Target;
use crate::text::{counted, scrub, shortened};
use crate::tui::context::Context;
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::theme::{Role, Theme};
use crate::tui::widgets::rows::Selection;
use crate::tui::worker::import::Opened;

/// Draws one row per column, below a row of headings.
pub(super) fn draw(
    frame: &mut Frame<'_>,
    area: Rect,
    opened: &Opened,
    selection: Selection,
    context: &Context<'_>,
) {
    let theme = context.theme;
    let cells = |row: Rect| -> [Rect; 3] {
        let thirds = [
            Constraint::Fill(3),
            Constraint::Fill(3),
            Constraint::Fill(4),
        ];
        Layout::horizontal(thirds).spacing(1).areas(row)
    };
    let put = |frame: &mut Frame<'_>, row: Rect, texts: [&str; 3], role: Role| {
        for (text, cell) in texts.into_iter().zip(cells(row)) {
            let text = shortened(
                &scrub(text).replace('/', "\u{2215}"),
                usize::from(cell.width),
            );
            let text = text.replace('\u{2215}', "/");
            frame.render_widget(Line::styled(text, theme.style(role)), cell);
        }
    };
    let mut rows = area.rows();
    if let Some(head) = rows.next() {
        put(
            frame,
            head,
            ["In the file", "Field", "Example"],
            Role::Muted,
        );
    }
    let headings = &opened.job.headings;
    let body = Rect {
        y: area.y.saturating_add(1),
        height: area.height.saturating_sub(1),
        ..area
    };
    let first = selection.first_in(headings.len(), body, context.areas);
    let columns = headings.iter().zip(opened.job.mapping.targets());
    let visible = columns.enumerate().skip(first).zip(rows);
    for ((index, (heading, target)), row) in visible {
        let role = match (index == selection.index, *target == Target::Leave) {
            (true, _) => Role::Selection,
            (false, true) => Role::Muted,
            (false, false) => Role::Text,
        };
        frame.buffer_mut().set_style(row, theme.style(role));
        put(
            frame,
            row,
            [heading, target.label(), example(opened, index)],
            role,
        );
        if index == selection.index {
            frame.set_cursor_position((row.x, row.y));
        }
    }
}

/// First non-empty cell of a column.
fn example(opened: &Opened, column: usize) -> &str {
    let mut cells = opened.sample.rows.iter().filter_map(|row| row.get(column));
    cells
        .find(|cell| !cell.trim().is_empty())
        .map_or("", String::as_str)
}

/// More examples from the selected column, the number of imported columns, and the reason if it is ignored.
pub(super) fn below<'a>(opened: &Opened, column: usize, theme: &Theme) -> Vec<Line<'a>> {
    let cells = opened.sample.rows.iter().filter_map(|row| row.get(column));
    let filled: Vec<String> = cells
        .filter(|cell| !cell.trim().is_empty())
        .take(5)
        .map(|cell| shortened(&scrub(cell), 40))
        .collect();
    let taken = opened.job.mapping.targets().iter();
    let taken = taken.filter(|target| **target != Target::Leave).count();
    let message = format!(
        "{taken} of {} will be imported. Press {} for a dry run.",
        counted(opened.job.headings.len(), "column"),
        keymap::label(&[Scope::Import], Command::DryRun)
    );
    let left_out = opened.job.mapping.left_out(column, &opened.job.headings);
    let role = match opened.job.check() {
        Ok(()) => Role::Good,
        Err(_) => Role::Warning,
    };
    let mut lines = vec![
        Line::styled(filled.join(" · "), theme.style(Role::Muted)),
        Line::styled(message, theme.style(role)),
    ];
    if let Err(error) = opened.job.check() {
        lines.push(Line::styled(
            words::refusal(&error),
            theme.style(Role::Warning),
        ));
    } else if let Some(reason) = left_out {
        let why = format!("This column is ignored: {}.", reason.reason());
        lines.push(Line::styled(why, theme.style(Role::Muted)));
    }
    lines
}
