//! The two inner loops in AVX-512 BF16, and the end of a tile that [`super::amx`] shares.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m512, __m512bh, __m512i, _mm256_loadu_si256, _mm512_add_ps, _mm512_castsi512_ps,
    _mm512_cvtepu16_epi32, _mm512_cvtne2ps_pbh, _mm512_dpbf16_ps, _mm512_loadu_ps,
    _mm512_loadu_si512, _mm512_maskz_mov_epi16, _mm512_max_ps, _mm512_set1_epi32,
    _mm512_setzero_ps, _mm512_slli_epi32, _mm512_storeu_ps, _mm512_storeu_si512,
    _mm512_test_epi16_mask,
};

use super::memory::LINE;

/// Pixels of a tile.
pub const PIXELS: usize = 14;
/// Channels of upstream gradients that [`outer`] takes at once.
pub const ROWS: usize = 8;

/// A tap of a filter: the distance of its pixel from the window's central one, in numbers, and its index in the packed filters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tap {
    pub offset: isize,
    pub packed: usize,
}

/// The sums of one tile: [`PIXELS`] pixels by [`LINE`] output channels.
#[derive(Debug, Clone, Copy)]
pub struct Tile<'a> {
    /// The first channel of the tile's first pixel.
    pub input: *const u16,
    /// Numbers from a pixel to the next.
    pub input_pixel: usize,
    pub taps: &'a [Tap],
    /// Channels of the input, an even number.
    pub depth: usize,
    /// `[packed tap][depth / 2][LINE][2]`
    pub filters: *const u16,
    pub output: *mut u16,
    pub output_pixel: usize,
    /// [`LINE`] numbers that are added to every pixel, or null.
    pub bias: *const f32,
    /// Numbers that are added to the output's pixels, or null; may be the output itself.
    pub residual: *const u16,
    pub residual_pixel: usize,
    /// Numbers that set the output to zero where they are zero, or null.
    pub mask: *const u16,
    pub mask_pixel: usize,
    /// True if negative sums become zero.
    pub relu: bool,
}

/// Computes a tile.
///
/// # Safety
/// The processor has the instructions; every address is good for the pixels and channels of the tile; no other thread
/// writes what is read, or touches what is written.
#[cfg(target_arch = "x86_64")]
#[allow(
    clippy::needless_range_loop,
    reason = "the number of a sum also tells where its pixel lies"
)]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub unsafe fn tile(job: &Tile<'_>) {
    let mut low = [_mm512_setzero_ps(); PIXELS];
    let mut high = [_mm512_setzero_ps(); PIXELS];
    for tap in job.taps {
        // SAFETY: addresses are the caller's promise, here and below.
        unsafe {
            let mut input = job.input.offset(tap.offset);
            let mut filters = job.filters.add(tap.packed * job.depth * LINE);
            for _ in 0..job.depth / 2 {
                let (first, second) = (load(filters), load(filters.add(LINE)));
                for pixel in 0..PIXELS {
                    let both = input.add(pixel * job.input_pixel).cast::<i32>();
                    let both = bf16(_mm512_set1_epi32(both.read_unaligned()));
                    low[pixel] = _mm512_dpbf16_ps(low[pixel], both, first);
                    high[pixel] = _mm512_dpbf16_ps(high[pixel], both, second);
                }
                filters = filters.add(2 * LINE);
                input = input.add(2);
            }
        }
    }
    for pixel in 0..PIXELS {
        // SAFETY: as above.
        unsafe { finish(job, pixel, low[pixel], high[pixel]) };
    }
}

/// Adds the bias and the residual to the sums of a pixel, applies the ReLU and the mask, and stores the rounded result.
///
/// # Safety
/// As for [`tile`].
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn finish(job: &Tile<'_>, pixel: usize, mut low: __m512, mut high: __m512) {
    // SAFETY: addresses are the caller's promise.
    unsafe {
        if !job.bias.is_null() {
            low = _mm512_add_ps(low, _mm512_loadu_ps(job.bias));
            high = _mm512_add_ps(high, _mm512_loadu_ps(job.bias.add(LINE / 2)));
        }
        if !job.residual.is_null() {
            let residual = job.residual.add(pixel * job.residual_pixel);
            low = _mm512_add_ps(low, widen(residual));
            high = _mm512_add_ps(high, widen(residual.add(LINE / 2)));
        }
        if job.relu {
            low = _mm512_max_ps(low, _mm512_setzero_ps());
            high = _mm512_max_ps(high, _mm512_setzero_ps());
        }
        let mut both: __m512i = std::mem::transmute(_mm512_cvtne2ps_pbh(high, low));
        if !job.mask.is_null() {
            let mask = _mm512_loadu_si512(job.mask.add(pixel * job.mask_pixel).cast());
            both = _mm512_maskz_mov_epi16(_mm512_test_epi16_mask(mask, mask), both);
        }
        _mm512_storeu_si512(job.output.add(pixel * job.output_pixel).cast(), both);
    }
}

