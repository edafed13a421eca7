//! Drawing of the file picker: filter, entries of the folder, and facts about it.

use nucleo_matcher::Config;
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Margin, Rect};
use ratatui::text::{Line, Span};

use unicode_width::UnicodeWidthStr;

use super::follow::Followed;
use super::{Picker, Purpose};
use crate::text::{clipped, counted, file_size, scrub, shortened};
use crate::tui::context::Context;
use crate::tui::folder::Listing;
use crate::tui::theme::Role;
use crate::tui::widgets::picture::Graphics;
use crate::tui::widgets::{fuzzy, panel};

/// Columns for size and time of an entry, with the gap before them.
const FACTS: usize = 28;
/// Width from which a picture of the selected file stands beside the list, and the width of its frame.
const BESIDE: u16 = 96;
const PICTURE: u16 = 36;
/// Height of the picture's frame.
const TALL: u16 = 18;

/// The list, and the frame of the picture beside it.
fn parts(area: Rect, context: &Context<'_>) -> (Rect, Option<Rect>) {
    if area.width < BESIDE || context.capabilities.graphics == Graphics::None {
        return (area, None);
    }
    let [list, side] =
        Layout::horizontal([Constraint::Min(0), Constraint::Length(PICTURE)]).areas(area);
    let height = side.height.min(TALL);
    (list, Some(Rect { height, ..side }))
}

/// Cells for the picture of the selected file on a screen of this area, if there is room.
pub(super) fn thumbnail(area: Rect, context: &Context<'_>) -> Option<Rect> {
    let (_, side) = parts(area, context);
    side.map(|side| side.inner(Margin::new(2, 1)))
}

impl Picker {
    /// Draws the picture of the selected file in its frame.
    fn draw_thumbnail(&self, frame: &mut Frame<'_>, side: Rect, context: &Context<'_>) {
        let theme = context.theme;
        panel::framed(frame, side, "Preview", theme, false);
        let space = side.inner(Margin::new(2, 1));
        match &self.thumbnail {
            Some(picture)
                if picture.space.width <= space.width && picture.space.height <= space.height =>
            {
                picture.render(frame, space);
            }
            _ => panel::remark(frame, space, "no preview", Role::Muted, theme),
        }
    }

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
        let (area, side) = parts(area, context);
        if let Some(side) = side {
            self.draw_thumbnail(frame, side, context);
        }
        let inner = panel::framed(frame, area, &title, theme, true);
        let width = usize::from(inner.width.max(1));
        let words = self.whose.as_deref().unwrap_or_default();
        let whose_rows = words.width().div_ceil(width).min(2) as u16;
        let [filter, _, rows, whose, foot] = panel::stacked(
            inner,
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Min(0),
                Constraint::Length(whose_rows),
                Constraint::Length(1),
            ],
        );
        if let Some(words) = &self.whose {
            let words = clipped(words, 2 * usize::from(whose.width)).into_owned();
            let words = panel::paragraph(words).style(theme.style(Role::Accent));
            frame.render_widget(words, whose);
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
        let (shown, all) = (self.matches.len(), listing.entries.len());
        let mut facts = format!("{shown} of {all} · {}", self.order.words());
        if listing.cut {
            facts.push_str(" · the folder is too large, the rest is not shown");
        }
        if listing.others > 0 {
            let others = counted(listing.others, "unsupported file");
            facts.push_str(&format!(" · {others} hidden"));
        }
        if !self.marked.is_empty() {
            let marked = self.marked.len();
            facts = format!("{marked} selected: Enter analyses them in the background");
        }
        if self.hidden {
            facts.push_str(" · with hidden files");
        }
        frame.render_widget(Line::styled(facts, theme.style(Role::Muted)), foot);
    }

    /// Sentence in the place of the entries.
    fn nothing(&self, listing: &Listing) -> &'static str {
        match &self.followed {
            Some(Followed::Asked(_)) => return "Reading the folder …",
            Some(Followed::Missing(_)) => return "There is no folder of this name.",
            Some(Followed::Listed(_)) => {
                return "Nothing here begins so. Enter opens the path as typed.";
            }
            None => {}
        }
        match (listing.entries.is_empty(), &self.purpose) {
            (false, _) => "No file matches. Esc clears the filter.",
            (true, Purpose::Scan) => {
                "No folder, picture or DICOM file here. ← goes to the parent folder, Ctrl-G opens a synthetic CT to try."
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
        let first = self
            .selection
            .first_in(self.matches.len(), rows, context.areas);
        let needle = match self.typed_parts() {
            Some((_, last)) => last,
            None => self.filter.value().to_owned(),
        };
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
            let changed = (entry.changed)
                .map(|changed| {
                    context
                        .moment
                        .local(changed)
                        .strftime("%Y-%m-%d %H:%M")
                        .to_string()
                })
                .unwrap_or_default();
            let facts = format!("{size:>8}  {changed:>16}");
            let room = usize::from(row.width).saturating_sub(FACTS);
            let mark = match self.marked.contains(&entry.path) {
                true => "✓ ",
                false => "",
            };
            let name = shortened(&scrub(&entry.name), room.saturating_sub(mark.len()));
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
            let mut line = Line::from(mark);
            line.extend(fuzzy::underlined(
                &name,
                &needle,
                Config::DEFAULT.match_paths(),
            ));
            frame.render_widget(line, row);
            frame.render_widget(Line::raw(facts).right_aligned(), row);
            if chosen {
                frame.set_cursor_position((row.x, row.y));
            }
        }
    }
}
