//! A convolution: packed filters, and the sums of a part of its output.

use std::mem::MaybeUninit;
use std::ops::Range;

use super::method::{Method, Multiplier};
use super::store::{self, Finish, Sums};
use super::walk::{Group, PIXELS, Walk};
use crate::model::bf16::amx::Product;
use crate::model::bf16::filters::Filters as Packed;
use crate::model::bf16::memory::LINE;
use crate::model::fast::block::Span;
use crate::model::fast::convolution::{Affine, Grid};
use crate::model::fast::panels::Filters;

/// Groups that pass a panel of filters before the next panel: those of few pixels stay in the first cache.
const TOGETHER: usize = 8;
/// Minimum number of tasks for each thread, so that a slow core delays the others only briefly.
const TASKS_PER_THREAD: usize = 4;
/// Input, and filters, of a task in bytes that stay in the second cache.
const STRIP_BYTES: usize = 512 << 10;
/// Pairs of groups of a strip at least, since each strip reads all filters of its panels.
const PAIRS_PER_STRIP: usize = 4;

/// Filters in bfloat16, batch norm and ReLU of a convolution; its pixels are named by a [`Walk`].
#[derive(Debug)]
pub struct Convolution {
    filters: Packed,
    affine: Affine,
    relu: bool,
    taps: usize,
    inputs: usize,
    outputs: usize,
}

impl Convolution {
    /// Packs `filters`.
    pub fn new(filters: &Filters<'_>, affine: Affine, relu: bool) -> Self {
        let (taps, inputs) = (filters.side * filters.side, filters.inputs);
        let mut weights = vec![0.0; filters.outputs * taps * inputs];
        let mut row = vec![0.0; taps * inputs];
        for (output, weights) in weights.chunks_exact_mut(taps * inputs).enumerate() {
            if taps == 1 {
                filters.numbers.widen(output * inputs, weights);
                continue;
            }
            filters.numbers.widen(output * row.len(), &mut row);
            for (tap, weights) in weights.chunks_exact_mut(inputs).enumerate() {
                let values = row.iter().skip(tap).step_by(taps);
                for (weight, value) in weights.iter_mut().zip(values) {
                    *weight = *value;
                }
            }
        }
        Self::from_rows(&weights, [filters.outputs, taps, inputs], affine, relu)
    }

    /// Packs `weights`, `(outputs, taps, inputs)`.
    pub fn from_rows(weights: &[f32], shape: [usize; 3], affine: Affine, relu: bool) -> Self {
        let [outputs, taps, inputs] = shape;
        let mut filters = Packed::zeroed(outputs, taps, inputs, false);
        filters.pack(weights, outputs, taps, inputs);
        Self {
            filters,
            affine,
            relu,
            taps,
            inputs,
            outputs,
        }
    }

    /// Channels of the output.
    pub fn outputs(&self) -> usize {
        self.outputs
    }

    /// Divides the convolution of `images` images into tasks for `threads` threads.
    pub fn grid(&self, walk: &Walk, images: usize, threads: usize) -> Grid {
        let groups = walk.groups(images);
        let tasks = match threads {
            1 => 1,
            _ => threads * TASKS_PER_THREAD,
        };
        let bytes = groups * PIXELS * self.inputs * size_of::<u16>();
        let filters = self.outputs * self.taps * self.inputs * size_of::<u16>();
        let strips = bytes.div_ceil(STRIP_BYTES);
        // Few filters are read by every thread; many are divided among them.
        let strips = match filters > STRIP_BYTES {
            true => strips,
            false => strips.max(tasks),
        };
        let strips = strips.min(groups.div_ceil(2 * PAIRS_PER_STRIP)).max(1);
        let panels = self.outputs / LINE;
        Grid::new(groups, 2, panels, strips, tasks.div_ceil(strips))
    }

