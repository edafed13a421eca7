//! Forward and backward pass of the trained stages.
//!
//! Activations are in channels-last order, one row for each pixel; a convolution is one matrix product. All
//! buffers belong to a [`Scratch`]; the work runs on the caller's thread pool. The results do not depend on the
//! number of threads.

use rayon::prelude::*;

use super::loss;
use super::scratch::{BlockScratch, Scratch};
use super::window;
use crate::model::head::{Class, PerClass};
use crate::model::layers::{Bottleneck, Convolution, Layers};
use crate::model::product::{Matrix, multiply, multiply_onto};

/// Number of rows in a thread's chunk, and of the rows that are summed together.
const ROWS_TOGETHER: usize = 64;

/// A training batch.
#[derive(Debug, Clone, Copy)]
pub struct Examples<'a> {
    /// `(images, side, side, channels)`
    pub images: &'a [f32],
    /// Target of each image: the share of each class.
    pub truths: &'a [PerClass<f32>],
    /// Weight of each image.
    pub weights: &'a [f32],
    /// Factor of each pooled feature, `(images, features)`: zero where dropout removes it.
    pub dropout: Option<&'a [f32]>,
}

/// Runs `images` images through `layers`; the pooled features and logits are in `scratch` afterwards.
pub fn forward(layers: &Layers, parameters: &[f32], images: &[f32], scratch: &mut Scratch) {
    let count = images.len() / layers.image().max(1);
    assert!(count <= scratch.images && count * layers.image() == images.len());
    let mut input = images;
    let mut rest: &mut [BlockScratch] = &mut scratch.blocks;
    for block in &layers.blocks {
        let Some((own, behind)) = rest.split_first_mut() else {
            break;
        };
        block_forward(block, parameters, input, own, count);
        input = &own.output[..count * block.last.pixels() * block.last.outputs];
        rest = behind;
    }
    let pixels = (layers.blocks.last()).map_or(1, |block| block.last.pixels());
    let features = layers.features;
    let means = scratch.pooled[..count * features].par_chunks_mut(features);
    means
        .zip(input.par_chunks(pixels * features))
        .for_each(|(mean, image)| {
            mean.fill(0.0);
            for pixel in image.chunks_exact(features) {
                mean.iter_mut()
                    .zip(pixel)
                    .for_each(|(sum, value)| *sum += value);
            }
            mean.iter_mut().for_each(|sum| *sum /= pixels as f32);
        });
    let (pooled, kept) = (&scratch.pooled[..count * features], &mut scratch.kept);
    kept[..count * features].copy_from_slice(pooled);
    head_forward(layers, parameters, scratch, count);
}

/// The last layer, after dropout.
fn head_forward(layers: &Layers, parameters: &[f32], scratch: &mut Scratch, count: usize) {
    let (classes, features) = (layers.head_bias.len(), layers.features);
    let weight = Matrix::new(&parameters[layers.head_weight.clone()], classes, features);
    let kept = Matrix::new(&scratch.kept[..count * features], count, features);
    let logits = &mut scratch.logits[..count * classes];
    multiply(logits, kept, weight.turned());
    for logits in logits.chunks_exact_mut(classes) {
        let biases = &parameters[layers.head_bias.clone()];
        logits
            .iter_mut()
            .zip(biases)
            .for_each(|(logit, bias)| *logit += bias);
    }
}

