//! The part of a network that computes features from an input, independent of the implementation.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use candle_core::{DType, Device, Tensor};
use rayon::{ThreadPool, ThreadPoolBuilder};
use safetensors::SafeTensors;

use super::content_error::ContentError;
use super::fast::FastResNet50;
use super::placement::Placement;
use super::recipe::HeadReads;
use super::resnet::ResNet;
use super::{Cancel, EngineError, input, weights};
use crate::config::EngineChoice;

/// A network up to its last stage.
pub trait Backbone: Send + Sync {
    /// Outputs of one forward pass of `input`, `(3, 224, 224)` in [0, 1] as [`input::prepare`] returns it.
    /// Checks `cancel` between stages.
    fn outputs(&self, input: &[f32], cancel: &Cancel) -> Result<Outputs, EngineError>;

    /// Pooled features for a head that reads `reads`, image after image, of `batch` grey images, `(batch, 224,
    /// 224)` in [0, 1]. Runs them in one pass where the implementation supports it; otherwise one by one.
    /// Checks `cancel` between stages.
    fn pooled_grey(
        &self,
        planes: &[f32],
        batch: usize,
        reads: HeadReads,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError> {
        let pooled = |plane: &[f32]| -> Result<Vec<f32>, EngineError> {
            Ok(self.outputs(&plane.repeat(3), cancel)?.pooled(reads))
        };
        let planes = planes.chunks_exact(input::SIDE * input::SIDE).take(batch);
        Ok(planes.map(pooled).collect::<Result<Vec<_>, _>>()?.concat())
    }
}

/// Outputs of the last two stages for one image.
#[derive(Debug, Clone, PartialEq)]
pub struct Outputs {
    pub last: StageOutput,
    pub before: StageOutput,
}

impl Outputs {
    /// Pooled features for a head that reads `reads`: the mean of each channel, those of the last stage first.
    pub fn pooled(&self, reads: HeadReads) -> Vec<f32> {
        let mut pooled = self.last.pooled();
        if reads == HeadReads::LastTwoStages {
            pooled.extend(self.before.pooled());
        }
        pooled
    }

    /// The mean of these outputs and those of the mirrored image, mirrored back. The head is linear in the
    /// means up to the logits, so its answer is the mean of both answers.
    ///
    /// # Errors
    /// The two have different shapes.
    pub fn joined(self, mirrored: &Self) -> Result<Self, EngineError> {
        Ok(Self {
            last: self.last.joined(&mirrored.last)?,
            before: self.before.joined(&mirrored.before)?,
        })
    }
}

/// Output of a stage for one image before pooling: features with their positions.
#[derive(Debug, Clone, PartialEq)]
pub struct StageOutput {
    /// `(channels, side, side)`, non-negative.
    activations: Vec<f32>,
    channels: usize,
    side: usize,
}

impl StageOutput {
    /// The output `activations`, `(channels, side, side)`, of a stage with square pictures.
    ///
    /// # Errors
    /// Their number does not give a square.
    pub fn new(activations: Vec<f32>, channels: usize) -> Result<Self, EngineError> {
        let pixels = activations.len().checked_div(channels).unwrap_or_default();
        let side = pixels.isqrt();
        if side == 0 || channels * side * side != activations.len() {
            let numbers = activations.len();
            return Err(EngineError::Failed(format!(
                "{numbers} values in {channels} channels do not form a square picture"
            )));
        }
        Ok(Self {
            activations,
            channels,
            side,
        })
    }

    /// The mean of this output and `mirrored`, whose rows are reversed.
    fn joined(mut self, mirrored: &Self) -> Result<Self, EngineError> {
        if (self.channels, self.side) != (mirrored.channels, mirrored.side) {
            let reason = "the stage output of the mirrored image has another shape";
            return Err(EngineError::Failed(reason.into()));
        }
        let rows = self.activations.chunks_exact_mut(self.side);
        for (row, mirrored) in rows.zip(mirrored.activations.chunks_exact(self.side)) {
            for (value, mirrored) in row.iter_mut().zip(mirrored.iter().rev()) {
                *value = 0.5 * (*value + mirrored);
            }
        }
        Ok(self)
    }

    /// Number of features.
    pub fn channels(&self) -> usize {
        self.channels
    }

    /// Height and width in pixels.
    pub fn side(&self) -> usize {
        self.side
    }

    /// The picture of each channel, `(side, side)` row by row.
    pub fn pictures(&self) -> impl Iterator<Item = &[f32]> {
        self.activations.chunks_exact(self.side * self.side)
    }

    /// The mean of each channel.
    pub fn pooled(&self) -> Vec<f32> {
        let pixels = (self.side * self.side) as f32;
        self.pictures()
            .map(|picture| picture.iter().sum::<f32>() / pixels)
            .collect()
    }
}

/// The ResNet-50 in the safetensors file `bytes`, run as `placement` says: by candle, in half precision on a
/// GPU, or by [`FastResNet50`] with `threads` threads (default: one for each core).
///
/// # Errors
/// The reason alone; it names the tensor that is missing or has a wrong shape.
pub fn build(
    bytes: &[u8],
    placement: &Placement,
    threads: Option<NonZeroUsize>,
) -> Result<Box<dyn Backbone>, ContentError> {
    match placement.engine {
        EngineChoice::Reference => {
            let device = placement.device.clone();
            let network = weights::backbone(bytes, &device)?;
            Ok(Box::new(CandleBackbone::new(network, device, threads)))
        }
        EngineChoice::Fast => {
            let tensors = SafeTensors::deserialize(bytes)?;
            let threads = threads.unwrap_or_else(cores);
            let depth = FastResNet50::STAGES;
            let network = FastResNet50::placed(depth, &tensors, threads, placement.precision);
            Ok(Box::new(network?))
        }
    }
}

/// Number of cores that this process may use.
pub fn cores() -> NonZeroUsize {
    std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN)
}

