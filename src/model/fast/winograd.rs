//! 3×3 convolutions of stride 1 by Winograd's method, followed by batch norm and ReLU.

use std::ops::Range;

use super::block::{Block, CHANNELS, Span};
use super::convolution::Affine;
use super::kernels::table::{InputLayout, KernelTable};
use super::kernels::tile::{Finish, MOST_GROUPS, Tile, cut};
use super::kernels::winograd::{InputTile, OutputTile};
use super::panels::{Filters, Panels};
use super::plane::Plane;

/// Maximum number of products of a tile.
const MOST_PRODUCTS: usize = 36;

/// Size in bytes of the transformed tiles of a task, so that they stay in the core's second-level cache.
const STRIP_BYTES: usize = 832 << 10;

/// Minimum number of kernel calls of a thread, for one product, from which dividing the tiles is faster.
const CALLS_PER_THREAD: usize = 7;

/// The (`size` + 2)² values of a transformed 3×3 filter, at the start of the array; `size` is 2 or 4.
pub fn transform_filter(filter: &[f32; 9], size: usize) -> [f32; MOST_PRODUCTS] {
    const TWO: &[[f32; 3]] = &[
        [1.0, 0.0, 0.0],
        [0.5, 0.5, 0.5],
        [0.5, -0.5, 0.5],
        [0.0, 0.0, 1.0],
    ];
    const FOUR: &[[f32; 3]] = &[
        [1.0 / 4.0, 0.0, 0.0],
        [-1.0 / 6.0, -1.0 / 6.0, -1.0 / 6.0],
        [-1.0 / 6.0, 1.0 / 6.0, -1.0 / 6.0],
        [1.0 / 24.0, 1.0 / 12.0, 1.0 / 6.0],
        [1.0 / 24.0, -1.0 / 12.0, 1.0 / 6.0],
        [0.0, 0.0, 1.0],
    ];
    let matrix = if size == 2 { TWO } else { FOUR };
    let mut transformed = [0.0; MOST_PRODUCTS];
    let dot = |weights: &[f32; 3], one: f32, two: f32, three: f32| {
        weights[0] * one + weights[1] * two + weights[2] * three
    };
    for (row, down) in matrix.iter().enumerate() {
        let sums: [f32; 3] = std::array::from_fn(|column| {
            dot(down, filter[column], filter[3 + column], filter[6 + column])
        });
        for (column, across) in matrix.iter().enumerate() {
            transformed[row * matrix.len() + column] = dot(across, sums[0], sums[1], sums[2]);
        }
    }
    transformed
}

/// A 3×3 convolution of stride 1 between two planes of the same side.
#[derive(Debug)]
pub struct Winograd {
    table: &'static KernelTable,
    /// Output tiles are `size` × `size`: 2 or 4.
    size: usize,
    weights: Panels,
    affine: Affine,
    input: Plane,
    output: Plane,
}

impl Winograd {
    /// Transforms the filters. The side must be a multiple of `size`, and the tiles of an image a multiple of
    /// the kernels' pixels per group.
    pub fn new(
        table: &'static KernelTable,
        filters: &Filters<'_>,
        affine: Affine,
        size: usize,
        input: Plane,
        output: Plane,
    ) -> Self {
        assert!(input.side == output.side && input.side.is_multiple_of(size) && input.border >= 1);
        let winograd = Self {
            table,
            size,
            weights: Panels::transform(filters, table.panel, size),
            affine,
            input,
            output,
        };
        assert!(winograd.tiles().is_multiple_of(table.pixels_per_group));
        winograd
    }

    /// Number of tiles of an image.
    pub fn tiles(&self) -> usize {
        (self.input.side / self.size) * (self.input.side / self.size)
    }

    fn products(&self) -> usize {
        (self.size + 2) * (self.size + 2)
    }

    /// Number of blocks for the transformed input of `tiles` tiles.
    fn transformed_blocks(&self, tiles: usize) -> usize {
        self.products() * self.input.depth() * tiles
    }

    /// Number of blocks for the products of `tiles` tiles, one panel at a time.
    fn product_blocks(&self, tiles: usize) -> usize {
        self.products() * self.table.panel / CHANNELS * tiles
    }

    /// Number of blocks of the buffers that a thread needs for any task of up to `most` images: for transformed
    /// tiles, and for products.
    pub fn own_blocks(&self, most: usize, threads: usize) -> (usize, usize) {
        let tasks = (1..=most).flat_map(|images| self.tasks(images, threads));
        let longest = tasks.map(|(tiles, _)| tiles.len()).max().unwrap_or(0);
        (
            self.transformed_blocks(longest),
            self.product_blocks(longest),
        )
    }

    /// Divides the convolution of `images` images into tasks: strips of tiles, each with one panel.
    ///
    /// A task needs its strip transformed. If there are enough tiles, threads divide the strips. Otherwise they
    /// divide the panels, and each transforms every strip itself: this is faster than moving transformed tiles
    /// between cores.
    pub fn tasks(&self, images: usize, threads: usize) -> Vec<(Range<usize>, usize)> {
        let per = self.table.pixels_per_group;
        let groups = self.tiles() * images / per;
        let bytes = self.transformed_blocks(groups * per) * size_of::<Block>();
        let strips = bytes.div_ceil(STRIP_BYTES);
        let calls = groups / self.table.tiles(InputLayout::Next, false).len();
        let (strips, shares) = if calls >= threads * CALLS_PER_THREAD {
            (
                strips
                    .max(if threads == 1 {
                        1
                    } else {
                        threads * CALLS_PER_THREAD
                    })
                    .next_multiple_of(threads),
                1,
            )
        } else {
            (strips, threads.min(self.panels()))
        };
        let cut = |at: usize, parts: usize, whole: usize| at * whole / parts;
        let mut tasks = Vec::with_capacity(strips * self.panels());
        for share in 0..shares {
            for strip in 0..strips {
                let tiles = cut(strip, strips, groups) * per..cut(strip + 1, strips, groups) * per;
                let panels =
                    cut(share, shares, self.panels())..cut(share + 1, shares, self.panels());
                tasks.extend(panels.map(|panel| (tiles.clone(), panel)));
            }
        }
        tasks
    }

