//! Fine-tuning by a plan: the network of every part, its held-out outputs, and the final network.

use candle_core::Device;

use super::activations::{Activations, Source};
use super::dataset::Dataset;
use super::evaluated::{self, Answers, Evaluated};
use super::fit::{Epoch, Fit, FitError, FitObserver, Job};
use super::frozen;
use super::plan::Plan;
use super::progress::Progress;
use super::run_folder::{RunFolder, RunFolderError};
use super::session::{Request, Setting, Step, TrainingError};
use super::tuning::parameters::{self, Written};
use super::weight_file;
use crate::model::head::PerClass;
use crate::model::input::SIDE;
use crate::model::layers::Layers;
use crate::model::placement::Placement;
use crate::model::{Cancel, backbone};

/// File in a run folder that stores the first part's network, which is the result without folds.
const FIRST_NETWORK: &str = "network.f32";

/// Result of fine-tuning.
#[derive(Debug)]
pub struct Tuned {
    /// The trained tensors; `None` if only figures were requested.
    pub tensors: Option<Vec<Written>>,
    pub evaluated: Evaluated,
    /// The pooled features of every part's network, in the plan's order; see [`PartFeatures`].
    pub features: Vec<PartFeatures>,
    /// Features of the network in `tensors`; `None` without it.
    pub final_features: Option<PartFeatures>,
}

/// Output of the last stage of one part's network for every slice: the mean over the pixels, and over the slice
/// and its mirror image if the recipe includes that.
#[derive(Debug, Clone, PartialEq)]
pub struct PartFeatures {
    /// Number of features of a slice.
    pub dimension: usize,
    /// `(slices, features)`, in the data set's order.
    pub pooled: Vec<f32>,
}

impl PartFeatures {
    /// The features of one slice; empty if there is no such slice.
    pub fn of(&self, slice: usize) -> &[f32] {
        let from = slice * self.dimension;
        (self.pooled.get(from..from + self.dimension)).unwrap_or_default()
    }
}

/// Inputs that all parts share.
struct Shared<'a> {
    request: &'a Request,
    dataset: &'a Dataset,
    layers: Layers,
    start: Vec<f32>,
    activations: Activations,
    device: Device,
    everything: Vec<usize>,
}

/// Trains the stages from `first_stage` on, on top of the frozen ones.
///
/// # Errors
/// Data that cannot be read, computed or stored; [`TrainingError::Cancelled`] if `cancel` was raised, after
/// which the same request with `resume` continues.
pub fn tune(
    setting: &Setting<'_>,
    first_stage: usize,
    cancel: &Cancel,
    watch: &mut (dyn FnMut(Step) + Send),
    run: &mut RunFolder,
) -> Result<Tuned, TrainingError> {
    let Setting {
        request,
        dataset,
        plan,
        init,
        init_sha256,
        data_sha256,
    } = *setting;
    let unusable = |reason: String| TrainingError::Init {
        path: request.init.clone(),
        reason,
    };
    let side = (SIDE / 4) >> (first_stage - 2);
    let layers = Layers::new(&request.network, first_stage, side);
    let file =
        safetensors::SafeTensors::deserialize(init).map_err(|error| unusable(error.to_string()))?;
    let start = parameters::read(&file, &layers).map_err(|error| unusable(error.to_string()))?;
    let threads = request.compute.threads.unwrap_or_else(backbone::cores);
    let source = Source {
        init_sha256,
        data_sha256,
        stage: first_stage - 1,
        views: request
            .recipe
            .views
            .max(if request.recipe.mirror { 2 } else { 1 }),
        seed: request.recipe.seed,
        image: layers.image(),
    };
    let placement = Placement::in_single_precision(&request.compute);
    let frozen = || frozen::stages(init, &request.network, first_stage - 1, &placement, threads);
    let all = dataset.slices.len();
    let cache = &request.cache;
    let activations = Activations::open(cache, &source, dataset, frozen, cancel, |done| {
        watch(Step::Slices { done, all });
    })?;
    let shop = Shared {
        request,
        dataset,
        layers,
        start,
        activations,
        device: placement.device.clone(),
        everything: (0..all).collect(),
    };
    let pool = rayon::ThreadPoolBuilder::new()
        .num_threads(threads.get())
        .build();
    let mut work = || shop.run(plan, cancel, watch, run);
    match pool {
        Ok(pool) => pool.install(work),
        // If the system cannot create a thread pool, the global one does the work.
        Err(_) => work(),
    }
}

