//! Memory of a forward and a backward pass, allocated once.

use super::layers::{Bottleneck, Convolution, Layers};

/// What a block's convolutions gave for a batch, kept for the way back.
#[derive(Debug)]
pub struct BlockScratch {
    /// After the first 1×1 convolution and ReLU.
    pub first: Vec<f32>,
    /// The windows that the 3×3 convolution looks at.
    pub windows: Vec<f32>,
    /// After the 3×3 convolution and ReLU.
    pub middle: Vec<f32>,
    /// The pixels that the way around looks at; empty without one.
    pub around: Vec<f32>,
    /// What the block gives.
    pub output: Vec<f32>,
}

/// Everything that a pass writes but for the parameters' gradients.
#[derive(Debug)]
pub struct Scratch {
    /// Images that there is room for.
    pub images: usize,
    pub blocks: Vec<BlockScratch>,
    /// Means over the pixels, `(images, features)`, and the same after dropout.
    pub pooled: Vec<f32>,
    pub kept: Vec<f32>,
    /// `(images, classes)`
    pub logits: Vec<f32>,
    /// Gradients of what a block takes and gives, one the other's successor.
    pub trunk: [Vec<f32>; 2],
    /// Gradients between a block's convolutions.
    pub narrow: [Vec<f32>; 2],
    /// Gradients of windows.
    pub windows: Vec<f32>,
}

impl Scratch {
    /// Room for `images` images at once; for the way back as well if there is to be one.
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
