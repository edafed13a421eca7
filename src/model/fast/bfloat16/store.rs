//! The end of a tile: batch norm, residual and ReLU of its sums, and their place in the output.

#[cfg(target_arch = "x86_64")]
use std::arch::x86_64::{
    __m512, __m512i, _mm256_loadu_si256, _mm512_add_ps, _mm512_castsi512_ps, _mm512_cvtepu16_epi32,
    _mm512_cvtne2ps_pbh, _mm512_fmadd_ps, _mm512_loadu_ps, _mm512_max_ps, _mm512_setzero_ps,
    _mm512_slli_epi32, _mm512_storeu_si512,
};

use super::method::Method;
use super::walk::{NOWHERE, PIXELS};
use crate::model::bf16::memory::{LINE, rounded, widened};

/// Sums of a group: pixels by [`LINE`] channels.
pub type Sums = [[f32; LINE]; PIXELS];

/// Treatment of the sums of a group.
#[derive(Debug, Clone, Copy)]
pub struct Finish {
    /// [`LINE`] factors and addends of the batch norm.
    pub factor: *const f32,
    pub addend: *const f32,
    /// The first of the panel's channels in the output's first place.
    pub output: *mut u16,
    /// True if the previous contents of the output are added.
    pub residual: bool,
    /// True if negative values become zero.
    pub relu: bool,
}

/// Finishes and stores `sums`, each pixel at its number in `to` unless that is [`NOWHERE`].
///
/// # Safety
/// The method is available; the addresses are good for [`LINE`] channels of every pixel; no other thread touches what is
/// written.
pub unsafe fn store(method: Method, finish: &Finish, sums: &Sums, to: &[u32; PIXELS]) {
    match method {
        #[cfg(target_arch = "x86_64")]
        // SAFETY: the caller's promise.
        Method::Amx => unsafe { by_vectors(finish, sums, to) },
        // SAFETY: as above.
        _ => unsafe { by_loops(finish, sums, to) },
    }
}

/// # Safety
/// As for [`store`].
#[cfg(target_arch = "x86_64")]
#[target_feature(enable = "avx512f,avx512bw,avx512bf16")]
unsafe fn by_vectors(finish: &Finish, sums: &Sums, to: &[u32; PIXELS]) {
    const HALF: usize = LINE / 2;
    // SAFETY: addresses are the caller's promise, here and below.
    let factors = unsafe { [0, HALF].map(|at| _mm512_loadu_ps(finish.factor.add(at))) };
    // SAFETY: as above.
    let addends = unsafe { [0, HALF].map(|at| _mm512_loadu_ps(finish.addend.add(at))) };
    for (sums, to) in sums.iter().zip(to) {
        if *to == NOWHERE {
            continue;
        }
        // SAFETY: as above.
        unsafe {
            let output = finish.output.add(*to as usize);
            let mut low = _mm512_fmadd_ps(_mm512_loadu_ps(sums.as_ptr()), factors[0], addends[0]);
            let high = _mm512_loadu_ps(sums.as_ptr().add(HALF));
            let mut high = _mm512_fmadd_ps(high, factors[1], addends[1]);
            if finish.residual {
                low = _mm512_add_ps(low, widen(output));
                high = _mm512_add_ps(high, widen(output.add(HALF)));
            }
            if finish.relu {
                low = _mm512_max_ps(low, _mm512_setzero_ps());
                high = _mm512_max_ps(high, _mm512_setzero_ps());
            }
            let both: __m512i = std::mem::transmute(_mm512_cvtne2ps_pbh(high, low));
            _mm512_storeu_si512(output.cast(), both);
        }
    }
}

/// # Safety
/// 32 readable bytes and the instructions.
#[cfg(target_arch = "x86_64")]
#[inline]
#[target_feature(enable = "avx512f,avx512bw")]
unsafe fn widen(from: *const u16) -> __m512 {
    // SAFETY: the caller's promise.
    let numbers = unsafe { _mm256_loadu_si256(from.cast()) };
    _mm512_castsi512_ps(_mm512_slli_epi32::<16>(_mm512_cvtepu16_epi32(numbers)))
}

/// # Safety
/// As for [`store`].
unsafe fn by_loops(finish: &Finish, sums: &Sums, to: &[u32; PIXELS]) {
    for (sums, to) in sums.iter().zip(to) {
        if *to == NOWHERE {
            continue;
        }
        for (channel, sum) in sums.iter().enumerate() {
            // SAFETY: addresses are the caller's promise.
            unsafe {
                let output = finish.output.add(*to as usize + channel);
                let (factor, addend) = (finish.factor.add(channel), finish.addend.add(channel));
                let mut value = sum.mul_add(factor.read(), addend.read());
                if finish.residual {
                    value += widened(output.read());
                }
                if finish.relu {
                    value = value.max(0.0);
                }
                output.write(rounded(value));
            }
        }
    }
}
