//! ResNet-50 without its classifier: pixels in, pooled features out.
//!
//! He et al., "Deep residual learning for image recognition", 2016, in torchvision's variant v1.5: a bottleneck
//! has its stride in the 3×3 convolution, not in the first 1×1. Tensor names equal torchvision's, so its weight
//! files load unchanged. Batch norm always uses stored statistics here, and is folded into the convolution
//! before it at load.

use std::convert::Infallible;
use std::ops::ControlFlow;

use candle_core::{DType, Module, Result, Tensor};
use candle_nn::{Conv2d, Conv2dConfig, VarBuilder};

use super::recipe::HeadReads;

/// Constant that torchvision adds to a running variance before the square root.
pub const BATCH_NORM_EPSILON: f64 = 1e-5;
/// Ratio of a bottleneck's output channels to those of its 3×3 convolution.
pub const EXPANSION: usize = 4;

/// The size of a network. Tests build small ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Config {
    /// Channels after the stem, and of the 3×3 convolutions in layer 1. Doubles with every layer.
    pub width: usize,
    /// Bottlenecks in each of the four layers.
    pub blocks: [usize; 4],
}

impl Config {
    /// The fifty-layer network.
    pub const RESNET_50: Self = Self {
        width: 64,
        blocks: [3, 4, 6, 3],
    };

    /// Number of pooled features.
    pub fn features(&self) -> usize {
        self.width * 8 * EXPANSION
    }

    /// Number of pooled features for a last layer that reads `reads`.
    pub fn features_read(&self, reads: HeadReads) -> usize {
        match reads {
            HeadReads::LastStage => self.features(),
            // A stage has half the channels of the one after it.
            HeadReads::LastTwoStages => self.features() + self.features() / 2,
        }
    }
}

/// A point of the forward pass that can be observed and where it can be stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// 7×7 convolution and max pooling: a quarter of the picture's height and width.
    Stem,
    /// One of the four layers of bottlenecks, counted from 1.
    Layer(usize),
}

/// Loads `conv` and folds the batch norm `norm` into it:
/// `w' = w·γ/√(σ²+ε)`, `b' = β − μ·γ/√(σ²+ε)`, computed in f32 and kept in `precision`.
fn folded_convolution(
    (inputs, outputs, kernel): (usize, usize, usize),
    stride: usize,
    conv: VarBuilder,
    norm: VarBuilder,
    precision: DType,
) -> Result<Conv2d> {
    let weight = conv.get((outputs, inputs, kernel, kernel), "weight")?;
    let deviation = (norm.get(outputs, "running_var")? + BATCH_NORM_EPSILON)?.sqrt()?;
    let scale = norm.get(outputs, "weight")?.div(&deviation)?;
    let bias = (norm.get(outputs, "bias")? - norm.get(outputs, "running_mean")?.mul(&scale)?)?;
    let weight = weight.broadcast_mul(&scale.reshape((outputs, 1, 1, 1))?)?;
    let config = Conv2dConfig {
        stride,
        padding: kernel / 2,
        ..Conv2dConfig::default()
    };
    let (weight, bias) = (weight.to_dtype(precision)?, bias.to_dtype(precision)?);
    Ok(Conv2d::new(weight, Some(bias), config))
}

/// 1×1 convolution to `width` channels, 3×3, 1×1 to four times `width`, and a shortcut.
#[derive(Debug)]
struct Bottleneck {
    conv1: Conv2d,
    conv2: Conv2d,
    conv3: Conv2d,
    /// The convolution of the shortcut, where channels or size change.
    downsample: Option<Conv2d>,
}

impl Bottleneck {
    fn new(
        (inputs, width): (usize, usize),
        stride: usize,
        vb: VarBuilder,
        precision: DType,
    ) -> Result<Self> {
        let outputs = width * EXPANSION;
        let downsample = if stride != 1 || inputs != outputs {
            let vb = vb.pp("downsample");
            let around = (inputs, outputs, 1);
            Some(folded_convolution(
                around,
                stride,
                vb.pp(0),
                vb.pp(1),
                precision,
            )?)
        } else {
            None
        };
        let layer = |shape, stride, number: usize| {
            let (conv, norm) = (format!("conv{number}"), format!("bn{number}"));
            folded_convolution(shape, stride, vb.pp(conv), vb.pp(norm), precision)
        };
        Ok(Self {
            conv1: layer((inputs, width, 1), 1, 1)?,
            conv2: layer((width, width, 3), stride, 2)?,
            conv3: layer((width, outputs, 1), 1, 3)?,
            downsample,
        })
    }
}

