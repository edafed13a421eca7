//! The stem and the first stage, which are not trained, in mixed precision.
//!
//! The stem's filter of seven rows and columns over three channels becomes seven taps over 32 numbers: the pixels of a
//! row lie four numbers apart, the fourth being zero, so that eight of them are one tap.

use safetensors::SafeTensors;

use super::layers::FIRST_STAGE;
use crate::model::ContentError;
use crate::model::lesions::trunk::TRUNK;
use crate::model::lesions::{CHANNELS, TILE};
use crate::model::resnet::Config;
use crate::training::tuning::bf16::block::{BlockFilters, BlockMemory};
use crate::training::tuning::bf16::convolution::{self, Job};
use crate::training::tuning::bf16::filters::Filters;
use crate::training::tuning::bf16::kernel::Tap;
use crate::training::tuning::bf16::memory::{LINE, Memory, rounded};
use crate::training::tuning::bf16::view::View;
use crate::training::tuning::layers::{Convolution, Layers};
use crate::training::tuning::parameters;

/// Rows, and columns, of the stem's filter, and of zeros around an image.
const FILTER: usize = 7;
const BORDER: usize = FILTER / 2;
/// Numbers of a pixel, and pixels of a row with its border; the tap reaches one pixel farther, with a weight of zero.
const PIXEL: usize = 4;
const ROW: usize = TILE + 2 * BORDER + 2;
/// Numbers of an image with its border.
const IMAGE: usize = (TILE + 2 * BORDER) * ROW * PIXEL;
/// Rows, and columns, of the stem's output.
const HALF: usize = TILE / 2;

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
        let outputs = TRUNK.width;
        let stem = Convolution {
            name: "conv1".into(),
            norm: "bn1".into(),
            inputs: CHANNELS,
            outputs,
            filter: FILTER,
            stride: 2,
            side: TILE,
            weight: 0..outputs * FILTER * FILTER * CHANNELS,
            bias: 0..outputs,
        };
        let (weights, stem_bias) = parameters::folded(file, &stem)?;
        let mut spread = vec![0.0; outputs * FILTER * LINE];
        for (row, values) in weights.chunks_exact(FILTER * CHANNELS).enumerate() {
            for (column, pixel) in values.chunks_exact(CHANNELS).enumerate() {
                let at = row * LINE + column * PIXEL;
                spread[at..at + CHANNELS].copy_from_slice(pixel);
            }
        }
        let mut stem = Filters::zeroed(outputs, FILTER, LINE, false);
        stem.pack(&spread, outputs, FILTER, LINE);
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
            // The last tap of the last window reads a few numbers beyond.
            images: Memory::zeroed(images * IMAGE + LINE),
            stem: Memory::zeroed(images * HALF * HALF * TRUNK.width),
            pooled: Memory::zeroed(images * HALF * HALF / 4 * TRUNK.width),
            blocks: (self.layers.blocks.iter())
                .map(|block| BlockMemory::new(block, images, false))
                .collect(),
        }
    }

    /// The output of the first stage, in channels-last order, for `images`, each `(3, 224, 224)` in [0, 1].
    pub fn forward<'a>(&self, images: &[&[f32]], memory: &'a mut FrozenMemory) -> &'a Memory {
        let count = images.len();
        let numbers = memory.images.numbers_mut().chunks_exact_mut(IMAGE);
        for (numbers, image) in numbers.zip(images) {
            let planes = image.chunks_exact(TILE * TILE).take(CHANNELS);
            for (channel, plane) in planes.enumerate() {
                for (row, values) in plane.chunks_exact(TILE).enumerate() {
                    let start = ((row + BORDER) * ROW + BORDER) * PIXEL + channel;
                    let places = numbers[start..].iter_mut().step_by(PIXEL);
                    places
                        .zip(values)
                        .for_each(|(number, value)| *number = rounded(*value));
                }
            }
        }
        let row = ROW * PIXEL;
        let taps: Vec<Tap> = (0..FILTER)
            .map(|tap| Tap {
                offset: (tap * row) as isize,
                packed: tap,
            })
            .collect();
        let width = TRUNK.width;
        let job = Job {
            images: count,
            side: HALF,
            input: &memory.images,
            input_view: View {
                start: 0,
                image: IMAGE,
                row: 2 * row,
                pixel: 2 * PIXEL,
            },
            taps: &taps,
            packed: FILTER,
            depth: LINE,
            filters: &self.stem.forward,
            outputs: width,
            output_view: View::plain(HALF, width),
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
    let (width, quarter) = (TRUNK.width, HALF / 2);
    let from = from.chunks_exact(HALF * HALF * width);
    let to = to.chunks_exact_mut(quarter * quarter * width);
    for (from, to) in from.zip(to).take(images) {
        for (pixel, to) in to.chunks_exact_mut(width).enumerate() {
            let (row, column) = (2 * (pixel / quarter), 2 * (pixel % quarter));
            to.fill(0);
            for row in row.saturating_sub(1)..(row + 2).min(HALF) {
                for column in column.saturating_sub(1)..(column + 2).min(HALF) {
                    let at = (row * HALF + column) * width;
                    let pairs = to.iter_mut().zip(&from[at..at + width]);
                    pairs.for_each(|(most, number)| *most = (*most).max(*number));
                }
            }
        }
    }
}
