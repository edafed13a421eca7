//! The complete fast engine, compared with PyTorch's features for the real weights, and with candle for
//! generated ones.

use std::collections::HashMap;
use std::convert::Infallible;
use std::num::NonZeroUsize;
use std::ops::ControlFlow;
use std::path::PathBuf;
use std::sync::atomic::{AtomicUsize, Ordering};

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use half::f16;
use lunny::model::Cancel;
use lunny::model::backbone::{Backbone, Outputs};
use lunny::model::fast::bfloat16::method::Method;
use lunny::model::fast::{FastError, FastResNet50, Kernels};
use lunny::model::resnet::{Config, ResNet};
use safetensors::tensor::{Dtype, TensorView};
use safetensors::{SafeTensors, serialize};

const PIXELS: usize = 224 * 224;

fn threads(count: usize) -> NonZeroUsize {
    NonZeroUsize::new(count).unwrap()
}

fn available() -> impl Iterator<Item = Kernels> {
    Kernels::ALL
        .into_iter()
        .filter(|kernels| kernels.table().is_some())
}

/// The distance of two vectors, relative to the norm of the second.
fn relative_error(got: &[f32], expected: &[f32]) -> f64 {
    assert_eq!(got.len(), expected.len());
    let norm = |values: &mut dyn Iterator<Item = f64>| values.map(|v| v * v).sum::<f64>().sqrt();
    let mut apart = got
        .iter()
        .zip(expected)
        .map(|(a, b)| f64::from(*a) - f64::from(*b));
    norm(&mut apart) / norm(&mut expected.iter().map(|value| f64::from(*value)))
}

type Tensors = HashMap<String, (Dtype, Vec<usize>, Vec<u8>)>;

/// A ResNet-50 with weights from a formula: filters in half precision, the rest in single.
fn made_up() -> Tensors {
    let mut tensors = Tensors::new();
    let mut convolution = |conv: String, norm: String, shape: [usize; 4]| {
        let fan_in: usize = shape[1..].iter().product();
        let spread = (2.0 / fan_in as f32).sqrt();
        let mut state = conv
            .bytes()
            .fold(1_u64, |sum, byte| sum.wrapping_mul(31) + u64::from(byte));
        let bytes = (0..shape[0] * fan_in).flat_map(|_| {
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let uniform = (state >> 40) as f32 / (1 << 23) as f32 - 1.0;
            f16::from_f32(1.7 * spread * uniform).to_le_bytes()
        });
        tensors.insert(
            format!("{conv}.weight"),
            (Dtype::F16, shape.to_vec(), bytes.collect()),
        );
        for (part, centre, swing) in [
            ("weight", 0.6, 0.2),
            ("bias", 0.1, 0.1),
            ("running_mean", 0.0, 0.1),
            ("running_var", 1.0, 0.3),
        ] {
            let values = (0..shape[0]).map(|at| centre + swing * (at as f32 * 0.7).sin());
            let bytes = values.flat_map(f32::to_le_bytes).collect();
            tensors.insert(
                format!("{norm}.{part}"),
                (Dtype::F32, vec![shape[0]], bytes),
            );
        }
    };
    convolution("conv1".into(), "bn1".into(), [64, 3, 7, 7]);
    let mut inputs = 64;
    for (stage, blocks) in [3, 4, 6, 3].into_iter().enumerate() {
        let width = 64 << stage;
        for block in 0..blocks {
            let at = format!("layer{}.{block}", stage + 1);
            if block == 0 {
                let (conv, norm) = (format!("{at}.downsample.0"), format!("{at}.downsample.1"));
                convolution(conv, norm, [4 * width, inputs, 1, 1]);
            }
            convolution(
                format!("{at}.conv1"),
                format!("{at}.bn1"),
                [width, inputs, 1, 1],
            );
            convolution(
                format!("{at}.conv2"),
                format!("{at}.bn2"),
                [width, width, 3, 3],
            );
            convolution(
                format!("{at}.conv3"),
                format!("{at}.bn3"),
                [4 * width, width, 1, 1],
            );
            inputs = 4 * width;
        }
    }
    tensors
}

fn file(tensors: &Tensors) -> Vec<u8> {
    let views = tensors.iter().map(|(name, (dtype, shape, bytes))| {
        (name, TensorView::new(*dtype, shape.clone(), bytes).unwrap())
    });
    serialize(views, None).unwrap()
}

fn engine(bytes: &[u8], count: usize, kernels: Kernels) -> Result<FastResNet50, FastError> {
    FastResNet50::new(
        &SafeTensors::deserialize(bytes).unwrap(),
        threads(count),
        kernels,
    )
}

fn pictures(count: usize) -> Vec<f32> {
    (0..count * 3 * PIXELS)
        .map(|at| 0.5 + 0.5 * (0.0137 * at as f32 + (at / PIXELS) as f32).sin())
        .collect()
}

