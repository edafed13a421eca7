//! One training run, from a folder of slices to a weight file.

use std::io;
use std::path::{Path, PathBuf};
use std::time::Duration;

use sha2::{Digest, Sha256};

use super::activations::ActivationsError;
use super::dataset::{Dataset, DatasetError};
use super::evaluated::Evaluated;
use super::features::{self, Features, FeaturesError};
use super::finetune;
use super::fit::{Epoch, FitError};
use super::plan::Plan;
use super::run_folder::{RunFolder, RunFolderError, RunRequest};
use super::tuning::parameters::Written;
use super::{range, trainer, weight_file};
use crate::config::Compute;
use crate::model::head::Class;
use crate::model::metadata::{HeldOut, Metadata, TrainingSummary};
use crate::model::out_of_distribution::{Limit, OutOfDistribution};
use crate::model::placement::Placement;
use crate::model::recipe::{HeadReads, Recipe, Unfreeze};
use crate::model::resnet::Config;
use crate::model::weight_file::read_within_reason;
use crate::model::{Cancel, backbone, input, weights};

/// Data, choices and output of a training run.
#[derive(Debug, Clone)]
pub struct Request {
    /// The folder of slices, see [`Dataset`].
    pub data: PathBuf,
    /// The weight file that the network is initialised from.
    pub init: PathBuf,
    /// The size of that network.
    pub network: Config,
    /// The weight file to write. The run's folder is beside it.
    pub out: PathBuf,
    pub recipe: Recipe,
    /// Folder that stores activations and features between runs.
    pub cache: PathBuf,
    /// Device and engine of the frozen layers, and number of threads of the trained ones.
    pub compute: Compute,
    /// Omits the final network and the weight file.
    pub figures_only: bool,
    /// Resumes a stopped run.
    pub resume: bool,
    /// Minimum time between checkpoints.
    pub pause: Duration,
}

/// Progress of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Slices through the frozen stages.
    Slices { done: usize, all: usize },
    /// Trained heads: one for each held-out part, and the final one.
    Parts { done: usize, all: usize },
    /// Training steps of all networks.
    Steps { done: usize, all: usize },
    /// An epoch is finished.
    Epoch(Epoch),
}

/// A run's result, after it was written.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub metadata: Metadata,
    /// The figures of every repeat, if slices were split without folds.
    pub repeats: Vec<HeldOut>,
    /// SHA-256 of the weight file, if one was requested.
    pub sha256: Option<String>,
}

/// Errors of a run; no weight file was written.
#[derive(Debug, thiserror::Error)]
pub enum TrainingError {
    #[error(transparent)]
    Dataset(#[from] DatasetError),
    #[error(transparent)]
    Features(#[from] FeaturesError),
    #[error(transparent)]
    Activations(ActivationsError),
    #[error(transparent)]
    RunFolder(#[from] RunFolderError),
    #[error(transparent)]
    Fit(FitError),
    #[error("{} is not a ResNet-50 to start from: {reason}; name another file with --init", path.display())]
    Init { path: PathBuf, reason: String },
    #[error(
        "a network with trained stages reads only the last stage; leave out --head-reads last-two-stages or add --unfreeze none"
    )]
    HeadReads,
    #[error("the network trained on these slices is not sound; check the labels in the manifest")]
    Unsound,
    #[error("{} could not be written: {reason}; choose another place with --out", path.display())]
    Out { path: PathBuf, reason: io::Error },
    #[error("training was stopped; continue with --resume")]
    Cancelled,
}

impl From<ActivationsError> for TrainingError {
    fn from(error: ActivationsError) -> Self {
        match error {
            ActivationsError::Cancelled => Self::Cancelled,
            error => Self::Activations(error),
        }
    }
}

impl From<FitError> for TrainingError {
    fn from(error: FitError) -> Self {
        match error {
            FitError::Cancelled => Self::Cancelled,
            FitError::Activations(error) => error.into(),
            FitError::RunFolder(error) => error.into(),
            error => Self::Fit(error),
        }
    }
}

/// A request and its input files.
#[derive(Debug, Clone, Copy)]
pub struct Setting<'a> {
    pub request: &'a Request,
    pub dataset: &'a Dataset,
    pub plan: &'a Plan,
    /// The weight file that the network is initialised from.
    pub init: &'a [u8],
    pub init_sha256: &'a str,
    pub data_sha256: &'a str,
}

/// Result of training, for the last layer alone or with stages.
struct TrainedHead {
    tensors: Option<Vec<Written>>,
    evaluated: Evaluated,
    penalty: Option<f64>,
    /// The distribution of the training features, and its limit.
    out_of_distribution: Option<(OutOfDistribution, Limit)>,
}

