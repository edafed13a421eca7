//! One training run of the lesion reader, from folders of pictures to a weight file.

use std::collections::BTreeSet;
use std::path::PathBuf;

use rayon::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};
use sha2::{Digest, Sha256};

use super::LesionTrainingError;
use super::canvas::compose;
use super::fit::{self, FitObserver, Job, Report};
use super::layers::LesionLayers;
use super::passes::Passes;
use super::pictures::{self, Picture};
use super::predict::Prediction;
use super::run_folder::{LesionRunFolder, RunRequest};
use super::sampler::{PicturePoint, Sampler};
use super::{figures, folds, norms, predict, size_weight};
use crate::config::Compute;
use crate::model::lesions::head::{DEEP, HIDDEN, NEAR, OUTPUTS};
use crate::model::lesions::metadata::{LesionFigures, LesionMetadata, LesionTraining};
use crate::model::lesions::reader::LesionReader;
use crate::model::lesions::recipe::LesionRecipe;
use crate::model::lesions::{MM_PER_PIXEL, WINDOW_HU};
use crate::model::placement::Placement;
use crate::model::weight_file::read_within_reason;
use crate::model::{Cancel, backbone};
use crate::text::hexadecimal;
use crate::training::progress::Progress;
use crate::training::rng::{self, Purpose};
use crate::training::tuning::parameters::{self, Written};
use crate::training::weight_file;

/// Minimum score of a position without a lesion that becomes a hard negative.
const LEAST_MINED: f32 = 0.1;
/// Number of canvases that batch norm is measured on.
const MEASURED: usize = 32;

/// Data, choices and output of a training run.
#[derive(Debug, Clone)]
pub struct Request {
    /// Folders of pictures, see [`pictures::read`].
    pub data: Vec<PathBuf>,
    /// The weight file that the network is initialised from.
    pub init: PathBuf,
    /// The weight file to write. The run's folder is beside it.
    pub out: PathBuf,
    pub recipe: LesionRecipe,
    /// Number of folds, from the first, that a network is trained for and measured on; `None` for all.
    pub measured_folds: Option<usize>,
    pub compute: Compute,
    /// Resumes a stopped run.
    pub resume: bool,
}

/// Progress of a run.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Step {
    /// Steps of all networks.
    Steps { done: usize, all: usize },
    /// Mean losses of some steps.
    Report(Report),
}

/// Inputs that all networks of a run share.
struct Setting<'a> {
    request: &'a Request,
    pictures: &'a [Picture],
    layers: LesionLayers,
    init: Vec<u8>,
    cancel: &'a Cancel,
}

/// A run's result, after it was written.
#[derive(Debug, Clone)]
pub struct Outcome {
    pub metadata: LesionMetadata,
    /// SHA-256 of the weight file.
    pub sha256: String,
}

