//! The product at the heart of every convolution, written once for every instruction set.
//!
//! A tile is a handful of output pixels times one panel of output channels, held in registers while
//! the sum over input channels and filter taps runs. The sum comes in *chunks*: runs of numbers that
//! lie side by side in the input (sixteen channels of a pixel, or seven columns of the grey image
//! under the stem's filter), each chunk at its own distance from the pixel. So one loop serves
//! 1×1, 3×3, strided and stem convolutions and the products of Winograd's method.

use std::ops::Range;

use super::vector::Vector;
use crate::model::fast::block::CHANNELS;

/// Chunks, and bytes of weights, that are asked for ahead of their use.
const CHUNKS_AHEAD: usize = 3;
const WEIGHTS_AHEAD: usize = 4096;

/// The most groups that any kernel takes.
pub const MOST_GROUPS: usize = 6;

/// Cuts `groups` into as few tiles of at most `most` groups as will do, near equal, the larger first:
/// the first tile of a panel waits for its weights, and does so the less the more it does with each.
pub fn cut(groups: Range<usize>, most: usize) -> impl Iterator<Item = Range<usize>> {
    let mut start = groups.start;
    (1..=groups.len().div_ceil(most)).rev().map(move |tiles| {
        let end = start + (groups.end - start).div_ceil(tiles);
        std::mem::replace(&mut start, end)..end
    })
}

/// What to do with a sum before it is stored.
#[derive(Debug, Clone, Copy)]
pub struct Finish {
    /// Factor and addend of each channel of the panel (batch norm). `None`: store the sum as it is.
    pub affine: Option<(*const f32, *const f32)>,
    /// Added before the ReLU; laid out as the output and allowed to be the output itself.
    pub residual: Option<*const f32>,
    pub relu: bool,
}

/// One call of a tile kernel. All distances are in numbers, not bytes.
#[derive(Debug, Clone, Copy)]
pub struct Tile<'a> {
    pub input: *const f32,
    /// Where each group of pixels begins in `input`.
    pub input_at: &'a [u32],
    /// Where each chunk of the sum begins, from the pixel.
    pub chunks: &'a [u32],
    /// The panel: for each chunk, for each number in it, a weight for each channel of the panel.
    pub weights: *const u8,
    pub output: *mut f32,
    /// Where each group of pixels begins in `output`; pixels of a group are `CHANNELS` apart.
    pub output_at: &'a [u32],
    /// From one block of sixteen output channels to the next.
    pub output_plane: usize,
    pub finish: Finish,
}

/// A tile kernel.
///
/// # Safety
/// The processor must have the instruction set that the kernel was built for. `input_at` and
/// `output_at` must hold exactly the kernel's number of groups; every address they lead to with
/// `chunks`, the kernel's pixel step and chunk length must lie within `input`, every output address
/// within `output` (and `residual`), and `weights` must hold the whole panel, aligned to 64 bytes.
/// No other thread may write the input or touch the output meanwhile.
pub type TileKernel = unsafe fn(&Tile<'_>);

/// Adds the products of one number of a chunk to the sums.
///
/// # Safety
/// As [`TileKernel`].
#[inline(always)]
#[expect(
    clippy::needless_range_loop,
    reason = "three arrays run along one index"
)]
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
    // SAFETY: the caller's promise: a pixel's number in the input, a row of the panel.
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

/// The body of every tile kernel: `GROUPS` groups of `PER` pixels that lie `STEP` apart in the
/// input, `VECTORS` vectors of output channels, chunks of `CHUNK` numbers, weights in half
/// precision if `HALF`.
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
    // SAFETY: the caller's promise covers every address below: they are `input_at` + `chunks` +
    // a pixel of the group + a number of the chunk, the panel in order, and the output pixels.
    unsafe {
        let row = VECTORS * V::WIDTH * if HALF { 2 } else { 4 };
        let mut sums = [[[V::zero(); VECTORS]; PER]; GROUPS];
        let pixels: [*const f32; GROUPS] = std::array::from_fn(|group| {
            tile.input.add(*tile.input_at.get_unchecked(group) as usize)
        });
        // A small tile has no time to spare for asking ahead; it comes last, after others have asked.
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
        // One plain pass for each part, which the compiler unrolls whole: an index that it could not
        // resolve would keep the sums in memory, all through the loops above.
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
