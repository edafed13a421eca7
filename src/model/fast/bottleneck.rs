//! A residual block: 1×1, 3×3 and 1×1 convolutions and the shortcut.

use super::block::{SharedBlocks, Span};
use super::convolution::Convolution;
use super::plane::Plane;
use super::thread_pool::{PassCancelled, Worker};
use super::winograd::Winograd;

/// The 3×3 convolution of a block, computed by the fastest method for its shape.
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
    /// 1×1 convolution of the shortcut, where the shape changes.
    pub around: Option<Convolution>,
    /// Index in [`Scratch::narrow`] of the memory between `first` and `middle`.
    pub narrow: usize,
}

/// Memory between the convolutions of a block.
#[derive(Debug)]
pub struct Scratch {
    /// Output of `first`: one buffer for each shape, because of its zero border.
    pub narrow: Vec<SharedBlocks>,
    /// Output of `middle`.
    pub middle: SharedBlocks,
    /// For each thread: transformed tiles of Winograd's method.
    pub transformed: Vec<SharedBlocks>,
    /// For each thread: products of Winograd's method, or a strip of the stem.
    pub own: Vec<SharedBlocks>,
}

impl Bottleneck {
    /// Shape of the block's output.
    pub fn output(&self) -> Plane {
        self.last.output()
    }

    /// Runs the block for `images` images. Without a convolution in the shortcut, `output` must be `input`
    /// itself.
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
            // SAFETY: tasks of a grid write different parts of `narrow`; no thread writes `input`.
            unsafe { self.first.run(groups, panels, input, narrow, None) }
        })?;
        match &self.middle {
            Middle::Direct(convolution) => {
                let grid = convolution.grid(images, threads);
                worker.share(grid.tasks(), |task| {
                    let (groups, panels) = grid.task(task);
                    // SAFETY: tasks of a grid write different parts of `middle`; no thread writes `narrow`.
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
                    // SAFETY: tasks write different tiles or channels of `middle`, and buffers of their own
                    // thread; no thread writes `narrow`.
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
            // SAFETY: tasks of a grid write different parts of `output`, which only that task reads; no thread
            // writes `middle`, nor `input` where it is a different buffer.
            unsafe {
                if let Some(around) = &self.around {
                    around.run(groups.clone(), panels.clone(), input, output, None);
                }
                self.last.run(groups, panels, middle, output, Some(output));
            }
        })
    }
}
