//! Every kernel that this processor supports, compared with plain loops.

mod layers;

use half::f16;
use proptest::prelude::*;

use super::block::{Block, CHANNELS, SharedBlocks};
use super::convolution::{Affine, Convolution};
use super::kernels::Kernels;
use super::kernels::table::KernelTable;
use super::panels::{Filters, Numbers};
use super::plane::Plane;
use super::stem::{SIDE, Stem};
use super::winograd::Winograd;

/// Values in [-1, 1) from a seed, each one exact in half precision.
pub(super) struct Noise(pub u64);

impl Noise {
    pub(super) fn next(&mut self) -> f32 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        f16::from_f32((self.0 >> 40) as f32 / (1 << 23) as f32 - 1.0).to_f32()
    }

    pub(super) fn many(&mut self, count: usize) -> Vec<f32> {
        (0..count).map(|_| self.next()).collect()
    }
}

/// Weights of a convolution, and its output computed with plain loops.
pub(super) struct Layer {
    pub inputs: usize,
    pub outputs: usize,
    pub filter: usize,
    pub stride: usize,
    pub weights: Vec<f32>,
    pub factor: Vec<f32>,
    pub addend: Vec<f32>,
}

impl Layer {
    pub(super) fn new(
        noise: &mut Noise,
        inputs: usize,
        outputs: usize,
        filter: usize,
        stride: usize,
    ) -> Self {
        Self {
            inputs,
            outputs,
            filter,
            stride,
            weights: noise.many(outputs * inputs * filter * filter),
            factor: noise.many(outputs),
            addend: noise.many(outputs),
        }
    }

    /// One output of `image`, `(inputs, side, side)`: sum and batch norm.
    fn at(&self, image: &[f32], side: usize, output: usize, row: usize, column: usize) -> f64 {
        self.at_place(image, [side, side], output, [row, column])
    }

    /// As [`Self::at`], of an image of any height and width.
    pub(super) fn at_place(
        &self,
        image: &[f32],
        [height, width]: [usize; 2],
        output: usize,
        [row, column]: [usize; 2],
    ) -> f64 {
        let mut sum = 0.0;
        for input in 0..self.inputs {
            for y in 0..self.filter {
                for x in 0..self.filter {
                    let row = (row * self.stride + y).wrapping_sub(self.filter / 2);
                    let column = (column * self.stride + x).wrapping_sub(self.filter / 2);
                    if row < height && column < width {
                        let weight =
                            ((output * self.inputs + input) * self.filter + y) * self.filter + x;
                        let pixel = (input * height + row) * width + column;
                        sum += f64::from(self.weights[weight]) * f64::from(image[pixel]);
                    }
                }
            }
        }
        sum * f64::from(self.factor[output]) + f64::from(self.addend[output])
    }

    pub(super) fn bytes(&self, half: bool) -> (Vec<[u8; 2]>, Vec<[u8; 4]>) {
        if half {
            let bytes = self.weights.iter().map(|w| f16::from_f32(*w).to_le_bytes());
            (bytes.collect(), Vec::new())
        } else {
            let bytes = self.weights.iter().map(|w| w.to_le_bytes());
            (Vec::new(), bytes.collect())
        }
    }

    pub(super) fn filters<'a>(&self, bytes: &'a (Vec<[u8; 2]>, Vec<[u8; 4]>)) -> Filters<'a> {
        let numbers = match bytes {
            (half, single) if single.is_empty() => Numbers::Half(half),
            (_, single) => Numbers::Single(single),
        };
        Filters {
            outputs: self.outputs,
            inputs: self.inputs,
            side: self.filter,
            numbers,
        }
    }

    pub(super) fn affine(&self) -> Affine {
        let blocks = |values: &[f32]| -> Box<[Block]> {
            let blocks = values.as_chunks::<CHANNELS>().0;
            blocks.iter().map(|block| Block(*block)).collect()
        };
        Affine {
            factor: blocks(&self.factor),
            addend: blocks(&self.addend),
        }
    }
}

fn place(plane: Plane, image: usize, channel: usize, row: usize, column: usize) -> usize {
    let layer = channel / CHANNELS * plane.layer();
    image * plane.image() + layer + plane.at(row, column) + channel % CHANNELS
}

