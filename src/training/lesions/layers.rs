//! The trained layers of the lesion reader, and the positions of their parameters in one vector.

use std::ops::Range;

use rand::RngExt;
use rand::rngs::StdRng;

use crate::model::layers::Layers;
use crate::model::lesions::TILE;
use crate::model::lesions::head::{DEEP, HIDDEN, NEAR, OUTPUTS};
use crate::model::lesions::trunk::TRUNK;

/// The first trained stage; those before it are frozen.
pub const FIRST_STAGE: usize = 2;
/// Height and width of the output of the first stage.
pub const FROZEN_SIDE: usize = TILE / 4;

/// Initial log odds of a lesion at a position.
const START_LESION: f32 = -4.0;

/// Ranges of the trained parameters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LesionLayers {
    /// Stages 2 and 3.
    pub trunk: Layers,
    /// `(hidden, near)`, from the second stage.
    pub near: Range<usize>,
    /// `(hidden, deep)`, from the third stage.
    pub deep: Range<usize>,
    pub hidden_bias: Range<usize>,
    /// `(outputs, hidden)`
    pub output: Range<usize>,
    pub output_bias: Range<usize>,
    /// Number of parameters.
    pub parameters: usize,
}

impl LesionLayers {
    /// The layers of the lesion reader.
    pub fn new() -> Self {
        let trunk = Layers::new(&TRUNK, FIRST_STAGE, FROZEN_SIDE);
        let mut parameters = trunk.parameters;
        let mut take = |count: usize| {
            let taken = parameters..parameters + count;
            parameters = taken.end;
            taken
        };
        Self {
            near: take(HIDDEN * NEAR),
            deep: take(HIDDEN * DEEP),
            hidden_bias: take(HIDDEN),
            output: take(OUTPUTS * HIDDEN),
            output_bias: take(OUTPUTS),
            parameters,
            trunk,
        }
    }

    /// The first block of the third stage, counted from 0.
    pub fn third_stage(&self) -> usize {
        TRUNK.blocks[1]
    }

    /// Initialises the head (He et al. 2015) and appends it to the `trunk`.
    pub fn start(&self, trunk: &[f32], rng: &mut StdRng) -> Vec<f32> {
        let mut parameters = vec![0.0; self.parameters];
        let count = trunk.len().min(self.trunk.parameters);
        parameters[..count].copy_from_slice(&trunk[..count]);
        let mut draw = |range: &Range<usize>, inputs: usize| {
            let reach = (6.0 / inputs as f32).sqrt();
            for value in &mut parameters[range.clone()] {
                *value = rng.random_range(-reach..reach);
            }
        };
        draw(&self.near, NEAR + DEEP);
        draw(&self.deep, NEAR + DEEP);
        draw(&self.output, 30 * HIDDEN);
        parameters[self.output_bias.start] = START_LESION;
        parameters
    }
}

impl Default for LesionLayers {
    fn default() -> Self {
        Self::new()
    }
}
