//! Layouts and walks of a pass, for one size of image.

use super::layout::{Layout, Order};
use super::stem::{Sizes, WIDTH};
use super::walk::{Shape, Walk};
use crate::model::resnet::EXPANSION;

/// A pass over images of one size.
#[derive(Debug, Clone)]
pub struct Plan {
    pub sizes: Sizes,
    /// The output of the stem.
    pub stem: Layout,
    pub stages: Vec<StagePlan>,
}

/// A stage: its first block, which may halve the picture, and the others.
#[derive(Debug, Clone)]
pub struct StagePlan {
    /// Channels between the convolutions of a block, and of its output.
    pub width: usize,
    pub channels: usize,
    pub output: Layout,
    /// The 1×1 convolution of the first block's shortcut.
    pub around: Walk,
    /// Those of the first block, and of the others.
    pub blocks: [BlockPlan; 2],
}

/// The convolutions of a block, and the layout between the first and the second.
#[derive(Debug, Clone)]
pub struct BlockPlan {
    pub first: Walk,
    pub narrow: Layout,
    pub middle: Walk,
    pub last: Walk,
}

impl Plan {
    /// A pass of `depth` stages over images of a size.
    pub fn new(sizes: Sizes, depth: usize) -> Self {
        let (height, width) = sizes.pooled();
        let stem = Layout {
            height,
            width,
            order: Order::Quarters,
        };
        let (mut from, mut inputs) = (stem, WIDTH);
        let mut stages = Vec::new();
        for stage in 0..depth {
            let (width, stride) = (WIDTH << stage, if stage == 0 { 1 } else { 2 });
            let channels = EXPANSION * width;
            let output = Layout {
                height: from.height.div_ceil(stride),
                width: from.width.div_ceil(stride),
                order: Order::Quarters,
            };
            let block = |from: Layout, inputs: usize, stride: usize| {
                let narrow = Layout {
                    order: match stride {
                        1 => Order::Bordered,
                        _ => Order::BorderedQuarters,
                    },
                    ..from
                };
                let plain = |inputs, outputs| Shape {
                    inputs,
                    outputs,
                    filter: 1,
                    stride: 1,
                };
                let middle = Shape {
                    filter: 3,
                    stride,
                    ..plain(width, width)
                };
                BlockPlan {
                    first: Walk::new(plain(inputs, width), from, narrow),
                    narrow,
                    middle: Walk::new(middle, narrow, output),
                    last: Walk::new(plain(width, channels), output, output),
                }
            };
            let around = Shape {
                inputs,
                outputs: channels,
                filter: 1,
                stride,
            };
            stages.push(StagePlan {
                width,
                channels,
                output,
                around: Walk::new(around, from, output),
                blocks: [block(from, inputs, stride), block(output, channels, 1)],
            });
            (from, inputs) = (output, channels);
        }
        Self {
            sizes,
            stem,
            stages,
        }
    }
}
