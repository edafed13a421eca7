//! Stages of a ResNet for inference, each number stored as the sum of two in bfloat16.
//!
//! The two parts keep 16 bits of a number, where `f32` keeps 24 and half precision, in which weights are stored, 11. Of the
//! four products of the parts of two numbers, that of both second parts is below what the sum keeps and is not computed.

use safetensors::SafeTensors;

use super::convolution::{self, Job, Residual, Split};
use super::filters::Filters;
use super::kernel::Tap;
use super::memory::{LINE, Memory, rounded, widened};
use super::view::View;
use crate::model::ContentError;
use crate::model::folding;
use crate::model::layers::{Bottleneck, Convolution};

/// The one tap of a 1×1 filter.
const HERE: [Tap; 1] = [Tap {
    offset: 0,
    packed: 0,
}];

/// A convolution with its filters.
#[derive(Debug)]
pub struct SplitConvolution {
    layer: Convolution,
    /// First parts, then second parts.
    filters: Memory,
    bias: Vec<f32>,
}

/// A view of pixels whose channels are followed by their second parts.
pub fn plain(side: usize, channels: usize) -> View {
    View::plain(side, 2 * channels)
}

/// As [`plain`], with a border of one pixel of zeros.
fn bordered(side: usize, channels: usize) -> View {
    View::bordered(side, 2 * channels)
}

/// The filters `weights`, `(outputs, taps, inputs)`, packed in two parts.
pub fn packed(weights: &[f32], outputs: usize, taps: usize, inputs: usize) -> Memory {
    let rest: Vec<f32> = (weights.iter())
        .map(|weight| weight - widened(rounded(*weight)))
        .collect();
    let mut both = Memory::zeroed(2 * weights.len());
    let halves = both.lines_mut().chunks_exact_mut(weights.len() / LINE);
    for (half, weights) in halves.zip([weights, &rest]) {
        let mut filters = Filters::zeroed(outputs, taps, inputs, false);
        filters.pack(weights, outputs, taps, inputs);
        half.copy_from_slice(filters.forward.lines());
    }
    both
}

impl SplitConvolution {
    /// The convolution `layer` in a weight file.
    ///
    /// # Errors
    /// Names the tensor that is missing, misshapen or of another precision.
    pub fn read(file: &SafeTensors<'_>, layer: &Convolution) -> Result<Self, ContentError> {
        let (weights, bias) = folding::folded(file, layer)?;
        let taps = layer.filter * layer.filter;
        Ok(Self {
            filters: packed(&weights, layer.outputs, taps, layer.inputs),
            layer: layer.clone(),
            bias,
        })
    }

    /// The job of this convolution with a 1×1 filter.
    fn job<'a>(&'a self, images: usize, input: &'a Memory, output_view: View) -> Job<'a> {
        let layer = &self.layer;
        Job {
            images,
            side: layer.side_out(),
            input,
            input_view: plain(layer.side, layer.inputs).every(layer.stride, 0, 0),
            taps: &HERE,
            packed: 1,
            depth: layer.inputs,
            filters: &self.filters,
            outputs: layer.outputs,
            output_view,
            bias: Some(&self.bias),
            residual: None,
            split: Some(Split {
                input: layer.inputs,
                filters: self.filters.count() / 2,
                output: layer.outputs,
                residual: layer.outputs,
            }),
            mask: None,
            relu: true,
        }
    }
}

/// A residual block with its filters.
#[derive(Debug)]
pub struct SplitBlock {
    first: SplitConvolution,
    middle: SplitConvolution,
    last: SplitConvolution,
    around: Option<SplitConvolution>,
}

/// Outputs of a block's convolutions for some images.
#[derive(Debug)]
pub struct SplitMemory {
    first: Memory,
    middle: Memory,
    /// The output of the block.
    pub output: Memory,
}

impl SplitBlock {
    /// The block `block` in a weight file.
    ///
    /// # Errors
    /// As [`SplitConvolution::read`].
    pub fn read(file: &SafeTensors<'_>, block: &Bottleneck) -> Result<Self, ContentError> {
        let read = |layer| SplitConvolution::read(file, layer);
        Ok(Self {
            first: read(&block.first)?,
            middle: read(&block.middle)?,
            last: read(&block.last)?,
            around: block.around.as_ref().map(read).transpose()?,
        })
    }

    /// Memory for up to `images` images at once.
    pub fn memory(&self, images: usize) -> SplitMemory {
        let (middle, last) = (&self.middle.layer, &self.last.layer);
        let numbers = |view: View| Memory::zeroed(images * view.image);
        SplitMemory {
            first: numbers(bordered(middle.side, middle.inputs)),
            middle: numbers(plain(last.side, last.inputs)),
            output: numbers(plain(last.side, last.outputs)),
        }
    }

    /// Runs `count` images through the block.
    pub fn forward(&self, input: &Memory, count: usize, memory: &mut SplitMemory) {
        let (middle, last) = (&self.middle.layer, &self.last.layer);
        let first_view = bordered(middle.side, middle.inputs);
        let job = self.first.job(count, input, first_view);
        convolution::run(&job, &mut memory.first);
        let taps: Vec<Tap> = (0..9)
            .map(|tap| Tap {
                offset: (tap / 3 - 1) * first_view.row as isize
                    + (tap % 3 - 1) * first_view.pixel as isize,
                packed: tap as usize,
            })
            .collect();
        let middle_view = plain(last.side, last.inputs);
        let job = Job {
            input_view: first_view.every(middle.stride, 0, 0),
            taps: &taps,
            packed: 9,
            ..self.middle.job(count, &memory.first, middle_view)
        };
        convolution::run(&job, &mut memory.middle);
        let output_view = plain(last.side, last.outputs);
        let residual = match &self.around {
            None => Residual::Other(input),
            Some(around) => {
                let job = Job {
                    relu: false,
                    ..around.job(count, input, output_view)
                };
                convolution::run(&job, &mut memory.output);
                Residual::Output
            }
        };
        let job = Job {
            residual: Some((residual, output_view)),
            ..self.last.job(count, &memory.middle, output_view)
        };
        convolution::run(&job, &mut memory.output);
    }
}
