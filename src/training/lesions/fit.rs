//! Trains one network: AdamW steps on random canvases, with hard-negative mining.

use std::time::{Duration, Instant};

use rayon::prelude::*;

use super::LesionTrainingError;
use super::canvas::{Canvas, compose};
use super::layers::LesionLayers;
use super::loss::Loss;
use super::passes::Passes;
use super::pictures::Picture;
use super::sampler::{PicturePoint, Sampler};
use crate::model::lesions::recipe::LesionRecipe;
use crate::model::{Cancel, EngineError};
use crate::training::progress::Progress;
use crate::training::rng::{self, Purpose};
use crate::training::tuning::adamw::Group;
use crate::training::tuning::schedule;

/// Number of steps between two lines of the log.
const LOGGED: usize = 25;
/// Maximum norm of the gradient (clipping).
const LONGEST_GRADIENT: f32 = 5.0;
/// Decay of the running mean of weights, which is the result of the training.
const AVERAGE: f32 = 0.995;

/// Input of the training of one network.
pub struct Job<'a> {
    pub recipe: &'a LesionRecipe,
    pub layers: &'a LesionLayers,
    pub pictures: &'a [Picture],
    /// Indices of the training pictures.
    pub chosen: &'a [usize],
    /// Number of the network in the run.
    pub part: usize,
}

/// Mean losses of some steps.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Report {
    pub part: usize,
    /// Number of steps done.
    pub step: usize,
    pub learning_rate: f64,
    pub loss: Loss,
    pub seconds: f64,
}

/// Receives the progress of a fit and finds its false lesions.
pub trait FitObserver {
    /// Called after every step with the number of steps.
    fn step(&mut self, part: usize, step: usize);
    /// Called after some steps.
    fn report(&mut self, report: &Report) -> Result<(), LesionTrainingError>;
    /// Stores the state to resume from.
    fn keep(&mut self, progress: &Progress) -> Result<(), LesionTrainingError>;
    /// Positions on the training pictures where the network `parameters` sees a lesion and none is marked.
    fn false_lesions(
        &mut self,
        parameters: &[f32],
    ) -> Result<Vec<PicturePoint>, LesionTrainingError>;
}

/// Minimum time between two checkpoints.
const PAUSE: Duration = Duration::from_secs(120);

/// Learns the network of `job` from `progress` on by `passes`; its weights are the running mean over the last steps.
///
/// # Errors
/// [`LesionTrainingError::Cancelled`] if `cancel` was raised; errors of writing; a loss that is not a number.
pub fn run(
    job: &Job<'_>,
    mut progress: Progress,
    passes: &mut Passes,
    cancel: &Cancel,
    observer: &mut dyn FitObserver,
) -> Result<Vec<f32>, LesionTrainingError> {
    let recipe = job.recipe;
    let mut sampler = Sampler::new(job.pictures, job.chosen);
    if sampler.is_empty() {
        return Err(LesionTrainingError::NoNodules);
    }
    let mut gradients = vec![0.0; job.layers.parameters];
    if progress.average.is_empty() {
        progress.average = progress.parameters.clone();
    }
    let (mut sums, mut kept, mut since) = (Loss::default(), Instant::now(), Instant::now());
    let first = progress.memory.steps;
    // A resumed run searches for false lesions at once, since they are not stored.
    let mut mined = false;
    for step in first..recipe.steps {
        if cancel.is_cancelled() {
            observer.keep(&progress)?;
            return Err(LesionTrainingError::Cancelled);
        }
        let round = mining_round(step, recipe);
        if round == Some(true) || (round == Some(false) && !mined) {
            sampler.hard = observer.false_lesions(&progress.average)?;
            mined = true;
        }
        let canvases = canvases(job, &sampler, step);
        let parameters = &mut progress.parameters;
        let outcome = passes.backward(job.layers, parameters, &canvases, &mut gradients, cancel);
        let loss = match outcome {
            Ok(loss) => loss,
            Err(EngineError::Cancelled) => continue,
            Err(error) => return Err(LesionTrainingError::Frozen(error)),
        };
        if !loss.total().is_finite() {
            return Err(LesionTrainingError::Diverged { step });
        }
        shorten(&mut gradients);
        let rate = schedule::factor(step, recipe.steps);
        progress
            .memory
            .step(parameters, &gradients, &groups(job.layers, recipe, rate));
        // Early weights should have little influence on the mean of a short run.
        let kept_share = AVERAGE.min((1.0 + step as f32) / (10.0 + step as f32));
        (progress
            .average
            .par_iter_mut()
            .zip(progress.parameters.par_iter()))
        .for_each(|(mean, value)| *mean += (1.0 - kept_share) * (value - *mean));
        progress.position.steps = progress.memory.steps;
        sums += loss;
        observer.step(job.part, step + 1);
        if (step + 1) % LOGGED == 0 || step + 1 == recipe.steps {
            let count = ((step - first) % LOGGED + 1) as f32;
            observer.report(&Report {
                part: job.part,
                step: step + 1,
                learning_rate: rate * recipe.learning_rate,
                loss: Loss {
                    lesion: sums.lesion / count,
                    malignancy: sums.malignancy / count,
                    size: sums.size / count,
                },
                seconds: since.elapsed().as_secs_f64(),
            })?;
            (sums, since) = (Loss::default(), Instant::now());
        }
        if kept.elapsed() > PAUSE {
            observer.keep(&progress)?;
            kept = Instant::now();
        }
    }
    Ok(progress.average)
}

