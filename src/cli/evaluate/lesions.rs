//! `lunny evaluate --lesions MANIFEST`: the lesion reader on crops centred on nodules, or on whole slices with marks.

use std::path::Path;
use std::process::ExitCode;

use anyhow::anyhow;
use serde::Serialize;

use super::marked_slices;
use crate::clinical::assessment::ModelIdentity;
use crate::config::Config;
use crate::model::lesions::reader::LesionReader;
use crate::model::{Cancel, Placement, backbone, location};
use crate::text::scrub;
use crate::training::lesions::LesionTrainingError;
use crate::training::lesions::pictures::Picture;
use crate::training::lesions::{figures, judge, pictures};
use crate::training::plots;

/// The object of `--json`. Scripts rely on its names.
#[derive(Serialize)]
struct Answer<'a> {
    path: String,
    model: &'a ModelIdentity,
    /// Crops of nodules that readers call malignant or benign; the others are left out.
    n: usize,
    left_out: usize,
    patients: usize,
    auc_malignant_against_benign: Option<f64>,
    /// 95 % interval, from drawing whole patients anew.
    auc_malignant_against_benign_ci: [f64; 2],
}

/// Judges every crop or slice that the manifest lists and prints how malignant nodules rank above benign ones, or what
/// is proposed on the slices.
pub fn run(
    manifest: &Path,
    json: bool,
    plots: Option<&Path>,
    config: &Config,
) -> anyhow::Result<ExitCode> {
    let clean = |error: &dyn std::fmt::Display| anyhow!("{}", scrub(&error.to_string()));
    let pictures = pictures::read_manifest(manifest).map_err(|error| match &error {
        LesionTrainingError::Manifest { path, reason } => anyhow!(
            "{} could not be read: {}; name a manifest of crops, or of whole slices with marks.csv beside it",
            scrub(&path.to_string_lossy()),
            scrub(reason)
        ),
        error => clean(error),
    })?;
    if pictures.is_empty() {
        let path = manifest.to_string_lossy();
        return Err(anyhow!(
            "{} lists no picture; name another manifest",
            scrub(&path)
        ));
    }
    if let Some(folder) = plots {
        plots::prepare_folder(folder).map_err(|error| clean(&error))?;
    }
    let weights = location::find_lesions(config).map_err(|error| clean(&error))?;
    let placement = Placement::of(&config.compute);
    let threads = config.compute.threads.unwrap_or_else(backbone::cores);
    let reader: LesionReader =
        (weights.build(&placement, threads)).map_err(|error| clean(&error))?;
    let all: Vec<usize> = (0..pictures.len()).collect();
    let predictions = judge::predict(&reader, &pictures, &all, &Cancel::default())
        .map_err(|error| clean(&error))?;
    if !pictures.iter().all(Picture::is_crop) {
        let (model, calibration) = (weights.identity(), &weights.metadata().slice.calibration);
        let judged = (pictures.as_slice(), predictions.as_slice());
        marked_slices::print(manifest, model, calibration, judged, json, plots)?;
        return Ok(ExitCode::SUCCESS);
    }
    let judged = figures::pair(&pictures, &predictions);
    let figures = figures::measure_crops(&judged);
    if json {
        let answer = Answer {
            path: manifest.to_string_lossy().into_owned(),
            model: weights.identity(),
            n: figures.crops,
            left_out: pictures.len() - figures.crops,
            patients: figures.patients,
            auc_malignant_against_benign: figures.auc,
            auc_malignant_against_benign_ci: figures.auc_interval,
        };
        println!("{}", serde_json::to_string_pretty(&answer)?);
        return Ok(ExitCode::SUCCESS);
    }
    println!("Model     {}", scrub(&weights.identity().id));
    println!(
        "Crops     {} of {} patients; {} of nodules between benign and malignant left out",
        figures.crops,
        figures.patients,
        pictures.len() - figures.crops
    );
    match figures.auc {
        Some(auc) => println!(
            "AUC       {auc:.4}, malignant above benign (95 % interval over patients {:.4} to {:.4})",
            figures.auc_interval[0], figures.auc_interval[1]
        ),
        None => println!("AUC       not measured: there must be malignant and benign nodules"),
    }
    Ok(ExitCode::SUCCESS)
}
