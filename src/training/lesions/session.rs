//! One training run of the lesion reader, from folders of pictures to a weight file.

use std::path::{Path, PathBuf};

use rayon::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use sha2::{Digest, Sha256};

use super::LesionTrainingError;
use super::canvas::compose;
use super::fit::{self, Job, Report, Witness};
use super::layers::{FIRST_STAGE, LesionLayers};
use super::pictures::{self, Picture};
use super::run_folder::{Asked, LesionRunFolder};
use super::sampler::{Sampler, Spot};
use super::{folds, judge, norms};
use crate::config::Compute;
use crate::model::lesions::head::{DEEP, HIDDEN, NEAR, OUTPUTS};
use crate::model::lesions::reader::LesionReader;
use crate::model::lesions::recipe::LesionRecipe;
use crate::model::lesions::trunk::TRUNK;
use crate::model::placement::Placement;
use crate::model::{Cancel, backbone, weights};
use crate::text::hexadecimal;
use crate::training::chance::{self, Purpose};
use crate::training::frozen;
use crate::training::progress::Progress;
use crate::training::tuning::parameters::{self, Written};

/// Score from which a place without a lesion is learnt from once more.
const LEAST_MINED: f32 = 0.1;
/// Canvases that batch norm is measured on.
const MEASURED: usize = 32;

/// What to learn from, how, and where to put it.
#[derive(Debug, Clone)]
pub struct Request {
    /// Folders of pictures, see [`pictures::read`].
    pub data: Vec<PathBuf>,
    /// The weight file that the network starts from.
    pub init: PathBuf,
    /// The weight file to write. The run's folder lies beside it.
    pub out: PathBuf,
    pub recipe: LesionRecipe,
    pub compute: Compute,
    /// Goes on with a run that was stopped.
    pub resume: bool,
}

/// How far a run is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Steps of all networks.
    Steps { done: usize, all: usize },
    /// Mean costs of some steps.
    Report(Report),
}

/// Everything that the networks of a run share.
struct Setting<'a> {
    request: &'a Request,
    pictures: &'a [Picture],
    layers: LesionLayers,
    init: Vec<u8>,
    cancel: &'a Cancel,
}

/// Learns as `request` says: one network for each held-out part, and one on everything.
///
/// # Errors
/// What cannot be read, computed or written; [`LesionTrainingError::Cancelled`] when `cancel` was raised, after which
/// the same request with `resume` goes on.
pub fn train(
    request: &Request,
    cancel: &Cancel,
    watch: &mut (dyn FnMut(Step) + Send),
) -> Result<(), LesionTrainingError> {
    let threads = request.compute.threads.unwrap_or_else(backbone::cores);
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.get())
        .build();
    match pool {
        Ok(pool) => pool.install(|| run(request, cancel, watch)),
        // Where the system gives no threads of its own, those that are there do the work.
        Err(_) => run(request, cancel, watch),
    }
}

fn run(
    request: &Request,
    cancel: &Cancel,
    watch: &mut (dyn FnMut(Step) + Send),
) -> Result<(), LesionTrainingError> {
    let pictures = pictures::read(&request.data)?;
    let init =
        weights::read_within_reason(&request.init).map_err(|error| LesionTrainingError::Init {
            path: request.init.clone(),
            reason: error.to_string(),
        })?;
    let asked = Asked {
        recipe: request.recipe.clone(),
        init_sha256: hexadecimal(&Sha256::digest(&init)),
        data_sha256: fingerprint(&pictures),
        finished: false,
    };
    let mut folder = LesionRunFolder::open(&request.out, asked, request.resume)?;
    let fold = folds::assign(&pictures, request.recipe.folds, request.recipe.seed);
    let setting = Setting {
        request,
        pictures: &pictures,
        layers: LesionLayers::new(),
        init,
        cancel,
    };
    let held_out = match request.recipe.folds {
        0 | 1 => 0,
        folds => folds,
    };
    for part in 0..=held_out {
        let chosen: Vec<usize> = (0..pictures.len())
            .filter(|index| part == held_out || fold[*index] != part)
            .collect();
        let network = setting.network(part, held_out + 1, &chosen, &mut folder, watch)?;
        if part < held_out && folder.read(&predictions_file(part))?.is_none() {
            let judged: Vec<usize> = (0..pictures.len())
                .filter(|index| fold[*index] == part)
                .collect();
            let predictions =
                judge::predict(&setting.reader(&network)?, &pictures, &judged, cancel)?;
            let lines = predictions
                .iter()
                .map(serde_json::to_string)
                .collect::<Result<Vec<_>, _>>();
            let lines =
                lines.map_err(|error| folder.unwritten(&predictions_file(part), error.into()))?;
            folder.write(&predictions_file(part), lines.join("\n").as_bytes())?;
        }
    }
    Ok(())
}

