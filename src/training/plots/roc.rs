//! Sensitivity against false alarms, over all thresholds.

use super::axes::{self, Axis, BOTTOM, MARGIN, Panel, RIGHT, TOP};
use super::drawing::{Colour, Drawing, Stroke};
use super::{Evaluation, figure};
use crate::text::percent;
use crate::training::metrics::ranking;

/// The receiver operating characteristic with the point of the rule's threshold.
pub fn draw(evaluation: &Evaluation) -> Drawing {
    let title = "Receiver operating characteristic";
    let mut drawing = axes::captioned(560.0, 600.0, title, evaluation.caption);
    let panel = Panel {
        left: MARGIN + 62.0,
        top: TOP,
        right: 560.0 - RIGHT,
        bottom: 600.0 - BOTTOM,
        x: Axis::share("1 − specificity"),
        y: Axis::share("Sensitivity"),
    };
    panel.draw(&mut drawing);
    let curve = ranking::roc_curve(&evaluation.labelled_scores());
    let figures = evaluation.figures;
    let (Some(sensitivity), Some(specificity), false) =
        (figures.sensitivity, figures.specificity, curve.is_empty())
    else {
        let why = "needs malignant slices and others";
        axes::nothing_to_show(&mut drawing, &panel, why);
        return drawing;
    };
    let chance = Stroke::dashed(Colour::FRAME, 1.2);
    panel.line(&mut drawing, [(0.0, 0.0), (1.0, 1.0)], chance);
    let below = curve.iter().copied().chain([(1.0, 0.0), (0.0, 0.0)]);
    let shade = below.map(|(x, y)| panel.place(x, y)).collect();
    drawing.area(shade, Colour::BLUE.with_opacity(0.07));
    let line = Stroke::solid(Colour::BLUE, 2.4);
    panel.line(&mut drawing, curve, line);
    let lines = [
        format!("threshold {:.3}", evaluation.rule.threshold),
        format!("sensitivity {}", percent(sensitivity)),
        format!("specificity {}", percent(specificity)),
    ];
    let at = (1.0 - specificity, sensitivity);
    panel.labelled_dot(&mut drawing, at, Colour::VERMILION, &lines);
    let entries = [
        (line, format!("AUC {}", figure(figures.auc, figures.auc_ci))),
        (chance, "chance".into()),
    ];
    let corner = (panel.right - 236.0, panel.bottom - 34.0);
    axes::legend(&mut drawing, corner, &entries);
    drawing
}
