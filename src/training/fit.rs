//! Trains one network on its slices, epoch by epoch.

mod draws;

use std::time::Instant;

use candle_core::Device;
use rand::RngExt;
use rand::seq::SliceRandom;
use rayon::prelude::*;

use super::activations::{Activations, ActivationsError};
use super::dataset::LabelledSlice;
use super::evaluated;
use super::logistic::{Examples, Linear};
use super::metrics;
use super::progress::Progress;
use super::rng::{self, Purpose};
use super::run_folder::RunFolderError;
use super::tuning::adamw::Group;
use super::tuning::loss;
use super::tuning::pass;
use super::tuning::passes::Passes;
use super::tuning::schedule;
use crate::model::Cancel;
use crate::model::head::{Calibration, Class, PerClass, softmax};
use crate::model::layers::Layers;
use crate::model::recipe::{HeadStart, Recipe};

/// Penalty of the regression that initialises the last layer: chosen on held-out cases of the frozen network.
const REGRESSION_PENALTY: f64 = 1.0;

/// Input of a fit.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    pub recipe: &'a Recipe,
    pub layers: &'a Layers,
    /// Device of the passes.
    pub device: &'a Device,
    /// The initial parameters, with a last layer of zeros.
    pub start: &'a [f32],
    pub activations: &'a Activations,
    pub slices: &'a [LabelledSlice],
    /// Number of the part; seeds its random numbers.
    pub part: usize,
    pub training: &'a [usize],
    /// Validation slices, which are evaluated after every epoch and never trained on.
    pub watched: &'a [usize],
    /// True if the validation slices choose the epoch.
    pub watched_choose: bool,
}

/// Results of one epoch, for the log.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Epoch {
    pub part: usize,
    pub member: usize,
    pub epoch: usize,
    /// The learning rate of the last step.
    pub rate: f64,
    /// Mean over the epoch, with dropout, label smoothing and mixup.
    pub training_loss: f64,
    /// Loss and AUC of the malignancy probability on the validation slices, if there are any.
    pub watched: Option<(f64, f64)>,
    pub seconds: f64,
}

/// Receives the progress of a fit.
pub trait FitObserver {
    /// Called after every step.
    fn step(&mut self, done: usize, all: usize);
    /// Called after every epoch, with the state needed to resume.
    ///
    /// # Errors
    /// An error stops the fit.
    fn epoch(&mut self, epoch: &Epoch, progress: &Progress) -> Result<(), RunFolderError>;
}

/// Errors of a fit.
#[derive(Debug, thiserror::Error)]
pub enum FitError {
    #[error(transparent)]
    Activations(#[from] ActivationsError),
    #[error("the loss is not a number after {steps} steps; lower --learning-rate")]
    Diverged { steps: usize },
    #[error(transparent)]
    RunFolder(#[from] RunFolderError),
    #[error("the device failed: {0}; try a smaller --batch or --device cpu")]
    Device(candle_core::Error),
    #[error("training was stopped")]
    Cancelled,
}

/// Raw outputs and pooled features of slices, in the requested order.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Outputs {
    pub logits: Vec<PerClass>,
    /// `(slices, features)`
    pub pooled: Vec<f32>,
}

/// Buffers and job of a fit.
#[derive(Debug)]
pub struct Fit<'a> {
    job: Job<'a>,
    passes: Passes,
    gradients: Vec<f32>,
    images: Vec<f32>,
    /// Images of the mixup partners.
    others: Vec<f32>,
    /// Weight of a slice of each class.
    class_weights: PerClass<f32>,
    /// The initial parameters of every member.
    start: Vec<f32>,
}

