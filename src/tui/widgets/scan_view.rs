//! A scan's picture in a frame: asks for its encoding, keeps the old one until the new one is there.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect, Size};
use ratatui::text::Line;

use super::panel;
use super::picture::Picture;
use crate::imaging::Scan;
use crate::text::scrub;
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::worker::Request;

/// The picture of at most one scan.
#[derive(Debug, Default)]
pub struct ScanView {
    scan: Option<Arc<Scan>>,
    picture: Option<Arc<Picture>>,
    complaint: Option<String>,
}

impl ScanView {
    /// Which scan to show from now on.
    pub fn show(&mut self, scan: Arc<Scan>) {
        self.scan = Some(scan);
    }

    /// The cells for the picture itself inside `area`.
    pub fn space_inside(area: Rect) -> Size {
        Size::new(area.width.saturating_sub(4), area.height.saturating_sub(3))
    }

    /// What encodes the picture for this space on this terminal, if there is a picture and space.
    pub fn fit(&self, space: Size, context: &Context<'_>) -> Option<Request> {
        let scan = self.scan.as_ref()?;
        if space.width == 0 || space.height == 0 {
            return None;
        }
        Some(Request::Encode {
            scan: Arc::clone(scan),
            space,
            capabilities: context.capabilities.clone(),
        })
    }

    /// The encoding is done.
    pub fn arrived(&mut self, picture: Result<Arc<Picture>, String>) {
        match picture {
            Ok(picture) => self.picture = Some(picture),
            Err(reason) => self.complaint = Some(format!("The picture cannot be drawn: {reason}.")),
        }
    }

    /// Draws the frame, the picture or why there is none, and what it is worth.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let name = self
            .scan
            .as_ref()
            .and_then(|scan| scan.provenance.path.file_name());
        let name = name.map(|name| name.to_string_lossy()).unwrap_or_default();
        let inner = panel::framed(frame, area, &scrub(&name), theme, false);
        let [space, caption] = panel::stacked(inner, [Constraint::Min(0), Constraint::Length(1)]);
        if let Some(words) = context.capabilities.graphics.caption() {
            frame.render_widget(
                Line::styled(words, theme.style(Role::Muted)).centered(),
                caption,
            );
        }
        match (&self.picture, &self.complaint) {
            (_, Some(complaint)) => panel::remark(frame, space, complaint, Role::Warning, theme),
            // A picture for a larger space would spill; the right one is on its way.
            (Some(picture), None)
                if picture.space.width <= space.width && picture.space.height <= space.height =>
            {
                picture.render(frame, space);
            }
            _ => panel::remark(frame, space, "…", Role::Muted, theme),
        }
    }
}
