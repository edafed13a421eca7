//! The layout of a batch's pixels in memory.

/// Distances in numbers; the channels of a pixel lie side by side.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct View {
    /// The first channel of the top left pixel of the first image.
    pub start: usize,
    pub image: usize,
    pub row: usize,
    pub pixel: usize,
}

impl View {
    /// Square images of `side` pixels, one after the other.
    pub fn plain(side: usize, channels: usize) -> Self {
        Self {
            start: 0,
            image: side * side * channels,
            row: side * channels,
            pixel: channels,
        }
    }

    /// Square images of `side` pixels, each with a border of one pixel of zeros.
    pub fn bordered(side: usize, channels: usize) -> Self {
        let row = (side + 2) * channels;
        Self {
            start: row + channels,
            image: (side + 2) * row,
            row,
            pixel: channels,
        }
    }

    /// Every `stride`-th row and column of it, from pixel (`row`, `column`) on.
    pub fn every(self, stride: usize, row: usize, column: usize) -> Self {
        Self {
            start: self.start + row * self.row + column * self.pixel,
            row: stride * self.row,
            pixel: stride * self.pixel,
            ..self
        }
    }

    /// Numbers up to the last one of `images` images of `side` pixels with `channels` channels.
    pub fn extent(self, images: usize, side: usize, channels: usize) -> usize {
        let last = |count: usize| count.saturating_sub(1);
        self.start + last(images) * self.image + last(side) * (self.row + self.pixel) + channels
    }
}
