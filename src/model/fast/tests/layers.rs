//! Every convolution of the network, in its real shape, compared with candle.

use candle_core::{Device, Tensor};

use super::*;

/// Input channels, output channels, side of the output, filter, stride.
type Shape = (usize, usize, usize, usize, usize);

const LAYERS: [Shape; 22] = [
    (64, 64, 56, 1, 1),
    (64, 256, 56, 1, 1),
    (256, 64, 56, 1, 1),
    (64, 64, 56, 3, 1),
    (256, 128, 56, 1, 1),
    (128, 128, 28, 3, 2),
    (128, 512, 28, 1, 1),
    (256, 512, 28, 1, 2),
    (512, 128, 28, 1, 1),
    (128, 128, 28, 3, 1),
    (512, 256, 28, 1, 1),
    (256, 256, 14, 3, 2),
    (256, 1024, 14, 1, 1),
    (512, 1024, 14, 1, 2),
    (1024, 256, 14, 1, 1),
    (256, 256, 14, 3, 1),
    (1024, 512, 14, 1, 1),
    (512, 512, 7, 3, 2),
    (512, 2048, 7, 1, 1),
    (1024, 2048, 7, 1, 2),
    (2048, 512, 7, 1, 1),
    (512, 512, 7, 3, 1),
];

/// Convolution, batch norm and ReLU as candle computes them: `(outputs, side, side)`.
fn candle(layer: &Layer, pixels: &[f32], side: usize) -> candle_core::Result<Vec<f32>> {
    let cpu = Device::Cpu;
    let filters = (layer.outputs, layer.inputs, layer.filter, layer.filter);
    let filters = Tensor::from_slice(&layer.weights, filters, &cpu)?;
    let channels = |values: &[f32]| Tensor::from_slice(values, (1, layer.outputs, 1, 1), &cpu);
    Tensor::from_slice(pixels, (1, layer.inputs, side, side), &cpu)?
        .conv2d(&filters, layer.filter / 2, layer.stride, 1, 1)?
        .broadcast_mul(&channels(&layer.factor)?)?
        .broadcast_add(&channels(&layer.addend)?)?
        .relu()?
        .flatten_all()?
        .to_vec1()
}

/// Distance of a plane's values from `expected`, relative to the norm of the latter.
fn distance(plane: Plane, got: &SharedBlocks, expected: &[f32]) -> f64 {
    // SAFETY: no thread writes any more.
    let got = unsafe { got.span().numbers() };
    let pixels = plane.side * plane.side;
    let (mut apart, mut length) = (0.0, 0.0);
    for (at, expected) in expected.iter().enumerate() {
        let (channel, pixel) = (at / pixels, at % pixels);
        let (row, column) = (pixel / plane.side, pixel % plane.side);
        let got = got[place(plane, 0, channel, row, column)];
        apart += f64::from(got - expected).powi(2);
        length += f64::from(*expected).powi(2);
    }
    (apart / length).sqrt()
}

#[test]
fn every_layer_of_the_network_equals_candle() {
    for (inputs, outputs, side, filter, stride) in LAYERS {
        let shape = format!("{inputs} to {outputs} at {side}, {filter}×{filter} by {stride}");
        let mut noise = Noise(side as u64);
        let layer = Layer::new(&mut noise, inputs, outputs, filter, stride);
        let input = Plane {
            channels: inputs,
            side: side * stride,
            border: filter / 2,
        };
        let output = Plane {
            channels: outputs,
            side,
            border: 0,
        };
        let pixels = noise.many(inputs * input.side * input.side);
        let expected = candle(&layer, &pixels, input.side).expect("candle runs the layer");
        let bytes = layer.bytes(true);
        let from = memory(input, 1);
        fill(input, &pixels, &from);
        for table in Kernels::ALL.iter().filter_map(|kernels| kernels.table()) {
            let to = memory(output, 1);
            let filters = layer.filters(&bytes);
            let direct = Convolution::new(table, &filters, layer.affine(), true, input, output);
            let grid = direct.grid(1, 2);
            for task in 0..grid.tasks() {
                let (groups, panels) = grid.task(task);
                // SAFETY: one thread.
                unsafe { direct.run(groups, panels, from.span(), to.span(), None) };
            }
            let error = distance(output, &to, &expected);
            assert!(error < 1e-5, "{shape}: off by {error}");

            let sizes = [2, 4].into_iter().filter(|size| side % size == 0);
            for size in sizes.filter(|_| filter == 3 && stride == 1) {
                let to = memory(output, 1);
                let filters = layer.filters(&bytes);
                let winograd = Winograd::new(table, &filters, layer.affine(), size, input, output);
                let (tiles, products) = winograd.own_blocks(1, 2);
                let tiles_memory = SharedBlocks::zeroed(tiles);
                let products = SharedBlocks::zeroed(products);
                for (tiles, panel) in winograd.tasks(1, 2) {
                    let (transformed, products) = (tiles_memory.span(), products.span());
                    // SAFETY: one thread.
                    unsafe {
                        winograd.transform(tiles.clone(), from.span(), transformed);
                        winograd.multiply(tiles, panel, transformed, products, to.span());
                    }
                }
                let error = distance(output, &to, &expected);
                assert!(error < 1e-4, "{shape}, tiles of {size}: off by {error}");
            }
        }
    }
}
