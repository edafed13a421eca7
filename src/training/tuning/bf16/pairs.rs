//! Gradients of filters: sums over pixels, two images at a time.
//!
//! The processor multiplies and adds numbers in pairs. A sum over pixels pairs each pixel of one image with the same pixel of
//! the next, so that no tap of a filter splits a pair.

use rayon::prelude::*;

use crate::model::bf16::amx::{self, Product, Shape, Tiles};
use crate::model::bf16::kernel::{self, Outer, PIXELS, ROWS};
use crate::model::bf16::memory::{LINE, Memory, widened};
use crate::model::bf16::view::View;

/// The order of numbers within a row of pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// `[column][LINE][2]`: the right factors of a sum over pixels.
    ByPixel,
    /// `[LINE][column][2]`: the left factors.
    ByChannel,
}

/// Channels of pixels, interleaved: `[panel of LINE channels][pair of images][row]`, and within a row as [`Order`] says.
#[derive(Debug, Clone, Default)]
pub struct Pairs {
    memory: Memory,
    channels: usize,
    images: usize,
    side: usize,
}

impl Pairs {
    /// Room for `numbers` numbers of `images` images.
    pub fn zeroed(images: usize, numbers: usize) -> Self {
        Self {
            memory: Memory::zeroed(images.next_multiple_of(2) * numbers),
            ..Self::default()
        }
    }

    /// Numbers of a pair of images in one panel.
    fn pair(&self) -> usize {
        self.side * self.side * 2 * LINE
    }

    /// Interleaves `images` images of `side` × `side` pixels of `from`; an image too few counts as zeros. Returns the sum
    /// of each channel over all pixels.
    pub fn interleave(
        &mut self,
        order: Order,
        from: &Memory,
        view: View,
        images: usize,
        side: usize,
        channels: usize,
    ) -> Vec<f32> {
        assert!(channels.is_multiple_of(LINE));
        assert!(view.extent(images, side, channels) <= from.count());
        (self.channels, self.images, self.side) = (channels, images, side);
        let (pairs, pair) = (images.div_ceil(2), self.pair());
        let numbers = self.memory.numbers_mut();
        let sums: Vec<[f32; LINE]> = numbers[..channels / LINE * pairs * pair]
            .par_chunks_exact_mut(pair)
            .enumerate()
            .map(|(place, pair)| {
                let (panel, first) = (place / pairs, 2 * (place % pairs));
                let mut sums = [0.0; LINE];
                for (row, to) in pair.chunks_exact_mut(2 * side * LINE).enumerate() {
                    for column in 0..side {
                        let at = view.start + row * view.row + column * view.pixel + panel * LINE;
                        let pixel = |image: usize| -> [u16; LINE] {
                            if image >= images {
                                return [0; LINE];
                            }
                            // SAFETY: the extent was checked above.
                            unsafe {
                                from.as_ptr()
                                    .add(at + image * view.image)
                                    .cast::<[u16; LINE]>()
                                    .read_unaligned()
                            }
                        };
                        let (a, b) = (pixel(first), pixel(first + 1));
                        for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(&b)) {
                            *sum += widened(*a) + widened(*b);
                        }
                        let (start, distance) = match order {
                            Order::ByPixel => (2 * LINE * column, 2),
                            Order::ByChannel => (2 * column, 2 * side),
                        };
                        let to = to[start..].chunks_mut(distance);
                        for (to, (a, b)) in to.zip(a.iter().zip(&b)) {
                            to[..2].copy_from_slice(&[*a, *b]);
                        }
                    }
                }
                sums
            })
            .collect();
        (sums.chunks(pairs.max(1)))
            .flat_map(|of_panel| {
                let mut sum = [0.0; LINE];
                for part in of_panel {
                    sum.iter_mut()
                        .zip(part)
                        .for_each(|(sum, part)| *sum += part);
                }
                sum
            })
            .collect()
    }
}

/// Memory of gradients that several threads write, each its own part.
#[derive(Clone, Copy)]
struct Shared(*mut f32);

// SAFETY: tasks write different filters and channels, see `learn`.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

impl Shared {
    /// The address; a method, so that closures capture the whole value.
    fn address(self) -> *mut f32 {
        self.0
    }
}

/// Writes the gradient of filters, `(outputs, filter, filter, inputs)`, from the upstream gradient, by channel, and the
/// convolution's input, by pixel, which has a border where `filter` is 3.
///
/// # Panics
/// The shapes do not fit each other, or the processor lacks the instructions.
pub fn learn(upstream: &Pairs, input: &Pairs, filter: usize, stride: usize, gradients: &mut [f32]) {
    learn_by(
        amx::is_available(),
        upstream,
        input,
        filter,
        stride,
        gradients,
    );
}