impl<'a> Fit<'a> {
    /// Allocates the buffers, and trains the initial last layer if the recipe includes that.
    ///
    /// # Errors
    /// The activations cannot be read, or the device failed.
    pub fn new(job: Job<'a>) -> Result<Self, FitError> {
        let batch = job.recipe.batch.max(1);
        let images = vec![0.0; batch * job.layers.image()];
        let others = match job.recipe.mixup > 0.0 {
            true => images.clone(),
            false => Vec::new(),
        };
        let mut fit = Self {
            passes: Passes::new(job.layers, batch, job.device),
            gradients: vec![0.0; job.layers.parameters],
            images,
            others,
            class_weights: job.class_weights(),
            start: job.start.to_vec(),
            job,
        };
        if job.recipe.head_start == HeadStart::Regression {
            fit.regress()?;
        }
        Ok(fit)
    }

    /// The initial parameters of every member.
    pub fn start(&self) -> &[f32] {
        &self.start
    }

    /// Initialises the last layer by logistic regression on the features of the initial network for the
    /// training slices, unchanged and mirrored. With an untrained last layer the first gradients would distort
    /// the stages below: Kumar et al., "Fine-tuning can distort pretrained features and underperform
    /// out-of-distribution", 2022.
    fn regress(&mut self) -> Result<(), FitError> {
        let Job {
            layers, training, ..
        } = self.job;
        let views = self.job.activations.views().clamp(1, 2);
        let start = std::mem::take(&mut self.start);
        let seen = (0..views)
            .map(|view| self.outputs(&start, training, view))
            .collect::<Result<Vec<Outputs>, FitError>>()?;
        let mut examples = Examples::default();
        for outputs in &seen {
            let rows = outputs.pooled.chunks_exact(layers.features.max(1));
            for (row, slice) in rows.zip(training) {
                if let Some(slice) = self.job.slices.get(*slice) {
                    examples.rows.push(row);
                    examples.classes.push(slice.class);
                }
            }
        }
        self.start = start;
        if let Some(linear) = Linear::fit(&examples, &[REGRESSION_PENALTY]).first() {
            let (weight, bias) = linear.folded();
            self.start[layers.head_weight.clone()].copy_from_slice(&weight);
            self.start[layers.head_bias.clone()].copy_from_slice(&bias);
        }
        Ok(())
    }

    /// Trains from `progress` on and returns the parameters: the mean of all members' weights.
    pub fn run(
        &mut self,
        mut progress: Progress,
        cancel: &Cancel,
        observer: &mut dyn FitObserver,
    ) -> Result<Vec<f32>, FitError> {
        let recipe = self.job.recipe;
        let steps = self.job.order(0, 0).len().div_ceil(recipe.batch.max(1));
        let all = steps * recipe.epochs * recipe.members;
        while progress.position.member < recipe.members {
            while progress.position.epoch < recipe.epochs && !self.is_over(&progress) {
                let position = &progress.position;
                let before = (position.member * recipe.epochs + position.epoch) * steps;
                let epoch = self.epoch(&mut progress, steps, cancel, &mut |step| {
                    observer.step(before + step, all);
                })?;
                observer.epoch(&epoch, &progress)?;
            }
            let learnt = progress.trained().to_vec();
            if progress.members.is_empty() {
                progress.members = learnt;
            } else {
                let share = 1.0 / (progress.position.member + 1) as f32;
                blend(&mut progress.members, &learnt, share);
            }
            progress.next_member(&self.start);
        }
        Ok(progress.members)
    }

    /// True if the validation loss has not improved for too long.
    fn is_over(&self, progress: &Progress) -> bool {
        self.job.watched_choose && progress.position.since_best >= self.job.recipe.patience.max(1)
    }

