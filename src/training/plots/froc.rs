//! Sensitivity for marked lesions against false proposals, with a line for each source.

use super::axes::{self, Axis, BOTTOM, MARGIN, Panel, RIGHT, TOP};
use super::drawing::{Colour, Drawing, Stroke};
use crate::model::lesions::FROC_SLICES;
use crate::model::lesions::metadata::OperatingPoint;

/// Number of false proposals up to which the curve is drawn.
const MOST: f64 = 8.0;

/// The points of one source, from few false proposals to many.
#[derive(Debug, Clone, PartialEq)]
pub struct FrocLine {
    pub source: String,
    pub points: Vec<OperatingPoint>,
}

/// The free-response receiver operating characteristic of every line. The first one is drawn boldest.
pub fn draw(subtitle: &str, lines: &[FrocLine]) -> Drawing {
    let mut drawing = axes::sheet(640.0, 600.0, "Free-response ROC", subtitle);
    let panel = Panel {
        left: MARGIN + 62.0,
        top: TOP,
        right: 640.0 - RIGHT,
        bottom: 600.0 - BOTTOM,
        x: Axis::round(
            &format!("False proposals in {FROC_SLICES} slices"),
            0.0,
            MOST,
            false,
        ),
        y: Axis::share("Marked tumour slices found"),
    };
    panel.draw(&mut drawing);
    if lines.iter().all(|line| line.points.is_empty()) {
        axes::nothing_to_show(&mut drawing, &panel, "needs slices with marks");
        return drawing;
    }
    let strokes = [
        Stroke::solid(Colour::BLUE, 2.6),
        Stroke::dashed(Colour::VERMILION, 2.0),
        Stroke::solid(Colour::GREEN, 1.5),
        Stroke::dashed(Colour::BLUE, 1.5),
        Stroke::dashed(Colour::GREEN, 1.5),
        Stroke::solid(Colour::VERMILION, 1.5),
    ];
    let mut entries = Vec::new();
    for (line, stroke) in lines.iter().zip(strokes.into_iter().cycle()) {
        let places = line.points.iter();
        let places = places.map(|point| (point.false_proposals.min(MOST), point.sensitivity));
        panel.line(&mut drawing, places, stroke);
        entries.push((stroke, line.source.clone()));
    }
    let height = 17.0 * entries.len() as f32;
    let corner = (panel.right - 236.0, panel.bottom - 8.0 - height);
    axes::legend(&mut drawing, corner, &entries);
    drawing
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::plots::svg;

    #[test]
    fn every_source_has_its_line_and_its_name() {
        let point = |false_proposals, sensitivity| OperatingPoint {
            false_proposals,
            sensitivity,
            score: 0.5,
        };
        let line = |source: &str| FrocLine {
            source: source.into(),
            points: vec![point(0.125, 0.4), point(8.0, 0.9)],
        };
        let drawn = svg::write(&draw("lunny-lesions", &[line("all"), line("a-hospital")]));
        assert!(drawn.contains("a-hospital") && drawn.contains(">all<"));
        let empty = svg::write(&draw("lunny-lesions", &[]));
        assert!(empty.contains("needs slices with marks"));
    }
}
