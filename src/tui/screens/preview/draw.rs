//! Drawing of the preview: the page, its text beside it or in its place, and a line of hints.

use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Text};

use super::{Preview, is_coarse};
use crate::report::record::Extent;
use crate::tui::context::Context;
use crate::tui::keymap::{self, Scope};
use crate::tui::theme::Role;
use crate::tui::widgets::picture::Graphics;
use crate::tui::widgets::{chrome, panel};
use crate::tui::worker::pages::TEXT_COLUMNS;
use crate::tui::worker::pages_subject::Subject;

/// Width from which the text is shown beside a page whose letters cannot be read.
const WIDE: u16 = 120;

/// Space of a pane inside its frame and above its hint line.
pub(super) fn space(pane: Rect) -> Rect {
    Rect {
        x: pane.x.saturating_add(2),
        y: pane.y.saturating_add(1),
        width: pane.width.saturating_sub(4),
        height: pane.height.saturating_sub(3),
    }
}

/// True if the letters of a page cannot be read on this terminal, and its text has no room beside it.
pub(super) fn opens_as_text(context: &Context<'_>) -> bool {
    let width = chrome::body(context.size).width;
    context.capabilities.graphics == Graphics::None || (is_coarse(context) && width < WIDE)
}

impl Preview {
    /// Areas of the page and of its text; either may be empty.
    pub(super) fn areas(&self, area: Rect, context: &Context<'_>) -> [Rect; 2] {
        let text = match () {
            () if self.reads => area.width,
            () if is_coarse(context) && area.width >= WIDE => TEXT_COLUMNS as u16 + 4,
            () => 0,
        };
        Layout::horizontal([Constraint::Min(0), Constraint::Length(text)]).areas(area)
    }

    pub(super) fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        match &self.pages {
            None => panel::remark(frame, area, "Making the pages …", Role::Muted, theme),
            Some(Err(error)) => panel::failure(frame, area, error, Role::Error, context),
            Some(Ok(_)) => {
                let [page, text] = self.areas(area, context);
                if text.width > 0 {
                    self.draw_text(frame, text, context);
                }
                if page.width > 0 {
                    self.draw_page(frame, page, context);
                }
            }
        }
    }

    /// Page number, paper and exams.
    fn heading(&self) -> String {
        if self.is_being_made {
            return "Making the pages …".to_owned();
        }
        let about = match &self.subject {
            Subject::Record { extent, .. } => match extent {
                Extent::All => "all exams".to_owned(),
                Extent::Newest => "newest exam".to_owned(),
                Extent::One(accession) => format!("exam {accession}"),
            },
            Subject::Version { exam, .. } => format!("report on exam E-{}", exam.0),
            Subject::Result(_) => "unsaved result".to_owned(),
        };
        let (page, count) = (self.page + 1, self.count());
        format!("Page {page} of {count}, {}, {about}", self.paper.label())
    }

    fn draw_page(&self, frame: &mut Frame<'_>, pane: Rect, context: &Context<'_>) {
        let theme = context.theme;
        panel::framed(frame, pane, &self.heading(), theme, true);
        let space = space(pane);
        frame.set_cursor_position((space.x, space.y));
        let words = Rect {
            y: space.bottom(),
            height: 1,
            ..space
        };
        frame.render_widget(
            Line::styled(self.words(context), theme.style(Role::Muted)),
            words,
        );
        match (&self.shown, &self.failed) {
            (_, Some((_, error))) => {
                panel::failure(frame, space, error, Role::Warning, context);
            }
            // A picture encoded for a larger space would spill over; the right one is on its way.
            (Some(shown), _)
                if shown.view.space.width <= space.width
                    && shown.view.space.height <= space.height =>
            {
                shown.picture.render(frame, space);
            }
            _ => panel::remark(frame, space, "…", Role::Muted, theme),
        }
    }

    fn words(&self, context: &Context<'_>) -> String {
        let scripts: Vec<&str> = self.pages().map_or(Vec::new(), |pages| {
            pages.pdf.lacking.iter().copied().collect()
        });
        match () {
            () if !scripts.is_empty() => {
                format!(
                    "No installed font has these scripts: {}.",
                    scripts.join(", ")
                )
            }
            () if context.capabilities.graphics == Graphics::None => keymap::worded(
                &[Scope::Preview],
                "Pictures are turned off; press {toggle} for the text.",
            ),
            () if is_coarse(context) => keymap::worded(
                &[Scope::Preview],
                "Low-resolution preview; {zoom-in} enlarges, {toggle} shows the text.",
            ),
            () => keymap::worded(
                &[Scope::Preview],
                "{zoom-in} and {zoom-out} change the size, {up} and {down} scroll.",
            ),
        }
    }

    fn draw_text(&self, frame: &mut Frame<'_>, pane: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let title = match self.reads {
            true => self.heading(),
            false => "Text of the page".to_owned(),
        };
        panel::framed(frame, pane, &title, theme, self.reads);
        let space = space(pane);
        if self.reads {
            frame.set_cursor_position((space.x, space.y));
        }
        let most = self.lines().len().saturating_sub(usize::from(space.height));
        let shown = self.lines().iter().skip(self.line.min(most));
        let shown = shown
            .take(usize::from(space.height))
            .map(|line| Line::raw(line.as_str()));
        frame.render_widget(Text::from_iter(shown), space);
        if self.reads {
            let words = Rect {
                y: space.bottom(),
                height: 1,
                ..space
            };
            let hint = "Text of the pages; press {toggle} for the pages.";
            let hint = keymap::worded(&[Scope::Preview], hint);
            frame.render_widget(Line::styled(hint, theme.style(Role::Muted)), words);
        }
    }
}