    fn epoch(
        &mut self,
        progress: &mut Progress,
        steps: usize,
        cancel: &Cancel,
        step: &mut dyn FnMut(usize),
    ) -> Result<Epoch, FitError> {
        let begun = Instant::now();
        let Job {
            recipe,
            layers,
            part,
            ..
        } = self.job;
        let (member, epoch) = (progress.position.member, progress.position.epoch);
        let order = self.job.order(member, epoch);
        let all = steps * recipe.epochs;
        let averaged_from = ((1.0 - recipe.average) * all as f64).floor() as usize;
        let (mut sum, mut factor) = (0.0, 0.0);
        for (number, chosen) in order.chunks(recipe.batch.max(1)).enumerate() {
            if cancel.is_cancelled() {
                return Err(FitError::Cancelled);
            }
            let place = [part, member, epoch, number];
            let loss = self.gradients(&progress.parameters, chosen, &place)?;
            if !loss.is_finite() {
                let steps = progress.position.steps;
                return Err(FitError::Diverged { steps });
            }
            factor = schedule::factor(progress.position.steps, all);
            let groups = groups(layers, recipe, factor);
            (progress.memory).step(&mut progress.parameters, &self.gradients, &groups);
            if recipe.average > 0.0 && progress.position.steps >= averaged_from {
                if progress.average.is_empty() {
                    progress.average.clone_from(&progress.parameters);
                }
                progress.position.averaged += 1;
                let share = 1.0 / progress.position.averaged as f32;
                blend(&mut progress.average, &progress.parameters, share);
            }
            progress.position.steps += 1;
            sum += f64::from(loss) * chosen.len() as f64;
            step(number + 1);
        }
        progress.position.epoch += 1;
        let watched = match self.job.watched.is_empty() {
            true => None,
            false => Some(self.watch(progress)?),
        };
        Ok(Epoch {
            part,
            member,
            epoch,
            rate: recipe.learning_rate * factor,
            training_loss: sum / order.len().max(1) as f64,
            watched,
            seconds: begun.elapsed().as_secs_f64(),
        })
    }

    /// Evaluates the validation slices, and stores the parameters if these choose the epoch and it is the best
    /// so far.
    fn watch(&mut self, progress: &mut Progress) -> Result<(f64, f64), FitError> {
        let outputs = self.outputs(progress.candidate(), self.job.watched, 0)?;
        let slices: Vec<&LabelledSlice> = (self.job.watched.iter())
            .filter_map(|slice| self.job.slices.get(*slice))
            .collect();
        let surprises = outputs.logits.iter().zip(&slices).map(|(logits, slice)| {
            let probability = softmax(*logits, 1.0)[slice.class.index()];
            -probability.max(f64::MIN_POSITIVE).ln()
        });
        let loss = surprises.sum::<f64>() / slices.len().max(1) as f64;
        let auc = metrics::auc(&evaluated::labelled_scores(
            &outputs.logits,
            &slices,
            &Calibration::NONE,
        ));
        if self.job.watched_choose {
            let position = &mut progress.position;
            if position.best_loss.is_none_or(|best| loss < best) {
                position.best_loss = Some(loss);
                position.since_best = 0;
                progress.best = progress.candidate().to_vec();
            } else {
                position.since_best += 1;
            }
        }
        Ok((loss, auc))
    }

    /// The mean loss of one step's slices; stores the gradients in `self.gradients`.
    fn gradients(
        &mut self,
        parameters: &[f32],
        chosen: &[usize],
        place: &[usize; 4],
    ) -> Result<f32, FitError> {
        let Job { recipe, layers, .. } = self.job;
        let [_, member, epoch, _] = *place;
        let mut rng = rng::of(recipe.seed, Purpose::Step, place);
        let wanted: Vec<(usize, usize)> = (chosen.iter())
            .map(|slice| (*slice, self.job.view(*slice, member, epoch)))
            .collect();
        let numbers = wanted.len() * layers.image();
        read(self.job.activations, &wanted, &mut self.images[..numbers])?;
        let mut truths: Vec<PerClass<f32>> = Vec::with_capacity(chosen.len());
        let mut weights = Vec::with_capacity(chosen.len());
        for slice in chosen
            .iter()
            .filter_map(|slice| self.job.slices.get(*slice))
        {
            truths.push(loss::truth(slice.class, recipe.label_smoothing));
            weights.push(self.class_weights[slice.class.index()]);
        }
        if recipe.mixup > 0.0 {
            let share = draws::beta(recipe.mixup, &mut rng);
            let mut partner: Vec<usize> = (0..chosen.len()).collect();
            partner.shuffle(&mut rng);
            let (images, others) = (&mut self.images[..numbers], &mut self.others[..numbers]);
            others.copy_from_slice(images);
            (images.par_chunks_mut(layers.image()))
                .zip(&partner)
                .for_each(|(image, partner)| {
                    let from = partner * layers.image();
                    blend_slices(image, &others[from..from + layers.image()], 1.0 - share);
                });
            let (alone, alone_weights) = (truths.clone(), weights.clone());
            for (number, partner) in partner.iter().enumerate() {
                blend_slices(&mut truths[number], &alone[*partner], 1.0 - share);
                weights[number] += (1.0 - share) * (alone_weights[*partner] - weights[number]);
            }
        }
        let dropout: Option<Vec<f32>> = (recipe.dropout > 0.0).then(|| {
            let kept = (1.0 / (1.0 - recipe.dropout)) as f32;
            let draws = 0..chosen.len() * layers.features;
            draws
                .map(|_| match rng.random_bool(recipe.dropout) {
                    true => 0.0,
                    false => kept,
                })
                .collect()
        });
        let examples = pass::Examples {
            images: &self.images[..numbers],
            truths: &truths,
            weights: &weights,
            dropout: dropout.as_deref(),
        };
        let gradients = &mut self.gradients;
        (self
            .passes
            .backward(layers, parameters, &examples, gradients))
        .map_err(FitError::Device)
    }