impl Module for Bottleneck {
    fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let inner = self.conv1.forward(input)?.relu()?;
        let inner = self.conv2.forward(&inner)?.relu()?;
        let inner = self.conv3.forward(&inner)?;
        match &self.downsample {
            Some(downsample) => (inner + downsample.forward(input)?)?.relu(),
            None => (inner + input)?.relu(),
        }
    }
}

/// The network up to its pooled features.
#[derive(Debug)]
pub struct ResNet {
    precision: DType,
    conv1: Conv2d,
    layers: Vec<Vec<Bottleneck>>,
}

impl ResNet {
    /// Reads the weights from `vb`, under torchvision's names: `conv1`, `bn1`, `layer1.0.conv1` and so on.
    /// Computes in `precision`, independent of the file's precision.
    ///
    /// # Errors
    /// A tensor is missing or does not have the shape for `config`; the error names it.
    pub fn new(config: &Config, vb: VarBuilder, precision: DType) -> Result<Self> {
        let vb = vb.to_dtype(DType::F32);
        let stem = (3, config.width, 7);
        let conv1 = folded_convolution(stem, 2, vb.pp("conv1"), vb.pp("bn1"), precision)?;
        let mut inputs = config.width;
        let mut layers = Vec::with_capacity(config.blocks.len());
        for (index, &blocks) in config.blocks.iter().enumerate() {
            let vb = vb.pp(format!("layer{}", index + 1));
            let width = config.width << index;
            let mut layer = Vec::with_capacity(blocks);
            for block in 0..blocks {
                let stride = if index > 0 && block == 0 { 2 } else { 1 };
                let channels = (inputs, width);
                layer.push(Bottleneck::new(channels, stride, vb.pp(block), precision)?);
                inputs = width * EXPANSION;
            }
            layers.push(layer);
        }
        Ok(Self {
            precision,
            conv1,
            layers,
        })
    }

    /// The pooled features `(batch, features)`, in f32, of `input`, `(batch, 3, height, width)` in [0, 1].
    pub fn forward(&self, input: &Tensor) -> Result<Tensor> {
        let watch = |_: Stage, _: &Tensor| ControlFlow::<Infallible>::Continue(());
        let ControlFlow::Continue(pooled) = self.forward_taps(input, watch)?;
        Ok(pooled)
    }

    /// Like [`ResNet::forward`], and passes the output of every [`Stage`] to `tap`, in order: `(batch,
    /// channels, height, width)`. If `tap` breaks, the pass ends and returns its break value.
    pub fn forward_taps<B>(
        &self,
        input: &Tensor,
        mut tap: impl FnMut(Stage, &Tensor) -> ControlFlow<B>,
    ) -> Result<ControlFlow<B, Tensor>> {
        let input = input.to_dtype(self.precision)?;
        let stem = self.conv1.forward(&input)?.relu()?;
        // No value is negative after the ReLU, so zero padding does not change the maximum.
        let stem = stem.pad_with_zeros(2, 1, 1)?.pad_with_zeros(3, 1, 1)?;
        let mut current = stem.max_pool2d_with_stride(3, 2)?;
        if let ControlFlow::Break(reason) = tap(Stage::Stem, &current) {
            return Ok(ControlFlow::Break(reason));
        }
        for (index, layer) in self.layers.iter().enumerate() {
            for block in layer {
                current = block.forward(&current)?;
            }
            if let ControlFlow::Break(reason) = tap(Stage::Layer(index + 1), &current) {
                return Ok(ControlFlow::Break(reason));
            }
        }
        let pooled = current.to_dtype(DType::F32)?.mean((2, 3))?;
        Ok(ControlFlow::Continue(pooled))
    }
}
