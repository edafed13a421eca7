//! Object of `--json`. Scripts rely on its names.

use std::path::Path;

use serde::Serialize;

use super::{Measured, Skipped};
use crate::clinical::assessment::ModelIdentity;
use crate::model::head::{Class, PerClass};
use crate::training::metrics::Figures;
use crate::training::metrics::figures::DRAWS;

#[derive(Serialize)]
struct Answer<'a> {
    path: String,
    model: &'a ModelIdentity,
    /// Figures of the analysed slices.
    #[serde(flatten)]
    figures: &'a Figures,
    /// Limits of the rule's band; `null` when nothing was analysed.
    indeterminate_band: Option<[f64; 2]>,
    /// Unit that the intervals resample: `cases`, or `slices` if cases are not known.
    intervals_over: &'static str,
    interval_draws: usize,
    /// True if the model was trained on these very slices, which makes the figures too good.
    learnt_from: bool,
    /// Slices in the set, by their true class.
    listed: Counts,
    /// Number of slices whose label is none of the classes.
    left_out: usize,
    refused: Vec<NotAnalysed<'a>>,
    errors: Vec<NotAnalysed<'a>>,
    plots: Option<Vec<String>>,
}

#[derive(Serialize)]
struct Counts {
    normal: usize,
    benign: usize,
    malignant: usize,
}

impl From<PerClass<usize>> for Counts {
    fn from([normal, benign, malignant]: PerClass<usize>) -> Self {
        Self {
            normal,
            benign,
            malignant,
        }
    }
}

#[derive(Serialize)]
struct NotAnalysed<'a> {
    path: String,
    class: &'static str,
    reason: &'a str,
}

impl<'a> From<&'a Skipped<'_>> for NotAnalysed<'a> {
    fn from(skipped: &'a Skipped<'_>) -> Self {
        Self {
            path: text(&skipped.slice.path),
            class: Class::name(skipped.slice.class),
            reason: &skipped.reason,
        }
    }
}

/// Bytes that are not UTF-8 appear as U+FFFD.
fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

/// One line of JSON.
pub(super) fn object(measured: &Measured) -> serde_json::Result<String> {
    let rule = &measured.rule;
    let band = [rule.indeterminate_from, rule.indeterminate_to];
    let outcomes = measured.outcomes;
    serde_json::to_string(&Answer {
        path: text(measured.path),
        model: measured.model,
        figures: &measured.figures,
        indeterminate_band: outcomes.rule.map(|_| band),
        intervals_over: match measured.set.cases_known {
            true => "cases",
            false => "slices",
        },
        interval_draws: DRAWS,
        learnt_from: measured.learnt_from,
        listed: measured.set.slices_per_class().into(),
        left_out: measured.set.left_out,
        refused: outcomes.refused.iter().map(NotAnalysed::from).collect(),
        errors: outcomes.errors.iter().map(NotAnalysed::from).collect(),
        plots: (measured.plots.as_ref()).map(|plots| plots.iter().map(|path| text(path)).collect()),
    })
}
