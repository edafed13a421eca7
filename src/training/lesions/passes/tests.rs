//! Both precisions against each other.

use super::*;
use crate::model::lesions::{CHANNELS, MAP, TILE};
use crate::training::rng::{self, Purpose};
use crate::training::tuning::parameters;
use small_network::weight_file;

use crate::training::tuning::tests::small_network;

/// Smooth pictures, with a lesion at some of the places.
fn canvas(number: usize) -> Canvas {
    let pixels = (0..CHANNELS * TILE * TILE).map(|at| {
        let (row, column) = (at / TILE % TILE, at % TILE);
        let wave = 0.11 * row as f32 + (0.07 + 0.01 * number as f32) * column as f32;
        0.5 + 0.5 * wave.sin()
    });
    let targets = (0..MAP * MAP).map(|place| Target {
        lesion: (place % 5 != 0).then_some(place % 3 == 0),
        malignancy: (place % 3 == 0).then_some(0.75),
        size: (place % 3 == 0).then_some(0.4),
        ..Target::default()
    });
    Canvas {
        pixels: pixels.collect(),
        targets: targets.collect(),
    }
}

#[test]
fn mixed_precision_finds_the_loss_and_the_gradient_of_single_precision() {
    if !bf16::is_available() {
        return;
    }
    let layers = LesionLayers::new();
    let bytes = weight_file(&TRUNK);
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let trunk = parameters::read(&file, &layers.trunk).unwrap();
    let start = layers.start(&trunk, &mut rng::of(3, Purpose::Head, &[0]));
    let canvases = [canvas(0)];
    let one = NonZeroUsize::MIN;
    let fast = Placement::of(&crate::config::Compute::default());
    assert_eq!(fast.engine, EngineChoice::Fast);
    let run = |passes: &mut Passes| {
        let mut gradients = vec![0.0; layers.parameters];
        let loss = passes
            .backward(
                &layers,
                &start,
                &canvases,
                &mut gradients,
                &Cancel::default(),
            )
            .unwrap();
        (loss, gradients)
    };
    let mut mixed = Passes::new(&layers, &bytes, &fast, one, 1).unwrap();
    assert!(matches!(mixed, Passes::Mixed(_)));
    let mut single = Passes::Single(Box::new(Single {
        frozen: frozen::stages(&bytes, &TRUNK, FIRST_STAGE - 1, &fast, one).unwrap(),
        scratch: Scratch::new(&layers, 1),
    }));
    let ((loss, got), (expected_loss, expected)) = (run(&mut mixed), run(&mut single));
    let ratio = loss.total() / expected_loss.total();
    assert!((ratio - 1.0).abs() < 0.01, "{loss:?} and {expected_loss:?}");
    let dot = |a: &[f32], b: &[f32]| -> f64 {
        let pairs = a.iter().zip(b);
        pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
    };
    for range in [
        0..layers.trunk.head_weight.start,
        layers.near.start..layers.parameters,
    ] {
        let (got, expected) = (&got[range.clone()], &expected[range]);
        let cosine = dot(got, expected) / (dot(got, got) * dot(expected, expected)).sqrt();
        assert!(cosine > 0.99, "cosine {cosine}");
    }
}
