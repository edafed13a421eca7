//! The figures as text for people.

use std::fmt::Display;

use super::{Measured, Skipped};
use crate::clinical::report::DISCLAIMER;
use crate::model::head::Class;
use crate::text::{percent, scrub};
use crate::training::metrics::figures::DRAWS;

/// Number of slices above which they are counted and not listed.
const MOST_NAMED: usize = 20;

/// Whole text, scrubbed.
pub(super) fn text(measured: &Measured) -> String {
    let parts = [
        heading(measured),
        against_the_rest(measured),
        three_classes(measured),
        with_the_band(measured),
        not_analysed("Refused", &measured.outcomes.refused),
        not_analysed("Failed", &measured.outcomes.errors),
        drawn(measured),
        format!("{DISCLAIMER}\n"),
    ];
    let parts: Vec<String> = parts.into_iter().filter(|part| !part.is_empty()).collect();
    parts.join("\n")
}

fn heading(measured: &Measured) -> String {
    let Measured { set, outcomes, .. } = measured;
    let classes = Class::ALL.iter().zip(set.slices_per_class());
    let classes: Vec<String> = classes
        .map(|(class, count)| format!("{count} {class}"))
        .collect();
    let cases = match set.cases_known {
        true => format!(" of {} cases", set.cases),
        false => String::new(),
    };
    let left_out = match set.left_out {
        0 => String::new(),
        left_out => {
            format!("\n           {left_out} more ignored: their label is none of the classes")
        }
    };
    let intervals = match set.cases_known {
        true => format!("95 %, from resampling whole cases {DRAWS} times"),
        false => format!(
            "95 %, from resampling slices {DRAWS} times. It is not known which slices belong\n           \
             to one case, so every slice counts as a case: these intervals are too narrow"
        ),
    };
    let caution = match measured.learnt_from {
        true => {
            "Caution    the model was trained on these very slices, so the figures are too good; figures\n           \
             of held-out cases are in its model card\n"
        }
        false => "",
    };
    format!(
        "\
Model      {id}, SHA-256 {sha256}
Slices     {slices}{cases}: {classes}{left_out}
           {analysed} analysed, {refused} refused, {errors} failed; {figures_of}
Intervals  {intervals}
{caution}",
        id = scrub(&measured.model.id),
        sha256 = measured.model.sha256.get(..16).unwrap_or_default(),
        slices = set.slices.len(),
        classes = classes.join(", "),
        analysed = outcomes.predictions.len(),
        refused = outcomes.refused.len(),
        errors = outcomes.errors.len(),
        figures_of = match measured.figures.outside {
            0 => "figures are of the analysed slices".to_owned(),
            outside => format!("figures are of the analysed slices except {outside} outside"),
        },
    )
}

/// A row: name, figure, interval.
fn row(name: impl Display, figure: impl Display, interval: Option<String>) -> String {
    let interval = interval.map_or(String::new(), |interval| format!("  {interval}"));
    format!("  {name:<31}{figure:>12}{interval}\n")
}

/// Row of a share in per cent.
fn share(name: &str, figure: Option<f64>, interval: Option<[f64; 2]>) -> String {
    measured_row(name, figure, interval, percent)
}

/// Row of a figure with three decimals.
fn number(name: &str, figure: Option<f64>, interval: Option<[f64; 2]>) -> String {
    measured_row(name, figure, interval, |figure| format!("{figure:.3}"))
}

fn measured_row(
    name: &str,
    figure: Option<f64>,
    interval: Option<[f64; 2]>,
    write: impl Fn(f64) -> String,
) -> String {
    let figure = figure.map_or("not measured".into(), &write);
    let ends = interval.map(|ends| ends.map(write));
    row(
        name,
        figure,
        ends.map(|[low, high]| format!("{low} to {high}")),
    )
}

