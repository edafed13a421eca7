//! The stem of the network: 7×7 convolution of stride 2, batch norm, ReLU and 3×3 max pooling, in strips.

use super::block::{CHANNELS, Span};
use super::convolution::Affine;
use super::kernels::pool::PoolRow;
use super::kernels::table::{InputLayout, KernelTable};
use super::kernels::tile::{Finish, MOST_GROUPS, Tile, cut};
use super::panels::{Filters, Panels};
use super::plane::Plane;

/// Height and width of an input image.
pub const SIDE: usize = 224;
/// Height and width after the convolution, and after the pooling.
const CONVOLVED: usize = 112;
const POOLED: usize = 56;
/// Height, width and padding of the filter.
const FILTER: usize = 7;
const PADDING: usize = 3;
/// Pooled rows of a task. One convolved row in sixteen is computed twice.
const STRIP: usize = 7;
const STRIP_ROWS: usize = 2 * STRIP + 1;
/// Rows of the image that a strip reads, the first of them relative to four times its first pooled row, and the
/// stride between rows with zeros on both sides.
const PADDED_ROWS: usize = 2 * STRIP_ROWS + FILTER - 2;
const FIRST_ROW: isize = -2 - PADDING as isize;
const PADDED_ROW: usize = 240;
const PADDED_LAYER: usize = PADDED_ROWS * PADDED_ROW;
/// Stride between convolved rows in a strip, with a pixel of zeros on the left.
const STRIP_ROW: usize = (CONVOLVED + 1) * CHANNELS;

/// The stem for images of one or of three channels.
#[derive(Debug)]
pub struct Stem {
    table: &'static KernelTable,
    channels: usize,
    weights: Panels,
    affine: Affine,
}

impl Stem {
    /// Output shape of the stem.
    pub const OUTPUT: Plane = Plane {
        channels: 64,
        side: POOLED,
        border: 0,
    };
    /// Number of tasks of an image.
    pub const TASKS: usize = POOLED / STRIP;

    /// Packs the filters of the first convolution for the kernels of `table`.
    pub fn new(table: &'static KernelTable, filters: &Filters<'_>, affine: Affine) -> Self {
        Self {
            table,
            channels: filters.inputs,
            weights: Panels::pack(filters, table.panel, false),
            affine,
        }
    }

    /// Number of blocks that a thread needs for its strip.
    pub fn strip_blocks(table: &KernelTable) -> usize {
        (table.panel / CHANNELS * STRIP_ROWS * STRIP_ROW + 3 * PADDED_LAYER) / CHANNELS
    }

    /// Number of values of an image.
    pub fn numbers(&self) -> usize {
        self.channels * SIDE * SIDE
    }

    /// Copies the rows of `image` that a task reads, with zeros around them.
    fn pad(&self, task: usize, image: &[f32], padded: &mut [f32]) {
        padded.fill(0.0);
        let first = (4 * task * STRIP) as isize + FIRST_ROW;
        for (channel, layer) in padded
            .chunks_exact_mut(PADDED_LAYER)
            .take(self.channels)
            .enumerate()
        {
            for (row, padded) in (first..).zip(layer.chunks_exact_mut(PADDED_ROW)) {
                let Ok(row) = usize::try_from(row) else {
                    continue;
                };
                let from = (channel * SIDE + row) * SIDE;
                if let (true, Some(pixels)) = (row < SIDE, image.get(from..from + SIDE)) {
                    padded[PADDING..PADDING + SIDE].copy_from_slice(pixels);
                }
            }
        }
    }

    /// Computes one strip of the output from `image`, `(channels, 224, 224)`.
    ///
    /// # Safety
    /// No other code may access `own`, or this strip of `output`, during the call.
    pub unsafe fn run(&self, task: usize, image: &[f32], own: Span<'_>, output: Span<'_>) {
        let per = self.table.pixels_per_group;
        let kernels = self.table.tiles(InputLayout::Stem, false);
        let layer = STRIP_ROWS * STRIP_ROW;
        let strip = own;
        let padded = own.after(self.table.panel / CHANNELS * layer);
        assert!(padded.count() >= 3 * PADDED_LAYER && output.count() >= Self::OUTPUT.image());
        assert!(task < Self::TASKS);
        // SAFETY: only this call uses `own`, and the padded rows come after the strip.
        self.pad(task, image, unsafe { padded.numbers_mut() });
        let chunks: Vec<u32> = (0..self.channels)
            .flat_map(|channel| {
                (0..FILTER).map(move |row| (channel * PADDED_LAYER + row * PADDED_ROW) as u32)
            })
            .collect();
        // The first row of the strip is the convolved row above its first pooled one: zeros at the top of the
        // image.
        let skipped = usize::from(task == 0);
        let groups_of_row = CONVOLVED / per;
        let groups = (STRIP_ROWS - skipped) * groups_of_row;
        for panel in 0..Self::OUTPUT.channels / self.table.panel {
            let first_block = panel * self.table.panel / CHANNELS;
            for call in cut(0..groups, kernels.len()) {
                let count = call.len();
                let mut input_at = [0; MOST_GROUPS];
                let mut output_at = [0; MOST_GROUPS];
                for (slot, group) in call.enumerate() {
                    let (row, column) =
                        (group / groups_of_row + skipped, group % groups_of_row * per);
                    input_at[slot] = (2 * row * PADDED_ROW + 2 * column) as u32;
                    output_at[slot] = (row * STRIP_ROW + (column + 1) * CHANNELS) as u32;
                }
                // SAFETY: memory was checked above; the last row that a filter reads is 2 × 14 + 6, the last
                // column 2 × 111 + 6, both within the padded rows.
                unsafe {
                    kernels[count - 1](&Tile {
                        input: padded.as_mut_ptr(),
                        input_at: &input_at[..count],
                        chunks: &chunks,
                        weights: self.weights.panel(panel),
                        output: strip.as_mut_ptr(),
                        output_at: &output_at[..count],
                        output_plane: layer,
                        finish: Finish {
                            affine: Some((
                                self.affine.factor[first_block..].as_ptr().cast(),
                                self.affine.addend[first_block..].as_ptr().cast(),
                            )),
                            residual: None,
                            relu: true,
                        },
                    });
                }
            }
            for block in 0..self.table.panel / CHANNELS {
                // No value is negative after the ReLU, so zeros can pad the maximum: at the left of every row,
                // and above the first.
                // SAFETY: only this thread uses the strip.
                unsafe {
                    if skipped == 1 {
                        strip
                            .as_mut_ptr()
                            .add(block * layer)
                            .write_bytes(0, STRIP_ROW);
                    }
                    for row in 0..STRIP_ROWS {
                        strip
                            .as_mut_ptr()
                            .add(block * layer + row * STRIP_ROW)
                            .write_bytes(0, CHANNELS);
                    }
                }
                for row in 0..STRIP {
                    let to = (first_block + block) * Self::OUTPUT.layer()
                        + Self::OUTPUT.at(task * STRIP + row, 0);
                    // SAFETY: three rows of the strip from twice `row`, one row of the output.
                    unsafe {
                        (self.table.pool)(&PoolRow {
                            input: strip.as_mut_ptr().add(block * layer + 2 * row * STRIP_ROW),
                            input_row: STRIP_ROW,
                            output: output.as_mut_ptr().add(to),
                            pixels: POOLED,
                        });
                    }
                }
            }
        }
    }
}
