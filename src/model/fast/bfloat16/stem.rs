//! The stem: 7×7 convolution of stride 2, batch norm, ReLU and 3×3 max pooling, in strips.
//!
//! The pixels of a row lie four numbers apart, the fourth being zero, so that eight of them, 32 numbers, are a tap: the
//! filter has seven taps.

use super::convolution::{Factors, two_groups};
use super::layout::Layout;
use super::method::{Method, Multiplier};
use super::store::Finish;
use super::walk::{Group, NOWHERE, PIXELS};
use crate::model::bf16::filters::Filters as Packed;
use crate::model::bf16::memory::{LINE, rounded};
use crate::model::fast::block::Span;
use crate::model::fast::convolution::Affine;
use crate::model::fast::panels::Filters;

/// Channels of the output.
pub const WIDTH: usize = 64;
/// Channels of an image, and numbers of a pixel in memory.
const CHANNELS: usize = 3;
const PIXEL: usize = 4;
/// Height and width of the filter, and zeros around the image.
const FILTER: usize = 7;
const BORDER: usize = FILTER / 2;
/// Rows of the output that a task computes; a convolved row of nine is computed twice.
const STRIP: usize = 4;
/// Convolved rows of a strip.
const ROWS: usize = 2 * STRIP + 1;
/// Rows of an image that a task of [`Stem::spread`] copies.
const SPREAD: usize = 32;

/// The filters of the stem.
#[derive(Debug)]
pub struct Stem {
    filters: Packed,
    affine: Affine,
}

/// Sizes of an image, after the convolution and after the pooling.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    pub height: usize,
    pub width: usize,
}

impl Sizes {
    fn convolved(self) -> (usize, usize) {
        (self.height.div_ceil(2), self.width.div_ceil(2))
    }

    /// Height and width of the output.
    pub fn pooled(self) -> (usize, usize) {
        let (rows, columns) = self.convolved();
        (rows.div_ceil(2), columns.div_ceil(2))
    }

    /// Numbers from a row of the spread image to the next: with the border and the pixel that the last tap reaches.
    fn row(self) -> usize {
        (self.width.next_multiple_of(2) + 2 * BORDER + 2) * PIXEL
    }

    /// Numbers of the spread image and of what tiles may read beyond.
    pub fn spread(self) -> usize {
        (self.height.next_multiple_of(2) + 2 * BORDER) * self.row() + 2 * PIXELS * PIXEL + LINE
    }

    /// Tasks of [`Stem::spread`].
    pub fn spread_tasks(self) -> usize {
        self.height.div_ceil(SPREAD)
    }

    /// Numbers from a convolved row of a strip to the next: with a pixel of zeros on both sides.
    fn strip_row(self) -> usize {
        (self.convolved().1 + 2) * WIDTH
    }

    /// Numbers of the convolved rows of a strip.
    pub fn strip(self) -> usize {
        ROWS * self.strip_row()
    }

    /// Tasks of [`Stem::run`].
    pub fn tasks(self) -> usize {
        self.pooled().0.div_ceil(STRIP)
    }
}

impl Stem {
    /// Packs `filters`, `(64, 3, 7, 7)`.
    pub fn new(filters: &Filters<'_>, affine: Affine) -> Self {
        let taps = FILTER * FILTER;
        let mut rows = vec![0.0; WIDTH * FILTER * LINE];
        let mut filter = vec![0.0; CHANNELS * taps];
        for (output, row) in rows.chunks_exact_mut(FILTER * LINE).enumerate() {
            filters.numbers.widen(output * filter.len(), &mut filter);
            for (at, value) in filter.iter().enumerate() {
                let (channel, tap) = (at / taps, at % taps);
                row[tap / FILTER * LINE + tap % FILTER * PIXEL + channel] = *value;
            }
        }
        let mut filters = Packed::zeroed(WIDTH, FILTER, LINE, false);
        filters.pack(&rows, WIDTH, FILTER, LINE);
        Self { filters, affine }
    }

    /// Copies some rows of `image`, `(channels, height, width)` with one or three channels, to `spread`, whose border
    /// stays zero.
    ///
    /// # Safety
    /// No other code may access these rows of `spread` during the call.
    pub unsafe fn spread(task: usize, image: &[f32], sizes: Sizes, spread: Span<'_>) {
        assert!(2 * spread.count() >= sizes.spread());
        let pixels = sizes.height * sizes.width;
        let to: *mut u16 = spread.as_mut_ptr().cast();
        for row in task * SPREAD..((task + 1) * SPREAD).min(sizes.height) {
            let start = (row + BORDER) * sizes.row() + BORDER * PIXEL;
            for channel in 0..CHANNELS {
                // A grey image is three equal channels.
                let plane = if image.len() > pixels {
                    channel * pixels
                } else {
                    0
                };
                let from = plane + row * sizes.width;
                let values = image.get(from..from + sizes.width).unwrap_or_default();
                for (column, value) in values.iter().enumerate() {
                    // SAFETY: within the spread image, whose size was checked.
                    unsafe {
                        to.add(start + column * PIXEL + channel)
                            .write(rounded(*value))
                    };
                }
            }
        }
    }

