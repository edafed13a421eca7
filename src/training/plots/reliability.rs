//! Reliability diagram: frequency against probability.

use super::axes::{self, Axis, BOTTOM, MARGIN, Panel, RIGHT, TOP};
use super::drawing::{Anchor, Colour, Drawing, Stroke, Text};
use super::{Evaluation, figure};
use crate::training::metrics::reliability::{self, BINS};

/// The frequency of malignancy over its probability, in bins, and the number of slices in each bin.
pub fn draw(evaluation: &Evaluation) -> Drawing {
    let mut drawing = axes::captioned(560.0, 730.0, "Reliability", evaluation.caption);
    let bins = reliability::bins(&evaluation.labelled_scores());
    let most = bins.iter().map(|bin| bin.slices).max().unwrap_or(0);
    let (left, right) = (MARGIN + 62.0, 560.0 - RIGHT);
    let panel = Panel {
        left,
        right,
        top: TOP + 40.0,
        bottom: 530.0,
        x: Axis {
            label: String::new(),
            ..Axis::share("")
        },
        y: Axis::share("Share of malignant slices"),
    };
    let counts = Panel {
        left,
        right,
        top: 570.0,
        bottom: 730.0 - BOTTOM,
        x: Axis::share("Calibrated malignancy probability"),
        y: Axis {
            ticks: vec![],
            ..Axis::round("Slices", 0.0, most.max(1) as f64 * 1.2, false)
        },
    };
    panel.draw(&mut drawing);
    counts.draw(&mut drawing);
    let ideal = Stroke::dashed(Colour::FRAME, 1.2);
    panel.line(&mut drawing, [(0.0, 0.0), (1.0, 1.0)], ideal);
    for (place, bin) in bins.iter().enumerate() {
        let [from, to] = [place, place + 1].map(|edge| edge as f64 / BINS as f64);
        let (from, to) = (from + 0.008, to - 0.008);
        let bar = counts.place(from, bin.slices as f64);
        let foot = counts.place(to, 0.0);
        drawing.rectangle(bar, foot, Colour::BLUE.with_opacity(0.45));
        let above = (0.5 * (bar.0 + foot.0), bar.1 - 4.0);
        let count = Text::new(above, bin.slices.to_string()).size(9.0);
        drawing.text(count.anchor(Anchor::Middle).colour(Colour::MUTED));
    }
    let filled: Vec<_> = bins.iter().filter(|bin| bin.slices > 0).collect();
    let line = Stroke::solid(Colour::BLUE, 2.0);
    let places = || filled.iter().map(|bin| (bin.probability, bin.frequency));
    let gap = Stroke::solid(Colour::VERMILION.with_opacity(0.55), 2.0);
    // The calibration errors of the bins, drawn below the line that joins them.
    for (probability, frequency) in places() {
        let from_ideal = [(probability, probability), (probability, frequency)];
        panel.line(&mut drawing, from_ideal, gap);
    }
    panel.line(&mut drawing, places(), line);
    for (probability, frequency) in places() {
        drawing.dot(panel.place(probability, frequency), 4.5, Colour::BLUE);
    }
    // Side by side above the panel, because dots may be anywhere in it.
    let figures = evaluation.figures;
    let error = figure(figures.ece, figures.ece_ci);
    let brier = figure(figures.brier, figures.brier_ci);
    let first = [
        (line, "measured, one dot for each bin".into()),
        (ideal, "perfect calibration".into()),
    ];
    let unseen = Stroke::solid(Colour::WHITE, 1.0);
    let second = [
        (gap, format!("calibration error {error}")),
        (unseen, format!("Brier score {brier}")),
    ];
    axes::legend(&mut drawing, (left, TOP + 4.0), &first);
    axes::legend(&mut drawing, (left + 206.0, TOP + 4.0), &second);
    drawing
}
