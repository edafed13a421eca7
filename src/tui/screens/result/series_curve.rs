//! Curve on the result of a series, and the selected slice.

use std::sync::Arc;

use ratatui::Frame;
use ratatui::layout::Rect;

use crate::clinical::assessment::Assessment;
use crate::clinical::examined::ExaminedSeries;
use crate::imaging::Series;
use crate::text::percent;
use crate::tui::context::{Context, ModelStatus};
use crate::tui::keymap::Command;
use crate::tui::widgets::curve::Curve;
use crate::tui::widgets::panel;
use crate::tui::worker::analysis;

/// Slices that PgUp and PgDn move by.
const PAGE: usize = 10;

/// Slice, and its display options.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct View {
    slice: usize,
    attention: bool,
}

/// Position of the user on the curve.
pub(super) struct SeriesCurve {
    series: Arc<Series>,
    selected: usize,
    /// At most one slice is decoded at a time; slices passed meanwhile are never requested.
    awaited: Option<View>,
    shown: Option<View>,
}

impl SeriesCurve {
    /// Starts at the most suspicious slice.
    pub(super) fn new(series: Arc<Series>, exam: &ExaminedSeries) -> Self {
        let first = exam.suspicious.first().copied();
        Self {
            selected: first.unwrap_or(exam.deciding.start),
            series,
            awaited: None,
            shown: None,
        }
    }

    pub(super) fn series(&self) -> &Arc<Series> {
        &self.series
    }

    /// Selected slice, from 0.
    pub(super) fn selected(&self) -> usize {
        self.selected
    }

    /// Slice whose picture is loaded, from 0.
    pub(super) fn shown(&self) -> Option<usize> {
        self.shown.map(|view| view.slice)
    }

    /// Goes to a slice, from 0, or to the last one.
    pub(super) fn go_to(&mut self, slice: usize) {
        self.selected = slice.min(self.series.len().saturating_sub(1));
    }

    /// Moves by `command`; false if it is another command.
    pub(super) fn go(&mut self, command: Command, exam: &ExaminedSeries) -> bool {
        let last = self.series.len().saturating_sub(1);
        let to = match command {
            Command::Previous => self.selected.saturating_sub(1),
            Command::Next => self.selected.saturating_add(1),
            Command::PageUp => self.selected.saturating_sub(PAGE),
            Command::PageDown => self.selected.saturating_add(PAGE),
            Command::First => 0,
            Command::Last => last,
            Command::NextSuspect => {
                let here = exam
                    .suspicious
                    .iter()
                    .position(|slice| *slice == self.selected);
                let next = here.map_or(0, |here| here + 1);
                let next = exam.suspicious.get(next).or(exam.suspicious.first());
                next.copied().unwrap_or(self.selected)
            }
            _ => return false,
        };
        self.go_to(to);
        true
    }

    /// Request for the selected slice, unless it is loaded or another one is being decoded.
    pub(super) fn ask(
        &mut self,
        attention: bool,
        context: &Context<'_>,
    ) -> Option<analysis::Request> {
        let view = View {
            slice: self.selected,
            attention,
        };
        if self.awaited.is_some() || self.shown == Some(view) {
            return None;
        }
        self.awaited = Some(view);
        let engine = match context.model {
            ModelStatus::Ready(engine) if attention => Some(Arc::clone(engine)),
            _ => None,
        };
        Some(analysis::Request::Slice {
            series: Arc::clone(&self.series),
            slice: self.selected,
            engine,
        })
    }

    /// The requested slice arrived, or failed.
    pub(super) fn arrived(&mut self) {
        self.shown = self.awaited.take();
    }

    /// Draws the curve in its frame.
    pub(super) fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        exam: &ExaminedSeries,
        assessment: &Assessment,
        context: &Context<'_>,
    ) {
        let probability = exam.curve.get(self.selected).copied().flatten();
        let here = match probability {
            Some(probability) => percent(f64::from(probability)),
            None => "no probability".to_owned(),
        };
        let of = self.series.len();
        let title = format!(
            "Malignancy along the series · slice {} of {of}: {here}",
            self.selected + 1
        );
        let inner = panel::framed(frame, area, &title, context.theme, false);
        let curve = Curve {
            values: &exam.curve,
            rule: Some(&assessment.rule),
            deciding: exam.deciding.clone(),
            selected: Some(self.selected),
            outside: assessment.training_range.outside_reason().is_some(),
        };
        curve.draw(frame, inner, context.theme);
    }
}