/// Copies `(images, channels, side, side)` into the memory of a plane.
fn fill(plane: Plane, images: &[f32], memory: &SharedBlocks) {
    // SAFETY: no other code has access to this memory.
    let memory = unsafe { memory.span().numbers_mut() };
    let pixels = plane.side * plane.side;
    for (at, value) in images.iter().enumerate() {
        let (map, pixel) = (at / pixels, at % pixels);
        let (image, channel) = (map / plane.channels, map % plane.channels);
        memory[place(
            plane,
            image,
            channel,
            pixel / plane.side,
            pixel % plane.side,
        )] = *value;
    }
}

fn memory(plane: Plane, images: usize) -> SharedBlocks {
    SharedBlocks::zeroed(plane.image() * images / CHANNELS)
}

fn available() -> impl Strategy<Value = &'static KernelTable> {
    let tables: Vec<_> = Kernels::ALL
        .iter()
        .filter_map(|kernels| kernels.table())
        .collect();
    proptest::sample::select(tables)
}

fn assert_close(got: f32, expected: f64, scale: f64) -> Result<(), TestCaseError> {
    let error = (f64::from(got) - expected).abs();
    prop_assert!(error <= 1e-5 * scale, "{got} is not {expected}");
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_convolution_equals_plain_loops(
        table in available(),
        (depth, bunches) in (1..=3_usize, 1..=2_usize),
        (filter, stride) in (prop_oneof![Just(1_usize), Just(3)], 1..=2_usize),
        side in prop_oneof![Just(7_usize), Just(14)],
        (half, relu, with_residual) in any::<(bool, bool, bool)>(),
        (images, threads) in (1..=2_usize, 1..=3_usize),
        seed in any::<u64>(),
    ) {
        let mut noise = Noise(seed);
        let layer = Layer::new(&mut noise, 16 * depth, 32 * bunches, filter, stride);
        let input = Plane { channels: layer.inputs, side: side * stride, border: filter / 2 };
        let output = Plane { channels: layer.outputs, side, border: usize::from(relu) };
        let pixels = noise.many(images * layer.inputs * input.side * input.side);
        let residual = noise.many(images * layer.outputs * side * side);
        let (from, to) = (memory(input, images), memory(output, images));
        fill(input, &pixels, &from);
        fill(output, &residual, &to);

        let bytes = layer.bytes(half);
        let convolution =
            Convolution::new(table, &layer.filters(&bytes), layer.affine(), relu, input, output);
        let grid = convolution.grid(images, threads);
        for task in 0..grid.tasks() {
            let (groups, panels) = grid.task(task);
            let around = with_residual.then_some(to.span());
            // SAFETY: one thread.
            unsafe { convolution.run(groups, panels, from.span(), to.span(), around) };
        }

        // SAFETY: no thread writes any more.
        let got = unsafe { to.span().numbers() };
        for image in 0..images {
            let size = layer.inputs * input.side * input.side;
            let picture = &pixels[image * size..(image + 1) * size];
            for channel in 0..layer.outputs {
                for row in 0..side {
                    for column in 0..side {
                        let mut expected = layer.at(picture, input.side, channel, row, column);
                        if with_residual {
                            let at = ((image * layer.outputs + channel) * side + row) * side + column;
                            expected += f64::from(residual[at]);
                        }
                        let expected = if relu { expected.max(0.0) } else { expected };
                        assert_close(got[place(output, image, channel, row, column)], expected, 30.0)?;
                    }
                }
            }
        }
        // The border that the next layer uses as padding is still zero.
        if output.border > 0 {
            let row = &got[..output.row()];
            prop_assert!(row.iter().all(|value| *value == 0.0));
        }
    }

    #[test]
    fn winograds_method_equals_plain_loops(
        table in available(),
        (depth, bunches) in (1..=2_usize, 1..=2_usize),
        size in prop_oneof![Just(2_usize), Just(4)],
        (images, threads) in (1..=2_usize, 1..=3_usize),
        half in any::<bool>(),
        seed in any::<u64>(),
    ) {
        let mut noise = Noise(seed);
        let layer = Layer::new(&mut noise, 16 * depth, 32 * bunches, 3, 1);
        let side = 7 * size;
        let input = Plane { channels: layer.inputs, side, border: 1 };
        let output = Plane { channels: layer.outputs, side, border: 0 };
        let pixels = noise.many(images * layer.inputs * side * side);
        let (from, to) = (memory(input, images), memory(output, images));
        fill(input, &pixels, &from);

        let bytes = layer.bytes(half);
        let winograd =
            Winograd::new(table, &layer.filters(&bytes), layer.affine(), size, input, output);
        let (tiles, products) = winograd.own_blocks(images, threads);
        let (transformed, products) = (SharedBlocks::zeroed(tiles), SharedBlocks::zeroed(products));
        for (tiles, panel) in winograd.tasks(images, threads) {
            // SAFETY: one thread.
            unsafe {
                winograd.transform(tiles.clone(), from.span(), transformed.span());
                winograd.multiply(tiles, panel, transformed.span(), products.span(), to.span());
            }
        }

        // SAFETY: no thread writes any more.
        let got = unsafe { to.span().numbers() };
        let mut positions = Noise(seed ^ 1);
        for _ in 0..400 {
            let mut below = |count: usize| ((positions.next() + 1.0) * 0.5 * count as f32) as usize % count;
            let (image, channel) = (below(images), below(layer.outputs));
            let (row, column) = (below(side), below(side));
            let picture = layer.inputs * side * side;
            let picture = &pixels[image * picture..(image + 1) * picture];
            let expected = layer.at(picture, side, channel, row, column).max(0.0);
            assert_close(got[place(output, image, channel, row, column)], expected, 300.0)?;
        }
    }
}

