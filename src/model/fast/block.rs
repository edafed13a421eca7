//! Memory in units of one cache line, for activations and packed weights.

use std::cell::UnsafeCell;

/// Channels that are stored next to each other for one pixel.
pub const CHANNELS: usize = 16;

/// Sixteen adjacent channels of one pixel: one cache line, one AVX-512 register.
#[derive(Debug, Clone, Copy)]
#[repr(C, align(64))]
pub struct Block(pub [f32; CHANNELS]);

impl Block {
    /// Zero in all channels.
    pub const ZERO: Self = Self([0.0; CHANNELS]);
}

/// Blocks that several threads fill at the same time, each a different part.
///
/// All activations of the engine are stored in such memory. It is initialised with zeros and never moved, so
/// the zero padding around activations remains valid for all images.
#[derive(Debug)]
pub struct SharedBlocks(Box<[UnsafeCell<Block>]>);

// SAFETY: `SharedBlocks` hands out raw pointers only. Code that writes through them follows the rule that
// `super::thread_pool` supports: within one step no two tasks access the same block unless both only read it,
// and a barrier separates the steps.
unsafe impl Sync for SharedBlocks {}

impl SharedBlocks {
    /// `blocks` blocks of zeros.
    pub fn zeroed(blocks: usize) -> Self {
        Self((0..blocks).map(|_| UnsafeCell::new(Block::ZERO)).collect())
    }

    /// All blocks.
    pub fn span(&self) -> Span<'_> {
        Span(&self.0)
    }
}

/// A contiguous part of [`SharedBlocks`].
#[derive(Debug, Clone, Copy)]
pub struct Span<'memory>(&'memory [UnsafeCell<Block>]);

impl Span<'_> {
    /// Number of `f32` values.
    pub fn count(self) -> usize {
        self.0.len() * CHANNELS
    }

    /// The part after the first `numbers` values, a multiple of sixteen.
    pub fn after(self, numbers: usize) -> Self {
        assert!(numbers.is_multiple_of(CHANNELS));
        Self(self.0.get(numbers / CHANNELS..).unwrap_or_default())
    }

    /// Pointer to the first value. Valid for reads and writes of [`Self::count`] values, aligned to 64 bytes.
    pub fn as_mut_ptr(self) -> *mut f32 {
        UnsafeCell::raw_get(self.0.as_ptr()).cast()
    }

    /// The values.
    ///
    /// # Safety
    /// No thread may write them while the slice lives.
    pub unsafe fn numbers<'slice>(self) -> &'slice [f32]
    where
        Self: 'slice,
    {
        // SAFETY: blocks are sixteen numbers each without padding; the caller guarantees that there is no
        // writer.
        unsafe { std::slice::from_raw_parts(self.as_mut_ptr(), self.count()) }
    }

    /// The values, mutable.
    ///
    /// # Safety
    /// No other code may access them while the slice lives.
    #[allow(clippy::mut_from_ref)]
    pub unsafe fn numbers_mut<'slice>(self) -> &'slice mut [f32]
    where
        Self: 'slice,
    {
        // SAFETY: as above; the caller guarantees that there is no other reader or writer.
        unsafe { std::slice::from_raw_parts_mut(self.as_mut_ptr(), self.count()) }
    }
}
