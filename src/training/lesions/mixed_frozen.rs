//! The stem and the first stage, which are not trained, in mixed precision.

use safetensors::SafeTensors;

use super::layers::FIRST_STAGE;
use crate::model::ContentError;
use crate::model::bf16::convolution::{self, Job};
use crate::model::bf16::filters::Filters;
use crate::model::bf16::memory::{LINE, Memory, rounded};
use crate::model::bf16::stem::{self, HALF, WIDTH};
use crate::model::bf16::view::View;
use crate::model::layers::Layers;
use crate::model::lesions::TILE;
use crate::model::lesions::trunk::TRUNK;
use crate::model::resnet::Config;
use crate::training::tuning::bf16::block::{BlockFilters, BlockMemory};
use crate::training::tuning::parameters;

/// The frozen stages, packed.
#[derive(Debug)]
pub struct MixedFrozen {
    stem: Filters,
    stem_bias: Vec<f32>,
    layers: Layers,
    filters: Vec<BlockFilters>,
    parameters: Vec<f32>,
}

/// Memory of a pass through them.
#[derive(Debug)]
pub struct FrozenMemory {
    images: Memory,
    stem: Memory,
    pooled: Memory,
    blocks: Vec<BlockMemory>,
}

impl MixedFrozen {
    /// The stages in a weight file with torchvision's names.
    ///
    /// # Errors
    /// Names the tensor that is missing, misshapen or of another precision.
    pub fn new(file: &SafeTensors<'_>) -> Result<Self, ContentError> {
        let blocks = [TRUNK.blocks[0], 0, 0, 0];
        let layers = Layers::new(&Config { blocks, ..TRUNK }, FIRST_STAGE - 1, TILE / 4);
        let stages = parameters::read(file, &layers)?;
        let filters = (layers.blocks.iter())
            .map(|block| {
                let mut filters = BlockFilters::new(block, false);
                filters.pack(block, &stages);
                filters
            })
            .collect();
        let (weights, stem_bias) = stem::read(file)?;
        let mut stem = Filters::zeroed(stem::WIDTH, stem::FILTER, LINE, false);
        stem.pack(&weights, stem::WIDTH, stem::FILTER, LINE);
        Ok(Self {
            stem,
            stem_bias,
            layers,
            filters,
            parameters: stages,
        })
    }

    /// Memory for up to `images` images at once.
    pub fn memory(&self, images: usize) -> FrozenMemory {
        FrozenMemory {
            images: Memory::zeroed(images * stem::IMAGE + LINE),
            stem: Memory::zeroed(images * HALF * HALF * WIDTH),
            pooled: Memory::zeroed(images * HALF * HALF / 4 * WIDTH),
            blocks: (self.layers.blocks.iter())
                .map(|block| BlockMemory::new(block, images, false))
                .collect(),
        }
    }

    /// The output of the first stage, in channels-last order, for `images`, each `(3, 224, 224)` in [0, 1].
    pub fn forward<'a>(&self, images: &[&[f32]], memory: &'a mut FrozenMemory) -> &'a Memory {
        let count = images.len();
        let numbers = memory.images.numbers_mut().chunks_exact_mut(stem::IMAGE);
        for (numbers, image) in numbers.zip(images) {
            stem::spread(image, |at, value| numbers[at] = rounded(value));
        }
        let job = Job {
            images: count,
            side: stem::HALF,
            input: &memory.images,
            input_view: stem::view(stem::IMAGE),
            taps: &stem::taps(),
            packed: stem::FILTER,
            depth: LINE,
            filters: &self.stem.forward,
            outputs: stem::WIDTH,
            output_view: View::plain(stem::HALF, stem::WIDTH),
            bias: Some(&self.stem_bias),
            residual: None,
            mask: None,
            relu: true,
        };
        convolution::run(&job, &mut memory.stem);
        pool(memory.stem.numbers(), memory.pooled.numbers_mut(), count);
        for (number, block) in self.layers.blocks.iter().enumerate() {
            let (before, own) = memory.blocks.split_at_mut(number);
            let input = before
                .last()
                .map_or(&memory.pooled, |before| &before.output);
            if let (Some(own), Some(filters)) = (own.first_mut(), self.filters.get(number)) {
                own.forward(block, filters, &self.parameters, input, count);
            }
        }
        (memory.blocks.last()).map_or(&memory.pooled, |block| &block.output)
    }
}

/// The maximum of 3×3 pixels, of every second row and column. Numbers from 0 up have the order of their bits.
fn pool(from: &[u16], to: &mut [u16], images: usize) {
    let from = from.chunks_exact(HALF * HALF * WIDTH);
    let to = to.chunks_exact_mut(HALF * HALF / 4 * WIDTH);
    for (from, to) in from.zip(to).take(images) {
        stem::pooled(|pixel, under| {
            let to = &mut to[pixel * WIDTH..][..WIDTH];
            to.fill(0);
            for pixel in under {
                let pairs = to.iter_mut().zip(&from[pixel * WIDTH..][..WIDTH]);
                pairs.for_each(|(most, number)| *most = (*most).max(*number));
            }
        });
    }
}
