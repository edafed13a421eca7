//! The network compared with two independent references: plain loops over a small network with generated
//! weights, and PyTorch's features for the real one.

use std::collections::HashMap;
use std::convert::Infallible;
use std::ops::ControlFlow;
use std::path::PathBuf;

use candle_core::{DType, Device, Tensor};
use candle_nn::VarBuilder;
use lunny::model::resnet::{Config, ResNet, Stage};

/// Channels first, row by row: `(channels, height, width)`.
#[derive(Clone)]
struct Map {
    channels: usize,
    height: usize,
    width: usize,
    values: Vec<f64>,
}

impl Map {
    fn at(&self, channel: usize, row: usize, column: usize) -> f64 {
        self.values[(channel * self.height + row) * self.width + column]
    }

    fn map(mut self, f: impl Fn(usize, f64) -> f64) -> Self {
        let plane = self.height * self.width;
        for (index, value) in self.values.iter_mut().enumerate() {
            *value = f(index / plane, *value);
        }
        self
    }

    fn relu(self) -> Self {
        self.map(|_, value| value.max(0.0))
    }

    /// Slides a square window over the picture; `take` folds the values under it inside the picture.
    fn windows(
        &self,
        outputs: usize,
        (kernel, stride, padding): (usize, usize, usize),
        take: impl Fn(usize, &mut dyn Iterator<Item = (usize, usize, usize, usize)>) -> f64,
    ) -> Self {
        let size = |length: usize| (length + 2 * padding - kernel) / stride + 1;
        let (height, width) = (size(self.height), size(self.width));
        let mut values = Vec::new();
        for output in 0..outputs {
            for row in 0..height {
                for column in 0..width {
                    let mut places = (0..kernel * kernel).filter_map(|place| {
                        let (y, x) = (place / kernel, place % kernel);
                        let row = (row * stride + y).checked_sub(padding)?;
                        let column = (column * stride + x).checked_sub(padding)?;
                        (row < self.height && column < self.width).then_some((y, x, row, column))
                    });
                    values.push(take(output, &mut places));
                }
            }
        }
        Self {
            channels: outputs,
            height,
            width,
            values,
        }
    }
}

/// Weights under torchvision's names, generated from a formula so that nothing needs to be stored.
struct MadeUp {
    tensors: HashMap<String, (Vec<usize>, Vec<f64>)>,
}

impl MadeUp {
    fn new(config: &Config) -> Self {
        let mut made_up = Self {
            tensors: HashMap::new(),
        };
        made_up.convolution("conv1", "bn1", (3, config.width, 7));
        let mut inputs = config.width;
        for (layer, &blocks) in config.blocks.iter().enumerate() {
            let width = config.width << layer;
            for block in 0..blocks {
                let at = format!("layer{}.{block}", layer + 1);
                let shapes = [(inputs, width, 1), (width, width, 3), (width, width * 4, 1)];
                for (number, shape) in (1..).zip(shapes) {
                    let (conv, norm) = (format!("{at}.conv{number}"), format!("{at}.bn{number}"));
                    made_up.convolution(&conv, &norm, shape);
                }
                if block == 0 {
                    let (conv, norm) = (format!("{at}.downsample.0"), format!("{at}.downsample.1"));
                    made_up.convolution(&conv, &norm, (inputs, width * 4, 1));
                }
                inputs = width * 4;
            }
        }
        made_up
    }

    fn convolution(
        &mut self,
        conv: &str,
        norm: &str,
        (inputs, outputs, kernel): (usize, usize, usize),
    ) {
        let fan_in = (inputs * kernel * kernel) as f64;
        let shape = vec![outputs, inputs, kernel, kernel];
        self.tensor(format!("{conv}.weight"), shape, 0.0, 1.7 / fan_in.sqrt());
        self.tensor(format!("{norm}.weight"), vec![outputs], 1.0, 0.4);
        self.tensor(format!("{norm}.bias"), vec![outputs], 0.1, 0.3);
        self.tensor(format!("{norm}.running_mean"), vec![outputs], 0.05, 0.2);
        self.tensor(format!("{norm}.running_var"), vec![outputs], 0.8, 0.5);
    }

    fn tensor(&mut self, name: String, shape: Vec<usize>, centre: f64, spread: f64) {
        let seed: f64 = name.bytes().map(f64::from).sum();
        let length: usize = shape.iter().product();
        let values = (0..length)
            .map(|index| centre + spread * (seed + 2.399_963 * index as f64).sin())
            .map(|value| f64::from(value as f32))
            .collect();
        self.tensors.insert(name, (shape, values));
    }

    fn values(&self, name: &str) -> &[f64] {
        &self.tensors[name].1
    }

