//! Convolutions whose factors are stored in bfloat16 (eight bits of precision, the range of `f32`) and whose sums are `f32`.
//! Processors with AVX-512 BF16 multiply such numbers twice as fast as `f32`, those with AMX sixteen times ([`amx`]).
//!
//! Activations lie with the channels of a pixel side by side, where a 3×3 convolution needs it with a border of zeros
//! ([`view`]). A convolution reads its windows from there, so nothing is copied for it; bias, residual, ReLU and its
//! mask are applied in registers before a sum is stored ([`kernel`]).
//!
//! `unsafe` is limited to the kernels and to memory whose pixels are written by several threads.

#![expect(
    unsafe_code,
    reason = "the kernels are written for one instruction set, and threads share a buffer"
)]

pub mod amx;
pub mod convolution;
pub mod filters;
pub mod kernel;
pub mod memory;
pub mod stem;
pub mod view;

/// True if this processor has AVX-512 BF16.
pub fn is_available() -> bool {
    #[cfg(target_arch = "x86_64")]
    {
        is_x86_feature_detected!("avx512f")
            && is_x86_feature_detected!("avx512bw")
            && is_x86_feature_detected!("avx512bf16")
    }
    #[cfg(not(target_arch = "x86_64"))]
    {
        false
    }
}
