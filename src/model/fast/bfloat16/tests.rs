//! The convolutions in bfloat16, by every method that this processor has, compared with plain loops.

use proptest::prelude::*;

use super::convolution::Convolution;
use super::layout::{Layout, Order};
use super::method::Method;
use super::plan::Plan;
use super::read::Read;
use super::stem::{Sizes, Stem, WIDTH};
use super::walk::{Shape, Walk};
use crate::model::bf16::memory::{LINE, rounded, widened};
use crate::model::fast::block::SharedBlocks;
use crate::model::fast::tests::{Layer, Noise};

/// The method of tiles is left out on a processor without AMX.
fn available() -> impl Strategy<Value = Method> {
    let methods = [Method::Amx, Method::Portable].into_iter();
    proptest::sample::select(
        methods
            .filter(|method| method.is_available())
            .collect::<Vec<_>>(),
    )
}

fn nearest(values: &mut [f32]) {
    for value in values {
        *value = widened(rounded(*value));
    }
}

fn memory(layout: Layout, images: usize, channels: usize) -> SharedBlocks {
    SharedBlocks::zeroed((layout.places(images) * channels).div_ceil(LINE))
}

fn numbers(memory: &SharedBlocks) -> &[u16] {
    let span = memory.span();
    // SAFETY: a test has one thread; an `f32` is two numbers.
    unsafe { std::slice::from_raw_parts(span.as_mut_ptr().cast(), 2 * span.count()) }
}

/// Calls `put` with every number's index in `(images, channels, height, width)` and in the memory of a layout.
fn each(layout: Layout, images: usize, channels: usize, mut put: impl FnMut(usize, usize)) {
    let pixels = layout.height * layout.width;
    for at in 0..images * channels * pixels {
        let (map, pixel) = (at / pixels, at % pixels);
        let place = layout.place(pixel / layout.width, pixel % layout.width);
        let place = map / channels * layout.image() + place;
        put(at, place * channels + map % channels);
    }
}

