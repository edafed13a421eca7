//! ResNet-50 built from its blocks, and the memory of a pass.

use std::io;
use std::num::NonZeroUsize;
use std::sync::{Mutex, MutexGuard, PoisonError};

use safetensors::SafeTensors;

use super::convolution::Convolution;
use super::method::Method;
use super::plan::{BlockPlan, Plan};
use super::read::Read;
use super::stem::{Sizes, Stem, WIDTH};
use super::walk::Walk;
use crate::model::bf16::memory::LINE;
use crate::model::fast::block::{SharedBlocks, Span};
use crate::model::fast::build::{self, Place};
use crate::model::fast::network::{EARLY_STAGES, Pass};
use crate::model::fast::thread_pool::{self, PassCancelled, Worker};
use crate::model::fast::{FastError, weights};
use crate::model::resnet::EXPANSION;

/// The network in bfloat16, packed.
#[derive(Debug)]
pub struct Network {
    method: Method,
    stem: Stem,
    stages: Vec<Vec<Block>>,
}

/// A bottleneck block.
#[derive(Debug)]
struct Block {
    first: Convolution,
    middle: Convolution,
    last: Convolution,
    /// 1×1 convolution of the shortcut, where the shape changes.
    around: Option<Convolution>,
}

/// All memory that a pass writes, allocated once, and the plan that it was allocated for.
#[derive(Debug)]
pub struct Workspace {
    plan: Plan,
    /// Number of images that fit in the later stages.
    together: usize,
    /// The image with its border.
    spread: SharedBlocks,
    /// Output of the stem and of each stage.
    trunk: Vec<SharedBlocks>,
    /// For each stage: output of the first convolution of the first block, and of the others. Their borders stay zero.
    narrow: Vec<[SharedBlocks; 2]>,
    /// Output of the second convolution.
    middle: SharedBlocks,
    /// For each thread: a strip of the stem.
    own: Vec<SharedBlocks>,
}

impl Workspace {
    /// True if `images` images of this size fit.
    pub fn fits(&self, images: usize, sizes: Sizes) -> bool {
        self.together >= images && self.plan.sizes == sizes
    }

    /// Appends what `read` reads of the output of `stage`, counted from 1, of an image.
    ///
    /// # Safety
    /// No thread may write that output during the call.
    unsafe fn read(&self, image: usize, stage: usize, read: Read, values: &mut Vec<f32>) {
        let planned = stage.checked_sub(1);
        let Some(planned) = planned.and_then(|at| self.plan.stages.get(at)) else {
            return;
        };
        let numbers = planned.output.image() * planned.channels;
        // SAFETY: the caller's promise.
        let image =
            unsafe { halves(self.trunk[stage].span()) }.get(image * numbers..(image + 1) * numbers);
        let image = image.unwrap_or_default();
        read.append(image, planned.output, planned.channels, values);
    }
}

impl Network {
    /// Reads and packs the stem and the first `depth` stages.
    ///
    /// # Errors
    /// A tensor is missing, has another shape or another precision; or the processor lacks the instructions.
    pub fn new(
        file: &SafeTensors<'_>,
        method: Method,
        threads: NonZeroUsize,
        depth: usize,
    ) -> Result<Self, FastError> {
        if !method.is_available() {
            return Err(FastError::Instructions("AMX"));
        }
        let stem = weights::filters(file, "conv1", WIDTH, 3, 7)?;
        let norm = weights::batch_norm(file, "bn1", WIDTH)?;
        Ok(Self {
            method,
            stem: Stem::new(&stem, norm),
            stages: build::stages(threads, depth, |place| Block::new(file, place))?,
        })
    }

    /// Number of stages.
    pub fn depth(&self) -> usize {
        self.stages.len()
    }

