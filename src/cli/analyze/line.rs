//! The two formats of an answer: a JSON object for scripts, a table line for people.

use std::borrow::Cow;
use std::path::Path;

use serde::Serialize;

use super::series::SeriesFacts;
use super::{Answer, Outcome};
use crate::clinical::assessment::{
    Assessment, ClassProbabilities, Classification, Lesion, ModelIdentity, Reader, TrainingRange,
};
use crate::clinical::lung_rads::SuggestedCategory;
use crate::clinical::nodule::ProposedCategory;
use crate::clinical::shipped_model;
use crate::imaging::overlay::CAPTION;
use crate::report::lesions::Proposed;
use crate::text::{percent, scrub, sentence};

/// Object of `--json`. Scripts rely on these names.
#[derive(Serialize)]
pub(super) struct Line<'a> {
    /// Bytes that are not UTF-8 appear as U+FFFD.
    path: String,
    status: &'static str,
    reason: Option<Cow<'a, str>>,
    result: Option<Classification>,
    /// Network that answered: `lesions` or `slice`.
    reader: Option<Reader>,
    /// `null` outside what the model has seen, as are the classes and the category.
    malignancy_probability: Option<f64>,
    /// The same probability at the prevalence that the user gave.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_prevalence: Option<AtPrevalence>,
    classes: Option<ClassProbabilities>,
    confidence: Option<f64>,
    /// True if the slice lies outside what the model has seen; the next field says why.
    outside: Option<bool>,
    outside_reason: Option<&'a str>,
    lung_rads: Option<LungRads>,
    /// Lesions that the model proposes, the most suspicious first.
    lesions: Option<Vec<LesionLine>>,
    model: Option<ModelLine<'a>>,
    elapsed_ms: Option<u64>,
    /// Heat map file, if one was requested and written.
    heatmap: Option<String>,
    /// For a series only.
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<&'a SeriesFacts>,
    /// Of a slice or a refusal, where there are any; those of a series are among its facts.
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    remarks: &'a [String],
}

/// Network that answered. Scripts rely on these names.
#[derive(Serialize)]
struct ModelLine<'a> {
    #[serde(flatten)]
    identity: &'a ModelIdentity,
    /// False if the weight file was not shipped with LUNNY.
    shipped: bool,
}

/// Probability at another prevalence than that of the calibration. Scripts rely on these names.
#[derive(Serialize)]
struct AtPrevalence {
    prevalence: f64,
    calibrated_at: f64,
    malignancy_probability: f64,
}

/// Proposed lesion. Scripts rely on these names.
#[derive(Serialize)]
struct LesionLine {
    /// From 1 within the series; 1 for a single slice.
    slice: usize,
    /// In pixels of the stored picture, from 0.
    row: f64,
    column: f64,
    position_mm: Option<[f64; 3]>,
    /// As the network estimates it.
    diameter_mm: Option<f64>,
    /// Measured on the picture; `null` where no edge was found.
    size: Option<SizeLine>,
    /// `null` outside what the model has seen.
    malignancy_probability: Option<f64>,
}

impl LesionLine {
    fn new(lesion: &Lesion, of: &Assessment) -> Self {
        Self {
            slice: lesion.slice,
            row: lesion.row,
            column: lesion.column,
            position_mm: lesion.position_mm,
            diameter_mm: lesion.diameter_mm,
            size: lesion.size.map(|size| SizeLine {
                long_mm: size.long_mm,
                short_mm: size.short_mm,
                volume_mm3: size.volume_mm3,
                slice: size.slice,
                threshold_hu: size.threshold_hu,
                nodule_type: size.nodule_type().as_str(),
            }),
            malignancy_probability: of.lesion_probability(lesion),
        }
    }
}

/// Size of a proposed lesion. Scripts rely on these names.
#[derive(Serialize)]
struct SizeLine {
    long_mm: f64,
    short_mm: f64,
    volume_mm3: f64,
    /// Slice on which the diameters lie, from 1.
    slice: usize,
    threshold_hu: i16,
    nodule_type: &'static str,
}

#[derive(Serialize)]
struct LungRads {
    category: String,
    basis: &'static str,
}

impl LungRads {
    /// The category that the slice classifier's probability suggests, or that follows from the measured lesions.
    fn of(assessment: &Assessment) -> Option<Self> {
        let suggested = assessment.suggested_category().map(|suggested| Self {
            category: suggested.label().to_owned(),
            basis: SuggestedCategory::BASIS,
        });
        suggested.or_else(|| {
            ProposedCategory::of(assessment, &[]).map(|proposed| Self {
                category: proposed.category.as_str().to_owned(),
                basis: Lesion::BASIS,
            })
        })
    }
}

