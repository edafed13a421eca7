//! Picture of a scan in a frame: requests its encoding and keeps the old one until the new one arrives.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::{Constraint, Rect, Size};
use ratatui::text::{Line, Text};

use super::lesion_mark::{self, LesionMark};
use super::picture::{Graphics, Picture};
use super::picture_error::PictureError;
use super::{heat_scale, panel};
use crate::imaging::Scan;
use crate::imaging::overlay::CAPTION;
use crate::model::Attention;
use crate::text::{scrub, wrap};
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::worker::key_image::Shown;
use crate::tui::worker::pictures;

/// Caption of a heat map that is weak on the whole slice.
const WEAK: &str = "weak everywhere on this slice";

/// Height of a picture's frame from which the colours of a heat map are explained by a scale.
const TALL: u16 = 12;

/// Picture of at most one scan, with the heat map over it on request.
#[derive(Debug, Default)]
pub struct ScanView {
    scan: Option<Arc<Scan>>,
    attention: Option<Arc<Attention>>,
    attention_wanted: bool,
    marks: Vec<LesionMark>,
    picture: Option<Arc<Picture>>,
    error: Option<PictureError>,
}

impl ScanView {
    /// Sets the scan to show.
    pub fn show(&mut self, scan: Arc<Scan>) {
        self.scan = Some(scan);
        self.error = None;
    }

    /// Sets the heat map that can be drawn over the scan.
    pub fn explain(&mut self, attention: Option<Attention>) {
        self.attention = attention.map(Arc::new);
    }

    /// Height and width of a pixel of the scan, if it states them.
    pub fn spacing_mm(&self) -> Option<[f64; 2]> {
        self.scan.as_ref()?.spacing_mm
    }

    /// Lesions to be circled on the scan while no heat map is shown.
    pub fn mark(&mut self, marks: Vec<LesionMark>) {
        self.marks = marks;
    }

    /// Visible picture of the scan, to be stored with its result.
    pub fn shown(&self) -> Option<Shown> {
        self.scan.as_ref().map(|scan| Shown {
            scan: Arc::clone(scan),
            attention: self.attention.clone(),
        })
    }

    /// Shows the heat map over the scan as soon as it is ready, or hides it.
    pub fn toggle_attention(&mut self) {
        self.attention_wanted = !self.attention_wanted;
    }

    /// True if the heat map is to be shown.
    pub fn wants_attention(&self) -> bool {
        self.attention_wanted
    }

    /// Request that encodes the picture for this area on this terminal, if there is a picture and space.
    pub fn fit(&self, area: Rect, context: &Context<'_>) -> Option<pictures::Request> {
        let scan = self.scan.as_ref()?;
        let attention = self.attention.as_ref().filter(|_| self.attention_wanted);
        let inner = Size::new(area.width.saturating_sub(4), area.height.saturating_sub(2));
        let captions = self.captions(attention.is_some(), inner, context);
        let space = Size::new(inner.width, inner.height.saturating_sub(rows(&captions)));
        if space.width == 0 || space.height == 0 {
            return None;
        }
        Some(pictures::Request::Scan {
            scan: Arc::clone(scan),
            attention: attention.cloned(),
            marks: self.marks.clone(),
            space,
            capabilities: context.capabilities.clone(),
        })
    }

    /// Stores the encoded picture.
    pub fn arrived(&mut self, picture: Result<Arc<Picture>, PictureError>) {
        match picture {
            Ok(picture) => {
                self.picture = Some(picture);
                self.error = None;
            }
            Err(error) => self.error = Some(error),
        }
    }

    /// Lines under the picture within a frame of size `inner`.
    fn captions(
        &self,
        with_attention: bool,
        inner: Size,
        context: &Context<'_>,
    ) -> Vec<Line<'static>> {
        let graphics = context.capabilities.graphics;
        let mut captions = graphics.captions(with_attention);
        let map = captions.iter().position(|words| *words == CAPTION);
        if let (Some(map), Some(attention)) = (map, &self.attention)
            && attention.is_weak()
        {
            captions.insert(map + 1, WEAK);
        }
        if map.is_none() && graphics != Graphics::None && !self.marks.is_empty() {
            captions.insert(0, lesion_mark::CAPTION);
        }
        let scale = map.filter(|_| inner.height + 2 >= TALL);
        let scale = scale.and_then(|_| heat_scale::line(inner.width, context.capabilities));
        let width = usize::from(inner.width.max(1));
        let words = captions.into_iter().flat_map(|words| wrap(words, width));
        scale.into_iter().chain(words.map(Line::raw)).collect()
    }

    /// Draws the frame, the picture or the reason why there is none, and its captions.
    pub fn draw(&self, frame: &mut Frame<'_>, area: Rect, context: &Context<'_>) {
        let theme = context.theme;
        let name = self
            .scan
            .as_ref()
            .and_then(|scan| scan.provenance.path.file_name());
        let name = name.map(|name| name.to_string_lossy()).unwrap_or_default();
        let inner = panel::framed(frame, area, &scrub(&name), theme, false);
        // The captions belong to the drawn picture, not to the requested one.
        let with_attention = (self.picture.as_ref()).is_some_and(|picture| picture.with_heat_map);
        let captions = self.captions(with_attention, inner.as_size(), context);
        let rows = Constraint::Length(rows(&captions));
        let [space, below] = panel::stacked(inner, [Constraint::Min(0), rows]);
        frame.render_widget(
            Text::from(captions)
                .style(theme.style(Role::Muted))
                .centered(),
            below,
        );
        match (&self.picture, &self.error) {
            (_, Some(error)) => panel::failure(frame, space, error, Role::Warning, context),
            // A picture encoded for a larger space would spill over; the right one is on its way.
            (Some(picture), None)
                if picture.space.width <= space.width && picture.space.height <= space.height =>
            {
                picture.render(frame, space);
            }
            _ => panel::remark(frame, space, "…", Role::Muted, theme),
        }
    }
}

/// Lines of captions; one stays free if there are none.
fn rows(captions: &[Line<'_>]) -> u16 {
    captions.len().max(1) as u16
}