/// The ResNet run by candle, on the processor or on a GPU.
#[derive(Debug)]
pub struct CandleBackbone {
    network: ResNet,
    device: Device,
    /// The processor threads that candle may use; `None` for candle's default.
    pool: Option<ThreadPool>,
}

impl CandleBackbone {
    /// Runs `network`, whose weights are on `device`, with `threads` threads on the processor. Without
    /// `threads`, and if the system cannot create them, candle's default applies.
    pub fn new(network: ResNet, device: Device, threads: Option<NonZeroUsize>) -> Self {
        let pool = threads.filter(|_| device.is_cpu()).and_then(|threads| {
            ThreadPoolBuilder::new()
                .num_threads(threads.get())
                .build()
                .ok()
        });
        Self {
            network,
            device,
            pool,
        }
    }

    /// Number of threads of a pass on the processor.
    pub fn threads(&self) -> usize {
        match &self.pool {
            Some(pool) => pool.current_num_threads(),
            None => candle_core::utils::get_num_threads(),
        }
    }

    /// Pooled features, `(batch, features)` row by row, of `images`, `(batch, 3, 224, 224)`. Calls `cancelled`
    /// between stages.
    pub fn pooled_batch(
        &self,
        images: &[f32],
        batch: usize,
        cancelled: &(dyn Fn() -> bool + Sync),
    ) -> Result<Vec<f32>, EngineError> {
        self.on_own_threads(|| {
            let [last, _] = self.pass(images, batch, cancelled)?;
            numbers(last.to_dtype(DType::F32).and_then(|last| last.mean((2, 3))))
        })
    }

    fn on_own_threads<T: Send>(&self, work: impl FnOnce() -> T + Send) -> T {
        match &self.pool {
            Some(pool) => pool.install(work),
            None => work(),
        }
    }

    /// Outputs of the last stage and the one before, each `(batch, channels, side, side)`.
    fn pass(
        &self,
        images: &[f32],
        batch: usize,
        cancelled: &dyn Fn() -> bool,
    ) -> Result<[Tensor; 2], EngineError> {
        let shape = (batch, 3, input::SIDE, input::SIDE);
        let images = Tensor::from_slice(images, shape, &self.device).map_err(failed)?;
        let (mut last, mut before) = (images.clone(), images.clone());
        let outcome = self.network.forward_taps(&images, |_, output| {
            if cancelled() {
                return ControlFlow::Break(EngineError::Cancelled);
            }
            before = std::mem::replace(&mut last, output.clone());
            ControlFlow::Continue(())
        });
        match outcome.map_err(failed)? {
            ControlFlow::Break(reason) => Err(reason),
            ControlFlow::Continue(_) => Ok([last, before]),
        }
    }
}

impl Backbone for CandleBackbone {
    fn outputs(&self, input: &[f32], cancel: &Cancel) -> Result<Outputs, EngineError> {
        let stages = self.on_own_threads(|| self.pass(input, 1, &|| cancel.is_cancelled()))?;
        let [last, before] = stages.map(|stage| {
            let (_, channels, _, _) = stage.dims4().map_err(failed)?;
            StageOutput::new(numbers(stage.to_dtype(DType::F32))?, channels)
        });
        Ok(Outputs {
            last: last?,
            before: before?,
        })
    }

    fn pooled_grey(
        &self,
        planes: &[f32],
        batch: usize,
        reads: HeadReads,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError> {
        let colours = planes.chunks_exact(input::SIDE * input::SIDE);
        let images: Vec<f32> = colours.flat_map(|plane| plane.repeat(3)).collect();
        self.on_own_threads(|| {
            let stages = self.pass(&images, batch, &|| cancel.is_cancelled())?;
            let read = match reads {
                HeadReads::LastStage => 1,
                HeadReads::LastTwoStages => 2,
            };
            let means = stages
                .iter()
                .take(read)
                .map(|stage| stage.to_dtype(DType::F32)?.mean((2, 3)));
            let means = means
                .collect::<candle_core::Result<Vec<Tensor>>>()
                .map_err(failed)?;
            numbers(Tensor::cat(&means, 1))
        })
    }
}

fn failed(error: candle_core::Error) -> EngineError {
    EngineError::Failed(error.to_string())
}

/// All values of a tensor, row by row.
fn numbers(tensor: candle_core::Result<Tensor>) -> Result<Vec<f32>, EngineError> {
    tensor
        .and_then(|tensor| tensor.flatten_all()?.to_vec1())
        .map_err(failed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mirrored_stage_is_mirrored_back_before_it_is_averaged() {
        let plain = StageOutput::new(vec![1.0, 2.0, 3.0, 4.0], 1).unwrap();
        let mirrored = StageOutput::new(vec![2.0, 1.0, 4.0, 5.0], 1).unwrap();
        let joined = plain.clone().joined(&mirrored).unwrap();
        let pictures: Vec<&[f32]> = joined.pictures().collect();
        assert_eq!(pictures, [[1.0, 2.0, 4.0, 4.0]]);
        let other = StageOutput::new(vec![0.0; 4], 4).unwrap();
        assert!(plain.joined(&other).is_err());
    }
}
