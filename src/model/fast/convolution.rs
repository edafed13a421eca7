//! A convolution as sums of tiles: 1×1 and 3×3, with batch norm, residual and ReLU in one pass.

use std::ops::Range;

use super::block::{Block, CHANNELS, Span};
use super::kernels::table::{InputLayout, KernelTable};
use super::kernels::tile::{Finish, MOST_GROUPS, Tile, TileKernel, cut};
use super::panels::{Filters, Panels};
use super::plane::Plane;

/// Size of the input of a task in bytes, so that it stays in the core's second-level cache while the panels are
/// processed.
const STRIP_BYTES: usize = 384 << 10;

/// Minimum number of tasks for each thread, so that a slow core delays the others only briefly.
const TASKS_PER_THREAD: usize = 4;

/// Minimum number of tiles in a strip, since each strip reads all weights of its panels.
const TILES_PER_STRIP: usize = 4;

/// Batch norm of a convolution's output: `sum * factor + addend`.
#[derive(Debug, Clone)]
pub struct Affine {
    pub factor: Box<[Block]>,
    pub addend: Box<[Block]>,
}

/// A convolution between two planes, with everything that is the same for all images.
#[derive(Debug)]
pub struct Convolution {
    kernels: &'static [TileKernel],
    weights: Panels,
    affine: Affine,
    relu: bool,
    input: Plane,
    output: Plane,
    /// Channels of a panel.
    panel: usize,
    /// Offsets of the chunks of the sum from the top left tap of a pixel.
    chunks: Box<[u32]>,
    /// Offset of each group's first pixel (its top left tap) in the input of an image.
    input_at: Box<[u32]>,
    /// Offset of each group's first pixel in the output of an image.
    output_at: Box<[u32]>,
}

/// Division of a convolution into tasks: strips of groups times sets of panels.
#[derive(Debug, Clone, Copy)]
pub struct Grid {
    groups: usize,
    groups_of_tile: usize,
    panels: usize,
    strips: usize,
    bunches: usize,
}

impl Grid {
    /// Divides `groups`, of which a tile has `groups_of_tile`, into `strips`, and `panels` into at most `bunches`.
    pub fn new(
        groups: usize,
        groups_of_tile: usize,
        panels: usize,
        strips: usize,
        bunches: usize,
    ) -> Self {
        Self {
            groups,
            groups_of_tile,
            panels,
            strips,
            bunches: bunches.min(panels),
        }
    }

    /// Number of tasks.
    pub fn tasks(self) -> usize {
        self.strips * self.bunches
    }

    /// The groups and the panels of a task.
    pub fn task(self, task: usize) -> (Range<usize>, Range<usize>) {
        let (strip, bunch) = (task / self.bunches, task % self.bunches);
        let cut = |at: usize, parts: usize, whole: usize| at * whole / parts;
        let tiles = self.groups.div_ceil(self.groups_of_tile);
        let group = |strip| (cut(strip, self.strips, tiles) * self.groups_of_tile).min(self.groups);
        let panel = |bunch| cut(bunch, self.bunches, self.panels);
        (
            group(strip)..group(strip + 1),
            panel(bunch)..panel(bunch + 1),
        )
    }
}

impl Convolution {
    /// A convolution of `filters` from `input` to `output` with zero padding of half the filter; the stride is
    /// the ratio of the sides, 1 or 2.
    pub fn new(
        table: &'static KernelTable,
        filters: &Filters<'_>,
        affine: Affine,
        relu: bool,
        input: Plane,
        output: Plane,
    ) -> Self {
        let padding = filters.side / 2;
        let stride = input.side / output.side;
        assert!(
            input.border >= padding
                && input.channels == filters.inputs
                && output.channels == filters.outputs
        );
        assert!(
            output.side.is_multiple_of(table.pixels_per_group)
                && output.channels.is_multiple_of(table.panel)
        );
        let weights = Panels::pack(filters, table.panel, table.half);
        let layout = if stride == 1 {
            InputLayout::Next
        } else {
            InputLayout::EverySecond
        };
        let top_left = input.at(0, 0) - padding * input.row() - padding * CHANNELS;
        let mut chunks = Vec::new();
        for block in 0..input.depth() {
            for row in 0..filters.side {
                for column in 0..filters.side {
                    chunks.push(
                        (block * input.layer() + row * input.row() + column * CHANNELS) as u32,
                    );
                }
            }
        }
        let mut input_at = Vec::new();
        let mut output_at = Vec::new();
        for row in 0..output.side {
            for column in (0..output.side).step_by(table.pixels_per_group) {
                input_at.push((top_left + stride * (row * input.row() + column * CHANNELS)) as u32);
                output_at.push(output.at(row, column) as u32);
            }
        }
        Self {
            kernels: table.tiles(layout, weights.half()),
            weights,
            affine,
            relu,
            input,
            output,
            panel: table.panel,
            chunks: chunks.into(),
            input_at: input_at.into(),
            output_at: output_at.into(),
        }
    }

