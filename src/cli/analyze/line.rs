//! The two forms of an answer: an object for scripts, a line of a table for people.

use std::path::Path;

use serde::Serialize;

use super::Outcome;
use super::series::SeriesFacts;
use crate::clinical::assessment::{
    ClassProbabilities, Classification, ModelIdentity, TrainingRange,
};
use crate::clinical::lung_rads::SuggestedCategory;
use crate::imaging::overlay::CAPTION;
use crate::text::{percent, scrub};

/// One object of `--json`. Scripts rely on these names.
#[derive(Serialize)]
pub struct Line<'a> {
    /// Bytes that are no UTF-8 stand as U+FFFD.
    path: String,
    status: &'static str,
    reason: Option<&'a str>,
    result: Option<Classification>,
    malignancy_probability: Option<f64>,
    classes: Option<ClassProbabilities>,
    confidence: Option<f64>,
    /// Whether the slice lies outside what the model has seen, and why.
    outside: Option<bool>,
    outside_reason: Option<&'a str>,
    lung_rads: Option<LungRads>,
    model: Option<&'a ModelIdentity>,
    elapsed_ms: Option<u64>,
    /// The file of its heat map, if one was asked for and written.
    heatmap: Option<String>,
    /// Only for a series.
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<&'a SeriesFacts>,
}

#[derive(Serialize)]
struct LungRads {
    category: &'static str,
    basis: &'static str,
}

impl<'a> Line<'a> {
    pub fn new(path: &Path, outcome: &'a Outcome) -> Self {
        let line = Self {
            path: path.to_string_lossy().into_owned(),
            status: "ok",
            reason: None,
            result: None,
            malignancy_probability: None,
            classes: None,
            confidence: None,
            outside: None,
            outside_reason: None,
            lung_rads: None,
            model: None,
            elapsed_ms: None,
            heatmap: None,
            series: None,
        };
        match outcome {
            Outcome::Analysed {
                assessment,
                elapsed_ms,
                heat_map,
                series,
            } => Self {
                series: series.as_deref(),
                reason: heat_map
                    .as_ref()
                    .and_then(|map| map.as_ref().err())
                    .map(String::as_str),
                result: Some(assessment.classification),
                malignancy_probability: Some(assessment.malignancy_probability()),
                classes: Some(assessment.classes),
                confidence: assessment.confidence(),
                outside: Some(assessment.training_range.outside_reason().is_some()),
                outside_reason: assessment.training_range.outside_reason(),
                lung_rads: Some(LungRads {
                    category: assessment.suggested_category().label(),
                    basis: SuggestedCategory::BASIS,
                }),
                model: Some(&assessment.model),
                elapsed_ms: Some(*elapsed_ms),
                heatmap: (heat_map.as_ref().and_then(|map| map.as_ref().ok()))
                    .map(|path| path.to_string_lossy().into_owned()),
                ..line
            },
            Outcome::Refused(reason) => Self {
                status: "refused",
                reason: Some(reason),
                ..line
            },
            Outcome::Error(reason) => Self {
                status: "error",
                reason: Some(reason),
                ..line
            },
        }
    }
}

/// A line for people, scrubbed, and a second one on the heat map if there is to be one.
pub fn table_line(path: &Path, outcome: &Outcome) -> String {
    let name = path.to_string_lossy();
    let name = scrub(&name);
    let (status, reason) = match outcome {
        Outcome::Analysed {
            assessment,
            heat_map,
            series,
            ..
        } => {
            let confidence = assessment.confidence().map(percent);
            let file = match assessment.training_range.outside_reason() {
                Some(reason) => {
                    format!("{name}: {}: {}", TrainingRange::OUTSIDE, scrub(reason)).into()
                }
                None => name,
            };
            let mut result = row(
                assessment.classification.label(),
                &percent(assessment.malignancy_probability()),
                confidence.as_deref().unwrap_or("none"),
                &assessment.suggested_category().to_string(),
                &file,
            );
            if let Some(series) = series {
                let (curve, words) = (series.sparkline(60), series.sentence());
                result = format!("{result}\n{:<13}  {curve}\n{:<13}  {words}", "", "");
            }
            return match heat_map {
                None => result,
                Some(Ok(path)) => {
                    let path = path.to_string_lossy();
                    format!("{result}\n{:<13}  {CAPTION}: {}", "", scrub(&path))
                }
                Some(Err(reason)) => format!("{result}\n{:<13}  {}", "Error", scrub(reason)),
            };
        }
        Outcome::Refused(reason) => ("Refused", scrub(reason)),
        Outcome::Error(reason) => ("Error", scrub(reason)),
    };
    // The sentences about unreadable files begin with the file's name.
    if reason.starts_with(name.as_ref()) {
        format!("{status:<13}  {reason}")
    } else {
        format!("{status:<13}  {name}: {reason}")
    }
}

/// The columns of the table.
pub fn row(
    result: &str,
    malignancy: &str,
    confidence: &str,
    lung_rads: &str,
    file: &str,
) -> String {
    format!("{result:<13}  {malignancy:>10}  {confidence:>10}  {lung_rads:<30}  {file}")
}
