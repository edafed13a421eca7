//! Layers of a ResNet with their geometry, and the positions of their parameters in one vector.

use std::ops::Range;

use crate::model::head::Class;
use crate::model::resnet::{Config, EXPANSION};

/// A 1×1 or 3×3 convolution with a bias, in channels-last order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Convolution {
    /// Names in a weight file of the filters and of the batch norm that was folded into them.
    pub name: String,
    pub norm: String,
    pub inputs: usize,
    pub outputs: usize,
    /// Height and width of the filter: 1 or 3.
    pub filter: usize,
    pub stride: usize,
    /// Height and width of the input.
    pub side: usize,
    /// Filters among the parameters, `(outputs, filter, filter, inputs)`.
    pub weight: Range<usize>,
    /// Biases among the parameters.
    pub bias: Range<usize>,
}

impl Convolution {
    /// Height and width of the output.
    pub fn side_out(&self) -> usize {
        self.side.div_ceil(self.stride)
    }

    /// Number of values that each output sums over.
    pub fn window(&self) -> usize {
        self.filter * self.filter * self.inputs
    }

    /// Number of output pixels of an image.
    pub fn pixels(&self) -> usize {
        self.side_out() * self.side_out()
    }

    /// True if every output depends on one pixel only (1×1, stride 1).
    pub fn is_plain(&self) -> bool {
        self.filter == 1 && self.stride == 1
    }
}

/// 1×1, 3×3 and 1×1 convolutions, and the shortcut where the shape changes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bottleneck {
    pub first: Convolution,
    pub middle: Convolution,
    pub last: Convolution,
    pub around: Option<Convolution>,
}

/// The trained part of a network: stages of bottlenecks, the mean over pixels, the linear layer `fc`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Layers {
    pub blocks: Vec<Bottleneck>,
    /// `(classes, features)`
    pub head_weight: Range<usize>,
    pub head_bias: Range<usize>,
    /// Number of pooled features of an image.
    pub features: usize,
    /// Number of parameters.
    pub parameters: usize,
}

impl Layers {
    /// The stages of `config` from `first_stage` (counted from 1) on, for an input of `side` × `side` pixels
    /// from the stage before, or from the stem.
    pub fn new(config: &Config, first_stage: usize, side: usize) -> Self {
        let mut parameters = 0;
        let mut take = |count: usize| {
            let taken = parameters..parameters + count;
            parameters = taken.end;
            taken
        };
        let mut convolution = |name: String, norm: String, shape: [usize; 5]| {
            let [inputs, outputs, filter, stride, side] = shape;
            Convolution {
                name,
                norm,
                inputs,
                outputs,
                filter,
                stride,
                side,
                weight: take(outputs * filter * filter * inputs),
                bias: take(outputs),
            }
        };
        let mut blocks = Vec::new();
        let mut inputs = match first_stage {
            0 | 1 => config.width,
            later => (config.width * EXPANSION) << (later - 2),
        };
        let mut side = side;
        for stage in first_stage.max(1)..=config.blocks.len() {
            let width = config.width << (stage - 1);
            let outputs = width * EXPANSION;
            for block in 0..config.blocks.get(stage - 1).copied().unwrap_or(0) {
                let stride = if block == 0 && stage > 1 { 2 } else { 1 };
                let at = format!("layer{stage}.{block}");
                let mut plain = |number: usize, shape| {
                    let (name, norm) = (format!("{at}.conv{number}"), format!("{at}.bn{number}"));
                    convolution(name, norm, shape)
                };
                let first = plain(1, [inputs, width, 1, 1, side]);
                let middle = plain(2, [width, width, 3, stride, side]);
                let last = plain(3, [width, outputs, 1, 1, middle.side_out()]);
                let around = (block == 0).then(|| {
                    let (name, norm) = (format!("{at}.downsample.0"), format!("{at}.downsample.1"));
                    convolution(name, norm, [inputs, outputs, 1, stride, side])
                });
                side = last.side;
                inputs = outputs;
                blocks.push(Bottleneck {
                    first,
                    middle,
                    last,
                    around,
                });
            }
        }
        let head_weight = take(Class::ALL.len() * inputs);
        let head_bias = take(Class::ALL.len());
        Self {
            blocks,
            head_weight,
            head_bias,
            features: inputs,
            parameters,
        }
    }

    /// Every convolution.
    pub fn convolutions(&self) -> impl Iterator<Item = &Convolution> {
        self.blocks.iter().flat_map(|block| {
            let plain = [&block.first, &block.middle, &block.last];
            plain.into_iter().chain(&block.around)
        })
    }

    /// Number of input values of an image: `(side, side, channels)`.
    pub fn image(&self) -> usize {
        (self.blocks.first()).map_or(0, |block| {
            block.first.side * block.first.side * block.first.inputs
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_stage_of_resnet_50_has_its_known_size() {
        let layers = Layers::new(&Config::RESNET_50, 4, 14);
        assert_eq!(layers.image(), 14 * 14 * 1024);
        assert_eq!(layers.features, 2048);
        let filters: usize = layers.convolutions().map(|layer| layer.weight.len()).sum();
        // torchvision's layer4 without its batch norm.
        assert_eq!(filters, 14_942_208);
        assert_eq!(layers.head_bias.end, layers.parameters);
        let both = Layers::new(&Config::RESNET_50, 3, 28);
        assert_eq!(both.blocks.len(), 9);
        assert_eq!(both.image(), 28 * 28 * 512);
    }
}
