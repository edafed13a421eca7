//! What `lunny train` prints at its end.

use crate::model::head::Class;
use crate::model::metadata::{HeldOut, Metadata};
use crate::model::recipe::Split;
use crate::training::session::Outcome;

fn percent(share: f64) -> String {
    format!("{:.1} %", 100.0 * share)
}

/// What was learnt from and how it did, for a person.
pub fn summary(outcome: &Outcome) -> String {
    let Metadata { training, rule, .. } = &outcome.metadata;
    let held_out = &training.held_out;
    let slices: usize = training.slices.iter().sum();
    let classes = Class::ALL.iter().zip(training.slices);
    let classes: Vec<String> = classes
        .map(|(class, count)| format!("{count} {class}"))
        .collect();
    let kept_whole = (training.recipe.as_ref()).is_none_or(|recipe| recipe.split == Split::Case);
    let what = if kept_whole {
        "whole cases"
    } else {
        "single slices"
    };
    let protocol = match training.folds {
        0 => format!("15 % of the slices held out as {what}"),
        folds => format!("{what} held out, {folds} folds"),
    };
    let [low, high] = held_out.accuracy_interval.map(percent);
    let [auc_low, auc_high] = held_out.auc_interval;
    let balanced = held_out
        .balanced_accuracy
        .map_or(String::new(), |balanced| {
            format!(", {} averaged over classes", percent(balanced))
        });
    let foreign = match training.folds {
        0 => "measured on the slices held out",
        _ => "threshold chosen without the fold",
    };
    format!(
        "\
Model     {id}
Slices    {slices} of {cases} cases: {classes}
Measured on {protocol}, malignant against the rest:
  accuracy          {accuracy} (95 % interval over cases {low} to {high})
  AUC               {auc:.4} ({auc_low:.4} to {auc_high:.4})
  three classes     {three} right{balanced}
  Brier score       {brier:.3}, expected calibration error {calibration:.3}
Rule      positive from {threshold:.3}: sensitivity {sensitivity}, specificity {specificity}
          ({foreign}: {crossed_sensitivity}, {crossed_specificity})
          indeterminate from {from:.3} to {to:.3}: {indeterminate} of slices
          calibrated where {prevalence} of slices are malignant, temperature {temperature:.3}
{repeats}",
        id = outcome.metadata.id,
        cases = training.cases,
        classes = classes.join(", "),
        accuracy = percent(held_out.accuracy),
        auc = held_out.auc,
        three = percent(held_out.three_class_accuracy),
        brier = held_out.brier,
        calibration = held_out.calibration_error,
        threshold = rule.threshold,
        sensitivity = percent(rule.sensitivity),
        specificity = percent(rule.specificity),
        crossed_sensitivity = percent(held_out.sensitivity),
        crossed_specificity = percent(held_out.specificity),
        from = rule.indeterminate_from,
        to = rule.indeterminate_to,
        indeterminate = percent(held_out.indeterminate),
        prevalence = percent(rule.prevalence),
        temperature = outcome.metadata.temperature,
        repeats = repeats(&outcome.repeats),
    )
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