    fn var_builder(&self) -> VarBuilder<'static> {
        let tensors = (self.tensors.iter())
            .map(|(name, (shape, values))| {
                let values: Vec<f32> = values.iter().map(|&value| value as f32).collect();
                let tensor = Tensor::from_vec(values, shape.as_slice(), &Device::Cpu).unwrap();
                (name.clone(), tensor)
            })
            .collect();
        VarBuilder::from_tensors(tensors, DType::F32, &Device::Cpu)
    }

    /// Convolution, then batch norm as a separate step.
    fn apply(&self, input: &Map, conv: &str, norm: &str, stride: usize) -> Map {
        let (shape, weight) = &self.tensors[&format!("{conv}.weight")];
        let (outputs, inputs, kernel) = (shape[0], shape[1], shape[2]);
        assert_eq!(inputs, input.channels);
        let convolved = input.windows(outputs, (kernel, stride, kernel / 2), |output, places| {
            let mut sum = 0.0;
            for (y, x, row, column) in places {
                for channel in 0..inputs {
                    let at = ((output * inputs + channel) * kernel + y) * kernel + x;
                    sum += weight[at] * input.at(channel, row, column);
                }
            }
            sum
        });
        let [gain, offset, mean, variance] = ["weight", "bias", "running_mean", "running_var"]
            .map(|field| self.values(&format!("{norm}.{field}")));
        convolved.map(|channel, value| {
            let normal = (value - mean[channel]) / (variance[channel] + 1e-5).sqrt();
            normal * gain[channel] + offset[channel]
        })
    }

    fn bottleneck(&self, input: &Map, at: &str, stride: usize) -> Map {
        let inner = self.apply(input, &format!("{at}.conv1"), &format!("{at}.bn1"), 1);
        let inner = inner.relu();
        let inner = self.apply(&inner, &format!("{at}.conv2"), &format!("{at}.bn2"), stride);
        let inner = inner.relu();
        let mut inner = self.apply(&inner, &format!("{at}.conv3"), &format!("{at}.bn3"), 1);
        let conv = format!("{at}.downsample.0");
        let around = if self.tensors.contains_key(&format!("{conv}.weight")) {
            self.apply(input, &conv, &format!("{at}.downsample.1"), stride)
        } else {
            input.clone()
        };
        for (value, around) in inner.values.iter_mut().zip(around.values) {
            *value += around;
        }
        inner.relu()
    }

    /// Outputs of the stem and of each layer.
    fn stages(&self, config: &Config, input: &Map) -> Vec<Map> {
        let stem = self.apply(input, "conv1", "bn1", 2).relu();
        let pooled = stem.windows(stem.channels, (3, 2, 1), |channel, places| {
            places
                .map(|(_, _, row, column)| stem.at(channel, row, column))
                .fold(f64::NEG_INFINITY, f64::max)
        });
        let mut stages = vec![pooled];
        for (layer, &blocks) in config.blocks.iter().enumerate() {
            let mut current = stages[layer].clone();
            for block in 0..blocks {
                let stride = if layer > 0 && block == 0 { 2 } else { 1 };
                let at = format!("layer{}.{block}", layer + 1);
                current = self.bottleneck(&current, &at, stride);
            }
            stages.push(current);
        }
        stages
    }
}

/// Largest difference between two lists, relative to the largest expected value.
fn relative_error(got: &[f32], expected: &[f64]) -> f64 {
    assert_eq!(got.len(), expected.len());
    let largest = expected.iter().fold(0.0_f64, |a, b| a.max(b.abs()));
    let pairs = got.iter().zip(expected);
    let worst = pairs.map(|(&a, &b)| (f64::from(a) - b).abs());
    assert!(largest > 0.0);
    worst.fold(0.0, f64::max) / largest
}

fn flat(tensor: &Tensor) -> Vec<f32> {
    tensor.flatten_all().unwrap().to_vec1().unwrap()
}

const SMALL: Config = Config {
    width: 2,
    blocks: [1, 2, 1, 1],
};

fn small_input() -> (Map, Tensor) {
    // An odd size, so that every stride has to round.
    let (height, width) = (37, 45);
    let values: Vec<f64> = (0..3 * height * width)
        .map(|index| f64::from((0.5 + 0.5 * (1.1 * index as f64).sin()) as f32))
        .collect();
    let narrow: Vec<f32> = values.iter().map(|&value| value as f32).collect();
    let tensor = Tensor::from_vec(narrow, (1, 3, height, width), &Device::Cpu).unwrap();
    let map = Map {
        channels: 3,
        height,
        width,
        values,
    };
    (map, tensor)
}

