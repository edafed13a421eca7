//! ResNet-50 on the processor: a forward pass optimised by hand.
//!
//! Candle's plain path spends time on copies and element-wise passes. This engine avoids them by planning once: activations are
//! stored in blocks of sixteen channels ([`block`], [`plane`]); weights are packed at load and stay in the file's half
//! precision ([`panels`]); batch norm, residual and ReLU are applied in registers before a sum is stored ([`kernels::tile`]);
//! 3×3 convolutions use Winograd's method where that is faster ([`winograd`]); all memory is allocated once ([`network`]); and
//! threads run the layers in lockstep ([`thread_pool`]). `unsafe` is limited to memory shared by threads and to the kernels.

#![expect(
    unsafe_code,
    reason = "the kernels are written for one instruction set each, and threads share a buffer"
)]

mod backbone;
pub mod block;
pub mod bottleneck;
mod build;
pub mod convolution;
pub mod kernels;
pub mod network;
pub mod panels;
pub mod plane;
pub mod stem;
pub mod thread_pool;
pub mod weights;
pub mod winograd;

#[cfg(test)]
mod tests;

use std::io;
use std::num::NonZeroUsize;
use std::sync::Mutex;

use safetensors::SafeTensors;

pub use kernels::Kernels;
use network::{Images, Network, Pass, Workspace, by_pixel, mean, unpacked};
use plane::Plane;
use thread_pool::PassCancelled;

/// Reasons why the engine could not be built or did not run.
#[derive(Debug, thiserror::Error)]
pub enum FastError {
    #[error(
        "the weight file has no tensor named {name}; it is not a ResNet-50 with torchvision's names"
    )]
    Missing { name: String },
    #[error("{name} has shape {found:?} in the weight file, a ResNet-50 has {expected:?}")]
    Shape {
        name: String,
        found: Vec<usize>,
        expected: Vec<usize>,
    },
    #[error("{name} is stored as {found} in the weight file; half or single precision is needed")]
    Precision { name: String, found: String },
    #[error("this processor has no {0} instructions; use the default kernels")]
    Instructions(&'static str),
    #[error("{batch} images need {expected} values, not {found}")]
    Input {
        batch: usize,
        found: usize,
        expected: usize,
    },
    #[error("there is no stage {0}; a ResNet-50 has the stages 1 to 4")]
    Stage(usize),
    #[error("the system could not create the threads ({0}); use fewer with --threads")]
    Threads(io::Error),
    #[error("the analysis was cancelled")]
    Cancelled,
}

/// ResNet-50 up to its pooled features, packed for this processor.
#[derive(Debug)]
pub struct FastResNet50 {
    network: Network,
    threads: NonZeroUsize,
    kernels: Kernels,
    workspace: Mutex<Option<Workspace>>,
}

impl FastResNet50 {
    /// Number of features of an image.
    pub const FEATURES: usize = network::FEATURES;
    /// Number of stages of bottlenecks, counted from 1.
    pub const STAGES: usize = network::STAGES;

    /// Reads the weights (torchvision's names; filters `[out, in, row, column]` in f16 or f32, batch norm in
    /// either) and packs them for `kernels`. Passes use `threads` threads, but at most as many as this process
    /// may use cores.
    ///
    /// # Errors
    /// A tensor is missing, has another shape or another precision; or the processor lacks the instructions.
    pub fn new(
        weights: &SafeTensors<'_>,
        threads: NonZeroUsize,
        kernels: Kernels,
    ) -> Result<Self, FastError> {
        Self::up_to(Self::STAGES, weights, threads, kernels)
    }

    /// As [`Self::new`], for the stem and the first `depth` stages only: `weights` need not hold the later
    /// ones.
    ///
    /// # Errors
    /// As [`Self::new`]; or there are fewer stages.
    pub fn up_to(
        depth: usize,
        weights: &SafeTensors<'_>,
        threads: NonZeroUsize,
        kernels: Kernels,
    ) -> Result<Self, FastError> {
        if Self::shape_after(depth).is_none() {
            return Err(FastError::Stage(depth));
        }
        let table = kernels
            .table()
            .ok_or(FastError::Instructions(kernels.name()))?;
        let cores = std::thread::available_parallelism().unwrap_or(threads);
        let threads = threads.min(cores);
        let network = Network::new(weights, table, threads, depth)?;
        let workspace = Mutex::new(Some(network.workspace(1, threads)));
        Ok(Self {
            network,
            threads,
            kernels,
            workspace,
        })
    }

    /// Number of threads of a pass.
    pub fn threads(&self) -> NonZeroUsize {
        self.threads
    }

