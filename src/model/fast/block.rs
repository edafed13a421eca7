//! Memory in units of one cache line: how activations and packed weights lie.

use std::cell::UnsafeCell;

/// Channels that lie side by side for one pixel.
pub const CHANNELS: usize = 16;

/// Sixteen neighbouring channels of one pixel: one cache line, one AVX-512 register.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub struct Block(pub [f32; CHANNELS]);

impl Block {
    pub const ZERO: Self = Self([0.0; CHANNELS]);
}

/// Blocks that several threads fill at once, each its own part.
///
/// Everything the engine computes lies in such memory. It starts as zeros and is never moved, so the
/// zero borders around padded activations stay what they are from the first image to the last.
#[derive(Debug)]
pub struct SharedBlocks(Box<[UnsafeCell<Block>]>);

// SAFETY: `SharedBlocks` hands out raw pointers only. Who writes through them keeps the rule that
// `super::pool` makes easy: within one step no two tasks touch the same block unless both only
// read it, and a barrier lies between steps.
unsafe impl Sync for SharedBlocks {}

impl SharedBlocks {
    /// `blocks` blocks of zeros.
    pub fn zeroed(blocks: usize) -> Self {
        Self((0..blocks).map(|_| UnsafeCell::new(Block::ZERO)).collect())
    }

    /// All of them.
    pub fn span(&self) -> Span<'_> {
        Span(&self.0)
    }
}

/// A stretch of [`SharedBlocks`].
#[derive(Debug, Clone, Copy)]
pub struct Span<'memory>(&'memory [UnsafeCell<Block>]);

impl Span<'_> {
    /// How many `f32` there are.
    pub fn count(self) -> usize {
        self.0.len() * CHANNELS
    }

    /// What remains after the first `numbers` numbers, a multiple of sixteen.
    pub fn after(self, numbers: usize) -> Self {
        assert!(numbers.is_multiple_of(CHANNELS));
        Self(self.0.get(numbers / CHANNELS..).unwrap_or_default())
    }

    /// The first number. Valid for reads and writes of [`Self::count`] numbers, aligned to 64 bytes.
    pub fn as_mut_ptr(self) -> *mut f32 {
        UnsafeCell::raw_get(self.0.as_ptr()).cast()
    }

    /// The numbers.
    ///
    /// # Safety
    /// Nobody may write them while the slice lives.
    pub unsafe fn numbers<'slice>(self) -> &'slice [f32]
    where
        Self: 'slice,
    {
        // SAFETY: blocks are sixteen numbers each without padding; no writer, says the caller.
        unsafe { std::slice::from_raw_parts(self.as_mut_ptr(), self.count()) }
    }

    /// The numbers, to be written.
    ///
    /// # Safety
    /// Nobody else may touch them while the slice lives.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn numbers_mut<'slice>(self) -> &'slice mut [f32]
    where
        Self: 'slice,
    {
        // SAFETY: as above, and no other reader or writer, says the caller.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr(), self.count()) }
    }
}
