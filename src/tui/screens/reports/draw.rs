//! List of versions, and the text of the selected one below it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span, Text};
use unicode_width::UnicodeWidthStr;

use super::Reports;
use crate::text::{scrub, wrap};
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// Most rows of the list before it scrolls.
const ROWS: u16 = 5;
/// Widths of a status and of a name in the list.
const STATUS: usize = 11;
const NAME: usize = 20;

impl Reports {
    /// Areas of the list, and of the pane below it.
    pub(super) fn parts(&self, area: Rect) -> [Rect; 2] {
        let count = self.versions().len() as u16;
        let list = Constraint::Length(count.clamp(1, ROWS) + 2);
        panel::stacked(area, [list, Constraint::Min(0)])
    }

    /// The selected version in lines of at most this many columns.
    pub(super) fn lines(&self, columns: usize) -> Vec<String> {
        let page = self.page().unwrap_or_default();
        let lines = page.lines().flat_map(|line| match line.width() <= columns {
            // Wrapping would remove the spaces between a label and its value.
            true => vec![line.to_owned()],
            false => wrap(line, columns),
        });
        lines.collect()
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let versions = match &self.versions {
            None => return panel::remark(frame, area, "Reading the reports …", Role::Muted, theme),
            Some(Err(error)) => {
                return panel::failure(frame, area, error, Role::Error, context);
            }
            Some(Ok(versions)) => versions,
        };
        let [list, pane] = self.parts(area);
        let inner = panel::framed(frame, list, "Versions of the report", theme, true);
        if versions.is_empty() {
            frame.set_cursor_position((inner.x, inner.y));
            let words =
                super::worded("No versions yet: press {write} to write one from the present exam.");
            return panel::remark(frame, inner, &words, Role::Muted, theme);
        }
        let first = self
            .selection
            .first_in(versions.len(), inner, context.areas);
        let rows = versions.iter().enumerate().skip(first);
        for ((index, version), row) in rows.zip(inner.rows()) {
            let chosen = index == self.selection.index;
            let role = if chosen { Role::Selection } else { Role::Text };
            frame.buffer_mut().set_style(row, theme.style(role));
            let (status, status_role) = match version.is_final {
                true => ("final", Role::Good),
                false => ("preliminary", Role::Warning),
            };
            let status_role = if chosen { role } else { status_role };
            let at = context.moment.local(version.written_at);
            let name: String = scrub(&version.written_by).chars().take(NAME).collect();
            let line = Line::from(vec![
                Span::raw(format!("{:>3}  ", version.version)),
                Span::styled(format!("{status:<STATUS$}  "), theme.style(status_role)),
                Span::raw(at.strftime("%Y-%m-%d %H:%M  ").to_string()),
                Span::raw(format!("{name:<NAME$}  ")),
                Span::raw(match version.is_current {
                    true => "",
                    false => "changed since",
                }),
            ]);
            frame.render_widget(line, row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
        self.view_text(frame, pane, context);
    }

    fn view_text(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let Some(version) = self.chosen() else {
            return;
        };
        let title = match self.is_under_way {
            true => "…".to_owned(),
            false => format!("Version {}", version.version),
        };
        let inner = panel::framed(frame, area, &title, theme, false);
        let lines = self.lines(usize::from(inner.width));
        let most = lines.len().saturating_sub(usize::from(inner.height));
        let role = if version.is_final {
            Role::Good
        } else {
            Role::Warning
        };
        let shown = lines
            .into_iter()
            .enumerate()
            .map(|(index, line)| match index {
                0 => Line::styled(line, theme.style(role)),
                _ => Line::raw(line),
            });
        let shown = shown.skip(self.scrolled.min(most));
        frame.render_widget(Text::from_iter(shown), inner);
    }
}
