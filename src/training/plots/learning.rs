//! Learning curves of a network: its losses and its area under the ROC, epoch by epoch.

use super::axes::{self, Axis, BOTTOM, MARGIN, Panel, RIGHT, TOP};
use super::drawing::{Colour, Drawing, Stroke};

/// One fit, such as that of a fold. A figure that was not measured in an epoch is NaN.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct LearningCurve {
    pub training_loss: Vec<f64>,
    pub validation_loss: Vec<f64>,
    /// Area under the receiver operating characteristic on the held-out slices.
    pub validation_auc: Vec<f64>,
}

/// Losses above, area under the ROC below, one line for each fit. Epochs count from one.
pub fn learning_curves(subtitle: &str, fits: &[LearningCurve]) -> Drawing {
    let mut drawing = axes::sheet(680.0, 700.0, "Learning curves", subtitle);
    let (left, right) = (MARGIN + 62.0, 680.0 - RIGHT);
    let training = || fits.iter().map(|fit| fit.training_loss.as_slice());
    let validation = || fits.iter().map(|fit| fit.validation_loss.as_slice());
    let areas = || fits.iter().map(|fit| fit.validation_auc.as_slice());
    let epochs = (training().chain(validation()).chain(areas()))
        .map(<[f64]>::len)
        .max()
        .unwrap_or(0);
    let along = |label| Axis::round(label, 1.0, epochs.max(2) as f64, false);

    let (_, highest) = ends(training().chain(validation())).unwrap_or((0.0, 1.0));
    let losses = Panel {
        left,
        right,
        top: TOP,
        bottom: 350.0,
        x: along(""),
        y: Axis::round("Loss", 0.0, highest.max(1e-6), true),
    };
    // The area is at most one, so the axis shows only the range below.
    let (lowest, highest) = ends(areas()).unwrap_or((0.5, 1.0));
    let auc_panel = Panel {
        left,
        right,
        top: 400.0,
        bottom: 700.0 - BOTTOM,
        x: along("Epoch"),
        y: Axis::round(
            "AUC, held out",
            lowest,
            highest.max(lowest + 0.01).min(1.0),
            true,
        ),
    };
    losses.draw(&mut drawing);
    auc_panel.draw(&mut drawing);

    // Many fits share the sheet, so their lines are thinner.
    let width = if fits.len() > 1 { 1.5 } else { 2.2 };
    let learnt = Stroke::dashed(Colour::VERMILION, width);
    let held_out = Stroke::solid(Colour::BLUE, width);
    let area = Stroke::solid(Colour::GREEN, width);
    for (panel, lines, stroke) in [
        (&losses, training().collect::<Vec<_>>(), learnt),
        (&losses, validation().collect(), held_out),
        (&auc_panel, areas().collect(), area),
    ] {
        for values in lines {
            let measured = (1u32..).zip(values).filter(|(_, value)| value.is_finite());
            let places = measured.map(|(epoch, value)| (f64::from(epoch), *value));
            let places: Vec<_> = places.collect();
            if let [(epoch, value)] = places[..] {
                drawing.dot(panel.place(epoch, value), 4.0, stroke.colour);
            }
            panel.line(&mut drawing, places, stroke);
        }
    }
    if epochs == 0 {
        axes::nothing_to_show(&mut drawing, &losses, "no epoch has ended yet");
    }
    let entries = [(learnt, "training".into()), (held_out, "held out".into())];
    axes::legend(&mut drawing, (right - 110.0, TOP + 16.0), &entries);
    drawing
}

/// The minimum and the maximum of all finite values.
fn ends<'a>(lines: impl Iterator<Item = &'a [f64]>) -> Option<(f64, f64)> {
    let finite = lines.flatten().filter(|value| value.is_finite());
    finite.fold(None, |ends, &value| {
        let (low, high) = ends.unwrap_or((value, value));
        Some((low.min(value), high.max(value)))
    })
}
