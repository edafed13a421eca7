//! The passes of [`super::pass`] in mixed precision, see [`crate::training::tuning::bf16`].
//!
//! The parts of a batch are computed beside each other, each mostly by one thread.

use std::ops::Range;

use rayon::prelude::*;

use super::canvas::Target;
use super::layers::LesionLayers;
use super::loss::{self, Loss};
use super::pass::{COARSE, under};
use crate::model::bf16::convolution::{self, Job, Residual};
use crate::model::bf16::filters::Filters;
use crate::model::bf16::memory::{LINE, Memory, rounded, widened};
use crate::model::bf16::view::View;
use crate::model::lesions::MAP;
use crate::model::lesions::head::{DEEP, HIDDEN, NEAR, OUTPUTS};
use crate::model::product::{Matrix, multiply};
use crate::training::tuning::bf16::block::{Back, BackMemory, BlockFilters, BlockMemory, HERE};
use crate::training::tuning::bf16::pairs::{self, Order};

/// Filters of the trained layers, packed.
#[derive(Debug)]
pub struct TrainedFilters {
    blocks: Vec<BlockFilters>,
    near: Filters,
    deep: Filters,
}

impl TrainedFilters {
    /// Room for the filters of `layers`; those of the head are still zero.
    pub fn new(layers: &LesionLayers) -> Self {
        let blocks = layers.trunk.blocks.iter();
        Self {
            blocks: blocks.map(|block| BlockFilters::new(block, true)).collect(),
            near: Filters::zeroed(HIDDEN, 1, NEAR, true),
            deep: Filters::zeroed(HIDDEN, 1, DEEP, true),
        }
    }

    /// Packs `parameters`.
    pub fn pack(&mut self, layers: &LesionLayers, parameters: &[f32]) {
        let blocks = self.blocks.par_iter_mut().zip(&layers.trunk.blocks);
        let head = |filters: &mut Filters, range: &Range<usize>, depth| {
            filters.pack(&parameters[range.clone()], HIDDEN, 1, depth);
        };
        // Threads meet once, not after each layer.
        rayon::join(
            || blocks.for_each(|(filters, block)| filters.pack(block, parameters)),
            || {
                head(&mut self.near, &layers.near, NEAR);
                head(&mut self.deep, &layers.deep, DEEP);
            },
        );
    }
}

/// The trained layers with their parameters.
#[derive(Debug, Clone, Copy)]
pub struct Trained<'a> {
    pub layers: &'a LesionLayers,
    pub parameters: &'a [f32],
    /// The same parameters, packed.
    pub filters: &'a TrainedFilters,
}

/// Memory of a forward and a backward pass, allocated once.
#[derive(Debug)]
pub struct MixedScratch {
    blocks: Vec<BlockMemory>,
    back: BackMemory,
    /// Gradients of a block's input and output.
    trunk: [Memory; 2],
    /// `(images · places / 4, HIDDEN)`, and the same for every place.
    coarse: Memory,
    spread: Memory,
    /// `(images · places, HIDDEN)`, after the ReLU; in both precisions.
    hidden: Memory,
    hidden_wide: Vec<f32>,
    hidden_gradients: Memory,
    /// `(images · places, OUTPUTS)`
    outputs: Vec<f32>,
}

impl MixedScratch {
    /// For up to `images` images at once.
    pub fn new(layers: &LesionLayers, images: usize) -> Self {
        let places = images * MAP * MAP;
        let blocks = &layers.trunk.blocks;
        let trunk = || Memory::zeroed(places * NEAR.max(DEEP / 4));
        Self {
            blocks: (blocks.iter())
                .map(|block| BlockMemory::new(block, images, true))
                .collect(),
            back: BackMemory::new(blocks, images, MAP * MAP * NEAR),
            trunk: [trunk(), trunk()],
            coarse: Memory::zeroed(places / 4 * HIDDEN),
            spread: Memory::zeroed(places * HIDDEN),
            hidden: Memory::zeroed(places * HIDDEN),
            hidden_wide: vec![0.0; places * HIDDEN],
            hidden_gradients: Memory::zeroed(places * HIDDEN),
            outputs: vec![0.0; places * OUTPUTS],
        }
    }
}