    /// The instruction set in use.
    pub fn kernels(&self) -> Kernels {
        self.kernels
    }

    /// Pooled features, `(batch, 2048)`, of `input`, `(batch, 3, 224, 224)`. Calls `cancelled` between steps.
    ///
    /// # Errors
    /// `input` has another length, or the pass was cancelled.
    pub fn pooled(
        &self,
        input: &[f32],
        batch: usize,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, FastError> {
        self.run(
            Images::Colour(input),
            batch,
            &[Self::STAGES],
            cancelled,
            mean,
        )
    }

    /// The mean over the pixels of each channel of the output of each of `stages`, for images of one channel,
    /// `(batch, 224, 224)`: image after image, and for each stage in the order given. For the last stage alone
    /// this equals [`Self::pooled`] of the channel repeated three times, with a third of the stem's work.
    ///
    /// # Errors
    /// There is no such stage, `input` has another length, or the pass was cancelled.
    pub fn means_grey(
        &self,
        input: &[f32],
        batch: usize,
        stages: &[usize],
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, FastError> {
        self.run(Images::Grey(input), batch, stages, cancelled, mean)
    }

    /// Outputs of `stages`, 1 to [`Self::STAGES`], for `input`, `(batch, 3, 224, 224)`: image after image, and
    /// for each stage in the order given, non-negative values, `(channels, side, side)` as
    /// [`Self::shape_after`] says. Later stages are not run. Calls `cancelled` between steps.
    ///
    /// # Errors
    /// There is no such stage, `input` has another length, or the pass was cancelled.
    pub fn activations(
        &self,
        input: &[f32],
        batch: usize,
        stages: &[usize],
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, FastError> {
        self.run(Images::Colour(input), batch, stages, cancelled, unpacked)
    }

    /// As [`Self::activations`] for images of one channel, `(batch, 224, 224)`: equal to the channel repeated
    /// three times, with a third of the stem's work.
    ///
    /// # Errors
    /// As [`Self::activations`].
    pub fn activations_grey(
        &self,
        input: &[f32],
        batch: usize,
        stages: &[usize],
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, FastError> {
        self.run(Images::Grey(input), batch, stages, cancelled, unpacked)
    }

    /// The output of `stage` in channels-last order, `(batch, side, side, channels)`, for images of three channels,
    /// `(batch, 3, 224, 224)`, or of one, `(batch, 224, 224)`.
    ///
    /// # Errors
    /// As [`Self::activations`].
    pub fn pixels(
        &self,
        input: &[f32],
        batch: usize,
        stage: usize,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, FastError> {
        let images = match input.len() == batch * stem::SIDE * stem::SIDE {
            true => Images::Grey(input),
            false => Images::Colour(input),
        };
        self.run(images, batch, &[stage], cancelled, by_pixel)
    }

    /// Channels, and height and width in pixels, of the output of `stage`; `None` if there is no such stage.
    pub fn shape_after(stage: usize) -> Option<(usize, usize)> {
        let earlier = stage.checked_sub(1).filter(|_| stage <= Self::STAGES)?;
        Some((256 << earlier, stem::Stem::OUTPUT.side >> earlier))
    }

    fn run(
        &self,
        images: Images<'_>,
        batch: usize,
        stages: &[usize],
        cancelled: &dyn Fn() -> bool,
        read: impl Fn(&[f32], Plane, &mut Vec<f32>) + Sync,
    ) -> Result<Vec<f32>, FastError> {
        let (channels, found) = match images {
            Images::Colour(numbers) => (3, numbers.len()),
            Images::Grey(numbers) => (1, numbers.len()),
        };
        let expected = batch * channels * stem::SIDE * stem::SIDE;
        if found != expected {
            return Err(FastError::Input {
                batch,
                found,
                expected,
            });
        }
        let unknown =
            |stage: &&usize| **stage > self.network.depth() || Self::shape_after(**stage).is_none();
        if let Some(stage) = stages.iter().find(unknown) {
            return Err(FastError::Stage(*stage));
        }
        // A pass that panicked leaves no data that the next one would read before writing it.
        let mut workspace = self
            .workspace
            .lock()
            .unwrap_or_else(std::sync::PoisonError::into_inner);
        let together = batch.clamp(1, network::TOGETHER);
        let memory = match workspace.take() {
            Some(memory) if memory.together() >= together => memory,
            _ => self.network.workspace(together, self.threads),
        };
        let memory = workspace.insert(memory);
        let pass = Pass {
            images,
            batch,
            stages,
        };
        self.network
            .run(pass, memory, self.threads, cancelled, read)
            .map_err(FastError::Threads)?
            .map_err(|PassCancelled| FastError::Cancelled)
    }
}