impl Shared<'_> {
    fn run(
        &self,
        plan: &Plan,
        cancel: &Cancel,
        watch: &mut (dyn FnMut(Step) + Send),
        run: &mut RunFolder,
    ) -> Result<Tuned, TrainingError> {
        let slices = &self.dataset.slices;
        let recipe = &self.request.recipe;
        let last = plan.folded && !self.request.figures_only;
        let fits = plan.parts.len() + usize::from(last);
        let (mut answers, mut features) = (Vec::new(), Vec::new());
        for part in &plan.parts {
            let name = format!("features-{}.f32", part.number);
            if let (Some(answered), Some(pooled)) =
                (run.answers(part, slices)?, run.kept_file(&name)?)
            {
                answers.push(answered);
                features.push(self.features(from_bytes(&pooled)));
                continue;
            }
            let watched = match plan.folded {
                true => &part.test,
                false => &part.validation,
            };
            let job = self.job(part.number, &part.training, watched, !plan.folded);
            let mut fit = Fit::new(job)?;
            let learnt = self.fit(&mut fit, part.number, fits, cancel, watch, run)?;
            let mut probabilities = |chosen: &[usize]| -> Result<Vec<PerClass>, FitError> {
                let mut logits = fit.outputs(&learnt, chosen, 0)?.logits;
                if recipe.mirror {
                    let mirrored = fit.outputs(&learnt, chosen, 1)?.logits;
                    for (plain, mirrored) in logits.iter_mut().zip(mirrored) {
                        *plain =
                            std::array::from_fn(|class| 0.5 * (plain[class] + mirrored[class]));
                    }
                }
                Ok(logits)
            };
            let answered = Answers {
                validation: probabilities(&part.validation)?,
                test: probabilities(&part.test)?,
            };
            let pooled = self.pooled(&mut fit, &learnt)?;
            run.keep_file(&name, &to_bytes(&pooled))?;
            if !plan.folded && part.number == 0 {
                run.keep_file(FIRST_NETWORK, &to_bytes(&learnt))?;
            }
            run.answered(part, slices, &answered)?;
            answers.push(answered);
            features.push(self.features(pooled));
        }
        let (tensors, final_features) = match (self.request.figures_only, plan.folded) {
            (true, _) => (None, None),
            (false, true) => {
                let number = plan.parts.len();
                let mut fit = Fit::new(self.job(number, &self.everything, &[], false))?;
                let learnt = self.fit(&mut fit, number, fits, cancel, watch, run)?;
                let pooled = self.pooled(&mut fit, &learnt)?;
                (Some(learnt), Some(self.features(pooled)))
            }
            (false, false) => {
                let kept = run
                    .kept_file(FIRST_NETWORK)?
                    .map(|bytes| from_bytes(&bytes));
                let kept = kept.filter(|kept| kept.len() == self.layers.parameters);
                (kept, features.first().cloned())
            }
        };
        Ok(Tuned {
            tensors: tensors.map(|learnt| self.tensors(&learnt)),
            evaluated: evaluated::evaluate(plan, slices, &answers),
            features,
            final_features,
        })
    }

    /// The pooled features of every slice for inference: of the slice, or the mean of the slice and its mirror
    /// image.
    fn pooled(&self, fit: &mut Fit<'_>, learnt: &[f32]) -> Result<Vec<f32>, FitError> {
        let mut pooled = fit.outputs(learnt, &self.everything, 0)?.pooled;
        if self.request.recipe.mirror {
            let mirrored = fit.outputs(learnt, &self.everything, 1)?.pooled;
            for (value, mirrored) in pooled.iter_mut().zip(mirrored) {
                *value = 0.5 * (*value + mirrored);
            }
        }
        Ok(pooled)
    }

    fn job<'a>(
        &'a self,
        part: usize,
        training: &'a [usize],
        watched: &'a [usize],
        watched_choose: bool,
    ) -> Job<'a> {
        Job {
            recipe: &self.request.recipe,
            layers: &self.layers,
            device: &self.device,
            start: &self.start,
            activations: &self.activations,
            slices: &self.dataset.slices,
            part,
            training,
            watched,
            watched_choose,
        }
    }

    /// Trains one network, from its checkpoint if there is one.
    fn fit(
        &self,
        fit: &mut Fit<'_>,
        part: usize,
        parts: usize,
        cancel: &Cancel,
        watch: &mut (dyn FnMut(Step) + Send),
        run: &mut RunFolder,
    ) -> Result<Vec<f32>, TrainingError> {
        let kept = run.checkpoint(part, self.layers.parameters)?;
        let progress = kept.unwrap_or_else(|| Progress::new(part, fit.start()));
        let mut observer = ProgressWriter {
            part,
            parts,
            watch,
            run,
        };
        Ok(fit.run(progress, cancel, &mut observer)?)
    }

    fn features(&self, pooled: Vec<f32>) -> PartFeatures {
        PartFeatures {
            dimension: self.layers.features,
            pooled,
        }
    }

    fn tensors(&self, learnt: &[f32]) -> Vec<Written> {
        let mut tensors = parameters::write(&self.layers, learnt);
        let weight = &learnt[self.layers.head_weight.clone()];
        tensors.extend(weight_file::head(
            weight,
            &learnt[self.layers.head_bias.clone()],
        ));
        tensors
    }
}

/// Writes the progress of a fit to the run folder.
struct ProgressWriter<'a> {
    part: usize,
    parts: usize,
    watch: &'a mut (dyn FnMut(Step) + Send),
    run: &'a mut RunFolder,
}

impl FitObserver for ProgressWriter<'_> {
    fn step(&mut self, done: usize, all: usize) {
        (self.watch)(Step::Steps {
            done: self.part * all + done,
            all: self.parts * all,
        });
    }

    fn epoch(&mut self, epoch: &Epoch, progress: &Progress) -> Result<(), RunFolderError> {
        (self.watch)(Step::Epoch(*epoch));
        self.run.keep(epoch, progress)
    }
}

fn to_bytes(values: &[f32]) -> Vec<u8> {
    values
        .iter()
        .flat_map(|value| value.to_le_bytes())
        .collect()
}

fn from_bytes(bytes: &[u8]) -> Vec<f32> {
    let words = bytes.as_chunks::<4>().0.iter();
    words.map(|word| f32::from_le_bytes(*word)).collect()
}
