//! Blocks in split precision against sums in `f64`.

use proptest::prelude::*;
use safetensors::SafeTensors;
use safetensors::tensor::{Dtype, TensorView};

use super::memory::{Memory, rounded, widened};
use super::split::SplitBlock;
use crate::model::layers::{Bottleneck, Convolution, Layers};
use crate::model::resnet::{BATCH_NORM_EPSILON, Config};

/// Numbers from −`reach` to `reach` without an order, from a seed.
fn numbers(count: usize, reach: f32, seed: u64) -> Vec<f32> {
    let mut state = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
    let values = (0..count).map(|_| {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        (state >> 40) as f32 / (1_u64 << 23) as f32 * reach - reach
    });
    values.collect()
}

/// The layers' filters, `(outputs, inputs, row, column)`, with their biases, as a weight file.
fn file(block: &Bottleneck, seed: u64) -> Vec<u8> {
    let mut tensors: Vec<(String, Vec<usize>, Vec<u8>)> = Vec::new();
    let mut push = |name: String, shape: Vec<usize>, values: &[f32]| {
        let bytes = values.iter().flat_map(|value| value.to_le_bytes());
        tensors.push((name, shape, bytes.collect()));
    };
    for (number, layer) in layers(block).into_iter().enumerate() {
        let reach = (3.0 / layer.window() as f32).sqrt();
        let seed = seed + number as u64;
        let shape = vec![layer.outputs, layer.inputs, layer.filter, layer.filter];
        let weights = numbers(layer.outputs * layer.window(), reach, seed);
        push(format!("{}.weight", layer.name), shape, &weights);
        let every = |value: f32| vec![value; layer.outputs];
        let bias = numbers(layer.outputs, 0.5, seed + 100);
        for (part, values) in [
            ("weight", every(1.0)),
            ("bias", bias),
            ("running_mean", every(0.0)),
            ("running_var", every((1.0 - BATCH_NORM_EPSILON) as f32)),
        ] {
            push(
                format!("{}.{part}", layer.norm),
                vec![layer.outputs],
                &values,
            );
        }
    }
    let views = tensors.iter().map(|(name, shape, bytes)| {
        let view = TensorView::new(Dtype::F32, shape.clone(), bytes).unwrap();
        (name.clone(), view)
    });
    safetensors::serialize(views, None).unwrap()
}

fn layers(block: &Bottleneck) -> Vec<&Convolution> {
    let plain = [&block.first, &block.middle, &block.last];
    plain.into_iter().chain(&block.around).collect()
}

/// A convolution of one image, `(side, side, channels)`.
fn convolved(file: &SafeTensors<'_>, layer: &Convolution, input: &[f32]) -> Vec<f32> {
    let (weights, bias) = crate::model::folding::folded(file, layer).unwrap();
    let (side, border) = (layer.side as isize, layer.filter as isize / 2);
    let mut output = Vec::new();
    for pixel in 0..layer.pixels() {
        let row = (pixel / layer.side_out() * layer.stride) as isize - border;
        let column = (pixel % layer.side_out() * layer.stride) as isize - border;
        for (weights, bias) in weights.chunks_exact(layer.window()).zip(&bias) {
            let mut sum = f64::from(*bias);
            for (tap, weights) in weights.chunks_exact(layer.inputs).enumerate() {
                let row = row + (tap / layer.filter) as isize;
                let column = column + (tap % layer.filter) as isize;
                if (0..side).contains(&row) && (0..side).contains(&column) {
                    let at = (row * side + column) as usize * layer.inputs;
                    let products = weights.iter().zip(&input[at..]);
                    sum += products
                        .map(|(weight, value)| f64::from(*weight) * f64::from(*value))
                        .sum::<f64>();
                }
            }
            output.push(sum as f32);
        }
    }
    output
}

fn positive(mut values: Vec<f32>) -> Vec<f32> {
    values.iter_mut().for_each(|value| *value = value.max(0.0));
    values
}

fn expected(file: &SafeTensors<'_>, block: &Bottleneck, input: &[f32]) -> Vec<f32> {
    let first = positive(convolved(file, &block.first, input));
    let middle = positive(convolved(file, &block.middle, &first));
    let around = match &block.around {
        Some(around) => convolved(file, around, input),
        None => input.to_vec(),
    };
    let last = convolved(file, &block.last, &middle);
    positive(last.iter().zip(around).map(|(a, b)| a + b).collect())
}

/// The values in two parts for each pixel.
fn parted(values: &[f32], channels: usize) -> Memory {
    let mut memory = Memory::zeroed(2 * values.len());
    let pixels = memory.numbers_mut().chunks_exact_mut(2 * channels);
    for (numbers, values) in pixels.zip(values.chunks_exact(channels)) {
        for (channel, value) in values.iter().enumerate() {
            numbers[channel] = rounded(*value);
            numbers[channels + channel] = rounded(value - widened(numbers[channel]));
        }
    }
    memory
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4))]

    #[test]
    fn two_parts_give_what_double_precision_gives(seed in 0_u64..1 << 40, images in 1_usize..3) {
        if !super::is_available() || !super::amx::is_available() {
            return Ok(());
        }
        let config = Config { width: 16, blocks: [0, 2, 0, 0] };
        for block in &Layers::new(&config, 2, 28).blocks {
            let bytes = file(block, seed);
            let file = SafeTensors::deserialize(&bytes).unwrap();
            let (side, channels) = (block.first.side, block.first.inputs);
            let image = side * side * channels;
            let input = positive(numbers(images * image, 1.0, seed + 7));
            let split = SplitBlock::read(&file, block).unwrap();
            let mut memory = split.memory(images);
            split.forward(&parted(&input, channels), images, &mut memory);
            let outputs = block.last.outputs;
            let pixels = memory.output.numbers().chunks_exact(2 * outputs);
            let got: Vec<f32> = pixels
                .flat_map(|pixel| (0..outputs).map(|at| widened(pixel[at]) + widened(pixel[at + outputs])))
                .collect();
            for (number, input) in input.chunks_exact(image).enumerate() {
                let expected = expected(&file, block, input);
                let got = &got[number * expected.len()..][..expected.len()];
                for (got, expected) in got.iter().zip(&expected) {
                    prop_assert!((got - expected).abs() <= 1e-4 * expected.abs().max(1.0), "{got} instead of {expected}");
                }
            }
        }
    }
}
