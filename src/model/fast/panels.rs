//! Weights in the order in which the kernels read them, packed once at load.

use super::block::{Block, CHANNELS};

/// A filter bank in the order of the weight file: `[output channel][input channel][row][column]`.
#[derive(Debug, Clone, Copy)]
pub struct Filters<'file> {
    pub outputs: usize,
    pub inputs: usize,
    /// Height and width of the square filter.
    pub side: usize,
    pub numbers: Numbers<'file>,
}

/// Little-endian values of a weight file, in the file's precision.
#[derive(Debug, Clone, Copy)]
pub enum Numbers<'file> {
    Half(&'file [[u8; 2]]),
    Single(&'file [[u8; 4]]),
}

impl Numbers<'_> {
    /// Values `from`, `from + 1`, … as `f32`, until `to` is full or there are no more.
    pub fn widen(self, from: usize, to: &mut [f32]) {
        match self {
            Self::Half(numbers) => {
                for (to, bytes) in to.iter_mut().zip(numbers.iter().skip(from)) {
                    *to = half_to_single(u16::from_le_bytes(*bytes));
                }
            }
            Self::Single(numbers) => {
                for (to, bytes) in to.iter_mut().zip(numbers.iter().skip(from)) {
                    *to = f32::from_le_bytes(*bytes);
                }
            }
        }
    }
}

/// Converts a half-precision value by moving its fields; exact, including infinities and subnormals.
fn half_to_single(bits: u16) -> f32 {
    // After the shift the exponent is 112 too small; multiplication by 2^112 corrects it and normalises
    // subnormals.
    let magnitude =
        f32::from_bits(u32::from(bits & 0x7fff) << 13) * f32::from_bits((127 + 112) << 23);
    let magnitude = if bits & 0x7c00 == 0x7c00 {
        magnitude.to_bits() | 0x7f80_0000
    } else {
        magnitude.to_bits()
    };
    f32::from_bits(magnitude | u32::from(bits & 0x8000) << 16)
}

/// Two rows of sixteen, or one of thirty-two, half-precision weights: one cache line.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
struct HalfLine([u16; 2 * CHANNELS]);

/// Packed weights: `[panel][product][chunk][value of the chunk][channel of the panel]`. Only Winograd's method
/// has more than one product.
#[derive(Debug)]
pub struct Panels {
    lines: Lines,
    /// Stride from one panel to the next, in bytes.
    bytes: usize,
}

#[derive(Debug)]
enum Lines {
    Half(Box<[HalfLine]>),
    Single(Box<[Block]>),
}

impl Panels {
    /// Packs `filters` for panels of `width` channels. `half`: keep half precision if the file has it.
    ///
    /// The sum over a filter runs over blocks of sixteen channels, and within a block over the taps, so that
    /// the neighbourhood of a tile stays in the first-level cache for all taps. Filters with fewer than sixteen
    /// input channels (the stem) keep the order of the file.
    pub fn pack(filters: &Filters<'_>, width: usize, half: bool) -> Self {
        let taps = filters.side * filters.side;
        let sum = filters.inputs * taps;
        let bytes_per_number = match filters.numbers {
            Numbers::Half(_) if half => 2,
            _ => 4,
        };
        let numbers = filters.outputs * sum;
        let lines = match filters.numbers {
            Numbers::Half(source) if half => {
                let mut lines = vec![HalfLine([0; 2 * CHANNELS]); numbers.div_ceil(2 * CHANNELS)]
                    .into_boxed_slice();
                scatter(filters, width, |from, to| {
                    if let (Some(bytes), Some(line)) =
                        (source.get(from), lines.get_mut(to / (2 * CHANNELS)))
                    {
                        line.0[to % (2 * CHANNELS)] = u16::from_le_bytes(*bytes);
                    }
                });
                Lines::Half(lines)
            }
            source => {
                let mut lines = vec![Block::ZERO; numbers.div_ceil(CHANNELS)].into_boxed_slice();
                scatter(filters, width, |from, to| {
                    let mut number = [0.0];
                    source.widen(from, &mut number);
                    if let Some(line) = lines.get_mut(to / CHANNELS) {
                        line.0[to % CHANNELS] = number[0];
                    }
                });
                Lines::Single(lines)
            }
        };
        Self {
            lines,
            bytes: width * sum * bytes_per_number,
        }
    }

    /// Packs the transformed filters of Winograd's method: a product for each of the (`size` + 2)² values of a
    /// transformed 3×3 filter. In single precision, because the transform loses accuracy.
    pub fn transform(filters: &Filters<'_>, width: usize, size: usize) -> Self {
        let products = (size + 2) * (size + 2);
        let mut lines = vec![Block::ZERO; filters.outputs * filters.inputs * products / CHANNELS]
            .into_boxed_slice();
        let mut rows = vec![0.0; filters.inputs * 9];
        for output in 0..filters.outputs {
            filters.numbers.widen(output * rows.len(), &mut rows);
            let first = output / width * products * filters.inputs;
            for (input, filter) in rows.as_chunks::<9>().0.iter().enumerate() {
                let transformed = super::winograd::transform_filter(filter, size);
                for (product, number) in transformed.iter().take(products).enumerate() {
                    let to = (first + product * filters.inputs + input) * width + output % width;
                    if let Some(line) = lines.get_mut(to / CHANNELS) {
                        line.0[to % CHANNELS] = *number;
                    }
                }
            }
        }
        Self {
            lines: Lines::Single(lines),
            bytes: width * filters.inputs * products * 4,
        }
    }

    /// True if the weights are in half precision.
    pub fn half(&self) -> bool {
        matches!(self.lines, Lines::Half(_))
    }

    /// Pointer to the first byte of a panel, aligned to 64 bytes; the panel is contiguous.
    pub fn panel(&self, panel: usize) -> *const u8 {
        let (start, len) = match &self.lines {
            Lines::Half(lines) => (lines.as_ptr().cast::<u8>(), size_of_val::<[_]>(lines)),
            Lines::Single(lines) => (lines.as_ptr().cast::<u8>(), size_of_val::<[_]>(lines)),
        };
        assert!(
            (panel + 1) * self.bytes <= len,
            "panel {panel} is outside the packed weights"
        );
        start.wrapping_add(panel * self.bytes)
    }
}

/// Calls `place` with the index of every value in the file and in the panels.
fn scatter(filters: &Filters<'_>, width: usize, mut place: impl FnMut(usize, usize)) {
    let taps = filters.side * filters.side;
    let sum = filters.inputs * taps;
    for output in 0..filters.outputs {
        let from = output * sum;
        let to = output / width * width * sum + output % width;
        if filters.inputs < CHANNELS || taps == 1 {
            for at in 0..sum {
                place(from + at, to + at * width);
            }
        } else {
            for input in 0..filters.inputs {
                let block = input / CHANNELS * CHANNELS * taps + input % CHANNELS;
                for tap in 0..taps {
                    place(
                        from + input * taps + tap,
                        to + (block + tap * CHANNELS) * width,
                    );
                }
            }
        }
    }
}
