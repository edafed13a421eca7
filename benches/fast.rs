//! The fast engine's inner loops: a tile's product and Winograd's transforms, for every instruction set that
//! this processor supports, and each kind of layer on one core.

#![expect(
    unsafe_code,
    reason = "the inner loops are measured alone, without the engine around them"
)]

use std::hint::black_box;

use criterion::{BenchmarkId, Criterion, Throughput, criterion_group, criterion_main};
use lunny::model::fast::Kernels;
use lunny::model::fast::block::{Block, CHANNELS, SharedBlocks};
use lunny::model::fast::convolution::{Affine, Convolution};
use lunny::model::fast::kernels::table::KernelTable;
use lunny::model::fast::panels::{Filters, Numbers};
use lunny::model::fast::plane::Plane;
use lunny::model::fast::winograd::Winograd;

/// A layer of the network: input and output channels, side of its output, filter, stride.
const LAYERS: [(&str, usize, usize, usize, usize, usize); 8] = [
    ("1x1 256 to 64 at 56", 256, 64, 56, 1, 1),
    ("1x1 128 to 512 at 28", 128, 512, 28, 1, 1),
    ("1x1 2048 to 512 at 7", 2048, 512, 7, 1, 1),
    ("3x3 64 at 56", 64, 64, 56, 3, 1),
    ("3x3 128 at 28", 128, 128, 28, 3, 1),
    ("3x3 256 at 14", 256, 256, 14, 3, 1),
    ("3x3 512 at 7", 512, 512, 7, 3, 1),
    ("3x3 512 at 14 to 7", 512, 512, 7, 3, 2),
];

fn available() -> impl Iterator<Item = (Kernels, &'static KernelTable)> {
    let table = |kernels: Kernels| Some((kernels, kernels.table()?));
    Kernels::ALL.into_iter().filter_map(table)
}

fn affine(channels: usize) -> Affine {
    let blocks = || vec![Block([1.0; CHANNELS]); channels / CHANNELS].into_boxed_slice();
    Affine {
        factor: blocks(),
        addend: blocks(),
    }
}

fn memory(plane: Plane) -> SharedBlocks {
    SharedBlocks::zeroed(plane.image() / CHANNELS)
}

fn direct(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("direct");
    for (name, inputs, outputs, side, filter, stride) in LAYERS {
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
        let weights = vec![[0; 2]; outputs * inputs * filter * filter];
        let filters = Filters {
            outputs,
            inputs,
            side: filter,
            numbers: Numbers::Half(&weights),
        };
        let (from, to) = (memory(input), memory(output));
        group.throughput(Throughput::Elements((weights.len() * side * side) as u64));
        for (kernels, table) in available() {
            let convolution =
                Convolution::new(table, &filters, affine(outputs), true, input, output);
            let grid = convolution.grid(1, 1);
            group.bench_function(BenchmarkId::new(kernels.name(), name), |bencher| {
                bencher.iter(|| {
                    for task in 0..grid.tasks() {
                        let (groups, panels) = grid.task(task);
                        // SAFETY: one thread.
                        unsafe {
                            convolution.run(
                                groups,
                                panels,
                                from.span(),
                                black_box(to.span()),
                                None,
                            );
                        }
                    }
                });
            });
        }
    }
}

fn winograd(criterion: &mut Criterion) {
    let mut group = criterion.benchmark_group("winograd");
    // Every 3×3 layer of stride 1, in each tile size that divides its side: comparing with `direct` shows the
    // fastest method for each shape.
    let shapes = [(64, 56), (128, 28), (256, 14), (512, 7)];
    let sizes = shapes.map(|shape| [(shape, 2), (shape, 4)]).concat();
    for ((channels, side), size) in sizes {
        if side % size > 0 {
            continue;
        }
        let name = format!("{size}x{size} {channels} at {side}");
        let input = Plane {
            channels,
            side,
            border: 1,
        };
        let output = Plane {
            channels,
            side,
            border: 0,
        };
        let weights = vec![[0; 2]; channels * channels * 9];
        let filters = Filters {
            outputs: channels,
            inputs: channels,
            side: 3,
            numbers: Numbers::Half(&weights),
        };
        let (from, to) = (memory(input), memory(output));
        // Multiplications of a direct convolution, so that the two can be compared.
        group.throughput(Throughput::Elements((weights.len() * side * side) as u64));
        for (kernels, table) in available() {
            let winograd = Winograd::new(table, &filters, affine(channels), size, input, output);
            let (transformed, products) = winograd.own_blocks(1, 1);
            let transformed = SharedBlocks::zeroed(transformed);
            let products = SharedBlocks::zeroed(products);
            let tasks = winograd.tasks(1, 1);
            group.bench_function(BenchmarkId::new(kernels.name(), &name), |bencher| {
                bencher.iter(|| {
                    for (tiles, panel) in tasks.iter().cloned() {
                        // SAFETY: one thread.
                        unsafe {
                            if panel == 0 {
                                winograd.transform(tiles.clone(), from.span(), transformed.span());
                            }
                            let (transformed, products) = (transformed.span(), products.span());
                            winograd.multiply(
                                tiles,
                                panel,
                                transformed,
                                products,
                                black_box(to.span()),
                            );
                        }
                    }
                });
            });
        }
    }
}

criterion_group!(benches, direct, winograd);
criterion_main!(benches);