#[test]
fn the_stem_is_convolution_relu_and_maximum() {
    for table in Kernels::ALL.iter().filter_map(|kernels| kernels.table()) {
        for channels in [1, 3] {
            let mut noise = Noise(channels as u64);
            let layer = Layer::new(&mut noise, channels, 64, 7, 2);
            let image = noise.many(channels * SIDE * SIDE);
            let bytes = layer.bytes(true);
            let stem = Stem::new(table, &layer.filters(&bytes), layer.affine());
            let own = SharedBlocks::zeroed(Stem::strip_blocks(table));
            let output = memory(Stem::OUTPUT, 1);
            for task in (0..Stem::TASKS).rev() {
                // SAFETY: one thread.
                unsafe { stem.run(task, &image, own.span(), output.span()) };
            }
            // SAFETY: no thread writes any more.
            let got = unsafe { output.span().numbers() };
            for (row, column) in [
                (0_usize, 0_usize),
                (0, 55),
                (55, 0),
                (55, 55),
                (7, 13),
                (13, 0),
                (27, 28),
            ] {
                for channel in [0, 15, 16, 47, 63] {
                    let mut most: f64 = 0.0;
                    for y in (2 * row).saturating_sub(1)..(2 * row + 2).min(112) {
                        for x in (2 * column).saturating_sub(1)..(2 * column + 2).min(112) {
                            most = most.max(layer.at(&image, SIDE, channel, y, x));
                        }
                    }
                    let at = place(Stem::OUTPUT, 0, channel, row, column);
                    assert!(
                        (f64::from(got[at]) - most).abs() < 1e-3,
                        "{row} {column} {channel}"
                    );
                }
            }
        }
    }
}

#[test]
fn every_half_precision_value_is_converted_exactly() {
    let bytes: Vec<[u8; 2]> = (0..=u16::MAX).map(u16::to_le_bytes).collect();
    let mut wide = vec![0.0; bytes.len()];
    Numbers::Half(&bytes).widen(0, &mut wide);
    for (bits, got) in (0..=u16::MAX).zip(wide) {
        let expected = f16::from_bits(bits).to_f32();
        assert!(
            got == expected || (got.is_nan() && expected.is_nan()),
            "{bits:#06x}"
        );
        assert_eq!(got.is_sign_negative(), expected.is_sign_negative());
    }
}

#[test]
fn portable_kernels_are_always_there_and_the_best_are_chosen() {
    assert!(Kernels::Portable.table().is_some());
    let best = Kernels::detect();
    assert!(best.table().is_some());
    let better = Kernels::ALL.iter().take_while(|kernels| **kernels != best);
    assert!(better.into_iter().all(|kernels| kernels.table().is_none()));
}
