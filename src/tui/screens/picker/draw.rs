//! Drawing of the file picker: filter, entries of the folder, and facts about it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::{Line, Span};

use super::{Picker, Purpose};
use crate::text::{clipped, file_size, scrub, shortened};
use crate::tui::context::Context;
use crate::tui::folder::Listing;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

impl Picker {
    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let folder = self
            .listing
            .as_ref()
            .map(|listing| &listing.folder)
            .or(self.awaited.as_ref());
        let folder = folder
            .map(|folder| folder.to_string_lossy())
            .unwrap_or_default();
        let title = shortened(&scrub(&folder), usize::from(area.width.saturating_sub(8)));
        let inner = panel::framed(frame, area, &title, theme, true);
        let [filter, _, rows, whose, foot] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Min(0),
                Constraint::Length(u16::from(self.whose.is_some())),
                Constraint::Length(1),
            ],
        );
        if let Some(words) = &self.whose {
            let words = clipped(words, usize::from(whose.width)).into_owned();
            frame.render_widget(Line::styled(words, theme.style(Role::Accent)), whose);
        }
        let typed = scrub(self.filter.value()).into_owned();
        let shown = match typed.is_empty() {
            true => Span::styled("type to filter, or paste a path", theme.style(Role::Muted)),
            false => Span::styled(typed, theme.style(Role::Match)),
        };
        frame.render_widget(
            Line::from(vec![Span::styled("› ", theme.style(Role::Accent)), shown]),
            filter,
        );
        let Some(listing) = &self.listing else {
            panel::remark(frame, rows, "Reading the folder …", Role::Muted, theme);
            return;
        };
        if self.matches.is_empty() {
            let sentence = self.nothing(listing);
            panel::remark(frame, rows, sentence, Role::Muted, theme);
        }
        self.draw_entries(frame, rows, listing, context);
        if self.awaited.is_some() {
            let message = "Reading the folder …";
            return frame.render_widget(Line::styled(message, theme.style(Role::Accent)), foot);
        }
        let mut facts = format!("{} of {}", self.matches.len(), listing.entries.len());
        if listing.cut {
            facts.push_str(" · the folder is too large, the rest is not shown");
        }
        if listing.others > 0 {
            facts.push_str(&format!(" · {} unsupported files hidden", listing.others));
        }
        if self.hidden {
            facts.push_str(" · with hidden files");
        }
        frame.render_widget(Line::styled(facts, theme.style(Role::Muted)), foot);
    }

    /// Sentence in the place of the entries.
    fn nothing(&self, listing: &Listing) -> &'static str {
        match (listing.entries.is_empty(), &self.purpose) {
            (false, _) => "No file matches. Esc clears the filter.",
            (true, Purpose::Scan) => {
                "No folder, picture or DICOM file here. ← goes to the parent folder."
            }
            (true, Purpose::Photo(_) | Purpose::Attachment(_)) => {
                "No folder or picture here. ← goes to the parent folder."
            }
            (true, Purpose::Table(_)) => {
                "No folder or table of patients here. ← goes to the parent folder."
            }
        }
    }

    fn draw_entries(
        &self,
        frame: &mut Frame<'_>,
        rows: Rect,
        listing: &Listing,
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let height = usize::from(rows.height);
        let first = self.selection.first_visible(self.matches.len(), height);
        let visible = self.matches.iter().enumerate().skip(first).zip(rows.rows());
        for ((place, &index), row) in visible {
            let Some(entry) = listing.entries.get(index) else {
                continue;
            };
            let chosen = place == self.selection.index;
            let size = match entry.is_folder {
                true => "folder".to_owned(),
                false => file_size(entry.bytes),
            };
            let room = usize::from(row.width).saturating_sub(12);
            let name = shortened(&scrub(&entry.name), room);
            let name = if entry.is_folder {
                format!("{name}/")
            } else {
                name
            };
            let role = match (chosen, entry.is_folder) {
                (true, _) => Role::Selection,
                (false, true) => Role::Accent,
                (false, false) => Role::Text,
            };
            frame.buffer_mut().set_style(row, theme.style(role));
            frame.render_widget(Line::raw(name), row);
            frame.render_widget(Line::raw(size).right_aligned(), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
    }
}