    /// Computes `groups` (counted over `images` images) times `panels`. With `residual`, the previous contents of the output are
    /// added.
    ///
    /// # Safety
    /// `method` is available; no other thread may write `input` or access this part of `output` during the call.
    #[expect(
        clippy::too_many_arguments,
        reason = "a part of a product has that many borders"
    )]
    pub unsafe fn run(
        &self,
        method: Method,
        walk: &Walk,
        images: usize,
        (groups, panels): (Range<usize>, Range<usize>),
        input: Span<'_>,
        output: Span<'_>,
        residual: bool,
    ) {
        let (read, written) = walk.numbers(images);
        assert!(2 * input.count() >= read && 2 * output.count() >= written);
        assert!(walk.channels() == (self.inputs, self.outputs));
        assert!(walk.steps().len() * LINE == self.taps * self.inputs);
        assert!(panels.end * LINE <= self.outputs && groups.end <= walk.groups(images));
        let input: *const u16 = input.as_mut_ptr().cast();
        let output: *mut u16 = output.as_mut_ptr().cast();
        // SAFETY: the caller promises that the method is available; no caller of this function has a multiplier.
        let multiplier = unsafe { Multiplier::new(method) };
        for first in groups.clone().step_by(TOGETHER) {
            let mut block = [Group::NONE; TOGETHER];
            let count = TOGETHER.min(groups.end - first);
            for (slot, group) in block.iter_mut().enumerate().take(count) {
                *group = walk.group(first + slot, images);
            }
            for panel in panels.clone() {
                let channel = panel * LINE;
                let blocks = channel / (LINE / 2);
                let finish = Finish {
                    factor: self.affine.factor[blocks..].as_ptr().cast(),
                    addend: self.affine.addend[blocks..].as_ptr().cast(),
                    // SAFETY: within the output's first pixel.
                    output: unsafe { output.add(channel) },
                    residual,
                    relu: self.relu,
                };
                // SAFETY: within the packed filters.
                let filters = unsafe {
                    let before = channel * self.taps * self.inputs;
                    self.filters.forward.as_ptr().add(before)
                };
                for pair in block[..count].chunks(2) {
                    // SAFETY: the walk was made for these layouts, whose memory was checked above.
                    unsafe {
                        let left = [pair[0].input, pair[pair.len() - 1].input];
                        let left = left.map(|numbers| input.add(numbers));
                        let pixel = self.inputs * size_of::<u16>();
                        let factors = Factors {
                            left,
                            pixel,
                            filters,
                        };
                        two_groups(method, &multiplier, walk.steps(), factors, &finish, pair);
                    }
                }
            }
        }
    }
}

/// Factors of two groups: their pixels, bytes from a pixel to the next, and a panel of filters.
#[derive(Debug, Clone, Copy)]
pub struct Factors {
    pub left: [*const u16; 2],
    pub pixel: usize,
    pub filters: *const u16,
}

/// Computes one or two groups for a panel of channels.
///
/// # Safety
/// The addresses are good for the steps and the groups; as for [`Multiplier::multiply`] and [`store::store`].
pub unsafe fn two_groups(
    method: Method,
    multiplier: &Multiplier,
    steps: &[[isize; 2]],
    factors: Factors,
    finish: &Finish,
    groups: &[Group],
) {
    #[repr(C, align(64))]
    struct Aligned([Sums; 2]);
    let mut sums = MaybeUninit::<Aligned>::uninit();
    let first: *mut f32 = sums.as_mut_ptr().cast();
    // SAFETY: the caller's promise; every sum is written, as there is a step.
    unsafe {
        multiplier.multiply(&Product {
            steps,
            left: factors.left,
            left_row: factors.pixel,
            right: factors.filters,
            right_row: 2 * LINE * size_of::<u16>(),
            sums: [first, first.add(PIXELS * LINE)],
            sums_row: LINE * size_of::<f32>(),
        });
        for (sums, group) in sums.assume_init_ref().0.iter().zip(groups) {
            store::store(method, finish, sums, &group.to);
        }
    }
}