/// The numbers of the head's hidden layer, from one of both stages.
fn joint<'a>(input: &'a Memory, side: usize, depth: usize, filters: &'a Filters) -> Job<'a> {
    Job {
        images: 0,
        side,
        input,
        input_view: View::plain(side, depth),
        taps: &HERE,
        packed: 1,
        depth,
        filters: &filters.forward,
        outputs: HIDDEN,
        output_view: View::plain(side, HIDDEN),
        bias: None,
        residual: None,
        mask: None,
        relu: false,
    }
}

/// Runs `count` images, as they leave the first stage, through the trained layers: the outputs of every place are in
/// `scratch` then.
fn forward(trained: Trained<'_>, images: &Memory, count: usize, scratch: &mut MixedScratch) {
    let Trained {
        layers,
        parameters,
        filters,
    } = trained;
    let blocks = layers.trunk.blocks.iter().zip(&filters.blocks);
    for (number, (block, filters)) in blocks.enumerate() {
        let (before, own) = scratch.blocks.split_at_mut(number);
        let input = before.last().map_or(images, |before| &before.output);
        if let Some(own) = own.first_mut() {
            own.forward(block, filters, parameters, input, count);
        }
    }
    let places = count * MAP * MAP;
    let (near, deep) = stages(layers, &scratch.blocks);
    let job = Job {
        images: count,
        ..joint(deep, COARSE, DEEP, &filters.deep)
    };
    convolution::run(&job, &mut scratch.coarse);
    let lines = HIDDEN / LINE;
    let coarse = scratch.coarse.lines();
    (scratch.spread.lines_mut()[..places * lines].par_chunks_exact_mut(lines))
        .enumerate()
        .for_each(|(place, row)| {
            row.copy_from_slice(&coarse[under(place) * lines..][..lines]);
        });
    let spread = (Residual::Other(&scratch.spread), View::plain(MAP, HIDDEN));
    let job = Job {
        images: count,
        bias: Some(&parameters[layers.hidden_bias.clone()]),
        residual: Some(spread),
        relu: true,
        ..joint(near, MAP, NEAR, &filters.near)
    };
    convolution::run(&job, &mut scratch.hidden);
    let hidden = &mut scratch.hidden_wide[..places * HIDDEN];
    scratch.hidden.widen(hidden);
    let outputs = &mut scratch.outputs[..places * OUTPUTS];
    let output = Matrix::new(&parameters[layers.output.clone()], OUTPUTS, HIDDEN);
    multiply(
        outputs,
        Matrix::new(hidden, places, HIDDEN),
        output.turned(),
    );
    let bias = &parameters[layers.output_bias.clone()];
    for row in outputs.chunks_exact_mut(OUTPUTS) {
        row.iter_mut()
            .zip(bias)
            .for_each(|(value, bias)| *value += bias);
    }
}

/// The output of the second and of the third stage.
fn stages<'a>(layers: &LesionLayers, blocks: &'a [BlockMemory]) -> (&'a Memory, &'a Memory) {
    let near = &blocks[layers.third_stage() - 1];
    let deep = &blocks[blocks.len() - 1];
    (&near.output, &deep.output)
}

