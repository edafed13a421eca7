//! The stem's filter of seven rows and columns over three channels as seven taps over 32 numbers: the pixels of a row lie four
//! numbers apart, the fourth being zero, so that eight of them are one tap.

use safetensors::SafeTensors;

use super::kernel::Tap;
use super::memory::LINE;
use super::view::View;
use crate::model::layers::Convolution;
use crate::model::{ContentError, folding};

/// Height and width of an image.
pub const SIDE: usize = 224;
/// Channels of an image.
pub const CHANNELS: usize = 3;
/// Channels of the output.
pub const WIDTH: usize = 64;
/// Height and width of the output.
pub const HALF: usize = SIDE / 2;
/// Height and width of the filter, and the zeros around an image.
pub const FILTER: usize = 7;
const BORDER: usize = FILTER / 2;
/// Numbers of a pixel, and pixels of a row with its border; the tap reaches one pixel farther, with a weight of zero.
const PIXEL: usize = 4;
const ROW: usize = SIDE + 2 * BORDER + 2;
/// Numbers of an image with its border. The last tap of the last window reads up to [`LINE`] numbers beyond.
pub const IMAGE: usize = (SIDE + 2 * BORDER) * ROW * PIXEL;

/// The filters, `(WIDTH, FILTER, LINE)`, and the biases in a weight file.
///
/// # Errors
/// Names the tensor that is missing, misshapen or of another precision.
pub fn read(file: &SafeTensors<'_>) -> Result<(Vec<f32>, Vec<f32>), ContentError> {
    let stem = Convolution {
        name: "conv1".into(),
        norm: "bn1".into(),
        inputs: CHANNELS,
        outputs: WIDTH,
        filter: FILTER,
        stride: 2,
        side: SIDE,
        weight: 0..WIDTH * FILTER * FILTER * CHANNELS,
        bias: 0..WIDTH,
    };
    let (weights, bias) = folding::folded(file, &stem)?;
    let mut spread = vec![0.0; WIDTH * FILTER * LINE];
    for (row, values) in weights.chunks_exact(FILTER * CHANNELS).enumerate() {
        for (column, pixel) in values.chunks_exact(CHANNELS).enumerate() {
            let at = row * LINE + column * PIXEL;
            spread[at..at + CHANNELS].copy_from_slice(pixel);
        }
    }
    Ok((spread, bias))
}

/// The rows of the filter.
pub fn taps() -> Vec<Tap> {
    (0..FILTER)
        .map(|tap| Tap {
            offset: (tap * ROW * PIXEL) as isize,
            packed: tap,
        })
        .collect()
}

/// The windows of images that lie `image` numbers apart.
pub fn view(image: usize) -> View {
    View {
        start: 0,
        image,
        row: 2 * ROW * PIXEL,
        pixel: 2 * PIXEL,
    }
}

/// Calls `put` with the place among [`IMAGE`] numbers, and the value, of every number of `image`, `(CHANNELS, SIDE, SIDE)`.
pub fn spread(image: &[f32], mut put: impl FnMut(usize, f32)) {
    for (channel, plane) in image.chunks_exact(SIDE * SIDE).take(CHANNELS).enumerate() {
        for (row, values) in plane.chunks_exact(SIDE).enumerate() {
            let start = ((row + BORDER) * ROW + BORDER) * PIXEL + channel;
            for (column, value) in values.iter().enumerate() {
                put(start + column * PIXEL, *value);
            }
        }
    }
}

/// For each pixel of the output of a pooling of 3×3 pixels of every second row and column, calls `pool` with the number of
/// that pixel and those of the pixels under it.
pub fn pooled(mut pool: impl FnMut(usize, &[usize])) {
    let quarter = HALF / 2;
    let mut under = Vec::with_capacity(9);
    for pixel in 0..quarter * quarter {
        let (row, column) = (2 * (pixel / quarter), 2 * (pixel % quarter));
        under.clear();
        for row in row.saturating_sub(1)..(row + 2).min(HALF) {
            for column in column.saturating_sub(1)..(column + 2).min(HALF) {
                under.push(row * HALF + column);
            }
        }
        pool(pixel, &under);
    }
}