    /// Memory for `together` images of a size at once in the later stages, and for `threads` threads.
    pub fn workspace(&self, together: usize, sizes: Sizes, threads: NonZeroUsize) -> Workspace {
        let zeroed = |numbers: usize| SharedBlocks::zeroed(numbers.div_ceil(LINE));
        let plan = Plan::new(sizes, self.depth());
        let mut trunk = vec![zeroed(plan.stem.places(1) * WIDTH)];
        let (mut narrow, mut middle) = (Vec::new(), 0);
        for (stage, planned) in plan.stages.iter().enumerate() {
            let images = if stage < EARLY_STAGES { 1 } else { together };
            let kept = if stage + 1 < EARLY_STAGES {
                1
            } else {
                together
            };
            let memory = |block: &BlockPlan| zeroed(block.narrow.places(images) * planned.width);
            trunk.push(zeroed(planned.output.places(kept) * planned.channels));
            narrow.push([memory(&planned.blocks[0]), memory(&planned.blocks[1])]);
            middle = middle.max(planned.output.places(images) * planned.width);
        }
        Workspace {
            together,
            spread: zeroed(sizes.spread()),
            trunk,
            narrow,
            middle: zeroed(middle),
            own: (0..threads.get()).map(|_| zeroed(sizes.strip())).collect(),
            plan,
        }
    }

    /// The values of `read` for every image and for each of the pass's stages, in order.
    pub fn run(
        &self,
        pass: Pass<'_>,
        workspace: &Workspace,
        threads: NonZeroUsize,
        cancelled: &dyn Fn() -> bool,
        read: Read,
    ) -> io::Result<Result<Vec<f32>, PassCancelled>> {
        // The memory for the output of the first stages holds one image.
        let early = pass.stages.iter().any(|stage| *stage < EARLY_STAGES);
        let together = if early { 1 } else { workspace.together };
        // Images, places in the pass's stages, and what was read of them.
        let parts: Mutex<Vec<(usize, usize, Vec<f32>)>> = Mutex::default();
        thread_pool::run(threads, cancelled, |worker| {
            for first in (0..pass.batch).step_by(together) {
                let count = together.min(pass.batch - first);
                self.group(worker, pass, first, count, workspace)?;
                worker.share(count * pass.stages.len(), |task| {
                    let (image, stage) = (task / pass.stages.len(), task % pass.stages.len());
                    let mut part = Vec::new();
                    // SAFETY: this step writes no output of a stage.
                    unsafe { workspace.read(image, pass.stages[stage], read, &mut part) };
                    locked(&parts).push((first + image, stage, part));
                })?;
            }
            if worker.thread > 0 {
                return Ok(Vec::new());
            }
            let mut parts = std::mem::take(&mut *locked(&parts));
            parts.sort_unstable_by_key(|(image, stage, _)| (*image, *stage));
            let numbers = parts.iter().map(|(_, _, part)| part.len()).sum();
            let mut values = Vec::with_capacity(numbers);
            for (_, _, part) in parts {
                values.extend_from_slice(&part);
            }
            Ok(values)
        })
    }

    /// Runs `count` images through the stages of the pass; the output of each stage stays in the trunk.
    fn group(
        &self,
        worker: &mut Worker<'_>,
        pass: Pass<'_>,
        first: usize,
        count: usize,
        workspace: &Workspace,
    ) -> Result<(), PassCancelled> {
        let Workspace { plan, trunk, .. } = workspace;
        let sizes = plan.sizes;
        let (pixels, channels) = pass.images.pixels();
        let numbers = channels * sizes.height * sizes.width;
        for image in 0..count {
            let pixels = pixels.chunks_exact(numbers).nth(first + image);
            let pixels = pixels.unwrap_or_default();
            let (spread, output) = (workspace.spread.span(), trunk[0].span());
            worker.share(sizes.spread_tasks(), |task| {
                // SAFETY: tasks write different rows.
                unsafe { Stem::spread(task, pixels, sizes, spread) }
            })?;
            let own = workspace.own[worker.thread].span();
            worker.share(sizes.tasks(), |task| {
                let memory = (spread, own, output);
                // SAFETY: tasks write different strips, and first the buffer of their own thread; the method is
                // available, see `new`.
                unsafe { (self.stem).run(self.method, task, sizes, memory, plan.stem) }
            })?;
            for stage in 0..EARLY_STAGES.min(pass.depth()) {
                let slot = if stage + 1 < EARLY_STAGES { 0 } else { image };
                self.stage(worker, workspace, stage, 1, slot)?;
            }
        }
        for stage in EARLY_STAGES..pass.depth() {
            self.stage(worker, workspace, stage, count, 0)?;
        }
        Ok(())
    }

