//! `lunny evaluate --lesions MANIFEST`: the lesion reader on crops centred on nodules, or on whole slices with marks.

use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use serde::Serialize;

use super::marked_slices;
use crate::cli::output::say;
use crate::clinical::assessment::ModelIdentity;
use crate::config::{Config, PrecisionChoice};
use crate::model::lesions::reader::LesionReader;
use crate::model::lesions::weights::LesionWeights;
use crate::model::{Cancel, Placement, backbone, location};
use crate::text::scrub;
use crate::training::lesions::LesionTrainingError;
use crate::training::lesions::pictures::Picture;
use crate::training::lesions::predict::Prediction;
use crate::training::lesions::{figures, pictures, predict};
use crate::training::plots;

/// Object of `--json`. Scripts rely on its names.
#[derive(Serialize)]
struct Answer<'a> {
    path: String,
    model: &'a ModelIdentity,
    /// Folder of the training run whose held-out answers were measured instead of the model's.
    #[serde(skip_serializing_if = "Option::is_none")]
    held_out: Option<&'a Path>,
    /// Number of crops of nodules that readers call malignant or benign; others are ignored.
    n: usize,
    left_out: usize,
    patients: usize,
    auc_malignant_against_benign: Option<f64>,
    /// 95 % interval, from resampling whole patients.
    auc_malignant_against_benign_ci: [f64; 2],
}

/// Input of the measurement.
pub(super) struct Request<'a> {
    pub(super) manifest: &'a Path,
    /// Folder of a training run whose held-out answers are measured instead of the model's.
    pub(super) held_out: Option<&'a Path>,
    pub(super) json: bool,
    pub(super) plots: Option<&'a Path>,
}

/// Analyses every crop or slice of the manifest and prints how well malignant nodules are ranked above benign ones, or
/// the figures of the proposals on whole slices.
pub(super) fn run(request: &Request<'_>, config: &Config) -> anyhow::Result<ExitCode> {
    let &Request {
        manifest,
        held_out,
        json,
        plots,
    } = request;
    let clean = |error: &dyn std::fmt::Display| anyhow!("{}", scrub(&error.to_string()));
    let pictures = pictures::read_manifest(manifest).map_err(|error| match &error {
        LesionTrainingError::Manifest { path, reason } => anyhow!(
            "{} could not be read: {}; give a manifest of crops, or of whole slices with marks.csv beside it",
            scrub(&path.to_string_lossy()),
            scrub(reason)
        ),
        error => clean(error),
    })?;
    if pictures.is_empty() {
        let path = manifest.to_string_lossy();
        return Err(anyhow!(
            "{} lists no picture; give another manifest",
            scrub(&path)
        ));
    }
    if let Some(folder) = plots {
        plots::prepare_folder(folder).map_err(|error| clean(&error))?;
    }
    let weights = location::find_lesions(config).map_err(|error| clean(&error))?;
    let predictions = match held_out {
        Some(folder) => predict::held_out(folder, &pictures),
        None => predictions(&weights, &pictures, config)?,
    };
    let predictions = predictions.map_err(|error| clean(&error))?;
    if !pictures.iter().all(Picture::is_crop) {
        let calibration = &weights.metadata().slice.calibration;
        let pairs = (pictures.as_slice(), predictions.as_slice());
        marked_slices::print(request, weights.identity(), calibration, pairs)?;
        return Ok(ExitCode::SUCCESS);
    }
    let pairs = figures::pair(&pictures, &predictions);
    let figures = figures::measure_crops(&pairs);
    if json {
        let answer = Answer {
            path: manifest.to_string_lossy().into_owned(),
            model: weights.identity(),
            held_out,
            n: figures.crops,
            left_out: pictures.len() - figures.crops,
            patients: figures.patients,
            auc_malignant_against_benign: figures.auc,
            auc_malignant_against_benign_ci: figures.auc_interval,
        };
        say!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(ExitCode::SUCCESS);
    }
    say!("Model     {}", scrub(&weights.identity().id));
    if let Some(folder) = held_out {
        say!("{}", of_run(folder));
    }
    say!(
        "Crops     {} of {} patients; {} of nodules between benign and malignant ignored",
        figures.crops,
        figures.patients,
        pictures.len() - figures.crops
    );
    match figures.auc {
        Some(auc) => say!(
            "AUC       {auc:.4}, malignant above benign (95 % interval over patients {:.4} to {:.4})",
            figures.auc_interval[0],
            figures.auc_interval[1]
        ),
        None => say!("AUC       not measured: the set needs malignant and benign nodules"),
    }
    Ok(ExitCode::SUCCESS)
}

/// Line that says whose answers were measured.
pub(super) fn of_run(folder: &Path) -> String {
    let folder = folder.to_string_lossy();
    format!(
        "Answers   held out by the training run in {}, not given by this model",
        scrub(&folder)
    )
}

/// The model's answers for all pictures.
fn predictions(
    weights: &LesionWeights,
    pictures: &[Picture],
    config: &Config,
) -> anyhow::Result<Result<Vec<Prediction>, LesionTrainingError>> {
    // Figures are those of the weights: in single precision, unless the user measures the other one.
    let placement = match config.compute.precision {
        PrecisionChoice::Bf16 => Placement::of(&config.compute),
        PrecisionChoice::Auto | PrecisionChoice::F32 => {
            Placement::in_single_precision(&config.compute)
        }
    };
    let threads = config.compute.threads.unwrap_or_else(backbone::cores);
    let reader: LesionReader = (weights.build(&placement, threads))
        .map_err(|error| anyhow!("{}", scrub(&error.to_string())))?;
    let all: Vec<usize> = (0..pictures.len()).collect();
    Ok(predict::predict(
        &reader,
        pictures,
        &all,
        &Cancel::default(),
    ))
}
