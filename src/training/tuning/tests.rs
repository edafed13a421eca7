//! The passes compared with candle: its network for the forward pass, its automatic gradients for the backward
//! pass.

use std::ops::ControlFlow;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use safetensors::SafeTensors;

use super::parameters;
use super::pass::{self, Examples};
use super::scratch::Scratch;
use super::tracked::Tracked;
use crate::model::layers::Layers;
use crate::model::resnet::{Config, ResNet, Stage};

#[path = "../../../tests/support/small_network.rs"]
pub(in crate::training) mod small_network;

use small_network::{SMALL, weight_file};

const SIDE: usize = 64;

fn images(count: usize) -> Tensor {
    let values: Vec<f32> = (0..count * 3 * SIDE * SIDE)
        .map(|at| 0.5 + 0.5 * (0.0137 * at as f32 + (at / SIDE) as f32).sin())
        .collect();
    Tensor::from_vec(values, (count, 3, SIDE, SIDE), &Device::Cpu).unwrap()
}

fn numbers(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

/// Input of the trained stages in channels-last order, and candle's pooled features.
fn reference(bytes: &[u8], first_stage: usize, count: usize) -> (Vec<f32>, Vec<f32>) {
    let vb = VarBuilder::from_slice_safetensors(bytes, DType::F32, &Device::Cpu).unwrap();
    let network = ResNet::new(&SMALL, vb, DType::F32).unwrap();
    let mut input = Vec::new();
    let pooled = network.forward_taps(&images(count), |stage, activations| {
        if stage == Stage::Layer(first_stage - 1) {
            input = numbers(&activations.permute((0, 2, 3, 1)).unwrap());
        }
        ControlFlow::<()>::Continue(())
    });
    let ControlFlow::Continue(pooled) = pooled.unwrap() else {
        panic!("the tap never breaks")
    };
    (input, numbers(&pooled))
}

fn layers(first_stage: usize) -> Layers {
    Layers::new(&SMALL, first_stage, (SIDE / 4) >> (first_stage - 2))
}

/// Parameters with a last layer that is not zero.
fn start(bytes: &[u8], layers: &Layers) -> Vec<f32> {
    let file = SafeTensors::deserialize(bytes).unwrap();
    let mut start = parameters::read(&file, layers).unwrap();
    for (place, value) in start[layers.head_weight.start..].iter_mut().enumerate() {
        *value = 0.3 * (0.7 * place as f32).sin();
    }
    start
}

fn apart(got: &[f32], expected: &[f32]) -> f32 {
    assert_eq!(got.len(), expected.len());
    let pairs = got.iter().zip(expected);
    let far = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
    far / expected
        .iter()
        .fold(1e-20_f32, |most, value| most.max(value.abs()))
}

#[test]
fn the_forward_pass_equals_that_of_the_whole_network() {
    let bytes = weight_file(&SMALL);
    for first_stage in [3, 4] {
        let layers = layers(first_stage);
        let (input, expected) = reference(&bytes, first_stage, 3);
        let mut scratch = Scratch::new(&layers, 4, false);
        pass::forward(&layers, &start(&bytes, &layers), &input, &mut scratch);
        let error = apart(&scratch.pooled[..3 * layers.features], &expected);
        assert!(error < 1e-5, "stage {first_stage}: {error:.1e}");
        let tracked = Tracked::new(&layers, &start(&bytes, &layers), &Device::Cpu).unwrap();
        let (pooled, logits) = tracked.forward(&input).unwrap();
        assert!(apart(&pooled, &expected) < 1e-5);
        assert!(apart(&scratch.logits[..9], &logits) < 1e-5);
    }
}

#[test]
fn gradients_equal_those_of_candle() {
    let bytes = weight_file(&SMALL);
    for first_stage in [3, 4] {
        let layers = layers(first_stage);
        let start = start(&bytes, &layers);
        let (images, _) = reference(&bytes, first_stage, 3);
        let dropout: Vec<f32> = (0..3 * layers.features)
            .map(|at| if at % 3 == 0 { 0.0 } else { 1.5 })
            .collect();
        let examples = Examples {
            images: &images,
            truths: &[[1.0, 0.0, 0.0], [0.1, 0.1, 0.8], [0.0, 0.5, 0.5]],
            weights: &[0.5, 1.0, 1.7],
            dropout: Some(&dropout),
        };
        let mut gradients = vec![f32::NAN; layers.parameters];
        let mut scratch = Scratch::new(&layers, 4, true);
        let loss = pass::backward(&layers, &start, &examples, &mut scratch, &mut gradients);

        let tracked = Tracked::new(&layers, &start, &Device::Cpu).unwrap();
        let mut expected = vec![f32::NAN; layers.parameters];
        let expected_loss = tracked.backward(&examples, &mut expected).unwrap();
        assert!((loss - expected_loss).abs() < 1e-5);
        let ranges = (layers.convolutions())
            .flat_map(|layer| [layer.weight.clone(), layer.bias.clone()])
            .chain([layers.head_weight.clone(), layers.head_bias.clone()]);
        for range in ranges {
            let error = apart(&gradients[range.clone()], &expected[range.clone()]);
            assert!(error < 1e-4, "stage {first_stage}, {range:?}: {error:.1e}");
        }
    }
}

#[test]
fn gradients_match_finite_differences() {
    let bytes = weight_file(&SMALL);
    let layers = layers(4);
    let start = start(&bytes, &layers);
    let (images, _) = reference(&bytes, 4, 2);
    let examples = Examples {
        images: &images,
        truths: &[[1.0, 0.0, 0.0], [0.0, 0.0, 1.0]],
        weights: &[1.0, 1.0],
        dropout: None,
    };
    let mut scratch = Scratch::new(&layers, 2, true);
    let mut gradients = vec![0.0; layers.parameters];
    pass::backward(&layers, &start, &examples, &mut scratch, &mut gradients);
    let length = gradients
        .iter()
        .map(|gradient| gradient * gradient)
        .sum::<f32>()
        .sqrt();
    // Along the gradient, where rounding errors matter least.
    let mut loss = |by: f32| {
        let moved: Vec<f32> = (start.iter().zip(&gradients))
            .map(|(value, gradient)| value + by * gradient / length)
            .collect();
        let mut unused = vec![0.0; layers.parameters];
        pass::backward(&layers, &moved, &examples, &mut scratch, &mut unused)
    };
    let found = (loss(1e-3) - loss(-1e-3)) / 2e-3;
    assert!((found / length - 1.0).abs() < 0.01, "{found} and {length}");
}

#[test]
fn a_written_network_is_read_back() {
    let bytes = weight_file(&SMALL);
    let layers = layers(4);
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let start = parameters::read(&file, &layers).unwrap();
    let written = parameters::write(&layers, &start);
    let views = written.iter().map(|(name, dtype, shape, bytes)| {
        let view = safetensors::tensor::TensorView::new(*dtype, shape.clone(), bytes);
        (name, view.unwrap())
    });
    let again = safetensors::serialize(views, None).unwrap();
    let file = SafeTensors::deserialize(&again).unwrap();
    let read = parameters::read(&file, &layers).unwrap();
    // Half precision keeps eleven bits of a filter.
    for layer in layers.convolutions() {
        assert!(apart(&read[layer.weight.clone()], &start[layer.weight.clone()]) < 6e-4);
        assert!(apart(&read[layer.bias.clone()], &start[layer.bias.clone()]) < 1e-6);
    }
    let layers = Layers::new(&Config { width: 4, ..SMALL }, 4, 4);
    let error = parameters::read(&file, &layers).unwrap_err().to_string();
    assert!(error.contains("layer4.0.conv1.weight"), "{error}");
}
