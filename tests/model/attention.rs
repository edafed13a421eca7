//! Attention compared with a backward pass, and with networks of randomised weights.

use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

use candle_core::{Device, Tensor, Var};
use lunny::config::{Compute, DeviceChoice, EngineChoice};
use lunny::imaging::{self, Scan};
use lunny::model::backbone::{self, Outputs, StageOutput};
use lunny::model::head::{Calibration, Head};
use lunny::model::recipe::HeadReads;
use lunny::model::weights::Weights;
use lunny::model::{Attention, Cancel, Placement, input};
use rand::rngs::StdRng;
use rand::seq::SliceRandom;
use rand::{RngExt, SeedableRng};
use safetensors::SafeTensors;
use safetensors::tensor::TensorView;

const CHANNELS: usize = 24;
const SIDE: usize = 5;
const TEMPERATURE: f64 = 1.6;
const BIAS: [f32; 3] = [0.3, -0.2, 0.1];

fn numbers(random: &mut StdRng, count: usize, from: f32, to: f32) -> Vec<f32> {
    (0..count).map(|_| random.random_range(from..to)).collect()
}

#[test]
fn the_map_equals_that_of_a_backward_pass() {
    let mut random = StdRng::seed_from_u64(3);
    let activations = numbers(&mut random, CHANNELS * SIDE * SIDE, 0.0, 2.0);
    let weight = numbers(&mut random, 3 * CHANNELS, -1.0, 1.0);

    // Pooling, last layer, temperature and the logit of the malignancy probability, in candle.
    let (device, shape) = (&Device::Cpu, (CHANNELS, SIDE * SIDE));
    let last = Var::from_tensor(&Tensor::from_slice(&activations, shape, device).unwrap()).unwrap();
    let rows = Tensor::from_slice(&weight, (3, CHANNELS), device).unwrap();
    let bias = Tensor::new(&BIAS, device).unwrap().unsqueeze(1).unwrap();
    let pooled = last.mean_keepdim(1).unwrap();
    let outputs = (rows.matmul(&pooled).unwrap() + bias).unwrap();
    let outputs = (outputs / TEMPERATURE).unwrap().exp().unwrap();
    let malignant = outputs.narrow(0, 2, 1).unwrap().sum_all().unwrap();
    let others = outputs.narrow(0, 0, 2).unwrap().sum_all().unwrap();
    let logit = (malignant.log().unwrap() - others.log().unwrap()).unwrap();
    let gradients = logit.backward().unwrap();
    let gradient = gradients.get(&last).unwrap();
    // Grad-CAM as published: channels weighted by their gradient's mean, summed, clipped at 0.
    let weighted = gradient
        .mean_keepdim(1)
        .unwrap()
        .broadcast_mul(&last)
        .unwrap();
    let expected = weighted
        .sum(0)
        .unwrap()
        .relu()
        .unwrap()
        .to_vec1::<f32>()
        .unwrap();

    let outputs = Outputs {
        last: StageOutput::new(activations, CHANNELS).unwrap(),
        before: StageOutput::new(vec![1.0; 4 * SIDE * SIDE], 1).unwrap(),
    };
    let head = Head::new(weight, &BIAS, Calibration::with_temperature(TEMPERATURE)).unwrap();
    let attention = Attention::of(&outputs, &head, HeadReads::LastStage);
    assert!(expected.iter().filter(|number| **number > 0.01).count() >= 3);
    assert!(expected.contains(&0.0));
    for (got, expected) in attention.evidence().iter().zip(&expected) {
        assert!((got - expected).abs() < 1e-5, "{got} is not {expected}");
    }
}

fn shipped_path() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("models/lunny-resnet50-2.safetensors")
}

/// The weights in the repository.
fn shipped() -> Weights {
    Weights::read(&shipped_path(), None).unwrap()
}

fn drawn_slice() -> (tempfile::TempDir, Scan) {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = crate::support::write_chest_slice(folder.path(), "slice.png");
    let scan = imaging::load(&path).unwrap();
    (folder, scan)
}

/// Both engines run on the processor here.
fn outputs(bytes: &[u8], engine: EngineChoice, scan: &Scan) -> Outputs {
    let placement = Placement::in_single_precision(&Compute {
        engine: Some(engine),
        device: DeviceChoice::Cpu,
        ..Compute::default()
    });
    let network = backbone::build(bytes, &placement, NonZeroUsize::new(2)).unwrap();
    let input = input::prepare(scan).unwrap();
    network.outputs(&input, &Cancel::default()).unwrap()
}

