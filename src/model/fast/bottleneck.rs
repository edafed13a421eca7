//! A residual block: 1×1, 3×3, 1×1, and the way around them.

use super::block::{SharedBlocks, Span};
use super::convolution::Convolution;
use super::plane::Plane;
use super::thread_pool::{PassCancelled, Worker};
use super::winograd::Winograd;

/// The 3×3 convolution of a block, by the method that is fastest for its shape.
#[derive(Debug)]
pub enum Middle {
    Direct(Convolution),
    Winograd(Winograd),
}

/// A bottleneck block.
#[derive(Debug)]
pub struct Bottleneck {
    pub first: Convolution,
    pub middle: Middle,
    pub last: Convolution,
    /// 1×1 convolution of the way around, where the shape changes.
    pub around: Option<Convolution>,
    /// Which of [`Scratch::narrow`] lies between `first` and `middle`.
    pub narrow: usize,
}

/// Memory between the convolutions of a block.
#[derive(Debug)]
pub struct Scratch {
    /// Output of `first`: one for each shape, for the zeros of its border.
    pub narrow: Vec<SharedBlocks>,
    /// Output of `middle`.
    pub middle: SharedBlocks,
    /// For each thread: transformed tiles of Winograd's method.
    pub transformed: Vec<SharedBlocks>,
    /// For each thread: products of Winograd's method, a strip of the stem.
    pub own: Vec<SharedBlocks>,
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
        worker: &mut Worker<'_>,
        images: usize,
        input: Span<'_>,
        output: Span<'_>,
        scratch: &Scratch,
    ) -> Result<(), PassCancelled> {
        let threads = worker.threads();
        let narrow = scratch.narrow[self.narrow].span();
        let middle = scratch.middle.span();
        let grid = self.first.grid(images, threads);
        worker.share(grid.tasks(), |task| {
            let (groups, panels) = grid.task(task);
            // SAFETY: tasks of a grid write different parts of `narrow`; nobody writes `input`.
            unsafe { self.first.run(groups, panels, input, narrow, None) }
        })?;
        match &self.middle {
            Middle::Direct(convolution) => {
                let grid = convolution.grid(images, threads);
                worker.share(grid.tasks(), |task| {
                    let (groups, panels) = grid.task(task);
                    // SAFETY: tasks of a grid write different parts of `middle`; nobody writes `narrow`.
                    unsafe { convolution.run(groups, panels, narrow, middle, None) }
                })?;
            }
            Middle::Winograd(winograd) => {
                let tasks = winograd.tasks(images, threads);
                let transformed = scratch.transformed[worker.thread].span();
                let products = scratch.own[worker.thread].span();
                let mut ready = None;
                worker.share(tasks.len(), |task| {
                    let (tiles, panel) = tasks[task].clone();
                    // SAFETY: tasks write different tiles or channels of `middle`, and memory of their
                    // thread's own; nobody writes `narrow`.
                    unsafe {
                        if ready != Some(tiles.start) {
                            winograd.transform(tiles.clone(), narrow, transformed);
                            ready = Some(tiles.start);
                        }
                        winograd.multiply(tiles, panel, transformed, products, middle);
                    }
                })?;
            }
        }
        let grid = self.last.grid(images, threads);
        worker.share(grid.tasks(), |task| {
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
