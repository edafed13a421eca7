//! The wait for a series: the curve as it grows, the time that is left, and stopping with what is analysed so far.

use std::sync::Arc;
use std::time::Duration;

use ratatui::Frame;
use ratatui::layout::{Alignment, Constraint, Rect};
use ratatui::text::Line;

use crate::imaging::Series;
use crate::model::series::PartialAnalysis;
use crate::tui::context::Context;
use crate::tui::theme::Role;
use crate::tui::widgets::curve::Curve;
use crate::tui::widgets::panel;

/// Time between two updates of the curve.
pub(super) const PACE: Duration = Duration::from_millis(200);

/// A series under analysis.
pub(super) struct SeriesWork {
    pub series: Arc<Series>,
    pub so_far: Arc<PartialAnalysis>,
    /// Number of slices that were analysed before.
    known: usize,
    /// True while the user is asked to stop the analysis.
    asks: bool,
}

impl SeriesWork {
    /// Analysis that continues from the slices in `so_far`.
    pub(super) fn new(series: Arc<Series>, so_far: Arc<PartialAnalysis>) -> Self {
        Self {
            known: so_far.count(),
            series,
            so_far,
            asks: false,
        }
    }

    /// Asks before stopping if there is something to lose. True where it stops now.
    pub(super) fn stops(&mut self) -> bool {
        let first = !self.asks && self.so_far.count() > 0;
        self.asks = true;
        !first
    }

    /// Any other key takes the question back.
    pub(super) fn goes_on(&mut self) {
        self.asks = false;
    }

    /// Draws the curve after the time `waited`.
    pub(super) fn draw(
        &self,
        frame: &mut Frame<'_>,
        area: Rect,
        (waited, before): (Duration, Option<String>),
        context: &Context<'_>,
    ) {
        let theme = context.theme;
        let (mut values, of) = (self.so_far.curve(), self.series.len());
        let done = values.len();
        values.resize(of.max(done), None);
        let [words, _, curve] = panel::stacked(
            panel::centred(area, area.width.saturating_sub(4), 16),
            [
                Constraint::Length(1),
                Constraint::Length(1),
                Constraint::Min(0),
            ],
        );
        let own = done.checked_sub(self.known).filter(|own| *own > 0);
        let left = own.zip(of.checked_sub(done)).filter(|(_, left)| *left > 0);
        let left = left.map(|(own, left)| {
            let seconds = waited.as_secs_f64() * left as f64 / own as f64;
            format!(", about {} s left", seconds.ceil())
        });
        let (line, role) = match self.asks {
            true => (
                format!("Stop? Esc stops and keeps the {done} analysed slices, Enter continues."),
                Role::Warning,
            ),
            false => (
                format!(
                    "{done} of {of} slices analysed{}",
                    match before {
                        Some(before) => format!(", {before}"),
                        None => left.unwrap_or_default(),
                    }
                ),
                Role::Accent,
            ),
        };
        let line = Line::styled(line, theme.style(role)).alignment(Alignment::Center);
        frame.render_widget(line, words);
        let inner = panel::framed(frame, curve, "Malignancy along the series", theme, false);
        let drawn = Curve {
            values: &values,
            rule: None,
            deciding: 0..0,
            selected: None,
            outside: false,
        };
        drawn.draw(frame, inner, theme);
        frame.set_cursor_position((words.x, words.y));
    }
}
