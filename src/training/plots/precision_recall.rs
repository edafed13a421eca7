//! Precision against recall, over all thresholds.

use super::axes::{self, Axis, BOTTOM, MARGIN, Panel, RIGHT, TOP};
use super::drawing::{Colour, Drawing, Stroke};
use super::{Evaluation, figure};
use crate::text::percent;
use crate::training::metrics::ranking;

/// Precision over recall, in steps, with the point of the rule's threshold.
pub fn draw(evaluation: &Evaluation) -> Drawing {
    let mut drawing = axes::captioned(560.0, 600.0, "Precision and recall", evaluation.caption);
    let panel = Panel {
        left: MARGIN + 62.0,
        top: TOP,
        right: 560.0 - RIGHT,
        bottom: 600.0 - BOTTOM,
        x: Axis::share("Recall (sensitivity)"),
        y: Axis::share("Precision"),
    };
    panel.draw(&mut drawing);
    let figures = evaluation.figures;
    let curve = ranking::precision_recall_curve(&evaluation.labelled_scores());
    let Some(&(_, first)) = curve.first() else {
        axes::nothing_to_show(&mut drawing, &panel, "needs malignant slices");
        return drawing;
    };
    let prevalence = figures.positives as f64 / figures.n.max(1) as f64;
    let chance = Stroke::dashed(Colour::FRAME, 1.2);
    panel.line(&mut drawing, [(0.0, prevalence), (1.0, prevalence)], chance);
    // Average precision sums steps, so the curve is drawn in steps.
    let mut steps = vec![(0.0, first)];
    let mut recall_before = 0.0;
    for (recall, precision) in curve {
        steps.extend([(recall_before, precision), (recall, precision)]);
        recall_before = recall;
    }
    let line = Stroke::solid(Colour::BLUE, 2.4);
    panel.line(&mut drawing, steps, line);
    if let (Some(recall), Some(precision)) = (figures.sensitivity, figures.precision) {
        let lines = [
            format!("threshold {:.3}", evaluation.rule.threshold),
            format!("recall {}", percent(recall)),
            format!("precision {}", percent(precision)),
        ];
        panel.labelled_dot(&mut drawing, (recall, precision), Colour::VERMILION, &lines);
    }
    let average = figure(figures.average_precision, figures.average_precision_ci);
    let entries = [
        (line, format!("average precision {average}")),
        (
            chance,
            format!("share of malignant slices {}", percent(prevalence)),
        ),
    ];
    let corner = (panel.left + 14.0, panel.bottom - 34.0);
    axes::legend(&mut drawing, corner, &entries);
    drawing
}