/// SHA-256 over what is learnt from.
fn fingerprint(pictures: &[Picture]) -> String {
    let each: Vec<[u8; 32]> = (pictures.par_iter())
        .map(|picture| {
            let mut hash = Sha256::new();
            hash.update(&picture.file);
            hash.update(&picture.patient);
            for mark in &picture.marks {
                hash.update(format!("{mark:?}"));
            }
            for value in picture.plane.hounsfield() {
                hash.update(value.to_le_bytes());
            }
            hash.finalize().into()
        })
        .collect();
    let mut all = Sha256::new();
    each.iter().for_each(|hash| all.update(hash));
    hexadecimal(&all.finalize())
}

/// The name of a finished network in the run's folder.
fn network_file(part: usize) -> String {
    format!("network-{part}.safetensors")
}

/// The name of a network's answers for the patients that it had not seen.
fn predictions_file(part: usize) -> String {
    format!("predictions-{part}.jsonl")
}

impl Setting<'_> {
    fn unusable(&self, reason: String) -> LesionTrainingError {
        LesionTrainingError::Init {
            path: self.request.init.clone(),
            reason,
        }
    }

    /// The weight file of network `part` of `parts`, learnt from the pictures numbered in `chosen`; the one in the
    /// folder if it is finished.
    fn network(
        &self,
        part: usize,
        parts: usize,
        chosen: &[usize],
        folder: &mut LesionRunFolder,
        watch: &mut (dyn FnMut(Step) + Send),
    ) -> Result<Vec<u8>, LesionTrainingError> {
        if let Some(finished) = folder.read(&network_file(part))? {
            return Ok(finished);
        }
        let recipe = &self.request.recipe;
        let prepared = self.prepared(chosen)?;
        let file = SafeTensors::deserialize(&prepared)
            .map_err(|error| self.unusable(error.to_string()))?;
        let placement = Placement::of(&self.request.compute);
        let threads = self.request.compute.threads.unwrap_or_else(backbone::cores);
        let frozen = frozen::stages(&prepared, &TRUNK, FIRST_STAGE - 1, &placement, threads)
            .map_err(|reason| self.unusable(reason))?;
        let trunk =
            parameters::read(&file, &self.layers.trunk).map_err(|reason| self.unusable(reason))?;
        let start = self
            .layers
            .start(&trunk, &mut chance::of(recipe.seed, Purpose::Head, &[part]));
        let progress = folder.checkpoint(part, self.layers.parameters)?;
        let progress = progress.unwrap_or_else(|| Progress::new(part, &start));
        let job = Job {
            recipe,
            layers: &self.layers,
            frozen: frozen.as_ref(),
            pictures: self.pictures,
            chosen,
            part,
        };
        let mut clerk = Clerk {
            folder: &mut *folder,
            watch,
            steps: [recipe.steps, parts],
            setting: self,
            prepared: &file,
            chosen,
        };
        let learnt = fit::run(&job, progress, self.cancel, &mut clerk)?;
        let bytes = self.assemble(&file, &learnt)?;
        folder.write(&network_file(part), &bytes)?;
        Ok(bytes)
    }

    /// The network in `bytes`, ready to read slices.
    fn reader(&self, bytes: &[u8]) -> Result<LesionReader, LesionTrainingError> {
        let compute = &self.request.compute;
        let threads = compute.threads.unwrap_or_else(backbone::cores);
        LesionReader::build(bytes, &Placement::of(compute), threads)
            .map_err(|reason| self.unusable(reason))
    }

    /// The start weights with batch norm measured on canvases of the pictures in `chosen`.
    fn prepared(&self, chosen: &[usize]) -> Result<Vec<u8>, LesionTrainingError> {
        let sampler = Sampler::new(self.pictures, chosen);
        if sampler.is_empty() {
            return Err(LesionTrainingError::NoNodules);
        }
        let images: Vec<Vec<f32>> = (0..MEASURED)
            .into_par_iter()
            .map(|number| {
                let mut chance = chance::of(self.request.recipe.seed, Purpose::View, &[number]);
                let parts = std::array::from_fn(|_| sampler.draw(self.pictures, &mut chance));
                compose(self.pictures, &parts, &mut chance).pixels
            })
            .collect();
        norms::measured(&self.init, &images.concat()).map_err(|reason| self.unusable(reason))
    }

    /// The weight file of a network: the stages that stayed as they were in `prepared`, and what was learnt.
    fn assemble(
        &self,
        prepared: &SafeTensors<'_>,
        learnt: &[f32],
    ) -> Result<Vec<u8>, LesionTrainingError> {
        let mut tensors = parameters::write(&self.layers.trunk, learnt);
        tensors.extend(head_tensors(&self.layers, learnt));
        let stored = prepared.tensors();
        let frozen =
            (stored.iter()).filter(|(name, _)| !tensors.iter().any(|(learnt, ..)| learnt == name));
        let mut views: Vec<(&str, TensorView<'_>)> = frozen
            .map(|(name, view)| (name.as_str(), view.clone()))
            .collect();
        for (name, dtype, shape, bytes) in &tensors {
            let view = TensorView::new(*dtype, shape.clone(), bytes);
            views.push((
                name,
                view.map_err(|error| self.unusable(error.to_string()))?,
            ));
        }
        safetensors::serialize(views, None).map_err(|error| self.unusable(error.to_string()))
    }
}

