//! The output of a stage in single precision.

use super::layout::Layout;
use crate::model::bf16::memory::widened;

/// Form in which the output of a stage is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Read {
    /// The mean over the pixels of each channel.
    Means,
    /// Channel by channel, row by row.
    ByChannel,
    /// Row by row, the channels of a pixel side by side.
    ByPixel,
}

impl Read {
    /// Appends what is read of `image`, which has `channels` channels in the order of `layout`.
    pub fn append(self, image: &[u16], layout: Layout, channels: usize, values: &mut Vec<f32>) {
        let pixels = layout.height * layout.width;
        let start = values.len();
        match self {
            Self::Means => {
                values.resize(start + channels, 0.0);
                let sums = &mut values[start..];
                for pixel in image.chunks_exact(channels).take(pixels) {
                    for (sum, value) in sums.iter_mut().zip(pixel) {
                        *sum += widened(*value);
                    }
                }
                sums.iter_mut().for_each(|sum| *sum /= pixels as f32);
            }
            Self::ByPixel => {
                values.reserve(pixels * channels);
                for (row, column) in places(layout) {
                    let from = layout.place(row, column) * channels;
                    let pixel = image.get(from..from + channels).unwrap_or_default();
                    values.extend(pixel.iter().map(|value| widened(*value)));
                }
            }
            Self::ByChannel => {
                values.resize(start + pixels * channels, 0.0);
                let to = &mut values[start..];
                for (at, (row, column)) in places(layout).enumerate() {
                    let from = layout.place(row, column) * channels;
                    let pixel = image.get(from..from + channels).unwrap_or_default();
                    for (value, to) in pixel.iter().zip(to.iter_mut().skip(at).step_by(pixels)) {
                        *to = widened(*value);
                    }
                }
            }
        }
    }
}

fn places(layout: Layout) -> impl Iterator<Item = (usize, usize)> {
    let row = move |row| (0..layout.width).map(move |column| (row, column));
    (0..layout.height).flat_map(row)
}
