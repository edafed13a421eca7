//! The passes of a training run, in the precision that is fastest on this processor.

use std::num::NonZeroUsize;

use rayon::prelude::*;
use safetensors::SafeTensors;

use super::canvas::{Canvas, Target};
use super::layers::{FIRST_STAGE, LesionLayers};
use super::loss::{self, Loss};
use super::mixed_frozen::{FrozenMemory, MixedFrozen};
use super::mixed_pass::{self, MixedScratch, Trained, TrainedFilters};
use super::pass::{self, Scratch};
use crate::config::EngineChoice;
use crate::model::bf16;
use crate::model::lesions::trunk::TRUNK;
use crate::model::placement::Placement;
use crate::model::{Cancel, ContentError, EngineError};
use crate::training::frozen::{self, FrozenStages};

/// Canvases of a part of a batch, an even number. A part is computed mostly by one thread.
const TOGETHER: usize = 4;

/// Something that runs the whole network, with its memory.
pub enum Passes {
    Single(Box<Single>),
    Mixed(Box<Mixed>),
}

/// All in `f32`.
pub struct Single {
    frozen: Box<dyn FrozenStages>,
    scratch: Scratch,
}

/// Products in bfloat16.
pub struct Mixed {
    frozen: MixedFrozen,
    filters: TrainedFilters,
    parts: Vec<Part>,
}

/// Memory of a part of a batch.
struct Part {
    frozen: FrozenMemory,
    scratch: MixedScratch,
    gradients: Vec<f32>,
}

impl Passes {
    /// The fastest on this processor, for steps of `batch` canvases; the frozen stages are those in a weight file's `bytes`.
    ///
    /// # Errors
    /// Names the tensor that is missing, or has a wrong shape or type.
    pub fn new(
        layers: &LesionLayers,
        bytes: &[u8],
        placement: &Placement,
        threads: NonZeroUsize,
        batch: usize,
    ) -> Result<Self, ContentError> {
        if bf16::is_available() && placement.engine == EngineChoice::Fast {
            let file = SafeTensors::deserialize(bytes)?;
            return Ok(Self::Mixed(Box::new(Mixed::new(layers, &file, batch)?)));
        }
        let frozen = frozen::stages(bytes, &TRUNK, FIRST_STAGE - 1, placement, threads)?;
        let scratch = Scratch::new(layers, batch);
        Ok(Self::Single(Box::new(Single { frozen, scratch })))
    }

    /// The loss of `canvases`; writes its gradient for every parameter.
    ///
    /// # Errors
    /// The frozen stages failed, or `cancel` was raised.
    pub fn backward(
        &mut self,
        layers: &LesionLayers,
        parameters: &[f32],
        canvases: &[Canvas],
        gradients: &mut [f32],
        cancel: &Cancel,
    ) -> Result<Loss, EngineError> {
        match self {
            Self::Single(passes) => {
                let images: Vec<f32> = (canvases.iter())
                    .flat_map(|canvas| canvas.pixels.iter().copied())
                    .collect();
                let targets = targets(canvases);
                let (frozen, scratch) = (&passes.frozen, &mut passes.scratch);
                let frozen = frozen.colour_activations(&images, canvases.len(), cancel)?;
                let loss =
                    pass::backward(layers, parameters, &frozen, &targets, scratch, gradients);
                Ok(loss)
            }
            Self::Mixed(_) if cancel.is_cancelled() => Err(EngineError::Cancelled),
            Self::Mixed(passes) => Ok(passes.backward(layers, parameters, canvases, gradients)),
        }
    }
}

fn targets(canvases: &[Canvas]) -> Vec<Target> {
    let targets = canvases.iter().flat_map(|canvas| &canvas.targets);
    targets.copied().collect()
}

impl Mixed {
    fn new(
        layers: &LesionLayers,
        file: &SafeTensors<'_>,
        batch: usize,
    ) -> Result<Self, ContentError> {
        let frozen = MixedFrozen::new(file)?;
        let parts = (0..batch.div_ceil(TOGETHER))
            .map(|_| Part {
                frozen: frozen.memory(TOGETHER),
                scratch: MixedScratch::new(layers, TOGETHER),
                gradients: vec![0.0; layers.parameters],
            })
            .collect();
        Ok(Self {
            filters: TrainedFilters::new(layers),
            frozen,
            parts,
        })
    }

    fn backward(
        &mut self,
        layers: &LesionLayers,
        parameters: &[f32],
        canvases: &[Canvas],
        gradients: &mut [f32],
    ) -> Loss {
        self.filters.pack(layers, parameters);
        let trained = Trained {
            layers,
            parameters,
            filters: &self.filters,
        };
        let (frozen, share) = (&self.frozen, loss::share(&targets(canvases)));
        let parts = self.parts.par_iter_mut().zip(canvases.par_chunks(TOGETHER));
        let losses: Vec<Loss> = parts
            .map(|(part, canvases)| {
                let images: Vec<&[f32]> = canvases.iter().map(|it| &it.pixels[..]).collect();
                let images = frozen.forward(&images, &mut part.frozen);
                let (scratch, gradients) = (&mut part.scratch, &mut part.gradients);
                let targets = targets(canvases);
                mixed_pass::backward(trained, images, &targets, share, scratch, gradients)
            })
            .collect();
        let used = &self.parts[..losses.len()];
        gradients
            .par_chunks_mut(1 << 14)
            .enumerate()
            .for_each(|(number, sums)| {
                let start = number << 14;
                for (place, part) in used.iter().enumerate() {
                    let part = &part.gradients[start..start + sums.len()];
                    match place {
                        0 => sums.copy_from_slice(part),
                        _ => sums
                            .iter_mut()
                            .zip(part)
                            .for_each(|(sum, value)| *sum += value),
                    }
                }
            });
        let mut loss = Loss::default();
        losses.into_iter().for_each(|part| loss += part);
        loss
    }
}

#[cfg(test)]
mod tests;
