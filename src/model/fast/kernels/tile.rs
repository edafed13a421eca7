//! The inner product of every convolution, written once for all instruction sets.
//!
//! A tile is a few output pixels times one panel of output channels, held in registers during the sum over
//! input channels and filter taps. The sum consists of *chunks*: runs of values that are adjacent in the input
//! (sixteen channels of a pixel, or seven columns of the grey image under the stem's filter), each at its own
//! offset from the pixel. So one loop covers 1×1, 3×3, strided and stem convolutions and the products of
//! Winograd's method.

use std::ops::Range;

use super::vector::Vector;
use crate::model::fast::block::CHANNELS;

/// Prefetch distance in chunks, and in bytes of weights.
const CHUNKS_AHEAD: usize = 3;
const WEIGHTS_AHEAD: usize = 4096;

/// Maximum number of groups of a kernel.
pub const MOST_GROUPS: usize = 6;

/// Divides `groups` into the fewest tiles of at most `most` groups, of nearly equal size, the larger ones
/// first: the first tile of a panel waits for its weights, and a larger tile does more work with each weight.
pub fn cut(groups: Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = groups.start;
    (1..=groups.len().div_ceil(most)).rev().map(move |tiles| {
        let end = start + (groups.end - start).div_ceil(tiles);
        std::mem::replace(&mut start, end)..end
    })
}

/// Operations on a sum before it is stored.
#[derive(Debug, Clone, Copy)]
pub struct Finish {
    /// Factor and addend of each channel of the panel (batch norm). `None`: the sum is stored unchanged.
    pub affine: Option<(*const f32, *const f32)>,
    /// Added before the ReLU; has the layout of the output and may be the output itself.
    pub residual: Option<*const f32>,
    pub relu: bool,
}

/// Arguments of a tile kernel. All strides and offsets are in values, not bytes.
#[derive(Debug, Clone, Copy)]
pub struct Tile<'a> {
    pub input: *const f32,
    /// Offset of each group of pixels in `input`.
    pub input_at: &'a [u32],
    /// Offset of each chunk of the sum from the pixel.
    pub chunks: &'a [u32],
    /// The panel: for each chunk, for each value in it, a weight for each channel of the panel.
    pub weights: *const u8,
    pub output: *mut f32,
    /// Offset of each group of pixels in `output`; pixels of a group are `CHANNELS` apart.
    pub output_at: &'a [u32],
    /// Stride from one block of sixteen output channels to the next.
    pub output_plane: usize,
    pub finish: Finish,
}

