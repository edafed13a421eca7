//! Common parts of plots: a sheet with a title, and a panel with two axes.

use super::Caption;
use super::drawing::{Anchor, Colour, Drawing, Point, Stroke, Text};
use crate::clinical::report::DISCLAIMER;

/// Left and right margin, in points.
pub const MARGIN: f32 = 24.0;
/// Margin at the right of a panel, whose last tick label extends beyond it.
pub const RIGHT: f32 = 36.0;
/// Top of the part below title and caption.
pub const TOP: f32 = 78.0;
/// Margin below the last panel, for its axis and the disclaimer.
pub const BOTTOM: f32 = 78.0;

/// An empty sheet with a title, a line below it and the disclaimer at the bottom.
pub fn sheet(width: f32, height: f32, title: &str, subtitle: &str) -> Drawing {
    let mut drawing = Drawing::new(width, height, format!("{title}: {subtitle}"));
    drawing.text(Text::new((MARGIN, 34.0), title).size(16.0).bold());
    let below = Text::new((MARGIN, 54.0), subtitle).colour(Colour::MUTED);
    drawing.text(below);
    let foot = Text::new((MARGIN, height - 14.0), DISCLAIMER).size(8.0);
    drawing.text(foot.colour(Colour::MUTED));
    drawing
}

/// [`sheet`] with the caption of an evaluation.
pub fn captioned(width: f32, height: f32, title: &str, caption: &Caption) -> Drawing {
    sheet(width, height, title, &caption.line())
}

/// One axis of a panel.
#[derive(Debug, Clone, PartialEq)]
pub struct Axis {
    pub label: String,
    pub from: f64,
    pub to: f64,
    /// Positions of the grid lines and their labels.
    pub ticks: Vec<f64>,
    /// True if the values are shares, written in per cent.
    pub per_cent: bool,
}

impl Axis {
    /// From zero to one, in per cent.
    pub fn share(label: &str) -> Self {
        Self {
            label: label.into(),
            from: 0.0,
            to: 1.0,
            ticks: (0..=5).map(|fifth| f64::from(fifth) / 5.0).collect(),
            per_cent: true,
        }
    }

    /// From `from` to `to`, with about five round ticks; with `widen` the ends move out to the next tick.
    pub fn round(label: &str, from: f64, to: f64, widen: bool) -> Self {
        let span = (to - from).max(1e-9);
        let power = 10.0_f64.powf((span / 5.0).log10().floor());
        let steps = [1.0, 2.0, 2.5, 5.0, 10.0].map(|step| step * power);
        let step = (steps.into_iter())
            .find(|step| span / step <= 6.0)
            .unwrap_or(power);
        // Tolerance for rounding, so that an end on a tick stays there.
        let (first, last) = match widen {
            true => ((from / step + 1e-6).floor(), (to / step - 1e-6).ceil()),
            false => ((from / step - 1e-6).ceil(), (to / step + 1e-6).floor()),
        };
        let ticks: Vec<f64> = (0..=(last - first).max(0.0) as u32)
            .map(|tick| (first + f64::from(tick)) * step)
            .collect();
        Self {
            label: label.into(),
            from: if widen { first * step } else { from },
            to: if widen { last * step } else { to },
            ticks,
            per_cent: false,
        }
    }

    /// The same axis with labels in per cent.
    pub fn in_per_cent(self) -> Self {
        Self {
            per_cent: true,
            ..self
        }
    }

    /// Position of `value` along the axis, from 0 to 1.
    fn along(&self, value: f64) -> f32 {
        let span = self.to - self.from;
        ((value - self.from) / if span > 0.0 { span } else { 1.0 }) as f32
    }

    /// Label of a tick, with as many decimals as the ticks need to differ.
    fn number(&self, tick: f64) -> String {
        let scale = if self.per_cent { 100.0 } else { 1.0 };
        let step = match self.ticks.as_slice() {
            [first, second, ..] => (second - first) * scale,
            _ => 1.0,
        };
        let differ = |decimals: &i32| {
            let tens = step * 10.0_f64.powi(*decimals);
            (tens - tens.round()).abs() < 1e-6 * tens.max(1.0) && tens > 0.5
        };
        let decimals = (0..6).find(differ).unwrap_or(6);
        let sign = if self.per_cent { " %" } else { "" };
        format!("{:.*}{sign}", decimals as usize, tick * scale)
    }
}

/// A box with axes for a plot.
#[derive(Debug, Clone, PartialEq)]
pub struct Panel {
    pub left: f32,
    pub top: f32,
    pub right: f32,
    pub bottom: f32,
    pub x: Axis,
    pub y: Axis,
}

impl Panel {
    /// Position of values on the sheet.
    pub fn place(&self, x: f64, y: f64) -> Point {
        (
            self.left + self.x.along(x) * (self.right - self.left),
            self.bottom - self.y.along(y) * (self.bottom - self.top),
        )
    }