    /// Runs the blocks of a stage for `images` images; their output is put at image `slot` of the trunk.
    fn stage(
        &self,
        worker: &mut Worker<'_>,
        workspace: &Workspace,
        stage: usize,
        images: usize,
        slot: usize,
    ) -> Result<(), PassCancelled> {
        let (planned, trunk) = (&workspace.plan.stages[stage], &workspace.trunk);
        let before = slot * planned.output.image() * planned.channels;
        let output = trunk[stage + 1].span().after(before / 2);
        for (number, block) in self.stages[stage].iter().enumerate() {
            let later = number.min(1);
            let input = if number == 0 {
                trunk[stage].span()
            } else {
                output
            };
            let narrow = workspace.narrow[stage][later].span();
            let middle = workspace.middle.span();
            let BlockPlan {
                first: first_walk,
                middle: middle_walk,
                last: last_walk,
                ..
            } = &planned.blocks[later];
            let mut run = |convolution: &Convolution, walk: &Walk, from, to, residual| {
                let grid = convolution.grid(walk, images, worker.threads());
                worker.share(grid.tasks(), |task| {
                    let part = grid.task(task);
                    // SAFETY: tasks of a grid write different parts of the output; no thread writes the input; the
                    // method is available, see `new`.
                    unsafe { convolution.run(self.method, walk, images, part, from, to, residual) }
                })
            };
            run(&block.first, first_walk, input, narrow, false)?;
            run(&block.middle, middle_walk, narrow, middle, false)?;
            if let Some(around) = &block.around {
                run(around, &planned.around, input, output, false)?;
            }
            run(&block.last, last_walk, middle, output, true)?;
        }
        Ok(())
    }
}

fn locked<T>(values: &Mutex<T>) -> MutexGuard<'_, T> {
    values.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The numbers of a memory.
///
/// # Safety
/// No thread may write them while the slice lives.
unsafe fn halves<'slice>(span: Span<'slice>) -> &'slice [u16] {
    // SAFETY: an `f32` is two numbers of 16 bits; the caller guarantees that there is no writer.
    unsafe { std::slice::from_raw_parts(span.as_mut_ptr().cast_const().cast(), 2 * span.count()) }
}

impl Block {
    fn new(file: &SafeTensors<'_>, (stage, block): Place) -> Result<Self, FastError> {
        let width = WIDTH << stage;
        let channels = EXPANSION * width;
        let inputs = match (stage, block) {
            (0, 0) => WIDTH,
            // The output of the stage before.
            (_, 0) => channels / 2,
            _ => channels,
        };
        let convolution = |conv: &str, norm: &str, shape: [usize; 3], relu: bool| {
            let name = |part: &str| format!("layer{}.{block}.{part}", stage + 1);
            let [outputs, inputs, side] = shape;
            let filters = weights::filters(file, &name(conv), outputs, inputs, side)?;
            let affine = weights::batch_norm(file, &name(norm), outputs)?;
            Ok::<_, FastError>(Convolution::new(&filters, affine, relu))
        };
        let around = || convolution("downsample.0", "downsample.1", [channels, inputs, 1], false);
        Ok(Self {
            first: convolution("conv1", "bn1", [width, inputs, 1], true)?,
            middle: convolution("conv2", "bn2", [width, width, 3], true)?,
            last: convolution("conv3", "bn3", [channels, width, 1], true)?,
            around: (block == 0).then(around).transpose()?,
        })
    }
}