#[test]
fn generated_weights_give_the_same_results_as_candle() {
    let bytes = file(&made_up());
    let vb = VarBuilder::from_slice_safetensors(&bytes, DType::F32, &Device::Cpu).unwrap();
    let reference = ResNet::new(&Config::RESNET_50, vb, DType::F32).unwrap();
    // More images than the late stages process together would be slow here; three are enough to tell them
    // apart.
    let images = pictures(3);
    let tensor = Tensor::from_slice(&images, (3, 3, 224, 224), &Device::Cpu).unwrap();
    let numbers =
        |tensor: &Tensor| -> Vec<f32> { tensor.flatten_all().unwrap().to_vec1().unwrap() };
    let mut stages = Vec::new();
    let pooled = reference.forward_taps(&tensor, |_, output| {
        stages.push((output.dims4().unwrap(), numbers(output)));
        ControlFlow::<Infallible>::Continue(())
    });
    let ControlFlow::Continue(pooled) = pooled.unwrap();
    let expected = numbers(&pooled);
    let mut engines: Vec<(FastResNet50, f64)> = available()
        .map(|kernels| (engine(&bytes, 2, kernels).unwrap(), 1e-4))
        .collect();
    // Left out on a processor without AMX: by plain loops a pass takes minutes.
    if let Some(method) = Method::detect() {
        let file = SafeTensors::deserialize(&bytes).unwrap();
        let engine = FastResNet50::in_bfloat16(4, &file, threads(2), method).unwrap();
        engines.push((engine, 1e-2));
    }
    for (engine, most) in &engines {
        let got = engine.pooled(&images, 3, &|| false).unwrap();
        let error = relative_error(&got, &expected);
        assert!(error < *most, "{}: {error:.1e}", engine.instructions());
        // One at a time, in memory that the batch has used before.
        let single = engine
            .pooled(&images[3 * PIXELS..6 * PIXELS], 1, &|| false)
            .unwrap();
        assert!(relative_error(&single, &expected[2048..4096]) < *most);
    }
    // Reading out activations is the same for all kernels.
    let (engine, most) = &engines[0];
    outputs_of_stages_are_those_expected(engine, *most, &images, &stages);
    if let Some((engine, most)) = engines.last().filter(|(_, most)| *most > 1e-4) {
        outputs_of_stages_are_those_expected(engine, *most, &images, &stages);
        let whole = engine.activations(&images, 3, &[3], &|| false).unwrap();
        let by_pixel = engine.pixels(&images, 3, &[3], &|| false).unwrap();
        let image = 14 * 14 * 1024;
        let moved = |at: usize| at / image * image + at % 1024 * 196 + at % image / 1024;
        assert!((0..whole.len()).all(|at| by_pixel[at] == whole[moved(at)]));
    }
}

/// Shape of a stage's output for all images, and its values.
type Expected = ((usize, usize, usize, usize), Vec<f32>);

fn outputs_of_stages_are_those_expected(
    engine: &FastResNet50,
    most: f64,
    images: &[f32],
    stages: &[Expected],
) {
    for (stage, (shape, expected)) in stages.iter().enumerate().skip(1) {
        let (channels, side) = FastResNet50::shape_after(stage).unwrap();
        assert_eq!(*shape, (3, channels, side, side));
        let got = engine.activations(images, 3, &[stage], &|| false).unwrap();
        let error = relative_error(&got, expected);
        assert!(error < most, "stage {stage}: {error:.1e}");
    }
    // Several stages of one pass, for one image after the other.
    for wanted in [[4, 3], [2, 4], [1, 2]] {
        let got = engine.activations(images, 3, &wanted, &|| false).unwrap();
        let mut expected = Vec::new();
        for image in 0..3 {
            for stage in wanted {
                let (shape, whole) = &stages[stage];
                let numbers = shape.1 * shape.2 * shape.3;
                expected.extend_from_slice(&whole[image * numbers..(image + 1) * numbers]);
            }
        }
        assert!(relative_error(&got, &expected) < most, "{wanted:?}");
    }
}

#[test]
fn a_pass_ends_after_the_requested_stage() {
    let engine = engine(&file(&made_up()), 2, Kernels::detect()).unwrap();
    let images = pictures(2);
    let steps = |stage| {
        let asked = AtomicUsize::new(0);
        let count = || asked.fetch_add(1, Ordering::Relaxed) == usize::MAX;
        engine.activations(&images, 2, &[stage], &count).unwrap();
        asked.into_inner()
    };
    // A step for the stem and three for each block, for each image alone up to the second stage and
    // for both together after it.
    let first = [1, 2, 3, 4].map(steps);
    assert_eq!(first, [20, 44, 62, 71]);
    for stage in [0, 5, usize::MAX] {
        let outcome = engine.activations(&images, 2, &[stage], &|| false);
        assert!(matches!(outcome, Err(FastError::Stage(_))));
        assert_eq!(FastResNet50::shape_after(stage), None);
    }
}