    /// Shape of an input image.
    pub fn input(&self) -> Plane {
        self.input
    }

    /// Shape of an output image.
    pub fn output(&self) -> Plane {
        self.output
    }

    /// Divides the convolution of `images` images into tasks for `threads` threads.
    pub fn grid(&self, images: usize, threads: usize) -> Grid {
        let groups = self.input_at.len() * images;
        let tiles = groups.div_ceil(self.kernels.len());
        let panels = self.output.channels / self.panel;
        let tasks = if threads == 1 {
            1
        } else {
            threads * TASKS_PER_THREAD
        };
        let bytes = self.input.image() * images * size_of::<f32>();
        let strips = bytes
            .div_ceil(STRIP_BYTES)
            .max(tasks)
            .min(tiles / TILES_PER_STRIP);
        // The same number of strips for each thread; if there are too few strips, the panels are divided too.
        let strips = if strips < threads {
            1
        } else {
            strips - strips % threads
        };
        Grid {
            groups,
            groups_of_tile: self.kernels.len(),
            panels,
            strips,
            bunches: tasks.div_ceil(strips).min(panels),
        }
    }

    /// Computes `groups` (counted over all images) times `panels`.
    ///
    /// # Safety
    /// No other thread may write `input` or access this part of `output` during the call. `residual` may be
    /// `output` itself.
    pub unsafe fn run(
        &self,
        groups: Range<usize>,
        panels: Range<usize>,
        input: Span<'_>,
        output: Span<'_>,
        residual: Option<Span<'_>>,
    ) {
        let images = groups.end.div_ceil(self.input_at.len());
        assert!(
            input.count() >= images * self.input.image()
                && output.count() >= images * self.output.image()
        );
        assert!(residual.is_none_or(|residual| residual.count() >= output.count()));
        assert!(panels.end * self.panel <= self.output.channels);
        for panel in panels {
            let first_block = panel * self.panel / CHANNELS;
            let plane = first_block * self.output.layer();
            let finish = Finish {
                affine: Some((
                    self.affine.factor[first_block..].as_ptr().cast(),
                    self.affine.addend[first_block..].as_ptr().cast(),
                )),
                // SAFETY: `plane` is within an image of the output, whose length was checked.
                residual: residual
                    .map(|residual| unsafe { residual.as_mut_ptr().add(plane).cast_const() }),
                relu: self.relu,
            };
            for tile in cut(groups.clone(), self.kernels.len()) {
                let count = tile.len();
                let mut input_at = [0; MOST_GROUPS];
                let mut output_at = [0; MOST_GROUPS];
                for (slot, group) in tile.enumerate() {
                    let (image, group) = (group / self.input_at.len(), group % self.input_at.len());
                    input_at[slot] = self.input_at[group] + (image * self.input.image()) as u32;
                    output_at[slot] = self.output_at[group] + (image * self.output.image()) as u32;
                }
                // SAFETY: the tables were built from the planes, whose memory was checked above; the kernel of
                // this count takes as many groups; the caller guarantees exclusive access.
                unsafe {
                    self.kernels[count - 1](&Tile {
                        input: input.as_mut_ptr(),
                        input_at: &input_at[..count],
                        chunks: &self.chunks,
                        weights: self.weights.panel(panel),
                        output: output.as_mut_ptr().add(plane),
                        output_at: &output_at[..count],
                        output_plane: self.output.layer(),
                        finish,
                    });
                }
            }
        }
    }
}