fn against_the_rest(measured: &Measured) -> String {
    let figures = &measured.figures;
    if measured.outcomes.rule.is_none() {
        return "Nothing was analysed, so nothing was measured.\n".into();
    }
    let confusion = figures.confusion;
    [
        format!(
            "Malignant against the rest, positive from {}, without the indeterminate band\n",
            percent(figures.threshold)
        ),
        share("accuracy", figures.accuracy, figures.accuracy_ci),
        share("sensitivity", figures.sensitivity, figures.sensitivity_ci),
        share("specificity", figures.specificity, figures.specificity_ci),
        share("precision", figures.precision, figures.precision_ci),
        number("F1", figures.f1, figures.f1_ci),
        number("AUC", figures.auc, figures.auc_ci),
        number(
            "average precision",
            figures.average_precision,
            figures.average_precision_ci,
        ),
        share(
            "sensitivity at 90 % specificity",
            figures.sensitivity_at_90_specificity,
            figures.sensitivity_at_90_specificity_ci,
        ),
        share(
            "sensitivity at 95 % specificity",
            figures.sensitivity_at_95_specificity,
            figures.sensitivity_at_95_specificity_ci,
        ),
        number("Brier score", figures.brier, figures.brier_ci),
        number("expected calibration error", figures.ece, figures.ece_ci),
        matrix(
            &["other", "malignant"],
            &[
                vec![confusion.true_negatives, confusion.false_positives],
                vec![confusion.false_negatives, confusion.true_positives],
            ],
        ),
    ]
    .concat()
}

fn three_classes(measured: &Measured) -> String {
    let figures = &measured.figures;
    if figures.n == 0 {
        return String::new();
    }
    [
        "Three classes, by the most probable one\n".into(),
        share(
            "accuracy",
            figures.three_class_accuracy,
            figures.three_class_accuracy_ci,
        ),
        share(
            "balanced accuracy",
            figures.balanced_accuracy,
            figures.balanced_accuracy_ci,
        ),
        matrix(
            &Class::ALL.map(Class::name),
            &figures.three_class_confusion.0.map(|row| row.to_vec()),
        ),
    ]
    .concat()
}

/// Table with true classes as rows and answers as columns.
fn matrix(classes: &[&str], rows: &[Vec<usize>]) -> String {
    let cells =
        |cells: Vec<String>| -> String { cells.iter().map(|cell| format!("{cell:>12}")).collect() };
    let answers = classes.iter().map(|class| (*class).to_owned()).collect();
    let mut matrix = format!("  {:<19}{}\n", "truth \\ answer", cells(answers));
    for (class, row) in classes.iter().zip(rows) {
        let counts = row.iter().map(usize::to_string).collect();
        matrix += &format!("  {class:<19}{}\n", cells(counts));
    }
    matrix
}

fn with_the_band(measured: &Measured) -> String {
    let (figures, rule) = (&measured.figures, &measured.rule);
    if figures.n == 0 {
        return String::new();
    }
    [
        format!(
            "With the indeterminate band, {} to {}\n",
            percent(rule.indeterminate_from),
            percent(rule.indeterminate_to)
        ),
        share("coverage", figures.coverage, figures.coverage_ci),
        share(
            "accuracy of answered slices",
            figures.selective_accuracy,
            figures.selective_accuracy_ci,
        ),
        number(
            "area under risk and coverage",
            figures.risk_coverage_area,
            figures.risk_coverage_area_ci,
        ),
        row("indeterminate slices", figures.indeterminate, None),
        row("outside what the model has seen", figures.outside, None),
    ]
    .concat()
}

fn not_analysed(title: &str, slices: &[Skipped]) -> String {
    if slices.is_empty() {
        return String::new();
    }
    let mut text = format!("{title}\n");
    for Skipped { slice, reason } in slices.iter().take(MOST_NAMED) {
        let path = slice.path.to_string_lossy();
        // The messages about unreadable files begin with the file's name.
        let line = match reason.starts_with(path.as_ref()) {
            true => reason.clone(),
            false => format!("{path}: {reason}"),
        };
        text += &format!("  {}\n", scrub(&line));
    }
    if slices.len() > MOST_NAMED {
        let more = slices.len() - MOST_NAMED;
        text += &format!("  and {more} more; --json lists all\n");
    }
    text
}

fn drawn(measured: &Measured) -> String {
    let Some(plots) = &measured.plots else {
        return String::new();
    };
    let folder = plots.first().and_then(|plot| plot.parent());
    let folder = folder.map(|folder| folder.to_string_lossy().into_owned());
    format!(
        "Plots      {} files in {}\n",
        plots.len(),
        scrub(&folder.unwrap_or_default())
    )
}
