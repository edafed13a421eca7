//! The inner loops for each instruction set, and the selection at run time.
//!
//! The bodies ([`tile`], [`winograd`], [`pool`]) are generic over a [`vector::Vector`]. The file of an
//! instruction set defines its vector type and how many vectors of a tile fit into registers, and builds its
//! [`table::KernelTable`].

#[cfg(target_arch = "x86_64")]
#[expect(
    clippy::undocumented_unsafe_blocks,
    reason = "the SAFETY comments above the `impl` and in the table cover every function"
)]
mod avx2;
#[cfg(target_arch = "x86_64")]
#[expect(
    clippy::undocumented_unsafe_blocks,
    reason = "the SAFETY comments above the `impl` and in the table cover every function"
)]
mod avx512;
#[cfg(target_arch = "aarch64")]
#[expect(
    clippy::undocumented_unsafe_blocks,
    reason = "the SAFETY comments above the `impl` and in the table cover every function"
)]
mod neon;
pub mod pool;
#[expect(
    clippy::undocumented_unsafe_blocks,
    reason = "the SAFETY comments above the `impl` and in the table cover every function"
)]
mod portable;
pub mod table;
pub mod tile;
pub mod vector;
pub mod winograd;

use table::KernelTable;

/// An instruction set that the engine has kernels for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernels {
    Avx512,
    Avx2,
    Neon,
    Portable,
}

impl Kernels {
    /// Every instruction set, the fastest first.
    pub const ALL: [Self; 4] = [Self::Avx512, Self::Avx2, Self::Neon, Self::Portable];

    /// The fastest instruction set that this processor supports.
    pub fn detect() -> Self {
        Self::ALL
            .into_iter()
            .find(|kernels| kernels.table().is_some())
            .unwrap_or(Self::Portable)
    }

    /// Name for users.
    pub fn name(self) -> &'static str {
        match self {
            Self::Avx512 => "AVX-512",
            Self::Avx2 => "AVX2",
            Self::Neon => "NEON",
            Self::Portable => "portable",
        }
    }

    /// The kernels, or `None` if this processor lacks the instructions.
    pub fn table(self) -> Option<&'static KernelTable> {
        match self {
            #[cfg(target_arch = "x86_64")]
            Self::Avx512 => is_x86_feature_detected!("avx512f").then_some(&avx512::TABLE),
            #[cfg(target_arch = "x86_64")]
            Self::Avx2 => (is_x86_feature_detected!("avx2")
                && is_x86_feature_detected!("fma")
                && is_x86_feature_detected!("f16c"))
            .then_some(&avx2::TABLE),
            #[cfg(target_arch = "aarch64")]
            Self::Neon => Some(&neon::TABLE),
            Self::Portable => Some(&portable::TABLE),
            #[allow(unreachable_patterns)]
            _ => None,
        }
    }
}
