//! The first three stages of the ResNet-50, run over tiles by either implementation.

use std::num::NonZeroUsize;
use std::ops::ControlFlow;

use candle_core::{DType, Device, Tensor};
use rayon::prelude::*;
use safetensors::SafeTensors;

use super::head::{DEEP, NEAR};
use super::{CHANNELS, MAP, TILE};
use crate::config::EngineChoice;
use crate::model::ContentError;
use crate::model::fast::{FastError, FastResNet50};
use crate::model::placement::Placement;
use crate::model::resnet::{Config, ResNet, Stage};
use crate::model::{Cancel, EngineError, weights};

/// The trunk of the lesion reader: a ResNet-50 without its last stage.
pub const TRUNK: Config = Config {
    width: 64,
    blocks: [3, 4, 6, 0],
};
/// The stages that the head reads.
const STAGES: [usize; 2] = [2, 3];

/// Outputs of the second and the third stage for one tile: `(MAP, MAP, NEAR)` and `(MAP / 2, MAP / 2, DEEP)`.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TileStages<'a> {
    pub near: &'a [f32],
    pub deep: &'a [f32],
}

/// The outputs of tiles.
#[derive(Debug, Clone, PartialEq)]
pub struct Stages(Vec<f32>);

impl Stages {
    /// The outputs of each tile, in order.
    pub fn tiles(&self) -> impl IndexedParallelIterator<Item = TileStages<'_>> {
        let near = NEAR * MAP * MAP;
        let both = near + DEEP * MAP * MAP / 4;
        self.0.par_chunks_exact(both).map(move |tile| {
            let (near, deep) = tile.split_at(near);
            TileStages { near, deep }
        })
    }
}

/// The trunk, ready to run.
#[derive(Debug)]
pub enum Trunk {
    Fast(Box<FastResNet50>),
    Candle {
        network: Box<ResNet>,
        device: Device,
    },
}

impl Trunk {
    /// The trunk in the safetensors file `bytes`, run as `placement` says.
    ///
    /// # Errors
    /// The reason alone; it names the tensor that is missing or has a wrong shape.
    pub fn build(
        bytes: &[u8],
        placement: &Placement,
        threads: NonZeroUsize,
    ) -> Result<Self, ContentError> {
        match placement.engine {
            EngineChoice::Fast => {
                let file = SafeTensors::deserialize(bytes)?;
                let precision = placement.precision;
                let network = FastResNet50::placed(STAGES[1], &file, threads, precision);
                Ok(Self::Fast(Box::new(network?)))
            }
            EngineChoice::Reference => {
                let device = placement.device.clone();
                let network = Box::new(weights::network(bytes, &TRUNK, &device)?);
                Ok(Self::Candle { network, device })
            }
        }
    }

    /// Name of the instruction set of LUNNY's own engine; `None` for candle.
    pub fn instructions(&self) -> Option<&'static str> {
        match self {
            Self::Fast(network) => Some(network.instructions()),
            Self::Candle { .. } => None,
        }
    }

    /// Outputs of the stages for `tiles`, `(count, 3, 224, 224)` in [0, 1].
    ///
    /// # Errors
    /// The pass failed, or `cancel` was raised.
    pub fn run(&self, tiles: &[f32], cancel: &Cancel) -> Result<Stages, EngineError> {
        let count = tiles.len() / (CHANNELS * TILE * TILE);
        let numbers = match self {
            Self::Fast(network) => {
                let cancelled = || cancel.is_cancelled();
                network
                    .pixels(tiles, count, &STAGES, &cancelled)
                    .map_err(|error| match error {
                        FastError::Cancelled => EngineError::Cancelled,
                        error => EngineError::Failed(error.to_string()),
                    })?
            }
            Self::Candle { network, device } => {
                let mut all = Vec::new();
                for tile in tiles.chunks_exact(CHANNELS * TILE * TILE) {
                    if cancel.is_cancelled() {
                        return Err(EngineError::Cancelled);
                    }
                    let stages = candle_stages(network, device, tile);
                    all.extend(stages.map_err(|error| EngineError::Failed(error.to_string()))?);
                }
                all
            }
        };
        Ok(Stages(numbers))
    }
}

fn candle_stages(network: &ResNet, device: &Device, tile: &[f32]) -> candle_core::Result<Vec<f32>> {
    let tile = Tensor::from_slice(tile, (1, CHANNELS, TILE, TILE), device)?;
    let mut read: Vec<Tensor> = Vec::new();
    let _ = network.forward_taps(&tile, |stage, output| {
        if STAGES.iter().any(|read| stage == Stage::Layer(*read)) {
            read.push(output.clone());
        }
        match stage == Stage::Layer(STAGES[1]) {
            true => ControlFlow::Break(()),
            false => ControlFlow::Continue(()),
        }
    })?;
    let mut numbers = Vec::new();
    for stage in read {
        numbers.extend(
            stage
                .to_dtype(DType::F32)?
                .permute((0, 2, 3, 1))?
                .flatten_all()?
                .to_vec1::<f32>()?,
        );
    }
    Ok(numbers)
}
