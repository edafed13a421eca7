//! Moving over pages and through their text.

use super::{Preview, WIDTHS, draw};
use crate::tui::context::Context;
use crate::tui::keymap::Command;
use crate::tui::widgets::chrome;
use crate::tui::worker::pages::Zoom;

/// Share of the visible part that one key scrolls by; a page key scrolls nearly all of it.
const STEP: f32 = 0.2;
const LEAP: f32 = 0.9;

impl Preview {
    /// Moves over the drawn pages.
    pub(super) fn turn(&mut self, command: Command, context: &Context<'_>) {
        match command {
            Command::Next => self.go_to(self.page + 1),
            Command::Previous => self.go_to(self.page.saturating_sub(1)),
            Command::First => self.go_to(0),
            Command::Last => self.go_to(usize::MAX),
            Command::Down => self.scroll(1, STEP),
            Command::Up => self.scroll(1, -STEP),
            Command::PanRight => self.scroll(0, STEP),
            Command::PanLeft => self.scroll(0, -STEP),
            Command::PageDown if self.scrolled[1] >= 1.0 || self.seen(1) >= 1.0 => {
                self.go_to(self.page + 1);
            }
            Command::PageDown => self.scroll(1, LEAP),
            Command::PageUp if self.scrolled[1] <= 0.0 && self.page > 0 => {
                self.go_to(self.page - 1);
                self.scrolled[1] = 1.0;
            }
            Command::PageUp => self.scroll(1, -LEAP),
            Command::ZoomIn | Command::ZoomOut => self.zoom_by(command, context),
            Command::WholeSlice => {
                self.zoom = Some(Zoom::WholePage);
                self.scrolled = [0.0; 2];
            }
            _ => {}
        }
    }

    /// Goes to the start of a page, or of the last one.
    fn go_to(&mut self, page: usize) {
        let page = page.min(self.count().saturating_sub(1));
        if page != self.page {
            self.page = page;
            self.scrolled[1] = 0.0;
        }
        self.line = self.line_of_page();
    }

    /// Visible share of a page's width (0) or height (1).
    fn seen(&self, axis: usize) -> f32 {
        self.shown.as_ref().map_or(1.0, |shown| shown.seen[axis])
    }

    /// Scrolls by a share of the visible part.
    fn scroll(&mut self, axis: usize, step: f32) {
        let seen = self.seen(axis);
        let hidden = 1.0 - seen;
        if hidden > f32::EPSILON {
            let to = self.scrolled[axis] + step * seen / hidden;
            self.scrolled[axis] = to.clamp(0.0, 1.0);
        }
    }

    fn zoom_by(&mut self, command: Command, context: &Context<'_>) {
        let steps = WIDTHS.map(Zoom::Width);
        let now = self.zoom(context);
        let place = steps.iter().position(|step| *step == now);
        let next = match (command, place) {
            (Command::ZoomIn, None) => Some(0),
            (Command::ZoomIn, Some(place)) => Some((place + 1).min(steps.len() - 1)),
            (_, place) => place.and_then(|place| place.checked_sub(1)),
        };
        self.zoom = Some(next.map_or(Zoom::WholePage, |next| steps[next]));
    }

    /// Moves through the text.
    pub(super) fn read(&mut self, command: Command, context: &Context<'_>) {
        let [_, text] = self.areas(chrome::body(context.size), context);
        let rows = usize::from(draw::space(text).height).max(1);
        let most = self.lines().len().saturating_sub(rows);
        match command {
            Command::Next => self.go_to(self.page + 1),
            Command::Previous => self.go_to(self.page.saturating_sub(1)),
            Command::First => self.line = 0,
            Command::Last => self.line = most,
            Command::Down => self.line += 1,
            Command::Up => self.line = self.line.saturating_sub(1),
            Command::PageDown => self.line += rows,
            Command::PageUp => self.line = self.line.saturating_sub(rows),
            _ => return,
        }
        self.line = self.line.min(most);
        if !matches!(command, Command::Next | Command::Previous) {
            // The end of the text belongs to the last page, wherever that page begins.
            self.page = match most > 0 && self.line == most {
                true => self.count().saturating_sub(1),
                false => self.page_of_line(),
            };
            self.scrolled = [0.0; 2];
        }
    }

    pub(super) fn lines(&self) -> &[String] {
        self.pages().map_or(&[], |pages| &pages.text.lines)
    }

    /// First line of a page's text.
    fn line_at(&self, page: usize) -> usize {
        let Some(pages) = self.pages().filter(|_| page > 0) else {
            return 0;
        };
        let Some((part, message)) = pages.pdf.pages.get(page) else {
            return 0;
        };
        let starts = &pages.text.starts;
        let start = starts.get(*part).copied().unwrap_or(0);
        let end = starts
            .get(part + 1)
            .copied()
            .unwrap_or(pages.text.lines.len());
        start + (message * end.saturating_sub(start) as f32) as usize
    }

    pub(super) fn line_of_page(&self) -> usize {
        self.line_at(self.page)
    }

    fn page_of_line(&self) -> usize {
        let begun = (0..self.count()).take_while(|page| self.line_at(*page) <= self.line);
        begun.count().saturating_sub(1)
    }
}
