//! Selects the implementation of the passes: optimised code on the processor, or candle on a GPU.

use candle_core::Device;

use super::pass::{self, Examples};
use super::scratch::Scratch;
use super::tracked::Tracked;
use crate::model::head::Class;
use crate::model::layers::Layers;

/// An implementation of the trained stages.
#[derive(Debug)]
pub enum Passes {
    Processor(Box<Scratch>),
    Candle(Device),
}

impl Passes {
    /// Passes of up to `images` images on `device`.
    pub fn new(layers: &Layers, images: usize, device: &Device) -> Self {
        match device.is_cpu() {
            true => Self::Processor(Box::new(Scratch::new(layers, images, true))),
            false => Self::Candle(device.clone()),
        }
    }

    /// Pooled features `(images, features)` and logits `(images, classes)` of `images`,
    /// `(images, side, side, channels)`.
    ///
    /// # Errors
    /// The reason why the device failed.
    pub fn forward(
        &mut self,
        layers: &Layers,
        parameters: &[f32],
        images: &[f32],
    ) -> candle_core::Result<(Vec<f32>, Vec<f32>)> {
        let count = images.len() / layers.image().max(1);
        match self {
            Self::Processor(scratch) => {
                pass::forward(layers, parameters, images, scratch);
                let pooled = scratch.pooled[..count * layers.features].to_vec();
                let logits = scratch.logits[..count * Class::ALL.len()].to_vec();
                Ok((pooled, logits))
            }
            Self::Candle(device) => {
                Tracked::new(layers, parameters, device).and_then(|tracked| tracked.forward(images))
            }
        }
    }

    /// The mean loss of `examples`; writes its gradient for every parameter to `gradients`.
    ///
    /// # Errors
    /// The reason why the device failed.
    pub fn backward(
        &mut self,
        layers: &Layers,
        parameters: &[f32],
        examples: &Examples<'_>,
        gradients: &mut [f32],
    ) -> candle_core::Result<f32> {
        match self {
            Self::Processor(scratch) => Ok(pass::backward(
                layers, parameters, examples, scratch, gradients,
            )),
            Self::Candle(device) => Tracked::new(layers, parameters, device)
                .and_then(|tracked| tracked.backward(examples, gradients)),
        }
    }
}
