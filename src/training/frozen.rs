//! The frozen stages: grey images in, activations out, in channels-last order.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use candle_core::{DType, Device, Tensor};
use safetensors::SafeTensors;

use crate::config::EngineChoice;
use crate::model::fast::{FastError, FastResNet50, Kernels};
use crate::model::input::SIDE;
use crate::model::placement::Placement;
use crate::model::resnet::{Config, ResNet, Stage};
use crate::model::{Cancel, ContentError, EngineError, weights};

/// The stages before the trained ones.
pub trait FrozenStages: Sync {
    /// Activations `(batch, side, side, channels)` of grey images `(batch, 224, 224)`. The error is the reason
    /// alone; `None` if `cancel` was raised.
    fn activations(
        &self,
        images: &[f32],
        batch: usize,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError>;

    /// As [`FrozenStages::activations`] for images of three channels, `(batch, 3, 224, 224)`.
    fn colour_activations(
        &self,
        images: &[f32],
        batch: usize,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError>;
}

/// The frozen stages in the safetensors file `bytes` up to and including stage `last`, counted from 1: run by
/// LUNNY's own engine where allowed, else by candle.
///
/// # Errors
/// The reason alone; it names the tensor that is missing or has a wrong shape.
pub fn stages(
    bytes: &[u8],
    network: &Config,
    last: usize,
    placement: &Placement,
    threads: NonZeroUsize,
) -> Result<Box<dyn FrozenStages>, ContentError> {
    let stages = |config: &Config| config.blocks.into_iter().take(last).collect::<Vec<_>>();
    let as_resnet_50 =
        network.width == Config::RESNET_50.width && stages(network) == stages(&Config::RESNET_50);
    if placement.engine == EngineChoice::Fast && as_resnet_50 {
        let file = SafeTensors::deserialize(bytes)?;
        let network = FastResNet50::up_to(last, &file, threads, Kernels::detect())?;
        return Ok(Box::new(FastStages { network, last }));
    }
    let device = placement.device.clone();
    let network = weights::network(bytes, network, &device)?;
    Ok(Box::new(CandleStages {
        network,
        device,
        last,
    }))
}

struct FastStages {
    network: FastResNet50,
    last: usize,
}

impl FrozenStages for FastStages {
    fn activations(
        &self,
        images: &[f32],
        batch: usize,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError> {
        self.pixels(images, batch, cancel)
    }

    fn colour_activations(
        &self,
        images: &[f32],
        batch: usize,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError> {
        self.pixels(images, batch, cancel)
    }
}

impl FastStages {
    /// The engine's output in channels-last order.
    fn pixels(
        &self,
        images: &[f32],
        batch: usize,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError> {
        let cancelled = || cancel.is_cancelled();
        let pixels = (self.network).pixels(images, batch, &[self.last], &cancelled);
        pixels.map_err(|error| match error {
            FastError::Cancelled => EngineError::Cancelled,
            error => EngineError::Failed(error.to_string()),
        })
    }
}

struct CandleStages {
    network: ResNet,
    device: Device,
    last: usize,
}

impl CandleStages {
    /// Runs images of `channels` channels: one, which is repeated, or three.
    fn run(&self, images: &[f32], batch: usize, channels: usize) -> candle_core::Result<Vec<f32>> {
        let images = Tensor::from_slice(images, (batch, channels, SIDE, SIDE), &self.device)?;
        let images = images.repeat((1, 3 / channels, 1, 1))?;
        let outcome = self.network.forward_taps(&images, |stage, activations| {
            if stage == Stage::Layer(self.last) {
                ControlFlow::Break(activations.clone())
            } else {
                ControlFlow::Continue(())
            }
        })?;
        let (ControlFlow::Break(activations) | ControlFlow::Continue(activations)) = outcome;
        let by_pixel = activations.permute((0, 2, 3, 1))?;
        by_pixel.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
    }
}

impl FrozenStages for CandleStages {
    fn activations(
        &self,
        images: &[f32],
        batch: usize,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError> {
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        self.run(images, batch, 1)
            .map_err(|error| EngineError::Failed(error.to_string()))
    }

    fn colour_activations(
        &self,
        images: &[f32],
        batch: usize,
        cancel: &Cancel,
    ) -> Result<Vec<f32>, EngineError> {
        if cancel.is_cancelled() {
            return Err(EngineError::Cancelled);
        }
        self.run(images, batch, 3)
            .map_err(|error| EngineError::Failed(error.to_string()))
    }
}
