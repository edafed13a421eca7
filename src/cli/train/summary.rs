//! Summary that `lunny train` prints at its end.

use crate::cli::facts::facts;
use crate::model::metadata::HeldOut;
use crate::training::session::Outcome;

/// Training data and performance, for a person.
pub(super) fn summary(outcome: &Outcome) -> String {
    facts(&outcome.metadata) + &repeats(&outcome.repeats)
}

/// Mean and range over several draws of the split.
fn repeats(repeats: &[HeldOut]) -> String {
    if repeats.len() < 2 {
        return String::new();
    }
    let spread = |figure: fn(&HeldOut) -> f64| {
        let values: Vec<f64> = repeats.iter().map(figure).collect();
        let mean = values.iter().sum::<f64>() / values.len() as f64;
        let low = values.iter().copied().fold(f64::INFINITY, f64::min);
        let high = values.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        format!("{mean:.4} ({low:.4} to {high:.4})")
    };
    format!(
        "\
Mean and range of {count} draws of the split:
  accuracy          {}
  AUC               {}
  three classes     {}
  sensitivity       {}
  specificity       {}
  calibration error {}
",
        spread(|figures| figures.accuracy),
        spread(|figures| figures.auc),
        spread(|figures| figures.three_class_accuracy),
        spread(|figures| figures.sensitivity),
        spread(|figures| figures.specificity),
        spread(|figures| figures.calibration_error),
        count = repeats.len(),
    )
}