/// Finishes and stores the sums of a tile.
///
/// # Safety
/// As for [`tile`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub unsafe fn store(job: &Tile<'_>, sums: &[[f32; LINE]; PIXELS]) {
    for (pixel, sums) in sums.iter().enumerate() {
        // SAFETY: as above.
        unsafe {
            let low = _mm512_loadu_ps(sums.as_ptr());
            let high = _mm512_loadu_ps(sums.as_ptr().add(LINE / 2));
            finish(job, pixel, low, high);
        }
    }
}

/// Sums of products over the pixels of one pair of images: [`ROWS`] channels of the upstream gradient by [`LINE`]
/// channels of the convolution's input.
#[derive(Debug, Clone, Copy)]
pub struct Outer {
    /// Pairs of the upstream gradient by channel, from the first of the channels on; numbers from a channel to the next, and
    /// from a row to the next.
    pub upstream: *const u16,
    pub upstream_channel: usize,
    pub upstream_row: usize,
    /// Interleaved pixels of the input, and numbers from a pixel to the next and from a row to the next.
    pub input: *const u16,
    pub input_pixel: usize,
    pub input_row: usize,
    /// Rows, and columns, that are summed over.
    pub side: usize,
    /// The gradient of the first channel's filter, and numbers from a filter to the next.
    pub sums: *mut f32,
    pub filter: usize,
    /// True if the sums are added to the contents of their memory.
    pub onto: bool,
}

/// Computes such sums.
///
/// # Safety
/// As for [`tile`].
#[cfg(target_arch = "x86_64")]
#[allow(
    clippy::needless_range_loop,
    reason = "the number of a sum also tells where its pixel lies"
)]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
pub unsafe fn outer(job: &Outer) {
    let mut low = [_mm512_setzero_ps(); ROWS];
    let mut high = [_mm512_setzero_ps(); ROWS];
    for row in 0..job.side {
        // SAFETY: addresses are the caller's promise, here and below.
        unsafe {
            let mut upstream = job.upstream.add(row * job.upstream_row);
            let mut input = job.input.add(row * job.input_row);
            for _ in 0..job.side {
                let (first, second) = (load(input), load(input.add(LINE)));
                for channel in 0..ROWS {
                    let both = upstream.add(channel * job.upstream_channel).cast::<i32>();
                    let both = bf16(_mm512_set1_epi32(both.read_unaligned()));
                    low[channel] = _mm512_dpbf16_ps(low[channel], both, first);
                    high[channel] = _mm512_dpbf16_ps(high[channel], both, second);
                }
                upstream = upstream.add(2);
                input = input.add(job.input_pixel);
            }
        }
    }
    for channel in 0..ROWS {
        // SAFETY: as above.
        unsafe {
            let sums = job.sums.add(channel * job.filter);
            let (mut low, mut high) = (low[channel], high[channel]);
            if job.onto {
                low = _mm512_add_ps(low, _mm512_loadu_ps(sums));
                high = _mm512_add_ps(high, _mm512_loadu_ps(sums.add(LINE / 2)));
            }
            _mm512_storeu_ps(sums, low);
            _mm512_storeu_ps(sums.add(LINE / 2), high);
        }
    }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
unsafe fn load(from: *const u16) -> __m512bh {
    // SAFETY: the caller guarantees 64 readable bytes and the instructions.
    unsafe { bf16(_mm512_loadu_si512(from.cast())) }
}

#[cfg(target_arch = "x86_64")]
#[inline(always)]
fn bf16(bits: __m512i) -> __m512bh {
    // SAFETY: both are 64 bytes without invalid values.
    unsafe { std::mem::transmute(bits) }
}

#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn widen(from: *const u16) -> __m512 {
    // SAFETY: the caller's promise.
    let numbers = unsafe { _mm256_loadu_si256(from.cast()) };
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(numbers)))
}

/// Stands in where no processor has the instructions; [`super::is_available`] keeps callers away.
///
/// # Safety
/// None.
#[cfg(not(target_arch = "x86_64"))]
pub unsafe fn tile(_: &Tile<'_>) {}

/// As [`tile`].
///
/// # Safety
/// None.
#[cfg(not(target_arch = "x86_64"))]
pub unsafe fn store(_: &Tile<'_>, _: &[[f32; LINE]; PIXELS]) {}

/// As [`tile`].
///
/// # Safety
/// None.
#[cfg(not(target_arch = "x86_64"))]
pub unsafe fn outer(_: &Outer) {}
