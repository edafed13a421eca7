//! Gradients of filters: sums over pixels, two images at a time.
//!
//! The processor multiplies and adds numbers in pairs. A sum over pixels pairs each pixel of one image with the same
//! pixel of the next, so that no tap of a filter tears a pair apart.

use rayon::prelude::*;

use super::kernel::{self, Outer, ROWS};
use super::memory::{LINE, Memory, widened};
use super::view::View;

/// Channels of pixels, interleaved: `[panel of LINE channels][pair of images][row][column][LINE][2]`.
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
        from: &Memory,
        view: View,
        images: usize,
        side: usize,
        channels: usize,
    ) -> Vec<f32> {
        assert!(channels.is_multiple_of(LINE));
        assert!(view.extent(images, side, channels) <= from.count());
        (self.channels, self.images, self.side) = (channels, images, side);
        let (pairs, pair) = (images.div_ceil(2), self.pair() / LINE);
        let lines = self.memory.lines_mut();
        let sums: Vec<[f32; LINE]> = lines[..channels / LINE * pairs * pair]
            .par_chunks_exact_mut(pair)
            .enumerate()
            .map(|(place, lines)| {
                let (panel, first) = (place / pairs, 2 * (place % pairs));
                let mut sums = [0.0; LINE];
                for (pixel, two) in lines.chunks_exact_mut(2).enumerate() {
                    let (row, column) = (pixel / side, pixel % side);
                    let at = view.start + row * view.row + column * view.pixel + panel * LINE;
                    let numbers = |image: usize| -> [u16; LINE] {
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
                    let (a, b) = (numbers(first), numbers(first + 1));
                    for (sum, (a, b)) in sums.iter_mut().zip(a.iter().zip(&b)) {
                        *sum += widened(*a) + widened(*b);
                    }
                    let [low, high] = two else { continue };
                    for channel in 0..LINE / 2 {
                        low.0[2 * channel] = a[channel];
                        low.0[2 * channel + 1] = b[channel];
                        high.0[2 * channel] = a[channel + LINE / 2];
                        high.0[2 * channel + 1] = b[channel + LINE / 2];
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

/// Writes the gradient of filters, `(outputs, filter, filter, inputs)`, from the upstream gradient and the convolution's input,
/// which has a border where `filter` is 3.
///
/// # Panics
/// The shapes do not fit each other, or the processor lacks the instructions.
pub fn learn(upstream: &Pairs, input: &Pairs, filter: usize, stride: usize, gradients: &mut [f32]) {
    assert!(super::is_available(), "a processor without AVX-512 BF16");
    let side = upstream.side;
    assert_eq!(upstream.images, input.images);
    assert!(input.side >= (side - 1) * stride + filter);
    let taps = filter * filter;
    let window = taps * input.channels;
    assert_eq!(gradients.len(), upstream.channels * window);
    let pairs = upstream.images.div_ceil(2);
    let panels = input.channels / LINE;
    let to = Shared(gradients.as_mut_ptr());
    let tasks = upstream.channels / LINE * panels;
    (0..tasks).into_par_iter().for_each(|task| {
        let (outputs, inputs) = (task / panels, task % panels);
        for pair in 0..pairs {
            let upstream_at = (outputs * pairs + pair) * upstream.pair();
            let input_at = (inputs * pairs + pair) * input.pair();
            for tap in 0..taps {
                let (down, across) = (tap / filter, tap % filter);
                let shifted = (down * input.side + across) * 2 * LINE;
                for rows in (0..LINE).step_by(ROWS) {
                    let output = outputs * LINE + rows;
                    // SAFETY: every task has panels of its own of the gradients; sizes were checked above.
                    unsafe {
                        kernel::outer(&Outer {
                            upstream: upstream.memory.as_ptr().add(upstream_at + 2 * rows),
                            upstream_row: side * 2 * LINE,
                            input: input.memory.as_ptr().add(input_at + shifted),
                            input_pixel: stride * 2 * LINE,
                            input_row: stride * input.side * 2 * LINE,
                            side,
                            sums: to
                                .address()
                                .add(output * window + tap * input.channels + inputs * LINE),
                            filter: window,
                            onto: pair > 0,
                        });
                    }
                }
            }
        }
    });
}
