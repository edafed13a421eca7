//! Kernels for NEON, which every 64-bit ARM processor has: tiles of up to 6 pixels by 16 channels, 24
//! of the 32 registers as sums.

use std::arch::aarch64::{
    float32x4_t, vaddq_f32, vdupq_n_f32, vfmaq_f32, vld1q_f32, vmaxq_f32, vmulq_f32, vst1q_f32,
    vsubq_f32,
};

use super::table::kernel_table;
use super::vector::Vector;

// SAFETY of every function here: they are inlined into the kernels below, which carry the target feature, and
// every processor of this architecture has it; the caller guarantees valid addresses.
impl Vector for float32x4_t {
    const WIDTH: usize = 4;
    const SUMS: usize = 24;

    #[inline(always)]
    unsafe fn zero() -> Self {
        unsafe { vdupq_n_f32(0.0) }
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        unsafe { vdupq_n_f32(value) }
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { vld1q_f32(from) }
    }
    #[inline(always)]
    unsafe fn load_half(from: *const u16) -> Self {
        unsafe { Self::load(super::portable::widen::<4>(from).as_ptr()) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { vst1q_f32(to, self) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        unsafe { vaddq_f32(self, other) }
    }
    #[inline(always)]
    unsafe fn subtract(self, other: Self) -> Self {
        unsafe { vsubq_f32(self, other) }
    }
    #[inline(always)]
    unsafe fn multiply(self, factor: Self) -> Self {
        unsafe { vmulq_f32(self, factor) }
    }
    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        unsafe { vfmaq_f32(addend, self, factor) }
    }
    #[inline(always)]
    unsafe fn prefetch(_line: *const u8) {}
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        unsafe { vmaxq_f32(self, other) }
    }
}

kernel_table! {
    features: [#[target_feature(enable = "neon")]],
    vector: float32x4_t,
    pixels_per_group: 1,
    vectors: 4,
    groups: [1, 2, 3, 4, 5, 6],
    half: false,
}