/// The mean loss of `examples`; writes its gradient for every parameter to `gradients`.
pub fn backward(
    layers: &Layers,
    parameters: &[f32],
    examples: &Examples<'_>,
    scratch: &mut Scratch,
    gradients: &mut [f32],
) -> f32 {
    let (count, features) = (examples.truths.len(), layers.features);
    forward(layers, parameters, examples.images, scratch);
    if let Some(factors) = examples.dropout {
        let kept = scratch.kept[..count * features].iter_mut();
        kept.zip(factors)
            .for_each(|(value, factor)| *value *= factor);
        head_forward(layers, parameters, scratch, count);
    }
    let classes = Class::ALL.len();
    let mut upstream = vec![0.0; count * classes];
    let logits = &scratch.logits[..count * classes];
    let loss = loss::cross_entropy(logits, examples.truths, examples.weights, &mut upstream);

    // The last layer.
    let upstream = Matrix::new(&upstream, count, classes);
    let kept = Matrix::new(&scratch.kept[..count * features], count, features);
    multiply(
        &mut gradients[layers.head_weight.clone()],
        upstream.turned(),
        kept,
    );
    let ones = vec![1.0; count];
    let ones = Matrix::new(&ones, 1, count);
    multiply(&mut gradients[layers.head_bias.clone()], ones, upstream);
    let weight = Matrix::new(&parameters[layers.head_weight.clone()], classes, features);
    // The features after dropout are not needed any more; their gradient replaces them.
    multiply(&mut scratch.kept[..count * features], upstream, weight);
    if let Some(factors) = examples.dropout {
        let upstream = scratch.kept[..count * features].iter_mut();
        upstream
            .zip(factors)
            .for_each(|(gradient, factor)| *gradient *= factor);
    }

    // The mean distributes the gradient equally over the pixels.
    let Some(last) = layers.blocks.last() else {
        return loss;
    };
    let pixels = last.last.pixels();
    let trunk = scratch.trunk[0][..count * pixels * features].par_chunks_mut(pixels * features);
    let upstream = scratch.kept[..count * features].par_chunks(features);
    trunk.zip(upstream).for_each(|(image, upstream)| {
        for pixel in image.chunks_exact_mut(features) {
            let pairs = pixel.iter_mut().zip(upstream);
            pairs.for_each(|(gradient, mean)| *gradient = mean / pixels as f32);
        }
    });
    for (number, block) in layers.blocks.iter().enumerate().rev() {
        let (before, own) = scratch.blocks.split_at_mut(number);
        let input = match before.last() {
            Some(before) => &before.output,
            None => examples.images,
        };
        let Some(own) = own.first() else { break };
        let back = Back {
            parameters,
            input: &input[..count * block.first.pixels() * block.first.inputs],
            own,
            count,
            // The part before the first block is frozen.
            further: number > 0,
        };
        let [given, taken] = &mut scratch.trunk;
        let swapped = block_backward(
            block,
            &back,
            given,
            taken,
            &mut scratch.narrow,
            &mut scratch.windows,
            gradients,
        );
        if swapped {
            scratch.trunk.swap(0, 1);
        }
    }
    loss
}

fn filters<'a>(layer: &Convolution, parameters: &'a [f32]) -> Matrix<'a> {
    Matrix::new(
        &parameters[layer.weight.clone()],
        layer.outputs,
        layer.window(),
    )
}

/// Runs `count` images through one block; all its outputs are in `own`.
pub fn block_forward(
    block: &Bottleneck,
    parameters: &[f32],
    input: &[f32],
    own: &mut BlockScratch,
    count: usize,
) {
    let convolve = |layer: &Convolution, seen: &[f32], given: &mut [f32]| {
        let seen = Matrix::new(seen, count * layer.pixels(), layer.window());
        multiply(given, seen, filters(layer, parameters).turned());
    };
    let bias = |layer: &Convolution| &parameters[layer.bias.clone()];
    let sized = |layer: &Convolution| count * layer.pixels() * layer.outputs;
    let seen = |layer: &Convolution| count * layer.pixels() * layer.window();

    let first = &mut own.first[..sized(&block.first)];
    convolve(&block.first, input, first);
    finish(first, bias(&block.first), None);

    let windows = &mut own.windows[..seen(&block.middle)];
    window::gather(&block.middle, first, windows);
    let middle = &mut own.middle[..sized(&block.middle)];
    convolve(&block.middle, windows, middle);
    finish(middle, bias(&block.middle), None);

    let output = &mut own.output[..sized(&block.last)];
    convolve(&block.last, middle, output);
    match &block.around {
        None => finish(output, bias(&block.last), Some(input)),
        Some(around) => {
            let pixels = &mut own.around[..seen(around)];
            window::gather(around, input, pixels);
            let pixels = Matrix::new(pixels, count * around.pixels(), around.window());
            multiply_onto(output, pixels, filters(around, parameters).turned());
            let both: Vec<f32> = (bias(&block.last).iter().zip(bias(around)))
                .map(|(last, around)| last + around)
                .collect();
            finish(output, &both, None);
        }
    }
}

/// Adds a bias to every row, and the identity shortcut if there is one, and applies the ReLU.
fn finish(rows: &mut [f32], bias: &[f32], around: Option<&[f32]>) {
    let together = ROWS_TOGETHER * bias.len();
    let parts = rows.par_chunks_mut(together);
    match around {
        None => parts.for_each(|part| {
            for row in part.chunks_exact_mut(bias.len()) {
                let pairs = row.iter_mut().zip(bias);
                pairs.for_each(|(value, bias)| *value = (*value + bias).max(0.0));
            }
        }),
        Some(around) => parts
            .zip(around.par_chunks(together))
            .for_each(|(part, around)| {
                let rows = part.chunks_exact_mut(bias.len());
                for (row, around) in rows.zip(around.chunks_exact(bias.len())) {
                    let all = row.iter_mut().zip(bias.iter().zip(around));
                    all.for_each(|(value, (bias, around))| {
                        *value = (*value + bias + around).max(0.0);
                    });
                }
            }),
    }
}

