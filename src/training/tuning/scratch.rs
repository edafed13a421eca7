//! Buffers of a forward and a backward pass, allocated once.

use crate::model::layers::{Bottleneck, Convolution, Layers};

/// Outputs of a block's convolutions for a batch, kept for the backward pass.
#[derive(Debug)]
pub struct BlockScratch {
    /// After the first 1×1 convolution and ReLU.
    pub first: Vec<f32>,
    /// The windows of the 3×3 convolution.
    pub windows: Vec<f32>,
    /// After the 3×3 convolution and ReLU.
    pub middle: Vec<f32>,
    /// The input pixels of the shortcut; empty without one.
    pub around: Vec<f32>,
    /// Output of the block.
    pub output: Vec<f32>,
}

/// All buffers of a pass except the parameters' gradients.
#[derive(Debug)]
pub struct Scratch {
    /// Maximum number of images.
    pub images: usize,
    pub blocks: Vec<BlockScratch>,
    /// Means over the pixels, `(images, features)`, and the same after dropout.
    pub pooled: Vec<f32>,
    pub kept: Vec<f32>,
    /// `(images, classes)`
    pub logits: Vec<f32>,
    /// Gradients of a block's input and output, used alternately.
    pub trunk: [Vec<f32>; 2],
    /// Gradients between a block's convolutions.
    pub narrow: [Vec<f32>; 2],
    /// Gradients of windows.
    pub windows: Vec<f32>,
}

impl Scratch {
    /// Buffers for `images` images at once, with `backward` also for the backward pass.
    pub fn new(layers: &Layers, images: usize, backward: bool) -> Self {
        let zeros = |numbers: usize| vec![0.0; numbers * images];
        let most = |numbers: &dyn Fn(&Bottleneck) -> usize| {
            let largest = layers.blocks.iter().map(numbers).max().unwrap_or(0);
            zeros(if backward { largest } else { 0 })
        };
        let given = |layer: &Convolution| layer.pixels() * layer.outputs;
        let seen = |layer: &Convolution| layer.pixels() * layer.window();
        let around = |block: &Bottleneck| block.around.as_ref().map_or(0, seen);
        let blocks = (layers.blocks.iter())
            .map(|block| BlockScratch {
                first: zeros(given(&block.first)),
                windows: zeros(seen(&block.middle)),
                middle: zeros(given(&block.middle)),
                around: zeros(around(block)),
                output: zeros(given(&block.last)),
            })
            .collect();
        let trunk = || most(&|block| given(&block.last).max(seen(&block.first)));
        Self {
            images,
            blocks,
            pooled: zeros(layers.features),
            kept: zeros(layers.features),
            logits: zeros(layers.head_bias.len()),
            trunk: [trunk(), trunk()],
            narrow: [
                most(&|block| given(&block.first)),
                most(&|block| given(&block.middle)),
            ],
            windows: most(&|block| seen(&block.middle).max(around(block))),
        }
    }
}
