//! The vector operations that the kernels use.

/// A register of `f32`, or a type that behaves like one.
///
/// # Safety
/// Every function needs the instruction set of the implementor; `load`, `load_half` and `store` need `WIDTH`
/// values at the address, which need not be aligned.
#[expect(
    clippy::missing_safety_doc,
    reason = "the section of the trait covers all functions"
)]
pub trait Vector: Copy {
    /// Values in a vector; divides sixteen.
    const WIDTH: usize;
    /// Vectors that fit into the registers in addition to the operands of a tile.
    const SUMS: usize;

    unsafe fn zero() -> Self;
    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    /// Loads half-precision values and converts them to single precision.
    unsafe fn load_half(from: *const u16) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn subtract(self, other: Self) -> Self;
    unsafe fn multiply(self, factor: Self) -> Self;
    /// `self * factor + addend`.
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self;
    /// Prefetches a cache line; any address is allowed.
    unsafe fn prefetch(line: *const u8);
    unsafe fn max(self, other: Self) -> Self;
}
