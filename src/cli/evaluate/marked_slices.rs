//! `lunny evaluate --lesions MANIFEST` on whole slices with marks: the lesion reader's proposals, by source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use serde::Serialize;

use crate::cli::output::say;
use crate::clinical::assessment::ModelIdentity;
use crate::model::lesions::FROC_SLICES;
use crate::model::lesions::calibration::Calibration;
use crate::model::lesions::metadata::{LesionFigures, OperatingPoint};
use crate::text::scrub;
use crate::training::lesions::figures::{self, HeldOut};
use crate::training::lesions::pictures::{Patient, Picture};
use crate::training::lesions::predict::Prediction;
use crate::training::plots;
use crate::training::plots::froc::{self, FrocLine};

/// Name for all sources together.
const ALL: &str = "all";

/// Figures of one source, or of all together. Scripts rely on these names.
#[derive(Debug, Serialize)]
struct SourceFigures {
    slices: usize,
    patients: usize,
    /// Number of slices without lungs, which have no answer and count in no figure.
    refused: usize,
    #[serde(flatten)]
    lesions: LesionFigures,
    froc: Vec<OperatingPoint>,
}

/// Object of `--json`. Scripts rely on its names.
#[derive(Serialize)]
struct Answer<'a> {
    path: String,
    model: &'a ModelIdentity,
    /// Number of slices in which `froc` counts false proposals.
    froc_slices: usize,
    /// `all` and every source by its name. Slices of people without nodules count as negatives for every source.
    sources: &'a BTreeMap<String, SourceFigures>,
    plots: Vec<PathBuf>,
}

/// Figures by source; slices of people without nodules are the negatives of each.
fn measure(
    pictures: &[Picture],
    predictions: &[Prediction],
    calibration: &Calibration,
) -> BTreeMap<String, SourceFigures> {
    let pairs = figures::pair(pictures, predictions);
    let sources: BTreeSet<&str> = pictures.iter().map(|it| it.source.as_str()).collect();
    let named = sources.into_iter().map(Some).chain([None]);
    named
        .map(|source| {
            let is_of = |picture: &Picture| source.is_none_or(|source| picture.source == source);
            let counts =
                |it: &&HeldOut<'_>| is_of(it.picture) || it.picture.kind == Patient::NoNodule;
            let chosen: Vec<HeldOut<'_>> = pairs.iter().filter(counts).copied().collect();
            let own: Vec<&Picture> = pictures.iter().filter(|it| is_of(it)).collect();
            let patients: BTreeSet<&str> = own.iter().map(|it| it.patient.as_str()).collect();
            let refused = predictions.iter().filter(|prediction| {
                let picture = pictures.get(prediction.picture);
                prediction.refused && picture.is_some_and(is_of)
            });
            let figures = SourceFigures {
                slices: own.len(),
                patients: patients.len(),
                refused: refused.count(),
                lesions: figures::measure(&chosen, calibration),
                froc: figures::operating_points(&chosen),
            };
            (source.unwrap_or(ALL).to_owned(), figures)
        })
        .collect()
}

