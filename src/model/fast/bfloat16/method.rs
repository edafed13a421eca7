//! The product of tiles, by AMX or by plain loops.

use super::walk::PIXELS;
use crate::model::bf16::amx::{self, Product, Shape, Tiles};
use crate::model::bf16::memory::widened;
use crate::model::bf16::{self};

/// Columns of a tile: channels of the output.
const COLUMNS: usize = 16;
/// Pairs of channels that a step sums over.
const PAIRS: usize = 16;

/// Way in which products are computed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Method {
    /// Tiles of the processor
    Amx,
    /// Plain loops; slow, on any processor
    Portable,
}

impl Method {
    /// The method of this processor, if it has one that is faster than single precision.
    pub fn detect() -> Option<Self> {
        (amx::is_available() && bf16::is_available()).then_some(Self::Amx)
    }

    /// True if this processor can use the method.
    pub fn is_available(self) -> bool {
        self == Self::Portable || Self::detect() == Some(self)
    }
}

/// A method, ready on this thread.
#[derive(Debug)]
pub enum Multiplier {
    Tiles(Tiles),
    Loops,
}

impl Multiplier {
    /// Prepares `method` on this thread.
    ///
    /// # Safety
    /// The method is available; no other value of this type exists on this thread.
    pub unsafe fn new(method: Method) -> Self {
        match method {
            // SAFETY: the caller's promise.
            Method::Amx => Self::Tiles(unsafe { Tiles::new(Shape::Inference) }),
            Method::Portable => Self::Loops,
        }
    }

    /// Computes the sums of `product`, which replace the previous contents of their memory.
    ///
    /// # Safety
    /// As for [`Tiles::multiply`].
    pub unsafe fn multiply(&self, product: &Product<'_>) {
        match self {
            // SAFETY: the caller's promise.
            Self::Tiles(tiles) => unsafe { tiles.multiply(product) },
            // SAFETY: as above.
            Self::Loops => unsafe { by_loops(product) },
        }
    }
}

/// # Safety
/// As for [`Tiles::multiply`].
unsafe fn by_loops(product: &Product<'_>) {
    for (left, sums) in product.left.iter().zip(product.sums) {
        for row in 0..PIXELS {
            for column in 0..2 * COLUMNS {
                let mut sum = 0.0;
                for [pixels, filters] in product.steps {
                    // SAFETY: the addresses are the caller's promise; a pair of numbers fills four bytes.
                    unsafe {
                        let left = left.byte_offset(*pixels).byte_add(row * product.left_row);
                        let right = product.right.byte_offset(*filters).add(2 * column);
                        for pair in 0..PAIRS {
                            let left = left.add(2 * pair);
                            let right = right.byte_add(pair * product.right_row);
                            sum += widened(left.read()) * widened(right.read());
                            sum += widened(left.add(1).read()) * widened(right.add(1).read());
                        }
                    }
                }
                // SAFETY: as above.
                unsafe { sums.byte_add(row * product.sums_row).add(column).write(sum) };
            }
        }
    }
}