/// Learns as `request` says: one network on everything, and one for each held-out part that is measured. Writes the last to a weight file,
/// calibrated by what the others said of the patients that they had not seen.
///
/// # Errors
/// What cannot be read, computed or written; [`LesionTrainingError::Cancelled`] when `cancel` was raised, after which
/// the same request with `resume` goes on.
pub fn train(
    request: &Request,
    cancel: &Cancel,
    watch: &mut (dyn FnMut(Step) + Send),
) -> Result<Outcome, LesionTrainingError> {
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
) -> Result<Outcome, LesionTrainingError> {
    let pictures = pictures::read(&request.data)?;
    let init = read_within_reason(&request.init).map_err(|error| LesionTrainingError::Init {
        path: request.init.clone(),
        reason: error.to_string(),
    })?;
    let asked = RunRequest {
        recipe: request.recipe.clone(),
        init_sha256: hexadecimal(&Sha256::digest(&init)),
        data_sha256: fingerprint(&pictures),
        finished: false,
    };
    let mut folder = LesionRunFolder::open(&request.out, asked.clone(), request.resume)?;
    let fold = folds::assign(&pictures, request.recipe.folds, request.recipe.seed);
    let setting = Setting {
        request,
        pictures: &pictures,
        layers: LesionLayers::new(),
        init,
        cancel,
    };
    let folds = request.recipe.folds;
    let measured = request.measured_folds.map_or(folds, |most| most.min(folds));
    let held_out_of = |part: usize| -> (Vec<usize>, Vec<usize>) {
        (0..pictures.len()).partition(|index| fold[*index] == part)
    };
    let mut unweighted = Vec::new();
    for part in 0..measured {
        let (held_out, chosen) = held_out_of(part);
        let network = setting.network(part, &chosen, &mut folder, watch)?;
        let name = predict::unweighted_file(part);
        unweighted.extend(setting.predictions(&name, &network, &held_out, &folder)?);
    }
    // The size weight of each fold comes from the others, so that its figures remain those of unseen patients.
    let size_weight = |part: Option<usize>| {
        let of_others = unweighted
            .iter()
            .filter(|it: &&Prediction| part != fold.get(it.picture).copied());
        let of_others: Vec<Prediction> = of_others.cloned().collect();
        size_weight::fit(&figures::pair(&pictures, &of_others))
    };
    let mut predictions = Vec::new();
    for part in 0..measured {
        let (held_out, chosen) = held_out_of(part);
        let network = setting.network(part, &chosen, &mut folder, watch)?;
        let network = setting.with_size(&network, size_weight(Some(part)))?;
        let name = predict::predictions_file(part);
        predictions.extend(setting.predictions(&name, &network, &held_out, &folder)?);
    }
    let everything: Vec<usize> = (0..pictures.len()).collect();
    let network = setting.network(folds, &everything, &mut folder, watch)?;
    // A single measured fold has no others, and the weights should be those that were measured.
    let weight = if measured > 1 { size_weight(None) } else { 0.0 };
    let network = setting.with_size(&network, weight)?;
    let mut metadata = describe(request, measured, &asked, (&pictures, &fold), &predictions);
    metadata.training.size_weight = Some(weight);
    let bytes = weight_file::with_header(&network, metadata.to_header())
        .map_err(|error| setting.unusable(error.to_string()))?;
    let sha256 = hexadecimal(&Sha256::digest(&bytes));
    let note = request.out.with_extension("sha256");
    for (path, bytes) in [
        (&request.out, bytes.as_slice()),
        (&note, format!("{sha256}\n").as_bytes()),
    ] {
        weight_file::write_whole(path, bytes).map_err(|reason| LesionTrainingError::Write {
            path: path.clone(),
            reason,
        })?;
    }
    folder.finish()?;
    Ok(Outcome { metadata, sha256 })
}

/// Description of the weight file, measured on held-out answers.
fn describe(
    request: &Request,
    measured_folds: usize,
    asked: &RunRequest,
    (pictures, fold_of): (&[Picture], &[usize]),
    predictions: &[Prediction],
) -> LesionMetadata {
    let held_out = figures::pair(pictures, predictions);
    let slice = figures::slice_level(&held_out);
    let patients: BTreeSet<&str> = pictures.iter().map(|it| it.patient.as_str()).collect();
    let crops = pictures.iter().filter(|picture| picture.is_crop()).count();
    let name = request.out.file_stem().unwrap_or_default();
    LesionMetadata {
        id: name.to_string_lossy().into_owned(),
        mm_per_pixel: MM_PER_PIXEL,
        window_hu: WINDOW_HU,
        lesion: figures::lesion_calibration(&held_out),
        slice,
        exam: figures::exam_level(&held_out),
        operating_points: figures::operating_points(&held_out),
        training: LesionTraining {
            init_sha256: asked.init_sha256.clone(),
            data_sha256: asked.data_sha256.clone(),
            recipe: request.recipe.clone(),
            crops,
            slices: pictures.len() - crops,
            patients: patients.len(),
            measured_folds: Some(measured_folds),
            size_weight: None,
            held_out: Some(LesionFigures {
                crossed: figures::crossed_figures(&held_out, fold_of),
                ..figures::measure(&held_out, &slice.calibration)
            }),
        },
        card: None,
    }
}

/// SHA-256 of the training data.
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

/// File name of a finished network in the run's folder.
fn network_file(part: usize) -> String {
    format!("network-{part}.safetensors")
}

