//! ResNet-50 built from its blocks, and the memory of a pass.

use std::io;
use std::num::NonZeroUsize;

use safetensors::SafeTensors;

use super::block::{CHANNELS, SharedBlocks};
use super::bottleneck::{Bottleneck, Middle, Scratch};
use super::kernels::table::KernelTable;
use super::panels::{Filters, Numbers};
use super::plane::Plane;
use super::stem::Stem;
use super::thread_pool::{self, PassCancelled, Worker};
use super::weights;
use super::{FastError, build};

/// Stages that a batch passes one image at a time, since the activations of one image fill the caches; in the
/// later stages several images share the cost of reading the weights.
pub(super) const EARLY_STAGES: usize = 2;
/// Number of stages.
pub const STAGES: usize = 4;
/// Number of features of an image.
pub const FEATURES: usize = 2048;
/// Images that pass the later stages together.
pub const TOGETHER: usize = 8;

/// The network, packed and planned.
#[derive(Debug)]
pub struct Network {
    table: &'static KernelTable,
    colour: Stem,
    grey: Stem,
    stages: Vec<Vec<Bottleneck>>,
    /// Shapes of [`Scratch::narrow`], and true for the early stages.
    narrow: Vec<(Plane, bool)>,
}

/// All memory that a pass writes, allocated once.
#[derive(Debug)]
pub struct Workspace {
    /// Number of images that fit in the later stages.
    together: usize,
    /// Output of the stem and of each stage.
    trunk: Vec<SharedBlocks>,
    scratch: Scratch,
}

impl Workspace {
    /// Number of images that fit in the later stages.
    pub fn together(&self) -> usize {
        self.together
    }
}

/// Images to run, one after the other in memory.
#[derive(Debug, Clone, Copy)]
pub enum Images<'a> {
    /// `(batch, 3, 224, 224)`
    Colour(&'a [f32]),
    /// `(batch, 224, 224)`
    Grey(&'a [f32]),
}

impl<'a> Images<'a> {
    /// The values, and the number of channels.
    pub fn pixels(self) -> (&'a [f32], usize) {
        match self {
            Self::Colour(pixels) => (pixels, 3),
            Self::Grey(pixels) => (pixels, 1),
        }
    }
}

/// Input of a pass: the images, and the stages whose output is read.
#[derive(Debug, Clone, Copy)]
pub struct Pass<'a> {
    pub images: Images<'a>,
    pub batch: usize,
    /// Stages whose output is read, 1 to [`STAGES`]. The later stages are not run.
    pub stages: &'a [usize],
}

impl Pass<'_> {
    /// Number of stages to run.
    pub fn depth(&self) -> usize {
        self.stages.iter().copied().max().unwrap_or(0)
    }
}

impl Network {
    /// Reads, packs and plans the stem and the first `depth` stages.
    pub fn new(
        file: &SafeTensors<'_>,
        table: &'static KernelTable,
        threads: NonZeroUsize,
        depth: usize,
    ) -> Result<Self, FastError> {
        let filters = weights::filters(file, "conv1", 64, 3, 7)?;
        let norm = weights::batch_norm(file, "bn1", 64)?;
        let sums = weights::grey(&filters);
        let grey = Stem::new(
            table,
            &Filters {
                inputs: 1,
                numbers: Numbers::Single(&sums),
                ..filters
            },
            norm.clone(),
        );
        let block = |place| build::bottleneck(file, table, place);
        let mut stages = build::stages(threads, depth, block)?;
        let mut narrow: Vec<(Plane, bool)> = Vec::new();
        for (stage, blocks) in stages.iter_mut().enumerate() {
            for block in blocks {
                let shape = (block.first.output(), stage < EARLY_STAGES);
                block.narrow = match narrow.iter().position(|known| *known == shape) {
                    Some(known) => known,
                    None => {
                        narrow.push(shape);
                        narrow.len() - 1
                    }
                };
            }
        }
        Ok(Self {
            table,
            colour: Stem::new(table, &filters, norm),
            grey,
            stages,
            narrow,
        })
    }

    /// Number of stages.
    pub fn depth(&self) -> usize {
        self.stages.len()
    }

    /// Memory for `together` images at once in the later stages, and for `threads` threads.
    pub fn workspace(&self, together: usize, threads: NonZeroUsize) -> Workspace {
        let zeroed = |numbers: usize| SharedBlocks::zeroed(numbers.div_ceil(CHANNELS));
        let mut trunk = vec![zeroed(Stem::OUTPUT.image())];
        let (mut middle, mut transformed) = (0, 0);
        let mut own = Stem::strip_blocks(self.table);
        for (stage, blocks) in self.stages.iter().enumerate() {
            let images = if stage < EARLY_STAGES { 1 } else { together };
            let kept = if stage + 1 < EARLY_STAGES {
                1
            } else {
                together
            };
            for block in blocks {
                if block.around.is_some() {
                    trunk.push(zeroed(block.output().image() * kept));
                }
                middle = middle.max(block.last.input().image() * images);
                match &block.middle {
                    Middle::Direct(_) => {}
                    Middle::Winograd(winograd) => {
                        let (tiles, products) = winograd.own_blocks(images, threads.get());
                        transformed = transformed.max(tiles);
                        own = own.max(products);
                    }
                }
            }
        }
        let narrow = self
            .narrow
            .iter()
            .map(|(plane, early)| zeroed(plane.image() * if *early { 1 } else { together }))
            .collect();
        let each = |blocks: usize| {
            (0..threads.get())
                .map(|_| SharedBlocks::zeroed(blocks))
                .collect()
        };
        Workspace {
            together,
            trunk,
            scratch: Scratch {
                narrow,
                middle: zeroed(middle),
                transformed: each(transformed),
                own: each(own),
            },
        }
    }

