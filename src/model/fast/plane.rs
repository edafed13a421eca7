//! The memory layout of activations: blocks of sixteen channels with zero padding.

use super::block::CHANNELS;

/// Activations of one layer: `[image][channels / 16][border + height + border][… width …][16]`.
///
/// A 3×3 convolution reads beyond the edge; the border holds the zeros of its padding.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plane {
    pub channels: usize,
    /// Height and width in pixels: every activation of this network is square.
    pub side: usize,
    /// Padding pixels on each edge.
    pub border: usize,
}

impl Plane {
    /// Number of blocks of channels.
    pub fn depth(self) -> usize {
        self.channels.div_ceil(CHANNELS)
    }

    /// Stride from a pixel to the one below.
    pub fn row(self) -> usize {
        (self.side + 2 * self.border) * CHANNELS
    }

    /// Stride from a block of channels to the next.
    pub fn layer(self) -> usize {
        (self.side + 2 * self.border) * self.row()
    }

    /// Stride from an image to the next.
    pub fn image(self) -> usize {
        self.depth() * self.layer()
    }

    /// Offset of a pixel in the first layer; the top left pixel inside the border is (0, 0).
    pub fn at(self, row: usize, column: usize) -> usize {
        (row + self.border) * self.row() + (column + self.border) * CHANNELS
    }
}