/// `Some(true)` if false lesions are searched before `step`, `Some(false)` if they were before an earlier one.
fn mining_round(step: usize, recipe: &LesionRecipe) -> Option<bool> {
    let rounds = recipe.mining_rounds;
    let at = |round: usize| (recipe.steps * (round + 1)) / (rounds + 2);
    let last = (0..rounds).rev().find(|round| step >= at(*round))?;
    Some(step == at(last))
}

/// The canvases of a step.
fn canvases(job: &Job<'_>, sampler: &Sampler, step: usize) -> Vec<Canvas> {
    (0..job.recipe.batch)
        .into_par_iter()
        .map(|number| {
            let place = [job.part, step, number];
            let mut rng = rng::of(job.recipe.seed, Purpose::Canvas, &place);
            let parts = std::array::from_fn(|_| sampler.draw(job.pictures, &mut rng));
            compose(job.pictures, &parts, &mut rng)
        })
        .collect()
}

fn groups(layers: &LesionLayers, recipe: &LesionRecipe, factor: f64) -> [Group; 2] {
    let group = |range, rate: f64| Group {
        range,
        rate: (factor * rate) as f32,
        decay: recipe.weight_decay as f32,
    };
    let trunk = layers.trunk.head_weight.start;
    [
        group(0..trunk, recipe.learning_rate),
        group(
            layers.near.start..layers.parameters,
            recipe.head_learning_rate,
        ),
    ]
}

/// Clips the norm of the gradient to [`LONGEST_GRADIENT`].
fn shorten(gradients: &mut [f32]) {
    let squares: f64 = gradients
        .par_chunks(1 << 16)
        .map(|part| {
            part.iter()
                .map(|value| f64::from(*value).powi(2))
                .sum::<f64>()
        })
        .collect::<Vec<f64>>()
        .iter()
        .sum();
    let length = squares.sqrt() as f32;
    if length > LONGEST_GRADIENT {
        let factor = LONGEST_GRADIENT / length;
        gradients.par_iter_mut().for_each(|value| *value *= factor);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn false_lesions_are_searched_in_the_middle_of_a_run() {
        let recipe = LesionRecipe {
            steps: 100,
            mining_rounds: 2,
            ..LesionRecipe::default()
        };
        assert_eq!(mining_round(24, &recipe), None);
        assert_eq!(mining_round(25, &recipe), Some(true));
        assert_eq!(mining_round(26, &recipe), Some(false));
        assert_eq!(mining_round(50, &recipe), Some(true));
        assert_eq!(mining_round(99, &recipe), Some(false));
    }

    #[test]
    fn long_gradients_are_clipped_and_short_ones_are_not() {
        let mut gradients = vec![30.0, 40.0];
        shorten(&mut gradients);
        assert!((gradients[0] - 3.0).abs() < 1e-5 && (gradients[1] - 4.0).abs() < 1e-5);
        shorten(&mut gradients);
        assert!((gradients[1] - 4.0).abs() < 1e-5);
    }
}
