//! Passes through a block against those of [`pass`] in `f32`.

use rand::RngExt;

use super::block::{Back, BackMemory, BlockFilters, BlockMemory};
use super::pairs::{self, Order, Pairs};
use crate::model::bf16::convolution::{self, Job, Residual};
use crate::model::bf16::filters::Filters;
use crate::model::bf16::kernel::Tap;
use crate::model::bf16::memory::{Memory, rounded, widened};
use crate::model::bf16::view::View;
use crate::model::bf16::{self, amx};
use crate::model::layers::{Bottleneck, Layers};
use crate::model::resnet::Config;
use crate::training::rng::{self, Purpose};
use crate::training::tuning::pass::{self, block_backward, block_forward};
use crate::training::tuning::scratch::Scratch;

/// An odd number, so that one image has no other to be paired with.
const IMAGES: usize = 3;

/// Two blocks: one of stride 2 with a shortcut, and one without. Pixels are 28 × 28, then 14 × 14.
fn layers() -> Layers {
    let config = Config {
        width: 16,
        blocks: [0, 2, 0, 0],
    };
    Layers::new(&config, 2, 28)
}

/// Numbers that bfloat16 holds exactly, from −`reach` to `reach`.
fn draw(count: usize, reach: f32, place: usize) -> Vec<f32> {
    let mut rng = rng::of(5, Purpose::Head, &[place]);
    let values = (0..count).map(|_| widened(rounded(rng.random_range(-reach..reach))));
    values.collect()
}

/// Two vectors have the same direction and length, within rounding.
fn assert_alike(what: &str, got: &[f32], expected: &[f32]) {
    assert_eq!(got.len(), expected.len());
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    let lengths = (dot(got, got) * dot(expected, expected)).sqrt();
    assert!(lengths > 0.0, "{what} is zero");
    let cosine = dot(got, expected) / lengths;
    let ratio = (dot(got, got) / dot(expected, expected)).sqrt();
    // Sums over pixels cancel, which leaves fewer digits.
    assert!(cosine > 0.995, "{what}: cosine {cosine}");
    assert!((ratio - 1.0).abs() < 0.02, "{what}: {ratio} times as long");
}

struct Case {
    layers: Layers,
    number: usize,
    parameters: Vec<f32>,
    input: Vec<f32>,
    given: Vec<f32>,
    before: Vec<f32>,
}

impl Case {
    fn new(number: usize) -> Self {
        let layers = layers();
        let mut parameters = draw(layers.parameters, 0.1, 0);
        for layer in layers.convolutions() {
            let reach = (3.0 / layer.window() as f32).sqrt();
            let weights = draw(layer.weight.len(), reach, layer.weight.start);
            parameters[layer.weight.clone()].copy_from_slice(&weights);
        }
        let (first, last) = {
            let block = &layers.blocks[number];
            (block.first.clone(), block.last.clone())
        };
        let taken = IMAGES * first.side * first.side * first.inputs;
        let mut input = draw(taken, 1.0, 1);
        // The output of a ReLU.
        input.iter_mut().for_each(|value| *value = value.max(0.0));
        Self {
            given: draw(IMAGES * last.pixels() * last.outputs, 1.0, 2),
            before: draw(taken, 0.5, 3),
            layers,
            number,
            parameters,
            input,
        }
    }

    fn block(&self) -> &Bottleneck {
        &self.layers.blocks[self.number]
    }

    /// The block's output, the gradient of its input, and those of its parameters.
    fn expected(&self) -> [Vec<f32>; 3] {
        let block = self.block();
        let mut scratch = Scratch::new(&self.layers, IMAGES, true);
        let own = &mut scratch.blocks[self.number];
        block_forward(block, &self.parameters, &self.input, own, IMAGES);
        let output = own.output[..self.given.len()].to_vec();
        let mut gradients = vec![0.0; self.layers.parameters];
        let [given, taken] = &mut scratch.trunk;
        given[..self.given.len()].copy_from_slice(&self.given);
        let back = pass::Back {
            parameters: &self.parameters,
            input: &self.input,
            own,
            count: IMAGES,
            further: true,
        };
        let swapped = block_backward(
            block,
            &back,
            given,
            taken,
            &mut scratch.narrow,
            &mut scratch.windows,
            &mut gradients,
        );
        let found = if swapped { taken } else { given };
        let mut found = found[..self.input.len()].to_vec();
        for ((found, input), before) in found.iter_mut().zip(&self.input).zip(&self.before) {
            // A block with a shortcut adds to the previous contents.
            *found += if swapped { *before } else { 0.0 };
            *found = if *input > 0.0 { *found } else { 0.0 };
        }
        [output, found, gradients]
    }