/// As [`learn`], by AMX or by AVX-512.
pub fn learn_by(
    by_tiles: bool,
    upstream: &Pairs,
    input: &Pairs,
    filter: usize,
    stride: usize,
    gradients: &mut [f32],
) {
    assert!(
        crate::model::bf16::is_available(),
        "a processor without AVX-512 BF16"
    );
    let side = upstream.side;
    assert_eq!(upstream.images, input.images);
    assert!(side.is_multiple_of(PIXELS));
    assert!(input.side >= (side - 1) * stride + filter);
    let taps = filter * filter;
    let window = taps * input.channels;
    assert_eq!(gradients.len(), upstream.channels * window);
    let pairs = upstream.images.div_ceil(2);
    let panels = input.channels / LINE;
    let to = Shared(gradients.as_mut_ptr());
    let tasks = upstream.channels / LINE * panels;
    let steps = steps(upstream, input, stride);
    (0..tasks).into_par_iter().for_each(|task| {
        let (outputs, inputs) = (task / panels, task % panels);
        for tap in 0..taps {
            let (down, across) = (tap / filter, tap % filter);
            let shifted = (down * input.side + across) * 2 * LINE;
            // SAFETY: every task has panels of its own of the gradients; sizes were checked above.
            unsafe {
                let sums = Sums {
                    upstream: upstream
                        .memory
                        .as_ptr()
                        .add(outputs * pairs * upstream.pair()),
                    input: (input.memory.as_ptr()).add(inputs * pairs * input.pair() + shifted),
                    to: (to.address())
                        .add(outputs * LINE * window + tap * input.channels + inputs * LINE),
                    window,
                };
                if by_tiles {
                    sums.by_tiles(&steps, side, stride);
                } else {
                    sums.by_vectors(upstream, input, stride);
                }
            }
        }
    });
}

/// Distances, in bytes, of each [`PIXELS`] pixels of a panel, in the upstream gradient and in the input.
fn steps(upstream: &Pairs, input: &Pairs, stride: usize) -> Vec<[isize; 2]> {
    let side = upstream.side;
    let mut steps = Vec::new();
    for pair in 0..upstream.images.div_ceil(2) {
        for row in 0..side {
            for column in (0..side).step_by(PIXELS) {
                let left = pair * upstream.pair() + 2 * (row * LINE * side + column);
                let right = pair * input.pair() + 2 * LINE * stride * (row * input.side + column);
                steps.push([left, right].map(|numbers| (numbers * size_of::<u16>()) as isize));
            }
        }
    }
    steps
}

/// The gradients of one tap for a panel of outputs and a panel of inputs.
struct Sums {
    /// The panels' first pairs, that of the input under the tap.
    upstream: *const u16,
    input: *const u16,
    /// The first of the gradients, and numbers from an output to the next.
    to: *mut f32,
    window: usize,
}

impl Sums {
    /// # Safety
    /// As for [`Tiles::multiply`].
    unsafe fn by_tiles(&self, steps: &[[isize; 2]], side: usize, stride: usize) {
        const HALF: usize = LINE / 2;
        let channel = 2 * side;
        // SAFETY: the caller's promise; tiles are configured nowhere else on this thread meanwhile.
        unsafe {
            Tiles::new(Shape::Gradient).multiply(&Product {
                steps,
                left: [self.upstream, self.upstream.add(HALF * channel)],
                left_row: channel * size_of::<u16>(),
                right: self.input,
                right_row: 2 * LINE * stride * size_of::<u16>(),
                sums: [self.to, self.to.add(HALF * self.window)],
                sums_row: self.window * size_of::<f32>(),
            });
        }
    }

    /// # Safety
    /// As for [`kernel::outer`].
    unsafe fn by_vectors(&self, upstream: &Pairs, input: &Pairs, stride: usize) {
        let side = upstream.side;
        for pair in 0..upstream.images.div_ceil(2) {
            for rows in (0..LINE).step_by(ROWS) {
                // SAFETY: the caller's promise.
                unsafe {
                    kernel::outer(&Outer {
                        upstream: self.upstream.add(pair * upstream.pair() + 2 * side * rows),
                        upstream_channel: 2 * side,
                        upstream_row: 2 * side * LINE,
                        input: self.input.add(pair * input.pair()),
                        input_pixel: stride * 2 * LINE,
                        input_row: stride * input.side * 2 * LINE,
                        side,
                        sums: self.to.add(rows * self.window),
                        filter: self.window,
                        onto: pair > 0,
                    });
                }
            }
        }
    }
}
