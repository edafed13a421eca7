//! ResNet-50 on the processor: a forward pass optimised by hand.
//!
//! Candle's plain path spends time on copies and element-wise passes. This engine avoids them by planning once: activations are
//! stored in blocks of sixteen channels ([`block`], [`plane`]); weights are packed at load and stay in the file's half
//! precision ([`panels`]); batch norm, residual and ReLU are applied in registers before a sum is stored ([`kernels::tile`]);
//! 3×3 convolutions use Winograd's method where that is faster ([`winograd`]); all memory is allocated once ([`network`]); and
//! threads run the layers in lockstep ([`thread_pool`]). On processors with AMX the same network runs in bfloat16 ([`bfloat16`]).
//! `unsafe` is limited to memory shared by threads and to the kernels.

#![expect(
    unsafe_code,
    reason = "the kernels are written for one instruction set each, and threads share a buffer"
)]

mod backbone;
pub mod bfloat16;
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
use std::sync::{Mutex, MutexGuard, PoisonError};

use safetensors::SafeTensors;

use super::placement::Precision;
use bfloat16::method::Method;
use bfloat16::network as in_bfloat16;
use bfloat16::read::Read;
use bfloat16::stem::Sizes;
pub use kernels::Kernels;
use network::{Images, Network, Pass, Workspace, by_pixel, mean, unpacked};
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
    network: Packed,
    threads: NonZeroUsize,
}

/// The network in one precision, with the memory of its last pass.
#[derive(Debug)]
enum Packed {
    Single {
        network: Network,
        kernels: Kernels,
        workspace: Mutex<Option<Workspace>>,
    },
    Bfloat16 {
        network: in_bfloat16::Network,
        workspace: Mutex<Option<in_bfloat16::Workspace>>,
    },
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
        let threads = Self::checked(depth, threads)?;
        let table = kernels
            .table()
            .ok_or(FastError::Instructions(kernels.name()))?;
        let network = Network::new(weights, table, threads, depth)?;
        let workspace = Mutex::new(Some(network.workspace(1, threads)));
        Ok(Self {
            network: Packed::Single {
                network,
                kernels,
                workspace,
            },
            threads,
        })
    }

    /// As [`Self::up_to`], in bfloat16 by `method`.
    ///
    /// # Errors
    /// As [`Self::up_to`].
    pub fn in_bfloat16(
        depth: usize,
        weights: &SafeTensors<'_>,
        threads: NonZeroUsize,
        method: Method,
    ) -> Result<Self, FastError> {
        let threads = Self::checked(depth, threads)?;
        let network = in_bfloat16::Network::new(weights, method, threads, depth)?;
        Ok(Self {
            network: Packed::Bfloat16 {
                network,
                workspace: Mutex::new(None),
            },
            threads,
        })
    }

    /// As [`Self::up_to`], in `precision`, with the best instructions of this processor.
    ///
    /// # Errors
    /// As [`Self::up_to`].
    pub fn placed(
        depth: usize,
        weights: &SafeTensors<'_>,
        threads: NonZeroUsize,
        precision: Precision,
    ) -> Result<Self, FastError> {
        match (precision, Method::detect()) {
            (Precision::Bfloat16, Some(method)) => {
                Self::in_bfloat16(depth, weights, threads, method)
            }
            _ => Self::up_to(depth, weights, threads, Kernels::detect()),
        }
    }

    /// At most as many threads as this process may use cores, if there is such a stage.
    fn checked(depth: usize, threads: NonZeroUsize) -> Result<NonZeroUsize, FastError> {
        if Self::shape_after(depth).is_none() {
            return Err(FastError::Stage(depth));
        }
        let cores = std::thread::available_parallelism().unwrap_or(threads);
        Ok(threads.min(cores))
    }

    /// Number of threads of a pass.
    pub fn threads(&self) -> NonZeroUsize {
        self.threads
    }

    /// Name of the instruction set in use.
    pub fn instructions(&self) -> &'static str {
        match &self.network {
            Packed::Single { kernels, .. } => kernels.name(),
            Packed::Bfloat16 { .. } => "AMX, bfloat16",
        }
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
            Read::Means,
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
        self.run(Images::Grey(input), batch, stages, cancelled, Read::Means)
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
        self.run(
            Images::Colour(input),
            batch,
            stages,
            cancelled,
            Read::ByChannel,
        )
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
        self.run(
            Images::Grey(input),
            batch,
            stages,
            cancelled,
            Read::ByChannel,
        )
    }

    /// Outputs of `stages` as [`Self::activations`], in channels-last order, `(side, side, channels)`, for images of three
    /// channels, `(batch, 3, 224, 224)`, or of one, `(batch, 224, 224)`.
    ///
    /// # Errors
    /// As [`Self::activations`].
    pub fn pixels(
        &self,
        input: &[f32],
        batch: usize,
        stages: &[usize],
        cancelled: &dyn Fn() -> bool,
    ) -> Result<Vec<f32>, FastError> {
        let images = match input.len() == batch * stem::SIDE * stem::SIDE {
            true => Images::Grey(input),
            false => Images::Colour(input),
        };
        self.run(images, batch, stages, cancelled, Read::ByPixel)
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
        read: Read,
    ) -> Result<Vec<f32>, FastError> {
        let (pixels, channels) = images.pixels();
        let found = pixels.len();
        let expected = batch * channels * stem::SIDE * stem::SIDE;
        if found != expected {
            return Err(FastError::Input {
                batch,
                found,
                expected,
            });
        }
        let unknown =
            |stage: &&usize| **stage > self.depth() || Self::shape_after(**stage).is_none();
        if let Some(stage) = stages.iter().find(unknown) {
            return Err(FastError::Stage(*stage));
        }
        let together = batch.clamp(1, network::TOGETHER);
        let pass = Pass {
            images,
            batch,
            stages,
        };
        let outcome = match &self.network {
            Packed::Single {
                network, workspace, ..
            } => {
                let mut workspace = locked(workspace);
                let memory = match workspace.take() {
                    Some(memory) if memory.together() >= together => memory,
                    _ => network.workspace(together, self.threads),
                };
                let memory = workspace.insert(memory);
                let read = match read {
                    Read::Means => mean,
                    Read::ByChannel => unpacked,
                    Read::ByPixel => by_pixel,
                };
                network.run(pass, memory, self.threads, cancelled, read)
            }
            Packed::Bfloat16 { network, workspace } => {
                let sizes = Sizes {
                    height: stem::SIDE,
                    width: stem::SIDE,
                };
                let mut workspace = locked(workspace);
                let memory = match workspace.take() {
                    Some(memory) if memory.fits(together, sizes) => memory,
                    _ => network.workspace(together, sizes, self.threads),
                };
                let memory = workspace.insert(memory);
                network.run(pass, memory, self.threads, cancelled, read)
            }
        };
        outcome
            .map_err(FastError::Threads)?
            .map_err(|PassCancelled| FastError::Cancelled)
    }

    /// Number of stages.
    fn depth(&self) -> usize {
        match &self.network {
            Packed::Single { network, .. } => network.depth(),
            Packed::Bfloat16 { network, .. } => network.depth(),
        }
    }
}

/// The memory of the last pass. A pass that panicked leaves no data that the next one would read before writing it.
fn locked<T>(workspace: &Mutex<Option<T>>) -> MutexGuard<'_, Option<T>> {
    workspace.lock().unwrap_or_else(PoisonError::into_inner)
}
