//! Measuring a nodule with keys on the shown slice.

use std::sync::Arc;

use jiff::civil::Date;

use super::Viewer;
use super::calipers::{Calipers, Step};
use super::cursor::Cursor;
use crate::cancel::Cancel;
use crate::clinical::measurement::Axes;
use crate::clinical::nodule::{Measurement, Method, Place};
use crate::imaging::region::{Region, RegionError, Seed};
use crate::tui::context::{Context, Notice};
use crate::tui::keymap::{self, Command, Scope};
use crate::tui::reply::Reply;
use crate::tui::screens::Action;
use crate::tui::screens::nodule_form::Measured;
use crate::tui::worker::series;

/// Pixels of a far step.
const FAR: f64 = 10.0;
/// Zoom from which a step is a quarter of a pixel.
const CLOSE: f64 = 4.0;

/// Change of the threshold per key in HU, and its limits.
const THRESHOLD_STEP_HU: i16 = 20;
const LOWEST_HU: i16 = -900;
const HIGHEST_HU: i16 = 300;

/// Message for a picture without a scale.
const NO_SPACING: &str = "This file has no pixel spacing, so nothing can be measured in mm.";

impl Viewer {
    /// The same, opened to that a measurement is where there is a reply, which then gets the accepted axes.
    pub fn measuring(mut self, reply: Option<Reply<Measured>>) -> Self {
        self.measured = reply;
        self
    }

    /// Places the calipers at the cursor or the middle of the picture.
    pub(super) fn start_measuring(&mut self, context: &Context<'_>) -> Vec<Action> {
        if self.series.geometry.spacing_mm.is_none() {
            return vec![Action::Tell(Notice::warning(NO_SPACING))];
        }
        let middle = Cursor::at(self.position.centre, &self.series.geometry);
        let at = self.cursor.unwrap_or(middle).place();
        self.calipers = Some(Calipers::new(self.position.slice, at));
        self.follow(context);
        self.ask(context)
    }

    /// Handles a key while the calipers are on; `None` if it has its usual meaning.
    pub(super) fn measure(
        &mut self,
        command: Command,
        context: &Context<'_>,
    ) -> Option<Vec<Action>> {
        let step = match self.position.zoom() >= CLOSE {
            true => 0.25,
            false => 1.0,
        };
        let size = [self.series.geometry.rows, self.series.geometry.columns];
        let spacing = self.series.geometry.spacing_mm?;
        let calipers = self.calipers.as_mut()?;
        let by = match command {
            Command::CursorUp => [-step, 0.0],
            Command::CursorDown => [step, 0.0],
            Command::CursorLeft => [0.0, -step],
            Command::CursorRight => [0.0, step],
            Command::CursorFarUp => [-FAR * step, 0.0],
            Command::CursorFarDown => [FAR * step, 0.0],
            Command::CursorFarLeft => [0.0, -FAR * step],
            Command::CursorFarRight => [0.0, FAR * step],
            Command::Grow => return Some(self.grow()),
            Command::LowerThreshold | Command::HigherThreshold => {
                let step = match command {
                    Command::LowerThreshold => -THRESHOLD_STEP_HU,
                    _ => THRESHOLD_STEP_HU,
                };
                let threshold_hu = self.threshold_hu + step;
                self.threshold_hu = threshold_hu.clamp(LOWEST_HU, HIGHEST_HU);
                return Some(Vec::new());
            }
            Command::Back => {
                self.stop_growing();
                self.calipers = None;
                self.cursor = None;
                return Some(self.ask(context));
            }
            Command::Measure => {
                calipers.clear();
                return Some(self.ask(context));
            }
            Command::Submit if calipers.ends().is_some() => return Some(self.accept(spacing)),
            Command::Submit | Command::Mark => {
                self.mark(spacing);
                self.follow(context);
                return Some(self.ask(context));
            }
            _ => return None,
        };
        calipers.shift(by, size);
        self.follow(context);
        Some(self.ask(context))
    }

    /// Requests the region around the cursor.
    fn grow(&mut self) -> Vec<Action> {
        let Some(cursor) = self.cursor else {
            return Vec::new();
        };
        self.stop_growing();
        let cancel = Cancel::default();
        self.growing = Some(cancel.clone());
        let request = series::Request::Grow {
            series: Arc::clone(&self.series),
            seed: Seed {
                slice: self.position.slice,
                row: cursor.row,
                column: cursor.column,
            },
            threshold_hu: self.threshold_hu,
        };
        vec![Action::AskUntil(request.into(), cancel)]
    }

    pub(super) fn stop_growing(&mut self) {
        if let Some(growing) = self.growing.take() {
            growing.cancel();
        }
    }

    /// Shows the proposed axes on their slice, to be corrected or accepted.
    pub(super) fn grown(
        &mut self,
        threshold_hu: i16,
        region: Result<Box<Region>, RegionError>,
        context: &Context<'_>,
    ) -> Vec<Action> {
        self.growing = None;
        let region = match region {
            Ok(region) => region,
            Err(RegionError::Cancelled) => return Vec::new(),
            Err(error) => return vec![Action::Tell(Notice::warning(error.to_string()))],
        };
        let Some(calipers) = &mut self.calipers else {
            return Vec::new();
        };
        let ends = [
            region.long.from,
            region.long.to,
            region.short.from,
            region.short.to,
        ];
        let method = Method::Region { threshold_hu };
        calipers.propose(region.slice, ends, method, region.volume_mm3);
        self.position.go_to(region.slice, self.series.len());
        self.follow(context);
        self.ask(context)
    }