/// Prints the figures of whole slices, and writes plots into the folder `plots` if one is given.
pub(super) fn print(
    manifest: &Path,
    model: &ModelIdentity,
    calibration: &Calibration,
    (pictures, predictions): (&[Picture], &[Prediction]),
    json: bool,
    plots: Option<&Path>,
) -> anyhow::Result<()> {
    let sources = measure(pictures, predictions, calibration);
    let drawn = match plots {
        None => Vec::new(),
        Some(folder) => {
            let line = |(source, figures): (&String, &SourceFigures)| FrocLine {
                source: source.clone(),
                points: figures.froc.clone(),
            };
            let lines: Vec<FrocLine> = sources.iter().map(line).collect();
            let drawing = froc::draw(&scrub(&model.id), &lines);
            let written = plots::write(&drawing, &folder.join("froc"));
            written
                .map_err(|error| anyhow!("{}", scrub(&error.to_string())))?
                .to_vec()
        }
    };
    if json {
        let answer = Answer {
            path: manifest.to_string_lossy().into_owned(),
            model,
            froc_slices: FROC_SLICES,
            sources: &sources,
            plots: drawn,
        };
        say!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    say!("Model     {}", scrub(&model.id));
    for (source, figures) in &sources {
        say!("\n{}", scrub(source));
        figures.lines().iter().for_each(|line| say!("  {line}"));
    }
    for path in drawn {
        say!("Written to {}", scrub(&path.to_string_lossy()));
    }
    Ok(())
}

impl SourceFigures {
    fn lines(&self) -> Vec<String> {
        let figure = |figure: Option<f64>| match figure {
            Some(figure) => format!("{figure:.3}"),
            None => "not measured".to_owned(),
        };
        let lesions = &self.lesions;
        let mut lines = vec![
            format!(
                "Slices          {} of {} patients, {} without lungs ignored",
                self.slices, self.patients, self.refused
            ),
            format!(
                "AUC             {} tumour against no nodule (all sources), {} tumour against pneumonia",
                figure(lesions.auc_slices),
                figure(lesions.auc_pneumonia)
            ),
            format!(
                "First on mark   {} of {} marked tumour slices",
                lesions.first_on_mark, lesions.marked_slices
            ),
            format!(
                "Top slice       shows the tumour in {} of {} cancer patients",
                lesions.top_slice_is_tumour, lesions.cancer_patients
            ),
        ];
        let points = self.froc.iter().map(|point| {
            format!(
                "{:.0} % found at {:.3}",
                100.0 * point.sensitivity,
                point.false_proposals
            )
        });
        lines.push(format!(
            "FROC            {} false proposals in {FROC_SLICES} slices",
            points.collect::<Vec<_>>().join(", ")
        ));
        lines
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::lesions::pictures::{Mark, Plane};
    use crate::training::lesions::predict::Place;

    fn picture(source: &str, patient: &str, kind: Patient, marked: bool) -> Picture {
        let mark = Mark {
            row: 20.0,
            column: 30.0,
            half_height: 4.0,
            half_width: 4.0,
            diameter_mm: 6.0,
            malignancy: Some(1.0),
        };
        Picture {
            file: String::new(),
            source: source.into(),
            patient: patient.into(),
            kind,
            nodule: None,
            width: 64,
            height: 64,
            spacing_mm: [0.7; 2],
            plane: Plane::Levels(Vec::new()),
            neighbours: [None; 2],
            marks: if marked { vec![mark] } else { Vec::new() },
            position_mm: None,
            unmarked_lesion: false,
        }
    }

    fn prediction(picture: usize, row: f32, score: f32) -> Prediction {
        Prediction {
            picture,
            file: String::new(),
            proposals: vec![Place {
                row,
                column: 30.0,
                diameter_mm: 6.0,
                score,
                lesion: score,
            }],
            refused: false,
            middle: None,
        }
    }

    #[test]
    fn every_source_is_measured_against_people_without_nodules() {
        let pictures = [
            picture("a", "1", Patient::Malignant, true),
            picture("b", "2", Patient::Malignant, true),
            picture("a", "3", Patient::NoNodule, false),
        ];
        // The reader misses the lesion of source b, and scores it lower than a slice without any.
        let predictions = [
            prediction(0, 21.0, 0.9),
            prediction(1, 60.0, 0.1),
            prediction(2, 10.0, 0.5),
        ];
        let found = measure(&pictures, &predictions, &Calibration::IDENTITY);
        let names: Vec<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(names, ["a", "all", "b"]);
        let auc = |source: &str| found[source].lesions.auc_slices;
        assert_eq!(
            (auc("a"), auc("b"), auc("all")),
            (Some(1.0), Some(0.0), Some(0.5))
        );
        assert_eq!(found["b"].lesions.first_on_mark, 0);
        assert_eq!(found["all"].lesions.first_on_mark, 1);
        assert_eq!((found["b"].slices, found["b"].patients), (1, 1));
        assert!(found["all"].lines()[2].contains("1 of 2"));
    }
}
