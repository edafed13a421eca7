//! The few vector operations that the kernels are written in.

/// A register of `f32`, or something that behaves like one.
///
/// # Safety
/// Every function needs the instruction set of the implementor; `load`, `load_half` and `store`
/// need `WIDTH` numbers at the address, which need not be aligned.
#[expect(
    clippy::missing_safety_doc,
    reason = "the trait says for all what each needs"
)]
pub trait Vector: Copy {
    /// Numbers in a vector; divides sixteen.
    const WIDTH: usize;
    /// Vectors that fit into the registers beside a tile's operands.
    const SUMS: usize;

    unsafe fn zero() -> Self;
    unsafe fn splat(value: f32) -> Self;
    unsafe fn load(from: *const f32) -> Self;
    /// Loads half-precision numbers and widens them.
    unsafe fn load_half(from: *const u16) -> Self;
    unsafe fn store(self, to: *mut f32);
    unsafe fn add(self, other: Self) -> Self;
    unsafe fn subtract(self, other: Self) -> Self;
    unsafe fn multiply(self, factor: Self) -> Self;
    /// `self * factor + addend`.
    unsafe fn multiply_add(self, factor: Self, addend: Self) -> Self;
    /// Asks for a cache line that will be needed soon; any address will do.
    unsafe fn prefetch(line: *const u8);
    unsafe fn max(self, other: Self) -> Self;
}