impl Setting<'_> {
    fn unusable(&self, reason: impl ToString) -> LesionTrainingError {
        LesionTrainingError::Init {
            path: self.request.init.clone(),
            reason: reason.to_string(),
        }
    }

    /// The weights of network `part`, learnt from the pictures numbered in `chosen`; the one in the
    /// folder if it is finished.
    fn network(
        &self,
        part: usize,
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
        let placement = Placement::in_single_precision(&self.request.compute);
        let threads = self.request.compute.threads.unwrap_or_else(backbone::cores);
        let mut passes = Passes::new(&self.layers, &prepared, &placement, threads, recipe.batch)
            .map_err(|reason| self.unusable(reason))?;
        let trunk =
            parameters::read(&file, &self.layers.trunk).map_err(|reason| self.unusable(reason))?;
        let start = self
            .layers
            .start(&trunk, &mut rng::of(recipe.seed, Purpose::Head, &[part]));
        let progress = folder.checkpoint(part, self.layers.parameters)?;
        let progress = progress.unwrap_or_else(|| Progress::new(part, &start));
        let job = Job {
            recipe,
            layers: &self.layers,
            pictures: self.pictures,
            chosen,
            part,
        };
        let mut clerk = ProgressRecorder {
            folder: &mut *folder,
            watch,
            steps: [recipe.steps, recipe.folds + 1],
            setting: self,
            prepared: &file,
            chosen,
        };
        let learnt = fit::run(&job, progress, &mut passes, self.cancel, &mut clerk)?;
        let bytes = self.assemble(&file, &learnt)?;
        folder.write(&network_file(part), &bytes)?;
        Ok(bytes)
    }

    /// `network` with `weight` times its size output added to its malignancy output.
    fn with_size(&self, network: &[u8], weight: f32) -> Result<Vec<u8>, LesionTrainingError> {
        size_weight::add(network, weight).map_err(|reason| self.unusable(reason))
    }

    /// The answers of `network` for the pictures numbered in `held_out`, which it has not seen; those in the file `name` of the
    /// folder if they were given before.
    fn predictions(
        &self,
        name: &str,
        network: &[u8],
        held_out: &[usize],
        folder: &LesionRunFolder,
    ) -> Result<Vec<Prediction>, LesionTrainingError> {
        if let Some(kept) = folder.read(name)? {
            return predict::from_lines(&kept).map_err(|error| LesionTrainingError::Read {
                path: folder.path().join(name),
                reason: error.into(),
            });
        }
        let reader = self.reader(network)?;
        let predictions = predict::predict(&reader, self.pictures, held_out, self.cancel)?;
        let lines = predictions.iter().map(serde_json::to_string);
        let lines: Vec<String> = (lines.collect::<Result<_, _>>())
            .map_err(|error| folder.unwritten(name, error.into()))?;
        folder.write(name, lines.join("\n").as_bytes())?;
        Ok(predictions)
    }

    /// The network in `bytes` as a reader.
    fn reader(&self, bytes: &[u8]) -> Result<LesionReader, LesionTrainingError> {
        let compute = &self.request.compute;
        let threads = compute.threads.unwrap_or_else(backbone::cores);
        LesionReader::build(bytes, &Placement::in_single_precision(compute), threads)
            .map_err(|reason| self.unusable(reason))
    }

    /// The initial weights with batch norm measured on canvases of the pictures in `chosen`.
    fn prepared(&self, chosen: &[usize]) -> Result<Vec<u8>, LesionTrainingError> {
        let sampler = Sampler::new(self.pictures, chosen);
        if sampler.is_empty() {
            return Err(LesionTrainingError::NoNodules);
        }
        let images: Vec<Vec<f32>> = (0..MEASURED)
            .into_par_iter()
            .map(|number| {
                let mut rng = rng::of(self.request.recipe.seed, Purpose::View, &[number]);
                let parts = std::array::from_fn(|_| sampler.draw(self.pictures, &mut rng));
                compose(self.pictures, &parts, &mut rng).pixels
            })
            .collect();
        norms::measured(&self.init, &images.concat()).map_err(|reason| self.unusable(reason))
    }

    /// The weight file of a network: the frozen stages of `prepared`, and the trained parameters.
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

/// The head's tensors for a weight file.
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

/// Writes the progress of a fit to the run folder.
struct ProgressRecorder<'a> {
    folder: &'a mut LesionRunFolder,
    watch: &'a mut (dyn FnMut(Step) + Send),
    /// Number of steps of a network, and number of networks.
    steps: [usize; 2],
    setting: &'a Setting<'a>,
    prepared: &'a SafeTensors<'a>,
    chosen: &'a [usize],
}

impl FitObserver for ProgressRecorder<'_> {
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

    fn false_lesions(
        &mut self,
        parameters: &[f32],
    ) -> Result<Vec<PicturePoint>, LesionTrainingError> {
        let bytes = self.setting.assemble(self.prepared, parameters)?;
        let reader = self.setting.reader(&bytes)?;
        let (pictures, cancel) = (self.setting.pictures, self.setting.cancel);
        predict::false_lesions(&reader, pictures, self.chosen, LEAST_MINED, cancel)
    }
}