    /// Number of panels of output channels.
    fn panels(&self) -> usize {
        self.output.channels / self.table.panel
    }

    /// Transforms `tiles` (counted over all images) into `transformed`.
    ///
    /// # Safety
    /// No other thread may write `input` or access `transformed` during the call.
    pub unsafe fn transform(&self, tiles: Range<usize>, input: Span<'_>, transformed: Span<'_>) {
        let images = tiles.end.div_ceil(self.tiles());
        assert!(input.count() >= images * self.input.image());
        assert!(transformed.count() >= self.transformed_blocks(tiles.len()) * CHANNELS);
        let kernel = if self.size == 2 {
            self.table.input_2
        } else {
            self.table.input_4
        };
        let across = self.input.side / self.size;
        for block in 0..self.input.depth() {
            for tile in tiles.clone() {
                let (image, tile_of_image) = (tile / self.tiles(), tile % self.tiles());
                let (row, column) = (
                    tile_of_image / across * self.size,
                    tile_of_image % across * self.size,
                );
                let from = image * self.input.image()
                    + block * self.input.layer()
                    + self.input.at(row, column)
                    - self.input.row()
                    - CHANNELS;
                let to = (block * self.products() * tiles.len() + tile - tiles.start) * CHANNELS;
                // SAFETY: both buffers were checked above, the border holds the pixels around the edge; the
                // caller guarantees exclusive access.
                unsafe {
                    kernel(&InputTile {
                        input: input.as_mut_ptr().add(from),
                        input_row: self.input.row(),
                        output: transformed.as_mut_ptr().add(to),
                        output_step: tiles.len() * CHANNELS,
                    });
                }
            }
        }
    }

    /// Multiplies `tiles` for one panel and transforms them back. `transformed` is the output of `transform`
    /// for the same tiles; only this thread uses `products`.
    ///
    /// # Safety
    /// No other thread may write `transformed`, access `products`, or access this part of `output` during the
    /// call.
    pub unsafe fn multiply(
        &self,
        tiles: Range<usize>,
        panel: usize,
        transformed: Span<'_>,
        products: Span<'_>,
        output: Span<'_>,
    ) {
        let images = tiles.end.div_ceil(self.tiles());
        assert!(output.count() >= images * self.output.image() && panel < self.panels());
        assert!(transformed.count() >= self.transformed_blocks(tiles.len()) * CHANNELS);
        assert!(products.count() >= self.product_blocks(tiles.len()) * CHANNELS);
        let kernels = self.table.tiles(InputLayout::Next, false);
        let backward = if self.size == 2 {
            self.table.output_2
        } else {
            self.table.output_4
        };
        let per = self.table.pixels_per_group;
        let chunks: Vec<u32> = (0..self.input.depth())
            .map(|block| (block * self.products() * tiles.len() * CHANNELS) as u32)
            .collect();
        let plane = self.products() * tiles.len() * CHANNELS;
        let across = self.input.side / self.size;
        {
            let weights = self.weights.panel(panel);
            for product in 0..self.products() {
                for call in cut(0..tiles.len() / per, kernels.len()) {
                    let count = call.len();
                    let mut input_at = [0; MOST_GROUPS];
                    let mut output_at = [0; MOST_GROUPS];
                    for (slot, group) in call.enumerate() {
                        input_at[slot] = ((product * tiles.len() + group * per) * CHANNELS) as u32;
                        output_at[slot] = ((product * tiles.len() + group * per) * CHANNELS) as u32;
                    }
                    // SAFETY: lengths were checked above; the products of a panel are contiguous; the caller
                    // guarantees exclusive access.
                    unsafe {
                        kernels[count - 1](&Tile {
                            input: transformed.as_mut_ptr(),
                            input_at: &input_at[..count],
                            chunks: &chunks,
                            weights: weights.add(
                                product * self.input.channels * self.table.panel * size_of::<f32>(),
                            ),
                            output: products.as_mut_ptr(),
                            output_at: &output_at[..count],
                            output_plane: plane,
                            finish: Finish {
                                affine: None,
                                residual: None,
                                relu: false,
                            },
                        });
                    }
                }
            }
            for block in 0..self.table.panel / CHANNELS {
                let block_of_output = panel * self.table.panel / CHANNELS + block;
                let factor = self.affine.factor[block_of_output].0.as_ptr();
                let addend = self.affine.addend[block_of_output].0.as_ptr();
                for tile in tiles.clone() {
                    let (image, tile_of_image) = (tile / self.tiles(), tile % self.tiles());
                    let (row, column) = (
                        tile_of_image / across * self.size,
                        tile_of_image % across * self.size,
                    );
                    let to = image * self.output.image()
                        + block_of_output * self.output.layer()
                        + self.output.at(row, column);
                    // SAFETY: as above.
                    unsafe {
                        backward(&OutputTile {
                            input: products
                                .as_mut_ptr()
                                .add(block * plane + (tile - tiles.start) * CHANNELS),
                            input_step: tiles.len() * CHANNELS,
                            output: output.as_mut_ptr().add(to),
                            output_row: self.output.row(),
                            factor,
                            addend,
                        });
                    }
                }
            }
        }
    }
}
