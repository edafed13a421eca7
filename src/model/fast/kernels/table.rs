//! The kernels of one instruction set in one table.

use super::pool::PoolKernel;
use super::tile::TileKernel;
use super::winograd::{TransformInput, TransformOutput};

/// Layout of the values under a filter in the input.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum InputLayout {
    /// Sixteen channels of a pixel; stride 1.
    Next,
    /// Sixteen channels of a pixel; stride 2.
    EverySecond,
    /// Seven columns of one channel, stride 2: the stem.
    Stem,
}

/// All kernels of one instruction set.
#[derive(Debug)]
pub struct KernelTable {
    /// Number of output pixels, adjacent in a row, that a tile processes as one group. Divides every width of
    /// the network.
    pub pixels_per_group: usize,
    /// Output channels of a panel: 16 or 32.
    pub panel: usize,
    /// True if weights may stay in half precision.
    pub half: bool,
    /// Kernels for 1, 2, … groups, by input layout and weight type.
    pub next_half: &'static [TileKernel],
    pub next_single: &'static [TileKernel],
    pub second_half: &'static [TileKernel],
    pub second_single: &'static [TileKernel],
    pub stem: &'static [TileKernel],
    /// Winograd's transforms for output tiles of 4 × 4 and 2 × 2 pixels.
    pub input_4: TransformInput,
    pub output_4: TransformOutput,
    pub input_2: TransformInput,
    pub output_2: TransformOutput,
    pub pool: PoolKernel,
}

impl KernelTable {
    /// The kernels for 1, 2, … groups. The stem has few weights, which are always in single precision.
    pub fn tiles(&self, layout: InputLayout, half: bool) -> &'static [TileKernel] {
        match (layout, half) {
            (InputLayout::Next, true) => self.next_half,
            (InputLayout::Next, false) => self.next_single,
            (InputLayout::EverySecond, true) => self.second_half,
            (InputLayout::EverySecond, false) => self.second_single,
            (InputLayout::Stem, _) => self.stem,
        }
    }
}

/// Builds the kernels of one instruction set from the generic bodies.
macro_rules! kernel_table {
    (
        features: [$(#[$feature:meta])?],
        vector: $vector:ty,
        pixels_per_group: $per:literal,
        vectors: $vectors:literal,
        groups: [$($groups:literal),+],
        half: $half:literal,
    ) => {
        use super::{pool, table::KernelTable, tile, winograd};

        // SAFETY: the caller guarantees the conditions of the body.
        $(#[$feature])?
        unsafe fn product<const GROUPS: usize, const STEP: usize, const CHUNK: usize, const HALF: bool>(
            call: &tile::Tile<'_>,
        ) {
            unsafe { tile::tile::<$vector, GROUPS, $per, STEP, $vectors, CHUNK, HALF>(call) }
        }

        // SAFETY: the caller guarantees the conditions of the body.
        $(#[$feature])?
        unsafe fn transform_input<const SIZE: usize>(call: &winograd::InputTile) {
            unsafe { winograd::transform_input::<$vector, SIZE>(call) }
        }

        // SAFETY: the caller guarantees the conditions of the body.
        $(#[$feature])?
        unsafe fn transform_output<const SIZE: usize>(call: &winograd::OutputTile) {
            unsafe { winograd::transform_output::<$vector, SIZE>(call) }
        }

        // SAFETY: the caller guarantees the conditions of the body.
        $(#[$feature])?
        unsafe fn pool_row(call: &pool::PoolRow) {
            unsafe { pool::pool_row::<$vector>(call) }
        }

        /// The kernels of this instruction set.
        pub(super) static TABLE: KernelTable = KernelTable {
            pixels_per_group: $per,
            panel: <$vector as Vector>::WIDTH * $vectors,
            half: $half,
            next_half: &[$(product::<$groups, 16, 16, $half>),+],
            next_single: &[$(product::<$groups, 16, 16, false>),+],
            second_half: &[$(product::<$groups, 32, 16, $half>),+],
            second_single: &[$(product::<$groups, 32, 16, false>),+],
            stem: &[$(product::<$groups, 2, 7, false>),+],
            input_4: transform_input::<4>,
            output_4: transform_output::<4>,
            input_2: transform_input::<2>,
            output_2: transform_output::<2>,
            pool: pool_row,
        };
    };
}
pub(super) use kernel_table;
