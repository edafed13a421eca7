//! Who computes the passes: the processor by hand, or a GPU by candle.

use candle_core::Device;

use super::layers::Layers;
use super::pass::{self, Examples};
use super::room::Room;
use super::tracked::Tracked;
use crate::model::head::Class;

/// Something that runs the learnt stages.
#[derive(Debug)]
pub enum Passes {
    Processor(Box<Room>),
    Candle(Device),
}

impl Passes {
    /// Passes of up to `images` images on `device`.
    pub fn new(layers: &Layers, images: usize, device: &Device) -> Self {
        match device.is_cpu() {
            true => Self::Processor(Box::new(Room::new(layers, images, true))),
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
    ) -> Result<(Vec<f32>, Vec<f32>), String> {
        let count = images.len() / layers.image().max(1);
        match self {
            Self::Processor(room) => {
                pass::forward(layers, parameters, images, room);
                let pooled = room.pooled[..count * layers.features].to_vec();
                let logits = room.logits[..count * Class::ALL.len()].to_vec();
                Ok((pooled, logits))
            }
            Self::Candle(device) => Tracked::new(layers, parameters, device)
                .and_then(|tracked| tracked.forward(images))
                .map_err(|error| error.to_string()),
        }
    }

    /// The mean loss of `examples`; writes its slope for every parameter to `slopes`.
    ///
    /// # Errors
    /// The reason why the device failed.
    pub fn backward(
        &mut self,
        layers: &Layers,
        parameters: &[f32],
        examples: &Examples<'_>,
        slopes: &mut [f32],
    ) -> Result<f32, String> {
        match self {
            Self::Processor(room) => Ok(pass::backward(layers, parameters, examples, room, slopes)),
            Self::Candle(device) => Tracked::new(layers, parameters, device)
                .and_then(|tracked| tracked.backward(examples, slopes))
                .map_err(|error| error.to_string()),
        }
    }
}