/// Inputs of the backward pass of a block.
pub struct Back<'a> {
    /// All parameters of the layers.
    pub parameters: &'a [f32],
    /// Input of the block.
    pub input: &'a [f32],
    /// Activations of the forward pass.
    pub own: &'a BlockScratch,
    /// Number of images.
    pub count: usize,
    /// True if the gradient of the block's input is needed.
    pub further: bool,
}

/// Converts the gradient of a block's output, in `given`, to that of its input: in `taken` if the result is
/// true, in `given` if it is false. Writes the gradients of the block's parameters.
pub fn block_backward(
    block: &Bottleneck,
    back: &Back<'_>,
    given: &mut [f32],
    taken: &mut [f32],
    narrow: &mut [Vec<f32>; 2],
    windows: &mut [f32],
    gradients: &mut [f32],
) -> bool {
    let Back {
        parameters,
        input,
        own,
        count,
        further,
    } = *back;
    let sized = |layer: &Convolution| count * layer.pixels() * layer.outputs;
    let seen = |layer: &Convolution| count * layer.pixels() * layer.window();
    let rows = |layer: &Convolution| count * layer.pixels();
    let mut learn = |layer: &Convolution, upstream: &[f32], bias: &[f32], looked_at: &[f32]| {
        let upstream = Matrix::new(upstream, rows(layer), layer.outputs);
        let looked_at = Matrix::new(looked_at, rows(layer), layer.window());
        let weight = &mut gradients[layer.weight.clone()];
        multiply(weight, upstream.turned(), looked_at);
        gradients[layer.bias.clone()].copy_from_slice(bias);
    };
    let given = &mut given[..sized(&block.last)];
    let output = &own.output[..sized(&block.last)];
    let last_bias = through_relu(given, output, block.last.outputs);

    // The last 1×1.
    let middle = &own.middle[..sized(&block.middle)];
    learn(&block.last, given, &last_bias, middle);
    let [first_gradients, middle_gradients] = narrow;
    let middle_gradients = &mut middle_gradients[..sized(&block.middle)];
    let upstream = Matrix::new(given, rows(&block.last), block.last.outputs);
    multiply(middle_gradients, upstream, filters(&block.last, parameters));
    let middle_bias = through_relu(middle_gradients, middle, block.middle.outputs);

    // The 3×3.
    let looked_at = &own.windows[..seen(&block.middle)];
    learn(&block.middle, middle_gradients, &middle_bias, looked_at);
    let window_gradients = &mut windows[..seen(&block.middle)];
    let upstream = Matrix::new(middle_gradients, rows(&block.middle), block.middle.outputs);
    multiply(
        window_gradients,
        upstream,
        filters(&block.middle, parameters),
    );
    let first = &own.first[..sized(&block.first)];
    let first_gradients = &mut first_gradients[..sized(&block.first)];
    first_gradients.fill(0.0);
    window::scatter_onto(&block.middle, window_gradients, first_gradients);
    let first_bias = through_relu(first_gradients, first, block.first.outputs);

    // The first 1×1, and the shortcut.
    learn(&block.first, first_gradients, &first_bias, input);
    if let Some(around) = &block.around {
        learn(around, given, &last_bias, &own.around[..seen(around)]);
    }
    if !further {
        return false;
    }
    let upstream = Matrix::new(first_gradients, rows(&block.first), block.first.outputs);
    match &block.around {
        None => {
            multiply_onto(given, upstream, filters(&block.first, parameters));
            false
        }
        Some(around) => {
            let taken = &mut taken[..seen(&block.first)];
            multiply(taken, upstream, filters(&block.first, parameters));
            let pixels = &mut windows[..seen(around)];
            let upstream = Matrix::new(given, rows(around), around.outputs);
            multiply(pixels, upstream, filters(around, parameters));
            window::scatter_onto(around, pixels, taken);
            true
        }
    }
}

/// Sets the gradients to zero where the output of the ReLU was zero, and returns the sum of every column.
fn through_relu(upstream: &mut [f32], given: &[f32], columns: usize) -> Vec<f32> {
    let together = ROWS_TOGETHER * columns;
    let parts: Vec<Vec<f32>> = (upstream.par_chunks_mut(together))
        .zip(given.par_chunks(together))
        .map(|(upstream, given)| {
            let mut sums = vec![0.0; columns];
            let rows = upstream.chunks_exact_mut(columns);
            for (upstream, given) in rows.zip(given.chunks_exact(columns)) {
                let all = upstream.iter_mut().zip(given).zip(&mut sums);
                for ((gradient, given), sum) in all {
                    *gradient = if *given > 0.0 { *gradient } else { 0.0 };
                    *sum += *gradient;
                }
            }
            sums
        })
        .collect();
    let mut sums = vec![0.0; columns];
    for part in parts {
        sums.iter_mut()
            .zip(part)
            .for_each(|(sum, value)| *sum += value);
    }
    sums
}