/// A tile kernel.
///
/// # Safety
/// The processor must have the instruction set that the kernel was built for. `input_at` and `output_at` must
/// hold exactly the kernel's number of groups; every address that they give with `chunks`, the kernel's pixel
/// step and chunk length must be within `input`, every output address within `output` (and `residual`), and
/// `weights` must hold the whole panel, aligned to 64 bytes. No other thread may write the input or access the
/// output during the call.
pub type TileKernel = unsafe fn(&Tile<'_>);

/// Adds the products of one value of a chunk to the sums.
///
/// # Safety
/// As [`TileKernel`].
#[inline(always)]
#[expect(clippy::needless_range_loop, reason = "three arrays share one index")]
unsafe fn accumulate<
    V: Vector,
    const GROUPS: usize,
    const PER: usize,
    const STEP: usize,
    const VECTORS: usize,
    const HALF: bool,
>(
    sums: &mut [[[V; VECTORS]; PER]; GROUPS],
    inputs: &[*const f32; GROUPS],
    weights: *const u8,
    number: usize,
) {
    // SAFETY: guaranteed by the caller: a value of each pixel in the input, a row of the panel.
    unsafe {
        let panel: [V; VECTORS] = std::array::from_fn(|vector| {
            let at = (number * VECTORS + vector) * V::WIDTH;
            if HALF {
                V::load_half(weights.cast::<u16>().add(at))
            } else {
                V::load(weights.cast::<f32>().add(at))
            }
        });
        for group in 0..GROUPS {
            for pixel in 0..PER {
                let value = V::splat(*inputs[group].add(pixel * STEP + number));
                for vector in 0..VECTORS {
                    sums[group][pixel][vector] =
                        value.multiply_add(panel[vector], sums[group][pixel][vector]);
                }
            }
        }
    }
}

/// The body of every tile kernel: `GROUPS` groups of `PER` pixels with stride `STEP` in the input, `VECTORS`
/// vectors of output channels, chunks of `CHUNK` values, weights in half precision if `HALF`.
///
/// # Safety
/// As [`TileKernel`].
#[inline(always)]
pub unsafe fn tile<
    V: Vector,
    const GROUPS: usize,
    const PER: usize,
    const STEP: usize,
    const VECTORS: usize,
    const CHUNK: usize,
    const HALF: bool,
>(
    tile: &Tile<'_>,
) {
    debug_assert!(tile.input_at.len() == GROUPS && tile.output_at.len() == GROUPS);
    // SAFETY: the caller's guarantee covers every address below: they are `input_at` + `chunks` + a pixel of
    // the group + a value of the chunk, the panel in order, and the output pixels.
    unsafe {
        let row = VECTORS * V::WIDTH * if HALF { 2 } else { 4 };
        let mut sums = [[[V::zero(); VECTORS]; PER]; GROUPS];
        let pixels: [*const f32; GROUPS] = std::array::from_fn(|group| {
            tile.input.add(*tile.input_at.get_unchecked(group) as usize)
        });
        // A small tile has no time for prefetching; it comes last, after others have prefetched.
        let ahead = 2 * GROUPS * PER * VECTORS > V::SUMS;
        let mut weights = tile.weights;
        for &start in tile.output_at {
            for block in 0..VECTORS * V::WIDTH / CHANNELS {
                for pixel in 0..PER {
                    let at = start as usize + block * tile.output_plane + pixel * CHANNELS;
                    V::prefetch(tile.output.wrapping_add(at).cast_const().cast());
                }
            }
        }
        for (at, &chunk) in tile.chunks.iter().enumerate() {
            if let (true, Some(&later)) = (ahead, tile.chunks.get(at + CHUNKS_AHEAD)) {
                for group in pixels {
                    for pixel in 0..PER {
                        V::prefetch(group.wrapping_add(later as usize + pixel * STEP).cast());
                    }
                }
            }
            if ahead {
                for line in 0..CHUNK * row / 64 {
                    V::prefetch(weights.wrapping_add(WEIGHTS_AHEAD + line * 64));
                }
            }
            let inputs: [*const f32; GROUPS] =
                std::array::from_fn(|group| pixels[group].add(chunk as usize));
            for number in 0..CHUNK {
                accumulate::<V, GROUPS, PER, STEP, VECTORS, HALF>(
                    &mut sums, &inputs, weights, number,
                );
            }
            weights = weights.add(CHUNK * row);
        }
        // One plain pass for each part, which the compiler unrolls completely: an index that is unknown at
        // compile time would keep the sums in memory throughout the loops above.
        if let Some((factor, addend)) = tile.finish.affine {
            let factors: [V; VECTORS] =
                std::array::from_fn(|at| V::load(factor.add(at * V::WIDTH)));
            let addends: [V; VECTORS] =
                std::array::from_fn(|at| V::load(addend.add(at * V::WIDTH)));
            for group in &mut sums {
                for pixel in group {
                    for vector in 0..VECTORS {
                        pixel[vector] =
                            pixel[vector].multiply_add(factors[vector], addends[vector]);
                    }
                }
            }
        }
        let planes: [usize; VECTORS] = std::array::from_fn(|vector| {
            vector * V::WIDTH / CHANNELS * tile.output_plane + vector * V::WIDTH % CHANNELS
        });
        if let Some(residual) = tile.finish.residual {
            for (group, &start) in sums.iter_mut().zip(tile.output_at) {
                for (at, pixel) in group.iter_mut().enumerate() {
                    for vector in 0..VECTORS {
                        let from = residual.add(start as usize + at * CHANNELS + planes[vector]);
                        pixel[vector] = pixel[vector].add(V::load(from));
                    }
                }
            }
        }
        if tile.finish.relu {
            for group in &mut sums {
                for pixel in group {
                    for vector in pixel {
                        *vector = vector.max(V::zero());
                    }
                }
            }
        }
        for (group, &start) in sums.iter().zip(tile.output_at) {
            for (at, pixel) in group.iter().enumerate() {
                for vector in 0..VECTORS {
                    pixel[vector].store(
                        tile.output
                            .add(start as usize + at * CHANNELS + planes[vector]),
                    );
                }
            }
        }
    }
}