    /// Values that `read` appends for every image and for each of the pass's stages, in order. `read` gets the
    /// output of the stage, one image in blocks of channels, and its shape.
    pub fn run(
        &self,
        pass: Pass<'_>,
        workspace: &Workspace,
        threads: NonZeroUsize,
        cancelled: &dyn Fn() -> bool,
        read: impl Fn(&[f32], Plane, &mut Vec<f32>) + Sync,
    ) -> io::Result<Result<Vec<f32>, PassCancelled>> {
        // The memory for the output of the first stages holds one image.
        let early = pass.stages.iter().any(|stage| *stage < EARLY_STAGES);
        let together = if early { 1 } else { workspace.together };
        thread_pool::run(threads, cancelled, |worker| {
            let mut numbers = Vec::new();
            for first in (0..pass.batch).step_by(together) {
                let count = together.min(pass.batch - first);
                self.group(worker, pass, first, count, workspace)?;
                if worker.thread > 0 {
                    continue;
                }
                for (image, stage) in (0..count)
                    .flat_map(|image| pass.stages.iter().map(move |stage| (image, *stage)))
                {
                    let plane = self.output(stage);
                    // SAFETY: the output of every stage is in a separate buffer, which is written again only
                    // after barriers that this thread has not passed yet.
                    let activations = unsafe { workspace.trunk[stage].span().numbers() };
                    if let Some(image) = activations.chunks_exact(plane.image()).nth(image) {
                        read(image, plane, &mut numbers);
                    }
                }
            }
            Ok(numbers)
        })
    }

    /// The output shape of a stage, counted from 1; of the stem for 0.
    fn output(&self, stage: usize) -> Plane {
        let blocks = stage
            .checked_sub(1)
            .and_then(|index| self.stages.get(index));
        let last = blocks.and_then(|blocks| blocks.last());
        last.map_or(Stem::OUTPUT, Bottleneck::output)
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
        let Workspace { trunk, scratch, .. } = workspace;
        let (stem, pixels) = match pass.images {
            Images::Colour(pixels) => (&self.colour, pixels),
            Images::Grey(pixels) => (&self.grey, pixels),
        };
        let early = EARLY_STAGES.min(pass.depth());
        for image in 0..count {
            let pixels = pixels
                .chunks_exact(stem.numbers())
                .nth(first + image)
                .unwrap_or_default();
            let own = scratch.own[worker.thread].span();
            worker.share(Stem::TASKS, |task| {
                // SAFETY: tasks write different strips, and first the buffer of their own thread.
                unsafe { stem.run(task, pixels, own, trunk[0].span()) }
            })?;
            for (stage, blocks) in self.stages.iter().enumerate().take(early) {
                for block in blocks {
                    let (from, slot) = (
                        trunk[stage].span(),
                        if stage + 1 < EARLY_STAGES { 0 } else { image },
                    );
                    let to = trunk[stage + 1].span().after(slot * block.output().image());
                    block.run(
                        worker,
                        1,
                        if block.around.is_some() { from } else { to },
                        to,
                        scratch,
                    )?;
                }
            }
        }
        let mut last = trunk[early].span();
        let stages = self.stages.iter().enumerate().take(pass.depth());
        for (stage, blocks) in stages.skip(EARLY_STAGES) {
            for block in blocks {
                let to = trunk[stage + 1].span();
                block.run(
                    worker,
                    count,
                    if block.around.is_some() { last } else { to },
                    to,
                    scratch,
                )?;
            }
            last = trunk[stage + 1].span();
        }
        Ok(())
    }
}

/// Appends the values of an image, channel by channel and row by row.
pub fn unpacked(image: &[f32], plane: Plane, numbers: &mut Vec<f32>) {
    for layer in image.chunks_exact(plane.layer()) {
        for channel in 0..CHANNELS {
            for row in 0..plane.side {
                let start = plane.at(row, 0) + channel;
                let pixels = layer.iter().skip(start).step_by(CHANNELS);
                numbers.extend(pixels.take(plane.side));
            }
        }
    }
}

/// Appends an image's numbers, pixel by pixel with its channels side by side.
pub fn by_pixel(image: &[f32], plane: Plane, numbers: &mut Vec<f32>) {
    numbers.reserve(plane.side * plane.side * plane.depth() * CHANNELS);
    for row in 0..plane.side {
        for column in 0..plane.side {
            let start = plane.at(row, column);
            for layer in image.chunks_exact(plane.layer()) {
                numbers.extend_from_slice(&layer[start..start + CHANNELS]);
            }
        }
    }
}

/// Appends the mean over the pixels of an image, for each channel.
pub fn mean(image: &[f32], plane: Plane, features: &mut Vec<f32>) {
    for layer in image.chunks_exact(plane.layer()) {
        let mut sums = [0.0; CHANNELS];
        for pixel in layer.as_chunks::<CHANNELS>().0 {
            for (sum, value) in sums.iter_mut().zip(pixel) {
                *sum += value;
            }
        }
        features.extend(sums.map(|sum| sum / (plane.side * plane.side) as f32));
    }
}
