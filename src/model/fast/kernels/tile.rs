//! The product at the heart of every convolution, written once for every instruction set.
//!
//! A tile is a handful of output pixels times one panel of output channels, held in registers while
//! the sum over input channels and filter taps runs. The sum comes in *chunks*: runs of numbers that
//! lie side by side in the input (sixteen channels of a pixel, or seven columns of the grey image
//! under the stem's filter), each chunk at its own distance from the pixel. So one loop serves
//! 1×1, 3×3, strided and stem convolutions and the products of Winograd's method.

use super::vector::Vector;
use crate::model::fast::block::CHANNELS;

/// Chunks, and bytes of weights, that are asked for ahead of their use.
const AHEAD: usize = 3;
const WEIGHTS_AHEAD: usize = 4096;

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
        let mut sums = [[[V::zero(); VECTORS]; PER]; GROUPS];
        let pixels: [*const f32; GROUPS] = std::array::from_fn(|group| {
            tile.input.add(*tile.input_at.get_unchecked(group) as usize)
        });
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
            if let Some(&ahead) = tile.chunks.get(at + AHEAD) {
                for group in 0..GROUPS {
                    for pixel in 0..PER {
                        V::prefetch(
                            pixels[group]
                                .wrapping_add(ahead as usize + pixel * STEP)
                                .cast(),
                        );
                    }
                }
            }
            for line in 0..CHUNK * VECTORS * V::WIDTH * if HALF { 2 } else { 4 } / 64 {
                V::prefetch(weights.wrapping_add(WEIGHTS_AHEAD + line * 64));
            }
            let inputs: [*const f32; GROUPS] =
                std::array::from_fn(|group| pixels[group].add(chunk as usize));
            for number in 0..CHUNK {
                let panel: [V; VECTORS] = std::array::from_fn(|vector| {
                    if HALF {
                        V::load_half(weights.cast::<u16>().add(vector * V::WIDTH))
                    } else {
                        V::load(weights.cast::<f32>().add(vector * V::WIDTH))
                    }
                });
                weights = weights.add(VECTORS * V::WIDTH * if HALF { 2 } else { 4 });
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
        for vector in 0..VECTORS {
            let channel = vector * V::WIDTH;
            let plane = channel / CHANNELS * tile.output_plane + channel % CHANNELS;
            let affine = tile.finish.affine.map(|(factor, addend)| {
                (V::load(factor.add(channel)), V::load(addend.add(channel)))
            });
            for group in 0..GROUPS {
                let start = *tile.output_at.get_unchecked(group) as usize + plane;
                for pixel in 0..PER {
                    let at = start + pixel * CHANNELS;
                    let mut sum = sums[group][pixel][vector];
                    if let Some((factor, addend)) = affine {
                        sum = sum.multiply_add(factor, addend);
                    }
                    if let Some(residual) = tile.finish.residual {
                        sum = sum.add(V::load(residual.add(at)));
                    }
                    if tile.finish.relu {
                        sum = sum.max(V::zero());
                    }
                    sum.store(tile.output.add(at));
                }
            }
        }
    }
}