#[test]
fn every_stage_agrees_with_plain_loops() {
    let made_up = MadeUp::new(&SMALL);
    let network = ResNet::new(&SMALL, made_up.var_builder(), DType::F32).unwrap();
    let (map, tensor) = small_input();
    let expected = made_up.stages(&SMALL, &map);

    let mut stages = Vec::new();
    let pooled = network.forward_taps(&tensor, |stage, output| {
        stages.push((stage, output.clone()));
        ControlFlow::<Infallible>::Continue(())
    });
    let ControlFlow::Continue(pooled) = pooled.unwrap();

    let names: Vec<Stage> = stages.iter().map(|(stage, _)| *stage).collect();
    let layers = (1..=4).map(Stage::Layer);
    assert_eq!(
        names,
        [Stage::Stem].into_iter().chain(layers).collect::<Vec<_>>()
    );
    for ((stage, output), expected) in stages.iter().zip(&expected) {
        let shape = (1, expected.channels, expected.height, expected.width);
        assert_eq!(output.dims4().unwrap(), shape, "{stage:?}");
        let error = relative_error(&flat(output), &expected.values);
        assert!(error < 1e-5, "{stage:?} is off by {error}");
    }

    let last = expected.last().unwrap();
    let plane = last.height * last.width;
    let means: Vec<f64> = (last.values.chunks(plane))
        .map(|plane_values| plane_values.iter().sum::<f64>() / plane as f64)
        .collect();
    assert_eq!(pooled.dims2().unwrap(), (1, SMALL.features()));
    assert!(relative_error(&flat(&pooled), &means) < 1e-5);
    assert_eq!(flat(&network.forward(&tensor).unwrap()), flat(&pooled));
}

#[test]
fn half_precision_agrees_within_its_accuracy() {
    let made_up = MadeUp::new(&SMALL);
    let (_, tensor) = small_input();
    let pooled = |precision| {
        let network = ResNet::new(&SMALL, made_up.var_builder(), precision).unwrap();
        network.forward(&tensor).unwrap()
    };
    let (single, half) = (pooled(DType::F32), pooled(DType::F16));
    assert_eq!(half.dtype(), DType::F32);
    let expected: Vec<f64> = flat(&single).into_iter().map(f64::from).collect();
    let error = relative_error(&flat(&half), &expected);
    assert!(error > 0.0 && error < 5e-3, "off by {error}");
}

#[test]
fn a_tap_that_breaks_ends_the_pass() {
    let network = ResNet::new(&SMALL, MadeUp::new(&SMALL).var_builder(), DType::F32).unwrap();
    let (_, tensor) = small_input();
    let mut seen = 0;
    let outcome = network.forward_taps(&tensor, |stage, _| {
        seen += 1;
        match stage {
            Stage::Layer(2) => ControlFlow::Break("enough"),
            _ => ControlFlow::Continue(()),
        }
    });
    assert!(matches!(outcome.unwrap(), ControlFlow::Break("enough")));
    assert_eq!(seen, 3);
}

#[test]
fn a_missing_or_misshapen_tensor_is_named() {
    let mut made_up = MadeUp::new(&SMALL);
    let weight = made_up.tensors.remove("layer2.1.conv2.weight").unwrap();
    let error = ResNet::new(&SMALL, made_up.var_builder(), DType::F32).unwrap_err();
    assert!(
        error.to_string().contains("layer2.1.conv2.weight"),
        "{error}"
    );

    let (_, values) = weight;
    let narrow = (vec![2, 2, 3, 3], values[..36].to_vec());
    made_up
        .tensors
        .insert("layer2.1.conv2.weight".into(), narrow);
    let error = ResNet::new(&SMALL, made_up.var_builder(), DType::F32).unwrap_err();
    assert!(
        error.to_string().contains("layer2.1.conv2.weight"),
        "{error}"
    );
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
    let device = Device::Cpu;
    let bytes = std::fs::read(weights).unwrap();
    let vb = VarBuilder::from_slice_safetensors(&bytes, DType::F32, &device).unwrap();
    let network = ResNet::new(&Config::RESNET_50, vb, DType::F32).unwrap();
    let reference = candle_core::safetensors::load(reference, &device).unwrap();

    let compare = |got: &Tensor, name: &str| {
        let wide = reference[name].to_dtype(DType::F64).unwrap();
        let expected: Vec<f64> = wide.flatten_all().unwrap().to_vec1().unwrap();
        let error = relative_error(&flat(got), &expected);
        println!("{name}: relative error {error:.1e}");
        assert!(error < 1e-3, "{name} is off by {error}");
    };
    let pooled = network.forward_taps(&reference["input"], |stage, output| {
        match stage {
            Stage::Stem => compare(&output.mean((2, 3)).unwrap(), "stem"),
            Stage::Layer(4) => compare(output, "layer4"),
            Stage::Layer(layer) => {
                compare(&output.mean((2, 3)).unwrap(), &format!("layer{layer}"));
            }
        }
        ControlFlow::<Infallible>::Continue(())
    });
    let ControlFlow::Continue(pooled) = pooled.unwrap();
    compare(&pooled, "pooled");
}