    /// Draws grid, frame, tick labels and axis labels. Data are drawn on top.
    pub fn draw(&self, drawing: &mut Drawing) {
        let grid = Stroke::solid(Colour::GRID, 1.0);
        let number = |at, text| Text::new(at, text).size(10.0).colour(Colour::MUTED);
        for &tick in &self.x.ticks {
            let (x, _) = self.place(tick, self.y.from);
            drawing.line(vec![(x, self.top), (x, self.bottom)], grid);
            let below = number((x, self.bottom + 16.0), self.x.number(tick));
            drawing.text(below.anchor(Anchor::Middle));
        }
        for &tick in &self.y.ticks {
            let (_, y) = self.place(self.x.from, tick);
            drawing.line(vec![(self.left, y), (self.right, y)], grid);
            let beside = number((self.left - 7.0, y + 3.5), self.y.number(tick));
            drawing.text(beside.anchor(Anchor::End));
        }
        let (left, top, right, bottom) = (self.left, self.top, self.right, self.bottom);
        let corners = [(left, top), (left, bottom), (right, bottom)];
        drawing.line(corners.to_vec(), Stroke::solid(Colour::FRAME, 1.2));

        let middle = (0.5 * (left + right), bottom + 38.0);
        drawing.text(Text::new(middle, self.x.label.as_str()).anchor(Anchor::Middle));
        let middle = (left - 50.0, 0.5 * (top + bottom));
        let beside = Text::new(middle, self.y.label.as_str());
        drawing.text(beside.anchor(Anchor::Middle).upright());
    }

    /// A line through values.
    pub fn line(
        &self,
        drawing: &mut Drawing,
        values: impl IntoIterator<Item = (f64, f64)>,
        stroke: Stroke,
    ) {
        let points = values.into_iter().map(|(x, y)| self.place(x, y));
        drawing.line(points.collect(), stroke);
    }

    /// A dot at values, with its label beside it, on the side that has space.
    pub fn labelled_dot(
        &self,
        drawing: &mut Drawing,
        (x, y): (f64, f64),
        colour: Colour,
        lines: &[String],
    ) {
        let (x, y) = self.place(x, y);
        drawing.dot((x, y), 5.0, colour);
        let to_the_right = x < 0.5 * (self.left + self.right);
        let (x, anchor) = match to_the_right {
            true => (x + 11.0, Anchor::Start),
            false => (x - 11.0, Anchor::End),
        };
        // Below the dot, unless that is outside the panel.
        let height = 14.0 * lines.len() as f32;
        let first = match y + 8.0 + height < self.bottom {
            true => y + 17.0,
            false => y - 2.0 - height,
        };
        for (line, text) in lines.iter().enumerate() {
            let at = (x, first + 14.0 * line as f32);
            let text = Text::new(at, text.as_str()).colour(colour).rimmed();
            drawing.text(text.anchor(anchor));
        }
    }
}

/// Legend lines with a stroke before each, from `at` downwards.
pub fn legend(drawing: &mut Drawing, (x, y): Point, entries: &[(Stroke, String)]) {
    for (line, (stroke, text)) in entries.iter().enumerate() {
        let y = y + 17.0 * line as f32;
        drawing.line(vec![(x, y - 4.0), (x + 22.0, y - 4.0)], *stroke);
        drawing.text(Text::new((x + 30.0, y), text.as_str()).rimmed());
    }
}

/// Text in the middle of a panel without data.
pub fn nothing_to_show(drawing: &mut Drawing, panel: &Panel, why: &str) {
    let middle = (
        0.5 * (panel.left + panel.right),
        0.5 * (panel.top + panel.bottom),
    );
    let text = Text::new(middle, why).colour(Colour::MUTED);
    drawing.text(text.anchor(Anchor::Middle));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticks_are_round_with_as_many_decimals_as_necessary() {
        let axis = Axis::round("loss", 0.031, 0.87, true);
        let numbers: Vec<String> = axis.ticks.iter().map(|tick| axis.number(*tick)).collect();
        assert_eq!(numbers, ["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
        assert_eq!((axis.from, axis.to), (0.0, 1.0));

        let fine = Axis::round("area", 0.93, 0.99, true);
        let numbers: Vec<String> = fine.ticks.iter().map(|tick| fine.number(*tick)).collect();
        assert_eq!(
            numbers,
            ["0.93", "0.94", "0.95", "0.96", "0.97", "0.98", "0.99"]
        );

        let epochs = Axis::round("epoch", 1.0, 6.0, false);
        assert_eq!(epochs.ticks, [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]);
        assert_eq!(Axis::share("x").number(0.2), "20 %");
    }

    #[test]
    fn an_empty_range_is_handled() {
        for value in [0.0, 0.5, 3.0, 1e9] {
            let axis = Axis::round("still", value, value, true);
            assert!(axis.along(value).is_finite());
            assert!(axis.ticks.len() < 20, "{:?}", axis.ticks);
        }
    }

    #[test]
    fn the_lower_left_corner_is_where_both_axes_begin() {
        let panel = Panel {
            left: 10.0,
            top: 20.0,
            right: 110.0,
            bottom: 220.0,
            x: Axis::share("x"),
            y: Axis::share("y"),
        };
        assert_eq!(panel.place(0.0, 0.0), (10.0, 220.0));
        assert_eq!(panel.place(1.0, 1.0), (110.0, 20.0));
        assert_eq!(panel.place(0.5, 0.25), (60.0, 170.0));
    }
}
