//! The trained stages in mixed precision: products in bfloat16 by [`crate::model::bf16`], sums and parameters in `f32`.
//!
//! The gradient of the input is computed by the same kernel as the forward pass, with transposed filters. The gradient of
//! the filters sums over pixels: for that, the pixels of two images are interleaved ([`pairs`]).

#![expect(
    unsafe_code,
    reason = "threads share a buffer, and the kernels read by address"
)]

pub mod block;
pub mod pairs;

#[cfg(test)]
mod tests;