    /// Computes a strip of the output, in the order of `layout`, from a spread image.
    ///
    /// # Safety
    /// `method` is available; no other code may access `own` or this strip of `output`, or write `spread`, during the call.
    pub unsafe fn run(
        &self,
        method: Method,
        task: usize,
        sizes: Sizes,
        (spread, own, output): (Span<'_>, Span<'_>, Span<'_>),
        layout: Layout,
    ) {
        let ((convolved, columns), (pooled, _)) = (sizes.convolved(), sizes.pooled());
        assert!(2 * spread.count() >= sizes.spread() && 2 * own.count() >= sizes.strip());
        assert!(2 * output.count() >= layout.places(1) * WIDTH);
        assert!((layout.height, layout.width) == sizes.pooled());
        let strip: *mut u16 = own.as_mut_ptr().cast();
        let image: *const u16 = spread.as_mut_ptr().cast();
        let (row_numbers, strip_row) = (sizes.row(), sizes.strip_row());
        let rows = task * STRIP..((task + 1) * STRIP).min(pooled);
        let tap = |tap: usize| {
            let filters = tap * LINE * LINE;
            [tap * row_numbers, filters].map(|numbers| (numbers * size_of::<u16>()) as isize)
        };
        let steps: Vec<[isize; 2]> = (0..FILTER).map(tap).collect();
        // SAFETY: the caller promises that the method is available; this thread has no other multiplier.
        let multiplier = unsafe { Multiplier::new(method) };
        // The first convolved row is that above the first pooled one.
        for line in 0..2 * rows.len() + 1 {
            let to = line * strip_row;
            let row = (2 * rows.start + line).wrapping_sub(1);
            // SAFETY: only this thread uses the strip. No value is negative after the ReLU, so zeros pad the maximum.
            unsafe {
                if row >= convolved {
                    strip.add(to).write_bytes(0, strip_row);
                    continue;
                }
                strip.add(to).write_bytes(0, WIDTH);
                strip.add(to + strip_row - WIDTH).write_bytes(0, WIDTH);
            }
            let group = |first: usize| {
                let place = |at: usize| match first + at < columns {
                    true => (to + (first + at + 1) * WIDTH) as u32,
                    false => NOWHERE,
                };
                Group {
                    input: 2 * row * row_numbers + 2 * first * PIXEL,
                    to: std::array::from_fn(place),
                }
            };
            for first in (0..columns).step_by(2 * PIXELS) {
                let pair = [group(first), group((first + PIXELS).min(columns))];
                let count = if first + PIXELS < columns { 2 } else { 1 };
                for channel in (0..WIDTH).step_by(LINE) {
                    let blocks = channel / (LINE / 2);
                    // SAFETY: windows are within the spread image or its tail, and outputs within the strip.
                    unsafe {
                        let left = [pair[0].input, pair[count - 1].input];
                        let finish = Finish {
                            factor: self.affine.factor[blocks..].as_ptr().cast(),
                            addend: self.affine.addend[blocks..].as_ptr().cast(),
                            output: strip.add(channel),
                            residual: false,
                            relu: true,
                        };
                        let factors = Factors {
                            left: left.map(|numbers| image.add(numbers)),
                            pixel: 2 * PIXEL * size_of::<u16>(),
                            filters: (self.filters.forward.as_ptr()).add(channel * FILTER * LINE),
                        };
                        two_groups(
                            method,
                            &multiplier,
                            &steps,
                            factors,
                            &finish,
                            &pair[..count],
                        );
                    }
                }
            }
        }
        drop(multiplier);
        // SAFETY: only this thread uses the strip, which was written above.
        let strip = unsafe { std::slice::from_raw_parts(strip.cast_const(), sizes.strip()) };
        for row in rows.clone() {
            let above = &strip[2 * (row - rows.start) * strip_row..][..3 * strip_row];
            for column in 0..layout.width {
                let most = most(above, strip_row, 2 * column * WIDTH);
                let to = layout.place(row, column) * WIDTH;
                // SAFETY: the place is within the output; only this task writes it.
                unsafe {
                    let output: *mut u16 = output.as_mut_ptr().cast();
                    output
                        .add(to)
                        .copy_from_nonoverlapping(most.as_ptr(), WIDTH);
                }
            }
        }
    }
}

/// The maximum of each channel over three rows and three pixels from number `first` on. A bfloat16 that is not negative
/// is ordered as the integer of its bits.
fn most(rows: &[u16], row: usize, first: usize) -> [u16; WIDTH] {
    let mut most = [0; WIDTH];
    for line in rows.chunks_exact(row) {
        // The last pixel's window ends at the zeros, or before them where the width is even.
        let pixels = line.get(first..).unwrap_or_default();
        for pixel in pixels.as_chunks::<WIDTH>().0.iter().take(3) {
            for (most, value) in most.iter_mut().zip(pixel) {
                *most = (*most).max(*value as i16);
            }
        }
    }
    most.map(|value: i16| value as u16)
}
