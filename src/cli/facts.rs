//! What a weight file says of itself, in lines for a person.

use crate::model::head::Class;
use crate::model::metadata::{Metadata, Reliability};
use crate::model::recipe::Split;
use crate::text::percent;

/// What was learnt from and how it did, for a person.
pub fn facts(metadata: &Metadata) -> String {
    let Metadata { training, rule, .. } = metadata;
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
          calibrated where {prevalence} of slices are malignant, temperature {temperature:.3},
          slope {slope:.3} and offset {offset:.3}
{reliability}",
        id = metadata.id,
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
        temperature = metadata.calibration.temperature,
        reliability = held_out
            .reliability
            .as_ref()
            .map_or_else(String::new, reliability),
        slope = metadata.calibration.slope,
        offset = metadata.calibration.offset,
    )
}

/// Probability against frequency, a line a bin that holds slices.
fn reliability(bins: &[Reliability; 10]) -> String {
    const COLUMNS: f64 = 40.0;
    let mut text = String::from(
        "Calibration of the malignancy probability, held out:\n  said      was       slices\n",
    );
    for bin in bins.iter().filter(|bin| bin.slices > 0) {
        let place = |share: f64| (share * (COLUMNS - 1.0)).round() as usize;
        let (said, was) = (place(bin.probability), place(bin.frequency));
        // Where both fall together, the probability was right.
        let plot: String = (0..COLUMNS as usize)
            .map(|column| match (column == said, column == was) {
                (true, true) => '●',
                (true, false) => '○',
                (false, true) => '×',
                (false, false) => '·',
            })
            .collect();
        text.push_str(&format!(
            "  {:>7}  {:>7}  {:>8}  {plot}\n",
            percent(bin.probability),
            percent(bin.frequency),
            bin.slices
        ));
    }
    text.push_str("                                ○ said, × was, ● both\n");
    text
}
