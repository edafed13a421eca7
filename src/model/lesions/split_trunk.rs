//! The trunk on AMX, in split precision: see [`crate::model::bf16::split`].

use std::num::NonZeroUsize;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use rayon::{ThreadPool, ThreadPoolBuilder};
use safetensors::SafeTensors;

use super::trunk::{TRUNK, TileStages};
use super::{CHANNELS, MAP, TILE};
use crate::model::bf16::amx;
use crate::model::bf16::convolution::{self, Job, Split};
use crate::model::bf16::memory::{LINE, Memory, rounded, widened};
use crate::model::bf16::split::{self, SplitBlock, SplitMemory};
use crate::model::bf16::stem::{self, HALF, IMAGE, WIDTH};
use crate::model::layers::Layers;
use crate::model::{Cancel, ContentError, EngineError};

/// The trunk with its filters and its threads.
#[derive(Debug)]
pub struct SplitTrunk {
    stem: Memory,
    stem_bias: Vec<f32>,
    blocks: Vec<SplitBlock>,
    /// Index of the last block of the second stage.
    near: usize,
    threads: ThreadPool,
    /// Memory of passes that have ended.
    spare: Mutex<Vec<PassMemory>>,
}

/// Memory of a pass of one tile.
#[derive(Debug)]
struct PassMemory {
    image: Memory,
    stem: Memory,
    pooled: Memory,
    blocks: Vec<SplitMemory>,
}

impl SplitTrunk {
    /// True if this processor can run it.
    pub fn is_available() -> bool {
        crate::model::bf16::is_available() && amx::is_available()
    }

    /// The trunk in a weight file, run by up to `threads` threads.
    ///
    /// # Errors
    /// Names the tensor that is missing, misshapen or of another precision.
    pub fn read(file: &SafeTensors<'_>, threads: NonZeroUsize) -> Result<Self, ContentError> {
        let (weights, stem_bias) = stem::read(file)?;
        let layers = Layers::new(&TRUNK, 1, HALF / 2);
        let blocks = layers.blocks.iter();
        let blocks: Result<Vec<_>, _> = blocks.map(|block| SplitBlock::read(file, block)).collect();
        let threads = ThreadPoolBuilder::new()
            .num_threads(threads.get())
            .thread_name(|number| format!("lesion reader {number}"))
            .build()
            .map_err(|error| ContentError::Threads(error.to_string()))?;
        Ok(Self {
            stem: split::packed(&weights, WIDTH, stem::FILTER, LINE),
            stem_bias,
            blocks: blocks?,
            near: TRUNK.blocks[0] + TRUNK.blocks[1] - 1,
            threads,
            spare: Mutex::default(),
        })
    }

    /// Outputs of the stages for `tiles`, `(count, 3, 224, 224)` in [0, 1].
    ///
    /// # Errors
    /// `cancel` was raised.
    pub fn run(&self, tiles: &[f32], cancel: &Cancel) -> Result<Vec<TileStages>, EngineError> {
        self.threads.install(|| {
            (tiles.par_chunks_exact(CHANNELS * TILE * TILE))
                .map(|tile| self.tile(tile, cancel))
                .collect()
        })
    }

    fn tile(&self, tile: &[f32], cancel: &Cancel) -> Result<TileStages, EngineError> {
        let lock = || self.spare.lock().unwrap_or_else(PoisonError::into_inner);
        let spare = lock().pop();
        let mut memory = spare.unwrap_or_else(|| self.memory());
        let stages = self.forward(tile, &mut memory, cancel);
        lock().push(memory);
        stages
    }

    fn memory(&self) -> PassMemory {
        PassMemory {
            image: Memory::zeroed(2 * IMAGE + LINE),
            stem: Memory::zeroed(2 * HALF * HALF * WIDTH),
            pooled: Memory::zeroed(2 * HALF * HALF / 4 * WIDTH),
            blocks: self.blocks.iter().map(|block| block.memory(1)).collect(),
        }
    }

    fn forward(
        &self,
        tile: &[f32],
        memory: &mut PassMemory,
        cancel: &Cancel,
    ) -> Result<TileStages, EngineError> {
        let numbers = memory.image.numbers_mut();
        stem::spread(tile, |at, value| {
            numbers[at] = rounded(value);
            numbers[at + IMAGE] = rounded(value - widened(numbers[at]));
        });
        let job = Job {
            images: 1,
            side: HALF,
            input: &memory.image,
            input_view: stem::view(2 * IMAGE),
            taps: &stem::taps(),
            packed: stem::FILTER,
            depth: LINE,
            filters: &self.stem,
            outputs: WIDTH,
            output_view: split::plain(HALF, WIDTH),
            bias: Some(&self.stem_bias),
            residual: None,
            split: Some(Split {
                input: IMAGE,
                filters: self.stem.count() / 2,
                output: WIDTH,
                residual: WIDTH,
            }),
            mask: None,
            relu: true,
        };
        convolution::run(&job, &mut memory.stem);
        pool(memory.stem.numbers(), memory.pooled.numbers_mut());
        for (number, block) in self.blocks.iter().enumerate() {
            if cancel.is_cancelled() {
                return Err(EngineError::Cancelled);
            }
            let (before, own) = memory.blocks.split_at_mut(number);
            let input = before.last().map_or(&memory.pooled, |it| &it.output);
            if let Some(own) = own.first_mut() {
                block.forward(input, 1, own);
            }
        }
        let stage = |block: Option<&SplitMemory>, side: usize| {
            block.map_or_else(Vec::new, |block| {
                by_channel(block.output.numbers(), side * side)
            })
        };
        Ok(TileStages {
            near: stage(memory.blocks.get(self.near), MAP),
            deep: stage(memory.blocks.last(), MAP / 2),
        })
    }
}

/// A number of two parts.
fn whole(first: u16, second: u16) -> f32 {
    widened(first) + widened(second)
}

/// The maximum of 3×3 pixels, of every second row and column.
fn pool(from: &[u16], to: &mut [u16]) {
    let (from, _) = from.as_chunks::<WIDTH>();
    let (to, _) = to.as_chunks_mut::<WIDTH>();
    stem::pooled(|pixel, under| {
        let mut most = [0.0_f32; WIDTH];
        for pixel in under {
            let both = from[2 * pixel].iter().zip(&from[2 * pixel + 1]);
            for (most, (first, second)) in most.iter_mut().zip(both) {
                *most = most.max(whole(*first, *second));
            }
        }
        for (channel, value) in most.into_iter().enumerate() {
            let first = rounded(value);
            to[2 * pixel][channel] = first;
            to[2 * pixel + 1][channel] = rounded(value - widened(first));
        }
    });
}

/// The numbers of `pixels` pixels, `(channels, pixels)`.
fn by_channel(numbers: &[u16], pixels: usize) -> Vec<f32> {
    let channels = numbers.len() / pixels / 2;
    let mut values = vec![0.0; channels * pixels];
    for (pixel, numbers) in numbers.chunks_exact(2 * channels).enumerate() {
        let (first, second) = numbers.split_at(channels);
        let to = values.iter_mut().skip(pixel).step_by(pixels);
        for (to, (first, second)) in to.zip(first.iter().zip(second)) {
            *to = whole(*first, *second);
        }
    }
    values
}