fn fill(layout: Layout, images: usize, channels: usize, values: &[f32], memory: &SharedBlocks) {
    let to: *mut u16 = memory.span().as_mut_ptr().cast();
    let count = numbers(memory).len();
    each(layout, images, channels, |from, at| {
        assert!(at < count);
        // SAFETY: within the memory; a test has one thread.
        unsafe { to.add(at).write(rounded(values[from])) };
    });
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_convolution_of_any_size_equals_plain_loops(
        method in available(),
        (depth, bunches) in (1..=2_usize, 1..=2_usize),
        (filter, stride) in (prop_oneof![Just(1_usize), Just(3)], 1..=2_usize),
        (height, width) in (1..=19_usize, 1..=19_usize),
        (relu, residual) in any::<(bool, bool)>(),
        (images, threads) in (1..=3_usize, 1..=3_usize),
        seed in any::<u64>(),
    ) {
        let mut noise = Noise(seed);
        let mut layer = Layer::new(&mut noise, 32 * depth, 32 * bunches, filter, stride);
        nearest(&mut layer.weights);
        let (inputs, outputs) = (layer.inputs, layer.outputs);
        let order = match (filter, stride) {
            (1, _) => Order::Quarters,
            (_, 1) => Order::Bordered,
            _ => Order::BorderedQuarters,
        };
        let input = Layout { height, width, order };
        let (high, wide) = (height.div_ceil(stride), width.div_ceil(stride));
        let orders = [Order::Quarters, Order::Bordered, Order::BorderedQuarters];
        let output = Layout { height: high, width: wide, order: orders[seed as usize % 3] };
        let mut pixels = noise.many(images * inputs * height * width);
        let mut before = noise.many(images * outputs * high * wide);
        nearest(&mut pixels);
        nearest(&mut before);
        let (from, to) = (memory(input, images, inputs), memory(output, images, outputs));
        fill(input, images, inputs, &pixels, &from);
        fill(output, images, outputs, &before, &to);

        let bytes = layer.bytes(false);
        let convolution = Convolution::new(&layer.filters(&bytes), layer.affine(), relu);
        let walk = Walk::new(Shape { inputs, outputs, filter, stride }, input, output);
        let grid = convolution.grid(&walk, images, threads);
        for task in 0..grid.tasks() {
            let part = grid.task(task);
            // SAFETY: one thread; only available methods are drawn.
            unsafe {
                convolution.run(method, &walk, images, part, from.span(), to.span(), residual);
            }
        }

        let got = numbers(&to);
        let mut wrong = None;
        let mut inside = 0;
        each(output, images, outputs, |at, place| {
            let (map, pixel) = (at / (high * wide), at % (high * wide));
            let image = &pixels[map / outputs * inputs * height * width..];
            let place_of = [pixel / wide, pixel % wide];
            let mut expected = layer.at_place(image, [height, width], map % outputs, place_of);
            if residual {
                expected += f64::from(before[at]);
            }
            if relu {
                expected = expected.max(0.0);
            }
            let value = f64::from(widened(got[place]));
            inside += usize::from(got[place] != 0);
            if (value - expected).abs() > expected.abs() / 256.0 + 1e-4 {
                wrong = Some((value, expected, at));
            }
        });
        prop_assert_eq!(wrong, None);
        // The border is still zero.
        prop_assert_eq!(got.iter().filter(|number| **number != 0).count(), inside);
    }

    #[test]
    fn the_stem_of_any_size_is_convolution_relu_and_maximum(
        method in available(),
        (height, width) in (1..=45_usize, 1..=75_usize),
        grey in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let sizes = Sizes { height, width };
        let mut noise = Noise(seed);
        let mut layer = Layer::new(&mut noise, 3, WIDTH, 7, 2);
        nearest(&mut layer.weights);
        let mut image = noise.many(if grey { 1 } else { 3 } * height * width);
        nearest(&mut image);
        let bytes = layer.bytes(false);
        let stem = Stem::new(&layer.filters(&bytes), layer.affine());
        let layout = Plan::new(sizes, 0).stem;
        let zeroed = |numbers: usize| SharedBlocks::zeroed(numbers.div_ceil(LINE));
        let (spread, own) = (zeroed(sizes.spread()), zeroed(sizes.strip()));
        let output = memory(layout, 1, WIDTH);
        for task in 0..sizes.spread_tasks() {
            // SAFETY: one thread.
            unsafe { Stem::spread(task, &image, sizes, spread.span()) };
        }
        for task in (0..sizes.tasks()).rev() {
            let memory = (spread.span(), own.span(), output.span());
            // SAFETY: one thread; only available methods are drawn.
            unsafe { stem.run(method, task, sizes, memory, layout) };
        }
        if grey {
            image = image.repeat(3);
        }
        let mut got = Vec::new();
        Read::ByChannel.append(numbers(&output), layout, WIDTH, &mut got);
        let (high, wide) = (height.div_ceil(2), width.div_ceil(2));
        let mut positions = Noise(seed ^ 1);
        for _ in 0..60 {
            let mut below = |count: usize| ((positions.next() + 1.0) * 0.5 * count as f32) as usize % count;
            let (channel, row, column) = (below(WIDTH), below(layout.height), below(layout.width));
            let mut most: f64 = 0.0;
            for y in (2 * row).saturating_sub(1)..(2 * row + 2).min(high) {
                for x in (2 * column).saturating_sub(1)..(2 * column + 2).min(wide) {
                    most = most.max(layer.at_place(&image, [height, width], channel, [y, x]));
                }
            }
            let value = f64::from(got[(channel * layout.height + row) * layout.width + column]);
            prop_assert!((value - most).abs() <= most / 256.0 + 1e-3, "{value} is not {most}");
        }
    }

    #[test]
    fn every_order_has_a_place_for_each_pixel(
        (height, width) in (1..=33_usize, 1..=33_usize),
        images in 1..=3_usize,
    ) {
        for order in [Order::Quarters, Order::Bordered, Order::BorderedQuarters] {
            let layout = Layout { height, width, order };
            let mut places = Vec::new();
            each(layout, images, 1, |_, place| places.push(place));
            places.sort_unstable();
            prop_assert!(places.windows(2).all(|pair| pair[0] < pair[1]));
            prop_assert!(places.last().is_some_and(|last| *last < layout.places(images)));
        }
    }
}

#[test]
fn what_is_read_of_a_stage_is_the_same_in_every_order() {
    let layout = Layout {
        height: 5,
        width: 4,
        order: Order::Quarters,
    };
    let (channels, pixels) = (32, 20);
    let values: Vec<f32> = (0..channels * pixels)
        .map(|value| (value % 251) as f32)
        .collect();
    let memory = memory(layout, 1, channels);
    fill(layout, 1, channels, &values, &memory);
    let read = |read: Read| {
        let mut got = Vec::new();
        read.append(numbers(&memory), layout, channels, &mut got);
        got
    };
    assert_eq!(read(Read::ByChannel), values);
    let by_pixel = read(Read::ByPixel);
    assert!(
        (0..values.len()).all(|at| by_pixel[at] == values[at % channels * pixels + at / channels])
    );
    let means = read(Read::Means);
    for (mean, map) in means.iter().zip(values.chunks_exact(pixels)) {
        assert!((mean - map.iter().sum::<f32>() / pixels as f32).abs() < 1e-3);
    }
}
