//! `lunny evaluate --lesions MANIFEST` on whole slices with marks: the lesion reader's proposals, by source.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use anyhow::anyhow;
use serde::Serialize;

use super::lesions::{Request, of_run};
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

/// Name for all slices together.
const ALL: &str = "all";

/// Figures of one source or range of thickness, or of all together. Scripts rely on these names.
#[derive(Debug, Serialize)]
struct GroupFigures {
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
    /// Folder of the training run whose held-out answers were measured instead of the model's.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<&'a Path>,
    /// Number of slices in which `froc` counts false proposals.
    froc_slices: usize,
    /// `all` and every source by its name. Slices of people without nodules count as negatives for every source.
    sources: &'a BTreeMap<String, GroupFigures>,
    /// `all` and every range of slice thickness, likewise.
    thicknesses: &'a BTreeMap<String, GroupFigures>,
    plots: Vec<PathBuf>,
}

/// Range of the slice thickness; `None` if it is unknown.
fn thickness(picture: &Picture) -> Option<String> {
    let range = match picture.thickness_mm? {
        thin if thin <= 1.5 => "to 1.5 mm",
        thin if thin <= 3.0 => "over 1.5 to 3 mm",
        _ => "over 3 mm",
    };
    Some(range.to_owned())
}

/// Figures by `group`; slices of people without nodules are the negatives of each.
fn measure(
    pictures: &[Picture],
    predictions: &[Prediction],
    calibration: &Calibration,
    group: impl Fn(&Picture) -> Option<String>,
) -> BTreeMap<String, GroupFigures> {
    let pairs = figures::pair(pictures, predictions);
    let groups: BTreeSet<String> = pictures.iter().filter_map(&group).collect();
    let named = groups.into_iter().map(Some).chain([None]);
    named
        .map(|name| {
            let is_of = |picture: &Picture| name.is_none() || group(picture) == name;
            let counts =
                |it: &&HeldOut<'_>| is_of(it.picture) || it.picture.kind == Patient::NoNodule;
            let chosen: Vec<HeldOut<'_>> = pairs.iter().filter(counts).copied().collect();
            let own: Vec<&Picture> = pictures.iter().filter(|it| is_of(it)).collect();
            let patients: BTreeSet<&str> = own.iter().map(|it| it.patient.as_str()).collect();
            let refused = predictions.iter().filter(|prediction| {
                let picture = pictures.get(prediction.picture);
                prediction.refused && picture.is_some_and(is_of)
            });
            let figures = GroupFigures {
                slices: own.len(),
                patients: patients.len(),
                refused: refused.count(),
                lesions: figures::measure(&chosen, calibration),
                froc: figures::operating_points(&chosen),
            };
            (name.unwrap_or_else(|| ALL.to_owned()), figures)
        })
        .collect()
}

/// Prints the figures of whole slices, and writes plots into the folder `plots` if one is given.
pub(super) fn print(
    request: &Request<'_>,
    model: &ModelIdentity,
    calibration: &Calibration,
    (pictures, predictions): (&[Picture], &[Prediction]),
) -> anyhow::Result<()> {
    let source = |picture: &Picture| Some(picture.source.clone());
    let sources = measure(pictures, predictions, calibration, source);
    let thicknesses = measure(pictures, predictions, calibration, thickness);
    let drawn = match request.plots {
        None => Vec::new(),
        Some(folder) => {
            let line = |(source, figures): (&String, &GroupFigures)| FrocLine {
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
    if request.json {
        let answer = Answer {
            path: request.manifest.to_string_lossy().into_owned(),
            model,
            held_out: request.held_out,
            froc_slices: FROC_SLICES,
            sources: &sources,
            thicknesses: &thicknesses,
            plots: drawn,
        };
        say!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(());
    }
    say!("Model     {}", scrub(&model.id));
    if let Some(folder) = request.held_out {
        say!("{}", of_run(folder));
    }
    let by_thickness = thicknesses.iter().filter(|(name, _)| *name != ALL);
    let titled = by_thickness.map(|(name, figures)| (format!("slice thickness {name}"), figures));
    for (name, figures) in (sources
        .iter()
        .map(|(name, figures)| (name.clone(), figures)))
    .chain(titled)
    {
        say!("\n{}", scrub(&name));
        figures.lines().iter().for_each(|line| say!("  {line}"));
    }
    for path in drawn {
        say!("Written to {}", scrub(&path.to_string_lossy()));
    }
    Ok(())
}

impl GroupFigures {
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
    use crate::training::lesions::pictures::Mark;
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
            source: source.into(),
            patient: patient.into(),
            width: 64,
            height: 64,
            marks: if marked { vec![mark] } else { Vec::new() },
            ..Picture::blank(kind)
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
    fn slices_are_measured_by_their_thickness() {
        let pictures = [1.25, 2.5, 5.0].map(|thickness| Picture {
            thickness_mm: Some(thickness),
            ..picture("a", "1", Patient::Malignant, true)
        });
        let unknown = picture("a", "1", Patient::Malignant, true);
        let pictures: Vec<Picture> = pictures.into_iter().chain([unknown]).collect();
        let predictions: Vec<Prediction> = (0..4)
            .map(|number| prediction(number, if number == 2 { 60.0 } else { 21.0 }, 0.9))
            .collect();
        let found = measure(&pictures, &predictions, &Calibration::IDENTITY, thickness);
        let hits: Vec<(&str, usize, usize)> = (found.iter())
            .map(|(name, it)| (name.as_str(), it.lesions.first_on_mark, it.slices))
            .collect();
        assert_eq!(
            hits,
            [
                ("all", 3, 4),
                ("over 1.5 to 3 mm", 1, 1),
                ("over 3 mm", 0, 1),
                ("to 1.5 mm", 1, 1),
            ]
        );
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
        let source = |picture: &Picture| Some(picture.source.clone());
        let found = measure(&pictures, &predictions, &Calibration::IDENTITY, source);
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
