//! Drawing of the list.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use super::Attachments;
use crate::store::AttachedFile;
use crate::text::file_size;
use crate::text::{clipped, scrub};
use crate::tui::context::Context;
use crate::tui::keymap::{self, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

impl Attachments {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let title = format!("Attachments of {}", self.whose);
        let inner = panel::framed(frame, area, &title, theme, true);
        let [head, rows, foot] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Min(0),
                Constraint::Length(1),
            ],
        );
        if let Some(busy) = self.busy {
            frame.render_widget(Line::styled(busy, theme.style(Role::Accent)), foot);
        }
        let Some(files) = &self.files else {
            return panel::remark(frame, rows, "Reading …", Role::Muted, theme);
        };
        if files.is_empty() {
            frame.set_cursor_position((rows.x, rows.y));
            let words = "No attachments yet. Press {attach} to attach a PDF, JPEG or PNG file, such as a referral or an \
                         outside report. It is kept encrypted with the record; the file itself stays where it is.";
            let words = keymap::worded(&[Scope::Attachments], words);
            return panel::remark(frame, rows, &words, Role::Muted, theme);
        }
        let headings = ["Name", "Type", "Size", "Attached", "By"].map(str::to_owned);
        draw_row(frame, head, headings, theme.style(Role::Muted));
        let first = self.selection.first_in(files.len(), rows, context.areas);
        for (index, row) in (first..).zip(rows.rows()) {
            let Some(file) = files.get(index) else {
                break;
            };
            let chosen = index == self.selection.index;
            let style = theme.style(if chosen { Role::Selection } else { Role::Text });
            if chosen {
                frame.buffer_mut().set_style(row, style);
                frame.set_cursor_position((row.x, row.y));
            }
            draw_row(frame, row, cells(file, context), style);
        }
    }
}

fn cells(file: &AttachedFile, context: &Context<'_>) -> [String; 5] {
    let at = context.moment.local(file.created_at);
    [
        scrub(&file.name).into_owned(),
        file.file_type.label().to_owned(),
        file_size(file.bytes_len),
        at.strftime("%Y-%m-%d %H:%M").to_string(),
        scrub(&file.created_by).into_owned(),
    ]
}

fn draw_row(frame: &mut Frame<'_>, row: Rect, cells: [String; 5], style: Style) {
    let widths = [
        Constraint::Min(16),
        Constraint::Length(4),
        Constraint::Length(8),
        Constraint::Length(16),
        Constraint::Max(16),
    ];
    let places: [Rect; 5] = Layout::horizontal(widths).spacing(2).areas(row);
    for (cell, place) in cells.iter().zip(places) {
        let cell = clipped(cell, usize::from(place.width));
        frame.render_widget(Span::styled(cell, style), place);
    }
}
