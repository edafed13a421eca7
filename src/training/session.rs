//! One training run, from a folder of slices to a weight file.

use std::io;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use super::dataset::{Dataset, DatasetError};
use super::features::{self, Features, FeaturesError};
use super::{trainer, weight_file};
use crate::config::Compute;
use crate::model::backbone;
use crate::model::head::Class;
use crate::model::input;
use crate::model::metadata::{Metadata, TrainingSummary};
use crate::model::placement::Placement;
use crate::model::weights;

/// What to learn from and where to put it.
#[derive(Debug, Clone)]
pub struct Request {
    /// The folder of slices, see [`Dataset`].
    pub data: PathBuf,
    /// The weight file that the backbone comes from.
    pub init: PathBuf,
    /// The weight file to write.
    pub out: PathBuf,
    /// Parts that the cases are cut into.
    pub folds: usize,
    /// Folder that keeps features between runs.
    pub cache: PathBuf,
    /// How the frozen layers are run.
    pub compute: Compute,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Slices through the backbone.
    Slices { done: usize, all: usize },
    /// Heads learnt: one a held-out part, and the final one.
    Parts { done: usize, all: usize },
}

/// A run's result, which is on disk by then.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub metadata: Metadata,
    /// Of the weight file.
    pub sha256: String,
}

/// Why a run came to nothing. Nothing was written then.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Features(#[from] FeaturesError),
    #[error("{} is no ResNet-50 to start from: {reason}; name another file with --init", path.display())]
    Init { path: PathBuf, reason: String },
    #[error("the head learnt from these slices is not sound; check the labels in the manifest")]
    Unsound,
    #[error("{} could not be written: {reason}; choose another place with --out", path.display())]
    Out { path: PathBuf, reason: io::Error },
}

/// Learns a head on the frozen backbone and writes both, with a `.sha256` file beside them.
///
/// What can be checked is checked before the slow part begins. The weight file appears whole or not at
/// all, so stopping a run half-way leaves what was there before.
pub fn train(request: &Request, mut watch: impl FnMut(Step)) -> Result<Outcome, TrainingError> {
    let dataset = Dataset::read(&request.data)?;
    dataset.require_cases(request.folds)?;
    let data_sha256 = features::fingerprint(&dataset)?;
    let unusable = |reason: String| TrainingError::Init {
        path: request.init.clone(),
        reason,
    };
    let init = weights::read_within_reason(&request.init);
    let init = init.map_err(|error| unusable(error.to_string()))?;
    let init_sha256 = weights::hexadecimal(&Sha256::digest(&init));
    let backbone = backbone::build(
        &init,
        &Placement::of(&request.compute),
        request.compute.threads,
    )
    .map_err(unusable)?;

    let all = dataset.slices.len();
    let kept = request
        .cache
        .join(features::file_name(&init_sha256, &data_sha256));
    let features = match Features::recall(&kept, all) {
        Some(features) => features,
        None => {
            let mut done = 0;
            let features = Features::compute(&dataset, backbone.as_ref(), || {
                done += 1;
                watch(Step::Slices { done, all });
            })?;
            if let Err(error) = features.keep(&kept) {
                // The run goes on; only the next one is slower.
                tracing::warn!("features were not kept in {}: {error}", kept.display());
            }
            features
        }
    };

    let (mut done, all) = (0, request.folds + 1);
    watch(Step::Parts { done, all });
    let learnt = trainer::learn(&features, &dataset.slices, request.folds, || {
        done += 1;
        watch(Step::Parts { done, all });
    });
    let finite = learnt
        .weight
        .iter()
        .chain(&learnt.bias)
        .all(|value| value.is_finite());
    if !finite || !learnt.rule.is_sound() {
        return Err(TrainingError::Unsound);
    }
    let metadata = Metadata {
        id: request
            .out
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned(),
        classes: Class::ALL.map(|class| class.name().to_owned()),
        input_side: input::SIDE,
        temperature: learnt.temperature,
        rule: learnt.rule,
        familiarity: None,
        training: TrainingSummary {
            init_sha256,
            data_sha256,
            slices: dataset.slices_per_class(),
            cases: dataset.cases,
            folds: request.folds,
            penalty: learnt.penalty,
            held_out: learnt.held_out,
        },
    };
    let bytes = weight_file::assemble(&init, &learnt, &metadata)
        .map_err(|error| unusable(error.to_string()))?;
    let sha256 = weights::hexadecimal(&Sha256::digest(&bytes));
    write(&request.out, &bytes)?;
    write(
        &request.out.with_extension("sha256"),
        format!("{sha256}\n").as_bytes(),
    )?;
    Ok(Outcome { metadata, sha256 })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), TrainingError> {
    weight_file::write_whole(path, bytes).map_err(|reason| TrainingError::Out {
        path: path.into(),
        reason,
    })
}