    /// Outputs of the network with `parameters` for `slices`, each in its view of number `view`.
    pub fn outputs(
        &mut self,
        parameters: &[f32],
        slices: &[usize],
        view: usize,
    ) -> Result<Outputs, FitError> {
        let layers = self.job.layers;
        let mut outputs = Outputs::default();
        for chosen in slices.chunks(self.job.recipe.batch.max(1)) {
            let wanted: Vec<(usize, usize)> = chosen.iter().map(|slice| (*slice, view)).collect();
            let numbers = wanted.len() * layers.image();
            read(self.job.activations, &wanted, &mut self.images[..numbers])?;
            let images = &self.images[..numbers];
            let (pooled, logits) =
                (self.passes.forward(layers, parameters, images)).map_err(FitError::Device)?;
            let rows = logits.as_chunks::<{ Class::ALL.len() }>().0.iter();
            outputs.logits.extend(rows.map(|row| row.map(f64::from)));
            outputs.pooled.extend(pooled);
        }
        Ok(outputs)
    }
}

/// Reads one view of each slice into `images`, one after the other.
fn read(
    activations: &Activations,
    wanted: &[(usize, usize)],
    images: &mut [f32],
) -> Result<(), ActivationsError> {
    (images.par_chunks_mut(activations.image()))
        .zip(wanted)
        .try_for_each(|(image, (slice, view))| activations.read(*slice, *view, image))
}

/// The learning rates of a step: filters and their biases, the last layer and its biases. Biases have no weight
/// decay.
fn groups(layers: &Layers, recipe: &Recipe, factor: f64) -> Vec<Group> {
    let body = (recipe.learning_rate * factor) as f32;
    let head = (recipe.head_learning_rate * factor) as f32;
    let decay = recipe.weight_decay as f32;
    let group = |range: &std::ops::Range<usize>, rate, decay| Group {
        range: range.clone(),
        rate,
        decay,
    };
    let mut groups = Vec::new();
    for layer in layers.convolutions() {
        groups.push(group(&layer.weight, body, decay));
        groups.push(group(&layer.bias, body, 0.0));
    }
    groups.push(group(&layers.head_weight, head, decay));
    groups.push(group(&layers.head_bias, head, 0.0));
    groups
}

/// Interpolates `values` towards `others` by `share`, on all threads.
fn blend(values: &mut [f32], others: &[f32], share: f32) {
    const TOGETHER: usize = 1 << 15;
    (values
        .par_chunks_mut(TOGETHER)
        .zip(others.par_chunks(TOGETHER)))
    .for_each(|(values, others)| blend_slices(values, others, share));
}

fn blend_slices(values: &mut [f32], others: &[f32], share: f32) {
    let pairs = values.iter_mut().zip(others);
    pairs.for_each(|(value, other)| *value += share * (other - *value));
}
