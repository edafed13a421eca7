//! Convolutions of a batch, on all threads.

use rayon::prelude::*;

use super::kernel::{self, PIXELS, Tap, Tile};
use super::memory::{LINE, Memory};
use super::view::View;

/// Number of tasks that an image is cut into.
const STRIPS: usize = 2;
/// Filters that leave no room for pixels in the second cache, in bytes.
const MANY_FILTERS: usize = 600_000;

/// A convolution and the pixels that it reads and writes.
#[derive(Debug, Clone, Copy)]
pub struct Job<'a> {
    pub images: usize,
    /// Rows, and columns, of the output: a multiple of [`PIXELS`].
    pub side: usize,
    pub input: &'a Memory,
    /// The central pixel of the window of each output pixel.
    pub input_view: View,
    pub taps: &'a [Tap],
    /// Number of taps in the packed filters; `taps` may leave some of them out.
    pub packed: usize,
    /// Channels of the input, a multiple of [`LINE`].
    pub depth: usize,
    pub filters: &'a Memory,
    /// Channels of the output, a multiple of [`LINE`].
    pub outputs: usize,
    pub output_view: View,
    pub bias: Option<&'a [f32]>,
    pub residual: Option<(Residual<'a>, View)>,
    /// The output stays where these numbers are not zero.
    pub mask: Option<(&'a Memory, View)>,
    pub relu: bool,
}

/// Numbers that are added to the sums.
#[derive(Debug, Clone, Copy)]
pub enum Residual<'a> {
    Other(&'a Memory),
    /// The previous contents of the output.
    Output,
}

/// The memory of an output whose pixels are written by several threads, each its own.
#[derive(Clone, Copy)]
struct Shared(*mut u16);

// SAFETY: tasks write different pixels, see `run`.
unsafe impl Send for Shared {}
// SAFETY: as above.
unsafe impl Sync for Shared {}

/// Computes the convolution into `output`.
///
/// # Panics
/// Sides or channels are no multiples of the kernel's, a memory is too small, or the processor lacks the instructions.
pub fn run(job: &Job<'_>, output: &mut Memory) {
    assert!(super::is_available(), "a processor without AVX-512 BF16");
    let Job {
        images,
        side,
        depth,
        outputs,
        ..
    } = *job;
    assert!(side.is_multiple_of(PIXELS) && side.is_multiple_of(STRIPS));
    assert!(depth.is_multiple_of(LINE) && outputs.is_multiple_of(LINE));
    assert!(job.filters.count() >= outputs * job.packed * depth);
    assert!(job.taps.iter().all(|tap| tap.packed < job.packed));
    let far = job.taps.iter().map(|tap| tap.offset).max().unwrap_or(0);
    let near = job.taps.iter().map(|tap| tap.offset).min().unwrap_or(0);
    let last = job.input_view.extent(images, side, depth) as isize + far;
    assert!(job.input_view.start as isize + near >= 0 && last <= job.input.count() as isize);
    assert!(job.output_view.extent(images, side, outputs) <= output.count());
    assert!(job.bias.is_none_or(|bias| bias.len() >= outputs));
    let fits = |memory: &Memory, view: View| view.extent(images, side, outputs) <= memory.count();
    assert!(job.mask.is_none_or(|(memory, view)| fits(memory, view)));
    assert!(job.residual.is_none_or(|(residual, view)| match residual {
        Residual::Other(memory) => fits(memory, view),
        Residual::Output => view == job.output_view,
    }));
    let to = Shared(output.as_mut_ptr());
    (0..images * STRIPS).into_par_iter().for_each(|task| {
        let rows = side / STRIPS;
        let (image, first) = (task / STRIPS, task % STRIPS * rows);
        // SAFETY: every task has rows of its own of the output; the memories' sizes were checked above.
        unsafe { strip(job, to, image, first..first + rows) }
    });
}

/// Computes some rows of an image.
///
/// # Safety
/// Sizes have been checked; no other thread touches these rows of the output.
unsafe fn strip(job: &Job<'_>, output: Shared, image: usize, rows: std::ops::Range<usize>) {
    let at = |view: View, row: usize, column: usize| {
        view.start + image * view.image + row * view.row + column * view.pixel
    };
    // Few filters stay in the second cache with one row of pixels after the other; many are read once for all rows.
    let filters = job.outputs * job.taps.len() * job.depth * size_of::<u16>();
    let together = if filters > MANY_FILTERS {
        rows.len()
    } else {
        1
    };
    let panels = job.outputs / LINE;
    for part in 0..panels * rows.len().div_ceil(together) {
        let (panel, part) = (part % panels, part / panels);
        let channel = panel * LINE;
        let first = rows.start + part * together;
        for row in first..(first + together).min(rows.end) {
            for column in (0..job.side).step_by(PIXELS) {
                // SAFETY: within the memories, says the caller.
                unsafe {
                    let to = output.0.add(at(job.output_view, row, column) + channel);
                    let (residual, residual_pixel) = match job.residual {
                        None => (std::ptr::null(), 0),
                        Some((Residual::Output, view)) => (to.cast_const(), view.pixel),
                        Some((Residual::Other(memory), view)) => (
                            memory.as_ptr().add(at(view, row, column) + channel),
                            view.pixel,
                        ),
                    };
                    let (mask, mask_pixel) = match job.mask {
                        None => (std::ptr::null(), 0),
                        Some((memory, view)) => (
                            memory.as_ptr().add(at(view, row, column) + channel),
                            view.pixel,
                        ),
                    };
                    kernel::tile(&Tile {
                        input: job.input.as_ptr().add(at(job.input_view, row, column)),
                        input_pixel: job.input_view.pixel,
                        taps: job.taps,
                        depth: job.depth,
                        filters: job.filters.as_ptr().add(channel * job.packed * job.depth),
                        output: to,
                        output_pixel: job.output_view.pixel,
                        bias: job
                            .bias
                            .map_or(std::ptr::null(), |bias| bias[channel..].as_ptr()),
                        residual,
                        residual_pixel,
                        mask,
                        mask_pixel,
                        relu: job.relu,
                    });
                }
            }
        }
    }
}