/// Trains as `request` says and writes a weight file, with a `.sha256` file beside it.
///
/// All checks are done before the slow part begins. The weight file is written completely or not at all, so a
/// stopped run leaves the previous file; raising `cancel` stops it within a step.
pub fn train(
    request: &Request,
    cancel: &Cancel,
    mut watch: impl FnMut(Step) + Send,
) -> Result<Outcome, TrainingError> {
    let recipe = &request.recipe;
    if recipe.unfreeze != Unfreeze::None && recipe.head_reads != HeadReads::LastStage {
        return Err(TrainingError::HeadReads);
    }
    let dataset = Dataset::read(&request.data)?;
    Plan::require(&dataset, &request.recipe)?;
    let data_sha256 = features::fingerprint(&dataset)?;
    let unusable = |reason: String| TrainingError::Init {
        path: request.init.clone(),
        reason,
    };
    let init = read_within_reason(&request.init);
    let init = init.map_err(|error| unusable(error.to_string()))?;
    let init_sha256 = crate::text::hexadecimal(&Sha256::digest(&init));
    let plan = Plan::new(&dataset.slices, &request.recipe);
    let setting = Setting {
        request,
        dataset: &dataset,
        plan: &plan,
        init: &init,
        init_sha256: &init_sha256,
        data_sha256: &data_sha256,
    };

    let (trained, run) = match request.recipe.unfreeze.first_stage() {
        None => (head_alone(&setting, &mut watch)?, None),
        Some(first_stage) => {
            // A file that is not such a network is refused before a folder is created for the run.
            weights::network(&init, &request.network, &candle_core::Device::Cpu)
                .map_err(|error| unusable(error.to_string()))?;
            let asked = RunRequest {
                recipe: request.recipe.clone(),
                init_sha256: init_sha256.clone(),
                data_sha256: data_sha256.clone(),
                finished: false,
            };
            let path = RunFolder::beside(&request.out);
            let mut run = RunFolder::open(&path, asked, request.resume, request.pause)?;
            let tuned = finetune::tune(&setting, first_stage, cancel, &mut watch, &mut run)?;
            let of_part = |part: usize, slice: usize| {
                (tuned.features.get(part)).map_or(Default::default(), |part| part.of(slice))
            };
            let out_of_distribution = (tuned.final_features.as_ref()).and_then(|features| {
                let rows = 0..dataset.slices.len();
                let rows: Vec<&[f32]> = rows.map(|slice| features.of(slice)).collect();
                range::measure(&plan, of_part, &rows)
            });
            let trained = TrainedHead {
                tensors: tuned.tensors,
                evaluated: tuned.evaluated,
                penalty: None,
                out_of_distribution,
            };
            (trained, Some(run))
        }
    };
    if !trained.evaluated.rule.is_sound() {
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
        calibration: trained.evaluated.calibration,
        rule: trained.evaluated.rule,
        out_of_distribution: trained
            .out_of_distribution
            .as_ref()
            .map(|(_, limit)| *limit),
        card: None,
        training: TrainingSummary {
            init_sha256,
            data_sha256,
            slices: dataset.slices_per_class(),
            cases: dataset.cases,
            folds: request.recipe.folds.unwrap_or(0),
            penalty: trained.penalty,
            recipe: Some(request.recipe.clone()),
            held_out: trained.evaluated.held_out,
        },
    };
    let mut sha256 = None;
    if let Some(mut tensors) = trained.tensors.filter(|_| !request.figures_only) {
        if let Some((out_of_distribution, _)) = &trained.out_of_distribution {
            tensors.extend(out_of_distribution.tensors());
        }
        let bytes = weight_file::assemble(&init, tensors, &metadata)
            .map_err(|error| unusable(error.to_string()))?;
        let hash = crate::text::hexadecimal(&Sha256::digest(&bytes));
        write(&request.out, &bytes)?;
        let note = request.out.with_extension("sha256");
        write(&note, format!("{hash}\n").as_bytes())?;
        sha256 = Some(hash);
    }
    if let Some(mut run) = run {
        run.finish()?;
    }
    Ok(Outcome {
        metadata,
        repeats: trained.evaluated.repeats,
        sha256,
    })
}

/// Trains only the last layer, on features that are computed once.
fn head_alone(
    setting: &Setting<'_>,
    watch: &mut dyn FnMut(Step),
) -> Result<TrainedHead, TrainingError> {
    let Setting {
        request,
        dataset,
        plan,
        ..
    } = *setting;
    let placement = Placement::in_single_precision(&request.compute);
    let backbone = backbone::build(setting.init, &placement, request.compute.threads);
    let backbone = backbone.map_err(|error| TrainingError::Init {
        path: request.init.clone(),
        reason: error.to_string(),
    })?;
    let reads = request.recipe.head_reads;
    let all = dataset.slices.len();
    let name = features::file_name(setting.init_sha256, setting.data_sha256, reads);
    let kept = request.cache.join(name);
    let features = match Features::load(&kept, all) {
        Some(features) => features,
        None => {
            let mut done = 0;
            let features = Features::compute(dataset, backbone.as_ref(), reads, || {
                done += 1;
                watch(Step::Slices { done, all });
            })?;
            if let Err(error) = features.save(&kept) {
                // The run continues; only the next one is slower.
                tracing::warn!("features were not stored in {}: {error}", kept.display());
            }
            features
        }
    };
    let (mut done, all) = (0, plan.parts.len() + 1);
    watch(Step::Parts { done, all });
    let trained = trainer::learn(&features, &dataset.slices, plan, &request.recipe, || {
        done += 1;
        watch(Step::Parts { done, all });
    });
    let mut figures = trained.weight.iter().chain(&trained.bias);
    if !figures.all(|value| value.is_finite()) {
        return Err(TrainingError::Unsound);
    }
    let seen: Vec<Vec<f32>> = (0..dataset.slices.len())
        .map(|slice| features.seen(slice, request.recipe.mirror))
        .collect();
    let rows: Vec<&[f32]> = seen.iter().map(Vec::as_slice).collect();
    let of_part = |_, slice: usize| rows.get(slice).copied().unwrap_or_default();
    Ok(TrainedHead {
        tensors: Some(weight_file::head(&trained.weight, &trained.bias)),
        evaluated: trained.evaluated,
        penalty: Some(trained.penalty),
        out_of_distribution: range::measure(plan, of_part, &rows),
    })
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), TrainingError> {
    weight_file::write_whole(path, bytes).map_err(|reason| TrainingError::Out {
        path: path.into(),
        reason,
    })
}
