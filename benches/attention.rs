//! Cost of attention: a pass up to the pooled features, and the same pass with its map.

use std::hint::black_box;
use std::path::Path;

use criterion::{Criterion, criterion_group, criterion_main};
use image::{GrayImage, Luma};
use lunny::config::{Compute, EngineChoice};
use lunny::model::fast::{FastResNet50, Kernels};
use lunny::model::weights::Weights;
use lunny::model::{Attention, Cancel, Placement, backbone, input};

fn attention(criterion: &mut Criterion) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("models/lunny-resnet50-2.safetensors");
    let weights = Weights::read(&path, None).expect("the shipped weights");
    let head = weights.head().expect("their head");
    let reads = weights.metadata().head_reads();
    let plane: Vec<f32> = (0..input::SIDE * input::SIDE)
        .map(|at| 0.5 + 0.5 * (0.001 * at as f32).sin())
        .collect();
    let tensors = weights.tensors().expect("their tensors");
    let alone = FastResNet50::new(&tensors, backbone::cores(), Kernels::detect());
    let alone = alone.expect("a network");
    let placement = Placement::of(&Compute {
        engine: Some(EngineChoice::Fast),
        ..Compute::default()
    });
    let network = weights.build(&placement, None).expect("a network");
    let whole = plane.repeat(3);

    let mut group = criterion.benchmark_group("attention");
    group.bench_function("pass alone", |bencher| {
        bencher.iter(|| alone.means_grey(black_box(&plane), 1, &[FastResNet50::STAGES], &|| false));
    });
    group.bench_function("pass with its map", |bencher| {
        bencher.iter(|| {
            let outputs = network.outputs(black_box(&whole), &Cancel::default())?;
            Ok::<_, lunny::model::EngineError>(Attention::of(&outputs, &head, reads))
        });
    });
    let outputs = network.outputs(&whole, &Cancel::default());
    let outputs = outputs.expect("a pass");
    group.bench_function("map alone", |bencher| {
        bencher.iter(|| Attention::of(black_box(&outputs), &head, reads));
    });
    let map = Attention::of(&outputs, &head, reads).heat_map();
    let slice = GrayImage::from_fn(512, 512, |x, y| Luma([(x ^ y) as u8]));
    group.bench_function("map resized to 512 x 512", |bencher| {
        bencher.iter(|| map.over(black_box(&slice)));
    });
}

criterion_group!(benches, attention);
criterion_main!(benches);