    /// Sets an end on the shown slice, not on one that is still loading.
    fn mark(&mut self, spacing: [f64; 2]) {
        let shown = self.shown.as_ref();
        let shown = shown.filter(|shown| shown.view.slice == self.position.slice);
        if let (Some(shown), Some(calipers)) = (shown, &mut self.calipers) {
            calipers.slice = shown.view.slice;
            calipers.mark(&shown.scan, spacing);
        }
    }

    /// A click sets an end, or moves the chosen one.
    pub(super) fn click_calipers(
        &mut self,
        place: super::frame::Place,
        context: &Context<'_>,
    ) -> Option<Vec<Action>> {
        let spacing = self.series.geometry.spacing_mm?;
        let calipers = self.calipers.as_mut()?;
        calipers.place(place);
        if calipers.ends().is_none() {
            self.mark(spacing);
        }
        self.follow(context);
        Some(self.ask(context))
    }

    /// Moves the cursor and the visible part to the calipers.
    fn follow(&mut self, context: &Context<'_>) {
        let Some(at) = self.calipers.as_ref().map(|calipers| calipers.at) else {
            return;
        };
        self.cursor = Some(Cursor::at(at, &self.series.geometry));
        if let Some(frame) = self.frame(context) {
            self.position.reveal(at, &frame);
        }
    }

    /// Axes lie on one slice: on another one they start again.
    pub(super) fn leave_slice(&mut self) {
        if let Some(calipers) = &mut self.calipers
            && calipers.slice != self.position.slice
        {
            calipers.clear();
            calipers.slice = self.position.slice;
        }
    }

    fn accept(&mut self, spacing: [f64; 2]) -> Vec<Action> {
        let measured = self.calipers.as_ref().and_then(|calipers| {
            let axes = calipers.axes(spacing)?;
            Some((calipers, axes, calipers.ends()?))
        });
        let (calipers, axes, ends) = match measured {
            Some((calipers, Ok(axes), ends)) => (calipers, axes, ends),
            Some((_, Err(error), _)) => {
                return vec![Action::Tell(Notice::warning(format!("An axis {error}.")))];
            }
            None => return Vec::new(),
        };
        let Some(reply) = &self.measured else {
            return vec![Action::Tell(Notice::good(message(axes)))];
        };
        let identity = &self.series.identity;
        let measured = Measured {
            axes,
            measurement: Measurement {
                method: calipers.method,
                place: Some(Place {
                    series_uid: identity.series_uid.clone(),
                    slice: u32::try_from(calipers.slice).unwrap_or(u32::MAX),
                    ends,
                }),
            },
            volume_mm3: calipers.volume_mm3,
            scanned_on: identity.date.as_deref().and_then(day),
        };
        vec![reply.send(measured)]
    }

    /// Measurements of the calipers, one line each.
    pub(super) fn measured_facts(&self) -> Vec<(&'static str, String)> {
        let (Some(calipers), Some(spacing)) = (&self.calipers, self.series.geometry.spacing_mm)
        else {
            return Vec::new();
        };
        let growing = if self.growing.is_some() {
            ", growing"
        } else {
            ""
        };
        let threshold = format!("{} HU{growing}", self.threshold_hu);
        let mut facts = vec![("Threshold", threshold)];
        if let Some(long) = calipers.long_mm(spacing) {
            facts.push(("Long", format!("{long:.1} mm")));
        }
        if let Some(short) = calipers.short_mm(spacing) {
            facts.push(("Short", format!("{short:.1} mm")));
        }
        if let Some(Ok(axes)) = calipers.axes(spacing) {
            facts.push(("Mean", format!("{} mm", axes.mean())));
        }
        if let Some(degrees) = calipers.oblique_degrees(spacing) {
            facts.push(("Angle", format!("{degrees}°, not a right angle")));
        }
        if let Some(volume) = calipers.volume_mm3 {
            facts.push(("Volume", format!("{volume:.0} mm³")));
        }
        facts
    }

    /// Hint about the next keys while the calipers are on.
    pub(super) fn measuring_hint(&self) -> Option<String> {
        let step = self.calipers.as_ref()?.step();
        let end = ["long", "long", "short", "short"];
        Some(match step {
            Step::FirstEnd => "Arrows move to one end of the long axis; Space sets it.".to_owned(),
            Step::SecondEnd => "Arrows move to the other end; Space sets it.".to_owned(),
            Step::Adjust(chosen) => format!(
                "Enter accepts. Arrows move end {} of 4 ({} axis), Space selects the next.",
                chosen + 1,
                end.get(chosen).copied().unwrap_or_default()
            ),
        })
    }
}

/// Message about a measurement without a saved exam.
fn message(axes: Axes) -> String {
    let list = keymap::label(&[Scope::Result], Command::Nodules);
    let measure = keymap::label(&[Scope::Nodules], Command::Measure);
    format!(
        "{axes}, mean {} mm. Nodules belong to a saved exam: save the result, press {list} for its nodules, then \
         {measure} to measure.",
        axes.mean()
    )
}

/// Date as DICOM writes it, such as 20240229.
pub fn day(written: &str) -> Option<Date> {
    Date::strptime("%Y%m%d", written.trim()).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_dicom_date_is_accepted() {
        assert_eq!(day("20240229"), Some(Date::constant(2024, 2, 29)));
        for written in ["20230229", "", "2024", "x\u{7}"] {
            assert_eq!(day(written), None);
        }
    }
}