    fn got(&self) -> [Vec<f32>; 3] {
        let block = self.block();
        let memory = |values: &[f32], room: usize| {
            let mut memory = Memory::zeroed(room);
            memory.round(values);
            memory
        };
        let room = self.given.len().max(self.input.len());
        let input = memory(&self.input, room);
        let mut filters = BlockFilters::new(block, true);
        filters.pack(block, &self.parameters);
        let mut own = BlockMemory::new(block, IMAGES, true);
        own.forward(block, &filters, &self.parameters, &input, IMAGES);
        let mut output = vec![0.0; self.given.len()];
        own.output.widen(&mut output);
        let masked = self.given.iter().zip(&output);
        let masked: Vec<f32> = masked
            .map(|(given, output)| if *output > 0.0 { *given } else { 0.0 })
            .collect();
        let (mut given, mut taken) = (memory(&masked, room), memory(&self.before, room));
        let mut back_memory = BackMemory::new(&self.layers.blocks, IMAGES, 0);
        let mut gradients = vec![0.0; self.layers.parameters];
        let back = Back {
            filters: &filters,
            input: &input,
            count: IMAGES,
            further: true,
            onto: true,
        };
        let swapped = own.backward(
            block,
            &back,
            &mut given,
            &mut taken,
            &mut back_memory,
            &mut gradients,
        );
        let mut found = vec![0.0; self.input.len()];
        let memory = if swapped { taken } else { given };
        memory.widen(&mut found);
        [output, found, gradients]
    }
}

#[test]
fn blocks_give_what_they_give_in_single_precision() {
    if !bf16::is_available() {
        return;
    }
    for number in 0..2 {
        let case = Case::new(number);
        let ([output, found, gradients], [expected_output, expected_found, expected]) =
            (case.got(), case.expected());
        assert_alike("output", &output, &expected_output);
        assert_alike("gradient of the input", &found, &expected_found);
        let block = case.block();
        for layer in [&block.first, &block.middle, &block.last]
            .into_iter()
            .chain(&block.around)
        {
            for range in [&layer.weight, &layer.bias] {
                let (got, expected) = (&gradients[range.clone()], &expected[range.clone()]);
                assert_alike(&layer.name, got, expected);
            }
        }
    }
}

#[test]
fn tiles_give_the_convolutions_of_vectors() {
    if !bf16::is_available() || !amx::is_available() {
        return;
    }
    // An odd number of rows in each part of an image leaves a tile without a partner.
    let (side, depth, outputs) = (14, 64, 96);
    let bordered = View::bordered(side, depth);
    let taps: Vec<Tap> = (0..9)
        .map(|tap| Tap {
            offset: (tap / 3 - 1) * bordered.row as isize + (tap % 3 - 1) * bordered.pixel as isize,
            packed: tap as usize,
        })
        .collect();
    let mut input = Memory::zeroed(IMAGES * bordered.image);
    input.round(&draw(IMAGES * bordered.image, 1.0, 1));
    let mut filters = Filters::zeroed(outputs, 9, depth, false);
    filters.pack(&draw(outputs * 9 * depth, 0.1, 2), outputs, 9, depth);
    let view = View::plain(side, outputs);
    let numbers = IMAGES * view.image;
    let mut other = Memory::zeroed(numbers);
    other.round(&draw(numbers, 1.0, 3));
    let mut mask = Memory::zeroed(numbers);
    let kept = draw(numbers, 1.0, 4);
    mask.round(&kept.iter().map(|value| value.max(0.0)).collect::<Vec<_>>());
    let bias = draw(outputs, 1.0, 5);
    let job = Job {
        images: IMAGES,
        side,
        input: &input,
        input_view: bordered,
        taps: &taps,
        packed: 9,
        depth,
        filters: &filters.forward,
        outputs,
        output_view: view,
        bias: Some(&bias),
        residual: Some((Residual::Other(&other), view)),
        mask: Some((&mask, view)),
        relu: true,
    };
    let run = |by_tiles| {
        let (mut output, mut values) = (Memory::zeroed(numbers), vec![0.0; numbers]);
        convolution::run_by(by_tiles, &job, &mut output);
        output.widen(&mut values);
        values
    };
    let (tiles, vectors) = (run(true), run(false));
    for (number, (got, expected)) in tiles.iter().zip(&vectors).enumerate() {
        // One rounding to bfloat16 lies between them at most.
        let near = (got - expected).abs() <= expected.abs() / 128.0 + 1e-3;
        assert!(near, "{got} instead of {expected} at {number}");
    }
}

#[test]
fn tiles_give_the_gradients_of_vectors() {
    if !bf16::is_available() || !amx::is_available() {
        return;
    }
    for (filter, stride) in [(1, 1), (3, 1), (3, 2)] {
        let (side, inputs, outputs) = (14, 64, 32);
        let side_in = (side - 1) * stride + filter;
        let pairs = |order, side: usize, channels: usize, place| {
            let view = View::plain(side, channels);
            let mut memory = Memory::zeroed(IMAGES * view.image);
            memory.round(&draw(IMAGES * view.image, 1.0, place));
            let mut pairs = Pairs::zeroed(IMAGES, view.image);
            pairs.interleave(order, &memory, view, IMAGES, side, channels);
            pairs
        };
        let upstream = pairs(Order::ByChannel, side, outputs, 1);
        let input = pairs(Order::ByPixel, side_in, inputs, 2);
        let learn = |by_tiles| {
            let mut gradients = vec![f32::NAN; outputs * filter * filter * inputs];
            pairs::learn_by(by_tiles, &upstream, &input, filter, stride, &mut gradients);
            gradients
        };
        for (got, expected) in learn(true).iter().zip(learn(false)) {
            assert!((got - expected).abs() < 1e-2, "{got} instead of {expected}");
        }
    }
}