impl<'a> Line<'a> {
    pub(super) fn new(answer: &'a Answer, prevalence: Option<f64>) -> Self {
        let line = Self {
            path: answer.path.to_string_lossy().into_owned(),
            status: "ok",
            reason: None,
            result: None,
            reader: None,
            malignancy_probability: None,
            at_prevalence: None,
            classes: None,
            confidence: None,
            outside: None,
            outside_reason: None,
            lung_rads: None,
            lesions: None,
            model: None,
            elapsed_ms: None,
            heatmap: None,
            series: None,
            remarks: &answer.remarks,
        };
        match &answer.outcome {
            Outcome::Analysed {
                assessment,
                elapsed_ms,
                heat_map,
                series,
            } => Self {
                series: series.as_deref(),
                remarks: match series {
                    Some(_) => &[],
                    None => line.remarks,
                },
                reason: (heat_map.as_ref().and_then(|map| map.as_ref().err()))
                    .map(|error| error.to_string().into()),
                result: Some(assessment.classification),
                reader: Some(assessment.reader),
                malignancy_probability: assessment.malignancy_probability(),
                at_prevalence: prevalence.and_then(|prevalence| {
                    Some(AtPrevalence {
                        prevalence,
                        calibrated_at: assessment.rule.prevalence,
                        malignancy_probability: assessment.malignancy_at(prevalence)?,
                    })
                }),
                classes: assessment.classes,
                confidence: assessment.confidence(),
                outside: Some(assessment.is_outside()),
                outside_reason: assessment.training_range.outside_reason(),
                lung_rads: LungRads::of(assessment),
                lesions: Some(
                    (assessment.lesions.iter())
                        .map(|lesion| LesionLine::new(lesion, assessment))
                        .collect(),
                ),
                model: Some(ModelLine {
                    identity: &assessment.model,
                    shipped: shipped_model::is_shipped(&assessment.model.sha256),
                }),
                elapsed_ms: Some(*elapsed_ms),
                heatmap: (heat_map.as_ref().and_then(|map| map.as_ref().ok()))
                    .map(|path| path.to_string_lossy().into_owned()),
                ..line
            },
            Outcome::Refused(reason) => Self {
                status: "refused",
                reason: Some(reason.into()),
                ..line
            },
            Outcome::Error(reason) => Self {
                status: "error",
                reason: Some(reason.into()),
                ..line
            },
        }
    }
}

/// Table line for a person, scrubbed, with a second line for the heat map if one was requested, and a line for each remark.
pub(super) fn table_line(answer: &Answer, prevalence: Option<f64>) -> String {
    let mut lines = outcome_line(&answer.path, &answer.outcome, prevalence);
    for remark in &answer.remarks {
        lines.push_str(&format!("\n{:<13}  {}", "", sentence(&scrub(remark))));
    }
    lines
}

fn outcome_line(path: &Path, outcome: &Outcome, prevalence: Option<f64>) -> String {
    let name = path.to_string_lossy();
    let name = scrub(&name);
    let (status, reason) = match outcome {
        Outcome::Analysed {
            assessment,
            heat_map,
            series,
            ..
        } => {
            let message = |probability: Option<f64>| probability.map_or("none".to_owned(), percent);
            let suggested = assessment.suggested_category().map(|it| it.to_string());
            let proposed = || ProposedCategory::of(assessment, &[]).map(|it| it.with_basis());
            let category = (suggested.or_else(proposed)).unwrap_or_else(|| "none".to_owned());
            let file = match assessment.training_range.outside_reason() {
                Some(reason) => {
                    format!("{name}: {}: {}", TrainingRange::OUTSIDE, scrub(reason)).into()
                }
                None => name,
            };
            let mut result = row(
                assessment.classification.label(),
                &message(assessment.malignancy_probability()),
                &message(assessment.confidence()),
                &category,
                &file,
            );
            let at = prevalence.and_then(|share| Some((share, assessment.malignancy_at(share)?)));
            if let Some((prevalence, probability)) = at {
                let (probability, prevalence) = (percent(probability), percent(prevalence));
                result = format!(
                    "{result}\n{:<13}  {probability} at a prevalence of {prevalence}",
                    ""
                );
            }
            if !assessment.lesions.is_empty() {
                let proposed = Proposed {
                    lesions: &assessment.lesions,
                    is_outside: assessment.is_outside(),
                    of_series: series.is_some(),
                    rejected: &[],
                    accepted: &[],
                };
                let words = proposed.cell();
                result = format!("{result}\n{:<13}  lesions {words}", "");
            }
            if let Some(series) = series {
                if !assessment.is_outside() {
                    result = format!("{result}\n{:<13}  {}", "", series.sparkline(60));
                }
                result = format!("{result}\n{:<13}  {}", "", series.sentence());
            }
            return match heat_map {
                None => result,
                Some(Ok(path)) => {
                    let path = path.to_string_lossy();
                    format!("{result}\n{:<13}  {CAPTION}: {}", "", scrub(&path))
                }
                Some(Err(reason)) => {
                    format!("{result}\n{:<13}  {}", "Error", scrub(&reason.to_string()))
                }
            };
        }
        Outcome::Refused(reason) => ("Refused", scrub(reason)),
        Outcome::Error(reason) => ("Error", scrub(reason)),
    };
    // The messages about unreadable files begin with the file's name.
    if reason.starts_with(name.as_ref()) {
        format!("{status:<13}  {reason}")
    } else {
        format!("{status:<13}  {name}: {reason}")
    }
}

/// Columns of the table.
pub(super) fn row(
    result: &str,
    malignancy: &str,
    score: &str,
    lung_rads: &str,
    file: &str,
) -> String {
    format!("{result:<13}  {malignancy:>10}  {score:>10}  {lung_rads:<30}  {file}")
}