/// The head's tensors as a weight file keeps them.
fn head_tensors(layers: &LesionLayers, learnt: &[f32]) -> Vec<Written> {
    [
        ("near.weight", vec![HIDDEN, NEAR], &layers.near),
        ("deep.weight", vec![HIDDEN, DEEP], &layers.deep),
        ("hidden.bias", vec![HIDDEN], &layers.hidden_bias),
        ("output.weight", vec![OUTPUTS, HIDDEN], &layers.output),
        ("output.bias", vec![OUTPUTS], &layers.output_bias),
    ]
    .map(|(name, shape, range)| {
        let values = learnt[range.clone()].iter();
        let bytes = values.flat_map(|value| value.to_le_bytes()).collect();
        (format!("lesions.{name}"), Dtype::F32, shape, bytes)
    })
    .into()
}

/// Writes down what a fit tells.
struct Clerk<'a> {
    folder: &'a mut LesionRunFolder,
    watch: &'a mut (dyn FnMut(Step) + Send),
    /// Steps of a network, and networks.
    steps: [usize; 2],
    setting: &'a Setting<'a>,
    prepared: &'a SafeTensors<'a>,
    chosen: &'a [usize],
}

impl Witness for Clerk<'_> {
    fn step(&mut self, part: usize, step: usize) {
        let [steps, parts] = self.steps;
        (self.watch)(Step::Steps {
            done: part * steps + step,
            all: steps * parts,
        });
    }

    fn report(&mut self, report: &Report) -> Result<(), LesionTrainingError> {
        (self.watch)(Step::Report(*report));
        self.folder.log(report)
    }

    fn keep(&mut self, progress: &Progress) -> Result<(), LesionTrainingError> {
        self.folder.keep(progress)
    }

    fn false_lesions(&mut self, parameters: &[f32]) -> Result<Vec<Spot>, LesionTrainingError> {
        let bytes = self.setting.assemble(self.prepared, parameters)?;
        let reader = self.setting.reader(&bytes)?;
        let (pictures, cancel) = (self.setting.pictures, self.setting.cancel);
        judge::false_lesions(&reader, pictures, self.chosen, LEAST_MINED, cancel)
    }
}

/// The run folder of a weight file.
pub fn run_folder(out: &Path) -> PathBuf {
    out.with_extension("run")
}
