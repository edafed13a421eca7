//! Kernels without instruction-set specific code: arrays of four values, which the compiler maps to the
//! target's instructions. Tests compare the other kernels with these.

use half::f16;

use super::table::kernel_table;
use super::vector::Vector;

/// Half-precision values, converted one by one.
///
/// # Safety
/// `from` must be valid for reads of `N` values.
pub(super) unsafe fn widen<const N: usize>(from: *const u16) -> [f32; N] {
    // SAFETY: guaranteed by the caller.
    std::array::from_fn(|at| f16::from_bits(unsafe { from.add(at).read_unaligned() }).to_f32())
}

fn each(one: [f32; 4], other: [f32; 4], operation: impl Fn(f32, f32) -> f32) -> [f32; 4] {
    std::array::from_fn(|at| operation(one[at], other[at]))
}

// SAFETY of `load`, `load_half` and `store`: the caller guarantees valid addresses. The rest is safe.
impl Vector for [f32; 4] {
    const WIDTH: usize = 4;
    const SUMS: usize = 8;

    #[inline(always)]
    unsafe fn zero() -> Self {
        [0.0; 4]
    }
    #[inline(always)]
    unsafe fn splat(value: f32) -> Self {
        [value; 4]
    }
    #[inline(always)]
    unsafe fn load(from: *const f32) -> Self {
        unsafe { from.cast::<Self>().read_unaligned() }
    }
    #[inline(always)]
    unsafe fn load_half(from: *const u16) -> Self {
        unsafe { widen(from) }
    }
    #[inline(always)]
    unsafe fn store(self, to: *mut f32) {
        unsafe { to.cast::<Self>().write_unaligned(self) }
    }
    #[inline(always)]
    unsafe fn add(self, other: Self) -> Self {
        each(self, other, |one, other| one + other)
    }
    #[inline(always)]
    unsafe fn subtract(self, other: Self) -> Self {
        each(self, other, |one, other| one - other)
    }
    #[inline(always)]
    unsafe fn multiply(self, factor: Self) -> Self {
        each(self, factor, |one, factor| one * factor)
    }
    #[inline(always)]
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self {
        each(
            each(self, factor, |one, factor| one * factor),
            addend,
            |product, addend| product + addend,
        )
    }
    #[inline(always)]
    unsafe fn prefetch(_line: *const u8) {}
    #[inline(always)]
    unsafe fn max(self, other: Self) -> Self {
        each(
            self,
            other,
            |one, other| if one > other { one } else { other },
        )
    }
}

kernel_table! {
    features: [],
    vector: [f32; 4],
    pixels_per_group: 1,
    vectors: 4,
    groups: [1, 2],
    half: false,
}
