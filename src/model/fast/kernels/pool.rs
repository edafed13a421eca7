//! The 3×3 max pooling of the stem, with stride 2.

use super::vector::Vector;
use crate::model::fast::block::CHANNELS;

/// One row of pooled pixels, sixteen channels. Strides are in values, not bytes.
#[derive(Debug, Clone, Copy)]
pub struct PoolRow {
    /// Top left of the first 3 × 3 window.
    pub input: *const f32,
    pub input_row: usize,
    pub output: *mut f32,
    pub pixels: usize,
}

/// A pooling kernel.
///
/// # Safety
/// The processor must have the instruction set that the kernel was built for; the windows and the output pixels
/// must be inside their buffers, which no other thread may write during the call.
pub type PoolKernel = unsafe fn(&PoolRow);

/// The body of every pooling kernel.
///
/// # Safety
/// As [`PoolKernel`].
#[inline(always)]
pub unsafe fn pool_row<V: Vector>(call: &PoolRow) {
    // SAFETY: guaranteed by the caller: windows of three rows by three blocks, and one block for each pixel.
    unsafe {
        for channel in (0..CHANNELS).step_by(V::WIDTH) {
            for pixel in 0..call.pixels {
                let window = call.input.add(2 * pixel * CHANNELS + channel);
                let mut most = V::load(window);
                for row in 0..3 {
                    for column in 0..3 {
                        most = most.max(V::load(
                            window.add(row * call.input_row + column * CHANNELS),
                        ));
                    }
                }
                most.store(call.output.add(pixel * CHANNELS + channel));
            }
        }
    }
}
