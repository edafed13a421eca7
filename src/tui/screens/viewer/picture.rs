//! Picture in its frame, with the marks around it.

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect};
use ratatui::text::Line;
use unicode_width::UnicodeWidthStr;

use super::slice::SlicePicture;
use super::{Viewer, marks};
use crate::text::{scrub, shortened};
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::widgets::panel;

/// Caption line under the picture.
const CAPTIONS: u16 = 1;

/// Cells for the picture itself, within its frame.
pub(super) fn space(area: Rect) -> Rect {
    Rect {
        x: area.x + 2,
        y: area.y + 1,
        width: area.width.saturating_sub(4),
        height: area.height.saturating_sub(2 + CAPTIONS),
    }
}

impl Viewer {
    pub(super) fn draw_picture(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let title = scrub(&self.name()).into_owned();
        // The middle of the frame's upper line is kept for a letter, where the orientation is known.
        let room = match self.series.geometry.orientation {
            Some(_) => usize::from(area.width / 2),
            None => usize::from(area.width),
        };
        let room = room.saturating_sub(6);
        let inner = panel::framed(frame, area, &shortened(&title, room), theme, false);
        let [space, below] =
            panel::stacked(inner, [Constraint::Min(0), Constraint::Length(CAPTIONS)]);
        let caption = shortened(&self.caption(context), usize::from(below.width));
        let words = Line::styled(caption, theme.style(Role::Muted));
        frame.render_widget(words.centered(), below);
        let failed = self.failed.as_ref();
        match (&self.shown, failed) {
            (_, Some((_, complaint))) => {
                panel::remark(frame, space, complaint, Role::Warning, theme);
            }
            (Some(shown), None) => self.draw_shown(frame, area, space, shown, context),
            (None, None) => panel::remark(frame, space, "…", Role::Muted, theme),
        }
    }

    fn draw_shown(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        space: Rect,
        shown: &SlicePicture,
        context: &Context<'_>,
    ) {
        let (Some(picture), Some(seen)) = (&shown.picture, &shown.view.frame) else {
            return;
        };
        let covered = picture.render(frame, space);
        let geometry = &self.series.geometry;
        let style = context.theme.style(Role::Text);
        let (bottom, right) = (area.bottom().saturating_sub(1), area.right());
        let middle = [
            covered.y + covered.height / 2,
            covered.x + covered.width / 2,
        ];
        if let Some(orientation) = &geometry.orientation {
            let [left_side, right_side, top, below] = marks::sides(orientation);
            let at = |letters: &str| middle[1].saturating_sub(letters.width() as u16 / 2 + 1);
            for (letters, x, y) in [
                (format!(" {top} "), at(&top), area.y),
                (format!(" {below} "), at(&below), bottom),
                (left_side, area.x, middle[0]),
                (
                    right_side.clone(),
                    right.saturating_sub(right_side.width() as u16),
                    middle[0],
                ),
            ] {
                mark(frame, area, x, y, letters, style);
            }
        }
        let room = (middle[1].saturating_sub(area.x)).saturating_sub(6);
        if let Some(bar) = marks::scale_bar(seen, geometry, room) {
            mark(frame, area, area.x + 2, bottom, format!(" {bar} "), style);
        }
        if let Some(cursor) = self.cursor
            && let Some((column, row)) = seen.cell(cursor.place())
        {
            frame.set_cursor_position((covered.x + column, covered.y + row));
        }
    }

    /// Caption about the picture's quality; with hidden details also about its contents.
    fn caption(&self, context: &Context<'_>) -> String {
        let captions = context.capabilities.graphics.captions(false);
        let captions = captions.into_iter().map(str::to_owned);
        let shown = self.shown.as_ref().filter(|_| self.facts_hidden);
        let facts = shown.map(|shown| self.of_view(shown)).unwrap_or_default();
        let facts = facts.into_iter().map(|(name, value)| match name {
            "Slice" => format!("{name} {value}"),
            _ => value,
        });
        let words: Vec<String> = facts.chain(captions).collect();
        words.join(" · ")
    }

    /// Name of the picture: the file, or the description of a series.
    fn name(&self) -> String {
        let shown = self.shown.as_ref().map(|shown| shown.view.slice);
        let slice = shown.unwrap_or(self.position.slice);
        let file = self.series.slices().get(slice);
        let file = file.and_then(|source| source.path.file_name());
        let file = file.map(|name| name.to_string_lossy().into_owned());
        let description = self.series.identity.description.clone();
        match self.series.len() {
            1 => file,
            _ => description.or(file),
        }
        .unwrap_or_default()
    }
}

/// Writes on the frame's line, as far as it lies within `area`.
fn mark(
    frame: &mut Frame<'_>,
    area: Rect,
    x: u16,
    y: u16,
    letters: String,
    style: ratatui::style::Style,
) {
    let place = Rect::new(x, y, letters.width() as u16, 1).intersection(area);
    frame.render_widget(Line::styled(letters, style), place);
}
