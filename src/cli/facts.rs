//! Metadata of a weight file, as lines for a person.

use crate::model::head::Class;
use crate::model::lesions::FROC_SLICES;
use crate::model::lesions::metadata::{AnswerCounts, CrossedFigures, LesionMetadata};
use crate::model::metadata::{HeldOut, Metadata, Reliability};
use crate::model::recipe::Split;
use crate::text::percent;

/// Training data and performance of the slice classifier, for a person.
pub(super) fn facts(metadata: &Metadata) -> String {
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
  Brier score       {brier:.3}, expected calibration error {calibration:.3}{crossed_calibration}
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
        crossed_calibration = crossed_calibration(held_out),
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

/// The calibration error with calibrations of other folds, as a line of its own; empty if it was not measured.
fn crossed_calibration(held_out: &HeldOut) -> String {
    let Some(error) = held_out.crossed_calibration_error else {
        return String::new();
    };
    let interval = held_out
        .crossed_calibration_error_interval
        .map_or_else(String::new, |[low, high]| {
            format!(", {low:.3} to {high:.3} in resamples of the cases")
        });
    format!(
        "\n                    the latter with each fold calibrated on the others: {error:.3}{interval}"
    )
}

/// Predicted probability against observed frequency, one line per bin that holds slices.
fn reliability(bins: &[Reliability; 10]) -> String {
    const COLUMNS: f64 = 40.0;
    let mut text = String::from(
        "Calibration of the malignancy probability, held out:\n  predicted observed  slices\n",
    );
    for bin in bins.iter().filter(|bin| bin.slices > 0) {
        let place = |share: f64| (share * (COLUMNS - 1.0)).round() as usize;
        let (said, was) = (place(bin.probability), place(bin.frequency));
        // Both marks in one column mean that the probability was right.
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
    text.push_str("                                ○ predicted, × observed, ● both\n");
    text
}

/// Figures of slices with the calibration and rule of the other folds.
fn crossed_lines(crossed: &CrossedFigures) -> String {
    let counts = |counts: &AnswerCounts| {
        format!(
            "{} Positive, {} Indeterminate, {} Negative",
            counts.positive, counts.indeterminate, counts.negative
        )
    };
    format!(
        "  with each fold calibrated and its rule set on the others:
    expected calibration error of slices {error:.3}
    tumour slices: {tumours}
    slices of people without nodules: {without}
    slices with pneumonia: {pneumonia}
",
        error = crossed.calibration_error,
        tumours = counts(&crossed.tumours),
        without = counts(&crossed.without_nodules),
        pneumonia = counts(&crossed.pneumonia),
    )
}

/// Training data and performance of the lesion reader, for a person.
pub(super) fn lesion_facts(metadata: &LesionMetadata) -> String {
    let training = &metadata.training;
    let mut text = format!(
        "\
Model     {id}
Pictures  {crops} crops around nodules and {slices} whole slices of {patients} patients
",
        id = metadata.id,
        crops = training.crops,
        slices = training.slices,
        patients = training.patients,
    );
    if let Some(figures) = &training.held_out {
        let area = |auc: Option<f64>| auc.map_or("not measured".into(), |auc| format!("{auc:.4}"));
        let interval = figures
            .auc_nodules_interval
            .map_or(String::new(), |[low, high]| {
                format!(" (95 % interval over patients {low:.4} to {high:.4})")
            });
        text.push_str(&format!(
            "\
Measured on patients held out, {measured} of {folds} folds:
  tumour slices above slices of people without nodules, AUC {clean}
  tumour slices above slices with pneumonia, AUC {pneumonia}
  first proposal on the mark: {hits} of {marked} tumour slices
  the most suspicious slice is a tumour slice: {top} of {cancer} patients
  {nodules} nodules of {nodule_patients} patients, malignant above benign, AUC {auc}{interval}
",
            measured = training.measured_folds.unwrap_or(training.recipe.folds),
            folds = training.recipe.folds,
            clean = area(figures.auc_slices),
            pneumonia = area(figures.auc_pneumonia),
            hits = figures.first_on_mark,
            marked = figures.marked_slices,
            top = figures.top_slice_is_tumour,
            cancer = figures.cancer_patients,
            nodules = figures.nodules,
            nodule_patients = figures.nodule_patients,
            auc = area(figures.auc_nodules),
        ));
        if let Some(error) = figures.calibration_error {
            text.push_str(&format!(
                "  expected calibration error of slices {error:.3}, on the answers that it was fitted to\n"
            ));
        }
        if let Some(crossed) = &figures.crossed {
            text.push_str(&crossed_lines(crossed));
        }
    }
    for point in &metadata.operating_points {
        text.push_str(&format!(
            "  {false_proposals:5.2} false proposals in {FROC_SLICES} slices: {sensitivity} of marked tumour slices\n",
            false_proposals = point.false_proposals,
            sensitivity = percent(point.sensitivity),
        ));
    }
    for (name, level) in [("Slices", &metadata.slice), ("Exams", &metadata.exam)] {
        let rule = &level.rule;
        text.push_str(&format!(
            "{name:9} positive from {threshold:.3}: sensitivity {sensitivity}, specificity {specificity}; indeterminate from \
             {from:.3} to {to:.3}; calibrated where {prevalence} show a tumour\n",
            threshold = rule.threshold,
            sensitivity = percent(rule.sensitivity),
            specificity = percent(rule.specificity),
            from = rule.indeterminate_from,
            to = rule.indeterminate_to,
            prevalence = percent(rule.prevalence),
        ));
    }
    text
}