#[test]
fn a_grey_picture_needs_only_one_of_its_planes() {
    let engine = engine(&file(&made_up()), 2, Kernels::detect()).unwrap();
    let grey = &pictures(1)[..PIXELS];
    let colour = engine.pooled(&grey.repeat(3), 1, &|| false).unwrap();
    let alone = engine
        .means_grey(grey, 1, &[FastResNet50::STAGES], &|| false)
        .unwrap();
    assert!(relative_error(&alone, &colour) < 1e-5);
    let behind_the_trait = engine.outputs(&grey.repeat(3), &Cancel::default()).unwrap();
    let Outputs { last, before } = &behind_the_trait;
    assert_eq!((last.channels(), last.side()), (2048, 7));
    assert_eq!((before.channels(), before.side()), (1024, 14));
    assert!(relative_error(&last.pooled(), &alone) < 1e-6);
    let early = engine.activations_grey(grey, 1, &[1], &|| false).unwrap();
    let early_in_colour = engine
        .activations(&grey.repeat(3), 1, &[1], &|| false)
        .unwrap();
    assert!(relative_error(&early, &early_in_colour) < 1e-5);
}

#[test]
fn the_number_of_threads_changes_nothing() {
    let bytes = file(&made_up());
    let images = pictures(1);
    let one = engine(&bytes, 1, Kernels::detect()).unwrap();
    let many = engine(&bytes, 64, Kernels::detect()).unwrap();
    let cores = std::thread::available_parallelism().unwrap();
    assert!(many.threads() <= cores);
    let (one, many) = (
        one.pooled(&images, 1, &|| false).unwrap(),
        many.pooled(&images, 1, &|| false).unwrap(),
    );
    assert!(relative_error(&many, &one) < 1e-6);
}

#[test]
fn a_cancelled_pass_stops_and_the_next_one_is_correct() {
    let engine = engine(&file(&made_up()), 2, Kernels::detect()).unwrap();
    let images = pictures(1);
    let expected = engine.pooled(&images, 1, &|| false).unwrap();
    for steps in [0, 1, 20] {
        let asked = AtomicUsize::new(0);
        let cancelled = || asked.fetch_add(1, Ordering::Relaxed) >= steps;
        let outcome = engine.pooled(&images, 1, &cancelled);
        assert!(matches!(outcome, Err(FastError::Cancelled)));
        assert_eq!(asked.load(Ordering::Relaxed), steps + 1);
        assert_eq!(engine.pooled(&images, 1, &|| false).unwrap(), expected);
    }
}

#[test]
fn input_of_another_length_is_refused() {
    let engine = engine(&file(&made_up()), 1, Kernels::detect()).unwrap();
    for (length, batch) in [(0, 1), (PIXELS, 1), (3 * PIXELS + 1, 1), (3 * PIXELS, 2)] {
        let outcome = engine.pooled(&vec![0.0; length], batch, &|| false);
        assert!(
            matches!(outcome, Err(FastError::Input { .. })),
            "{length} for {batch}"
        );
    }
    assert!(engine.pooled(&[], 0, &|| false).unwrap().is_empty());
}

#[test]
fn a_tensor_that_is_missing_misshapen_or_of_another_precision_is_named() {
    let sound = made_up();
    let name = "layer2.1.conv2.weight";
    let refused = |change: &dyn Fn(&mut Tensors)| {
        let mut tensors = sound.clone();
        change(&mut tensors);
        engine(&file(&tensors), 1, Kernels::detect()).unwrap_err()
    };
    let missing = refused(&|tensors| drop(tensors.remove(name)));
    assert!(matches!(missing, FastError::Missing { .. }));
    let misshapen = refused(&|tensors| {
        tensors.get_mut(name).unwrap().1 = vec![128, 1152, 1, 1];
    });
    assert!(matches!(misshapen, FastError::Shape { .. }));
    let imprecise = refused(&|tensors| {
        tensors.get_mut(name).unwrap().0 = Dtype::BF16;
    });
    assert!(matches!(imprecise, FastError::Precision { .. }));
    for error in [missing, misshapen, imprecise] {
        assert!(error.to_string().contains(name), "{error}");
    }
}

#[test]
fn instructions_that_the_processor_lacks_are_refused() {
    let bytes = file(&made_up());
    for kernels in Kernels::ALL {
        let outcome = engine(&bytes, 1, kernels);
        assert_eq!(
            outcome.is_ok(),
            kernels.table().is_some(),
            "{}",
            kernels.name()
        );
    }
}

#[test]
fn the_real_network_agrees_with_pytorch() {
    let folder = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../shared/weights"));
    let (weights, reference) = (
        folder.join("ct-resnet50-init.safetensors"),
        folder.join("torch-reference.safetensors"),
    );
    if !weights.exists() || !reference.exists() {
        eprintln!("skipped: no data");
        return;
    }
    let bytes = std::fs::read(weights).unwrap();
    let reference = candle_core::safetensors::load(reference, &Device::Cpu).unwrap();
    let values =
        |name: &str| -> Vec<f32> { reference[name].flatten_all().unwrap().to_vec1().unwrap() };
    let (input, expected) = (values("input"), values("pooled"));
    for kernels in available() {
        let engine = engine(&bytes, 2, kernels).unwrap();
        let error = relative_error(&engine.pooled(&input, 2, &|| false).unwrap(), &expected);
        println!("{}: relative error {error:.1e}", kernels.name());
        assert!(error < 1e-3, "{} is off by {error}", kernels.name());
    }
}