/// The loss of the images that belong to `targets`, `(images · places)`, as they leave the first stage; writes its gradient for
/// every parameter. The images are a part of a batch in
/// which a position with a lesion has the weight `share`.
pub fn backward(
    trained: Trained<'_>,
    images: &Memory,
    targets: &[Target],
    share: f32,
    scratch: &mut MixedScratch,
    gradients: &mut [f32],
) -> Loss {
    let count = targets.len() / (MAP * MAP);
    forward(trained, images, count, scratch);
    let Trained {
        layers,
        parameters,
        filters,
    } = trained;
    let places = count * MAP * MAP;
    let mut slopes = vec![0.0; places * OUTPUTS];
    let outputs = &scratch.outputs[..places * OUTPUTS];
    let cost = loss::part(outputs, targets, share, &mut slopes);

    // The output layer, and through the ReLU of the hidden one.
    let hidden = &scratch.hidden_wide[..places * HIDDEN];
    let matrix = Matrix::new(&slopes, places, OUTPUTS);
    let output = &mut gradients[layers.output.clone()];
    multiply(output, matrix.turned(), Matrix::new(hidden, places, HIDDEN));
    let ones = vec![1.0; places];
    let ones = Matrix::new(&ones, 1, places);
    multiply(&mut gradients[layers.output_bias.clone()], ones, matrix);
    let output = &parameters[layers.output.clone()];
    let lines = HIDDEN / LINE;
    let rows = scratch.hidden_gradients.lines_mut()[..places * lines].par_chunks_exact_mut(lines);
    rows.zip(slopes.par_chunks_exact(OUTPUTS))
        .zip(hidden.par_chunks_exact(HIDDEN))
        .for_each(|((row, slopes), hidden)| {
            let numbers = row.iter_mut().flat_map(|line| &mut line.0);
            for (channel, (number, hidden)) in numbers.zip(hidden).enumerate() {
                let weights = output.iter().skip(channel).step_by(HIDDEN);
                let sum: f32 = slopes.iter().zip(weights).map(|(a, b)| a * b).sum();
                *number = if *hidden > 0.0 { rounded(sum) } else { 0 };
            }
        });
    let fine = scratch.hidden_gradients.lines();
    (scratch.coarse.lines_mut()[..places / 4 * lines].par_chunks_exact_mut(lines))
        .enumerate()
        .for_each(|(place, row)| {
            let (rows, column) = (place / COARSE, 2 * (place % COARSE));
            let above = 2 * rows * MAP + column;
            for (number, line) in row.iter_mut().enumerate() {
                let four = [above, above + 1, above + MAP, above + MAP + 1]
                    .map(|place| &fine[place * lines + number]);
                for (channel, sum) in line.0.iter_mut().enumerate() {
                    *sum = rounded(four.iter().map(|line| widened(line.0[channel])).sum());
                }
            }
        });

    // Both stages that the hidden layer reads.
    let (near, deep) = stages(layers, &scratch.blocks);
    let BackMemory {
        upstream, input, ..
    } = &mut scratch.back;
    let [given, taken] = &mut scratch.trunk;
    let hidden = View::plain(MAP, HIDDEN);
    let bias = upstream.interleave(
        Order::ByChannel,
        &scratch.hidden_gradients,
        hidden,
        count,
        MAP,
        HIDDEN,
    );
    gradients[layers.hidden_bias.clone()].copy_from_slice(&bias);
    input.interleave(
        Order::ByPixel,
        near,
        View::plain(MAP, NEAR),
        count,
        MAP,
        NEAR,
    );
    pairs::learn(upstream, input, 1, 1, &mut gradients[layers.near.clone()]);
    let coarse = View::plain(COARSE, HIDDEN);
    upstream.interleave(
        Order::ByChannel,
        &scratch.coarse,
        coarse,
        count,
        COARSE,
        HIDDEN,
    );
    input.interleave(
        Order::ByPixel,
        deep,
        View::plain(COARSE, DEEP),
        count,
        COARSE,
        DEEP,
    );
    pairs::learn(upstream, input, 1, 1, &mut gradients[layers.deep.clone()]);
    let job = Job {
        images: count,
        filters: &filters.near.backward,
        outputs: NEAR,
        output_view: View::plain(MAP, NEAR),
        ..joint(&scratch.hidden_gradients, MAP, HIDDEN, &filters.near)
    };
    convolution::run(&job, taken);
    let job = Job {
        images: count,
        filters: &filters.deep.backward,
        outputs: DEEP,
        output_view: View::plain(COARSE, DEEP),
        mask: Some((deep, View::plain(COARSE, DEEP))),
        ..joint(&scratch.coarse, COARSE, HIDDEN, &filters.deep)
    };
    convolution::run(&job, given);

    // The trunk; where the second stage ends, the head's own gradient waits.
    let blocks = layers.trunk.blocks.iter().zip(&filters.blocks);
    for (number, (block, filters)) in blocks.enumerate().rev() {
        let (before, own) = scratch.blocks.split_at_mut(number);
        let back = Back {
            filters,
            input: before.last().map_or(images, |before| &before.output),
            count,
            further: number > 0,
            onto: number == layers.third_stage(),
        };
        let Some(own) = own.first_mut() else { break };
        let [given, taken] = &mut scratch.trunk;
        if own.backward(block, &back, given, taken, &mut scratch.back, gradients) {
            scratch.trunk.swap(0, 1);
        }
    }
    cost
}
