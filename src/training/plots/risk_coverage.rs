//! Risk–coverage curve: errors among the answered slices.

use super::axes::{self, Axis, BOTTOM, MARGIN, Panel, RIGHT, TOP};
use super::drawing::{Colour, Drawing, Stroke};
use super::{Evaluation, figure};
use crate::text::percent;

/// The share of wrong answers over the share of slices answered, the surest first, with the point of the
/// indeterminate band.
pub fn draw(evaluation: &Evaluation) -> Drawing {
    let mut drawing = axes::captioned(560.0, 600.0, "Risk and coverage", evaluation.caption);
    let figures = evaluation.figures;
    let band = (figures.coverage.zip(figures.selective_accuracy))
        .map(|(coverage, accuracy)| (coverage, 1.0 - accuracy));
    let risks = figures.risk_coverage.iter().map(|point| point.risk);
    let highest = risks.chain(band.map(|(_, risk)| risk)).fold(0.02, f64::max);
    let risk = Axis::round(
        "Risk: wrong among answered slices",
        0.0,
        highest * 1.1,
        true,
    );
    let panel = Panel {
        left: MARGIN + 62.0,
        top: TOP,
        right: 560.0 - RIGHT,
        bottom: 600.0 - BOTTOM,
        x: Axis::share("Coverage: slices answered, the surest first"),
        y: risk.in_per_cent(),
    };
    panel.draw(&mut drawing);
    if figures.risk_coverage.is_empty() {
        axes::nothing_to_show(&mut drawing, &panel, "needs slices");
        return drawing;
    }
    let line = Stroke::solid(Colour::BLUE, 2.4);
    let curve = figures.risk_coverage.iter();
    panel.line(
        &mut drawing,
        curve.map(|point| (point.coverage, point.risk)),
        line,
    );
    if let Some((coverage, risk)) = band {
        let lines = [
            "with the indeterminate band".to_owned(),
            format!("{} answered", percent(coverage)),
            format!("{} of them wrong", percent(risk)),
        ];
        panel.labelled_dot(&mut drawing, (coverage, risk), Colour::VERMILION, &lines);
    }
    let area = figure(figures.risk_coverage_area, figures.risk_coverage_area_ci);
    let entries = [(line, format!("area {area}"))];
    axes::legend(&mut drawing, (panel.left + 14.0, TOP + 20.0), &entries);
    drawing
}
