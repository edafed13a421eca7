//! A residual block: 1×1, 3×3, 1×1, and the way around them.

use super::block::{SharedBlocks, Span};
use super::convolution::Convolution;
use super::crew::{Abandoned, Hand};
use super::plane::Plane;
use super::winograd::Winograd;

/// The 3×3 convolution of a block, by the method that is fastest for its shape.
#[derive(Debug)]
pub enum Middle {
    Direct(Convolution),
    /// A task transforms its tiles, multiplies and transforms back, all within its core's cache.
    Fused(Winograd),
    /// All tiles are transformed first; then each task takes some output channels, so that every
    /// weight is read once.
    Split(Winograd),
}

/// A bottleneck block.
#[derive(Debug)]
pub struct Bottleneck {
    pub first: Convolution,
    pub middle: Middle,
    pub last: Convolution,
    /// 1×1 convolution of the way around, where the shape changes.
    pub around: Option<Convolution>,
    /// Which of [`Rooms::narrow`] lies between `first` and `middle`.
    pub narrow: usize,
}

/// Memory between the convolutions of a block.
#[derive(Debug)]
pub struct Rooms {
    /// Output of `first`: one for each shape, for the zeros of its border.
    pub narrow: Vec<SharedBlocks>,
    /// Output of `middle`.
    pub middle: SharedBlocks,
    /// Transformed tiles of [`Middle::Split`].
    pub transformed: SharedBlocks,
    /// For each thread: transformed tiles of [`Middle::Fused`].
    pub own_transformed: Vec<SharedBlocks>,
    /// For each thread: products of Winograd's method, a strip of the stem.
    pub own: Vec<SharedBlocks>,
}

/// Tiles of a [`Middle::Fused`] task.
pub fn fused_tiles(winograd: &Winograd) -> usize {
    if winograd.tiles() >= 196 { 28 } else { 14 }
}

impl Bottleneck {
    /// What the block gives.
    pub fn output(&self) -> Plane {
        self.last.output()
    }

    /// Runs the block for `images` images. Without a convolution on the way around, `output` must be
    /// `input` itself.
    pub fn run(
        &self,
        hand: &mut Hand<'_>,
        images: usize,
        input: Span<'_>,
        output: Span<'_>,
        rooms: &Rooms,
    ) -> Result<(), Abandoned> {
        let threads = hand.threads();
        let narrow = rooms.narrow[self.narrow].span();
        let middle = rooms.middle.span();
        let grid = self.first.grid(images, threads);
        hand.share(grid.tasks(), |task| {
            let (groups, panels) = grid.task(task);
            // SAFETY: tasks of a grid write different parts of `narrow`; nobody writes `input`.
            unsafe { self.first.run(groups, panels, input, narrow, None) }
        })?;
        match &self.middle {
            Middle::Direct(convolution) => {
                let grid = convolution.grid(images, threads);
                hand.share(grid.tasks(), |task| {
                    let (groups, panels) = grid.task(task);
                    // SAFETY: tasks of a grid write different parts of `middle`; nobody writes `narrow`.
                    unsafe { convolution.run(groups, panels, narrow, middle, None) }
                })?;
            }
            Middle::Fused(winograd) => {
                let (tiles, room) = (winograd.tiles() * images, fused_tiles(winograd));
                let transformed = rooms.own_transformed[hand.thread].span();
                let products = rooms.own[hand.thread].span();
                hand.share(tiles.div_ceil(room), |task| {
                    let mine = task * room..((task + 1) * room).min(tiles);
                    // SAFETY: tasks write different tiles of `middle`, and memory of their thread's own.
                    unsafe {
                        let first = mine.start;
                        winograd.transform(
                            mine.clone(),
                            0..winograd.depth(),
                            narrow,
                            transformed,
                            first,
                            room,
                        );
                        winograd.multiply(
                            mine,
                            0..winograd.panels(),
                            transformed,
                            first,
                            room,
                            products,
                            middle,
                        );
                    }
                })?;
            }
            Middle::Split(winograd) => {
                let tiles = winograd.tiles() * images;
                let transformed = rooms.transformed.span();
                let products = rooms.own[hand.thread].span();
                hand.share(winograd.depth(), |block| {
                    // SAFETY: each task writes another block of channels; nobody writes `narrow`.
                    unsafe {
                        winograd.transform(
                            0..tiles,
                            block..block + 1,
                            narrow,
                            transformed,
                            0,
                            tiles,
                        )
                    }
                })?;
                let strips = images;
                hand.share(winograd.panels() * strips, |task| {
                    let (panel, strip) = (task / strips, task % strips);
                    let mine = strip * tiles / strips..(strip + 1) * tiles / strips;
                    // SAFETY: each task writes other channels or tiles of `middle`; `products` is this thread's own.
                    unsafe {
                        winograd.multiply(
                            mine,
                            panel..panel + 1,
                            transformed,
                            0,
                            tiles,
                            products,
                            middle,
                        )
                    }
                })?;
            }
        }
        let grid = self.last.grid(images, threads);
        hand.share(grid.tasks(), |task| {
            let (groups, panels) = grid.task(task);
            // SAFETY: tasks of a grid write different parts of `output`, which each task alone reads; nobody
            // writes `middle`, nor `input` where it is another memory.
            unsafe {
                if let Some(around) = &self.around {
                    around.run(groups.clone(), panels.clone(), input, output, None);
                }
                self.last.run(groups, panels, middle, output, Some(output));
            }
        })
    }
}