/// Spearman's rank correlation, ties sharing their mean rank; 0 if one of the two is constant.
fn rank_correlation(one: &[f32], other: &[f32]) -> f64 {
    let ranks = |values: &[f32]| -> Vec<f64> {
        let rank = |value: &f32| {
            let below = values.iter().filter(|other| *other < value).count();
            let tied = values.iter().filter(|other| *other == value).count();
            below as f64 + (tied as f64 - 1.0) / 2.0
        };
        values.iter().map(rank).collect()
    };
    let (one, other) = (ranks(one), ranks(other));
    let mean = (one.len() as f64 - 1.0) / 2.0;
    let product = |a: &[f64], b: &[f64]| -> f64 {
        a.iter().zip(b).map(|(a, b)| (a - mean) * (b - mean)).sum()
    };
    let scale = (product(&one, &one) * product(&other, &other)).sqrt();
    if scale > 0.0 {
        product(&one, &other) / scale
    } else {
        0.0
    }
}

/// Adebayo et al., "Sanity checks for saliency maps", 2018: a map that does not change when the weights are
/// randomised explains the picture, not the network.
#[test]
fn a_network_with_randomised_weights_attends_elsewhere() {
    let (_folder, scan) = drawn_slice();
    let (head, reads) = (shipped().head().unwrap(), shipped().metadata().head_reads());
    let bytes = std::fs::read(shipped_path()).unwrap();
    let outputs_learnt = outputs(&bytes, EngineChoice::Fast, &scan);
    let learnt = Attention::of(&outputs_learnt, &head, reads);
    let likeness = |other: &Attention| rank_correlation(learnt.evidence(), other.evidence());
    assert!((likeness(&Attention::of(&outputs_learnt, &head, reads)) - 1.0).abs() < 1e-9);

    let mut random = StdRng::seed_from_u64(1);
    let heads: Vec<f64> = (0..40)
        .map(|_| {
            let weight = numbers(&mut random, 3 * head.features(), -0.05, 0.05);
            let head = Head::new(weight, &[0.0; 3], Calibration::NONE).unwrap();
            likeness(&Attention::of(&outputs_learnt, &head, reads))
        })
        .collect();
    let stages: Vec<f64> = (0..3)
        .map(|_| {
            let forgetful = with_last_stages_shuffled(&bytes, &mut random);
            let outputs = outputs(&forgetful, EngineChoice::Fast, &scan);
            likeness(&Attention::of(&outputs, &head, reads))
        })
        .collect();
    let mean = |values: &[f64]| values.iter().sum::<f64>() / values.len() as f64;
    println!("head {:.2} {heads:.2?}", mean(&heads));
    println!("last stages {:.2} {stages:.2?}", mean(&stages));
    assert!(mean(&heads).abs() < 0.3, "{heads:?}");
    assert!(mean(&stages).abs() < 0.5, "{stages:?}");
}

/// The same file with the values of every filter of the last two stages shuffled.
fn with_last_stages_shuffled(bytes: &[u8], random: &mut StdRng) -> Vec<u8> {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let mut tensors = file.tensors();
    // Tensors come in any order; sorting makes the test deterministic.
    tensors.sort_by(|one, other| one.0.cmp(&other.0));
    let tensors: Vec<_> = tensors
        .into_iter()
        .map(|(name, tensor)| {
            let mut values = tensor.data().to_vec();
            let late = name.starts_with("layer4.") || name.starts_with("layer3.");
            if late && tensor.shape().len() == 4 {
                values.as_chunks_mut::<2>().0.shuffle(random);
            }
            (name, tensor.dtype(), tensor.shape().to_vec(), values)
        })
        .collect();
    let views = tensors.iter().map(|(name, dtype, shape, values)| {
        (
            name,
            TensorView::new(*dtype, shape.clone(), values).unwrap(),
        )
    });
    safetensors::serialize(views, None).unwrap()
}

#[test]
fn both_engines_attend_to_the_same_places() {
    let (_folder, scan) = drawn_slice();
    let (head, reads) = (shipped().head().unwrap(), shipped().metadata().head_reads());
    let bytes = std::fs::read(shipped_path()).unwrap();
    let maps = [EngineChoice::Fast, EngineChoice::Reference].map(|engine| {
        let Outputs { last, before } = &outputs(&bytes, engine, &scan);
        assert_eq!((last.channels(), last.side()), (2048, 7));
        assert_eq!((before.channels(), before.side()), (1024, 14));
        Attention::of(&outputs(&bytes, engine, &scan), &head, reads)
    });
    let [fast, reference] = &maps;
    let strongest = reference.evidence().iter().copied().fold(0.0, f32::max);
    assert!(strongest > 0.0);
    for (fast, reference) in fast.evidence().iter().zip(reference.evidence()) {
        assert!((fast - reference).abs() < 1e-3 * strongest);
    }
}
