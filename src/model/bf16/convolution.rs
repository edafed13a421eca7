//! Convolutions of a batch, on all threads.

use std::mem::MaybeUninit;

use rayon::prelude::*;

use super::amx::{self, Product, Shape, Sums, Tiles};
use super::kernel::{self, PIXELS, Tap, Tile};
use super::memory::{LINE, Memory};
use super::view::View;

/// Number of tasks that an image is cut into.
const STRIPS: usize = 2;
/// Rows that are computed for a panel before the next one.
const AT_ONCE: usize = 1;
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
    run_by(amx::is_available(), job, output);
}

/// As [`run`], by AMX or by AVX-512.
pub fn run_by(by_tiles: bool, job: &Job<'_>, output: &mut Memory) {
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
    let reaches = |view: View| view.extent(images, side, outputs);
    assert!(
        job.mask
            .is_none_or(|(memory, view)| reaches(view) <= memory.count())
    );
    assert!(job.residual.is_none_or(|(residual, view)| match residual {
        Residual::Other(memory) => reaches(view) <= memory.count(),
        Residual::Output => view == job.output_view,
    }));
    let to = Shared(output.as_mut_ptr());
    let steps = if by_tiles { steps(job) } else { Vec::new() };
    (0..images * STRIPS).into_par_iter().for_each(|task| {
        let rows = side / STRIPS;
        let (image, first) = (task / STRIPS, task % STRIPS * rows);
        // SAFETY: every task has rows of its own of the output; the memories' sizes were checked above.
        unsafe { strip(job, to, &steps, image, first..first + rows) }
    });
}

/// Distances, in bytes, of each [`LINE`] channels of each tap, in the pixels and in the filters.
fn steps(job: &Job<'_>) -> Vec<[isize; 2]> {
    let bytes = |numbers: isize| numbers * size_of::<u16>() as isize;
    let mut steps = Vec::new();
    for tap in job.taps {
        for channel in (0..job.depth).step_by(LINE) {
            let pixels = tap.offset + channel as isize;
            let filters = ((tap.packed * job.depth + channel) * LINE) as isize;
            steps.push([pixels, filters].map(bytes));
        }
    }
    steps
}

/// Computes some rows of an image.
///
/// # Safety
/// Sizes have been checked; no other thread touches these rows of the output.
unsafe fn strip(
    job: &Job<'_>,
    output: Shared,
    steps: &[[isize; 2]],
    image: usize,
    rows: std::ops::Range<usize>,
) {
    // Few filters stay in the second cache with one row of pixels after the other; many are read once for all rows.
    let filters = job.outputs * job.taps.len() * job.depth * size_of::<u16>();
    let together = if filters > MANY_FILTERS {
        rows.len()
    } else {
        AT_ONCE
    };
    let panels = job.outputs / LINE;
    // SAFETY: `steps` is empty unless the instructions may be used; this thread has no other tiles.
    let tiles = (!steps.is_empty()).then(|| unsafe { Tiles::new(Shape::Convolution) });
    for part in 0..panels * rows.len().div_ceil(together) {
        let (panel, part) = (part % panels, part / panels);
        let first = rows.start + part * together;
        let rows = first..(first + together).min(rows.end);
        let mut places = rows.flat_map(|row| {
            let columns = (0..job.side).step_by(PIXELS);
            columns.map(move |column| (row, column))
        });
        while let Some(place) = places.next() {
            // SAFETY: within the memories, says the caller.
            unsafe {
                let tile = tile(job, output, panel * LINE, image, place);
                let Some(tiles) = &tiles else {
                    kernel::tile(&tile);
                    continue;
                };
                let next = places.next();
                let next = next.map(|place| self::tile(job, output, panel * LINE, image, place));
                two_tiles(tiles, steps, &tile, next.as_ref());
            }
        }
    }
}

/// The tile of an image whose first pixel is in `row` and `column`, for a panel of channels from `channel` on.
///
/// # Safety
/// As for [`strip`].
unsafe fn tile<'a>(
    job: &Job<'a>,
    output: Shared,
    channel: usize,
    image: usize,
    (row, column): (usize, usize),
) -> Tile<'a> {
    let at = |view: View| view.start + image * view.image + row * view.row + column * view.pixel;
    let read = |memory: &Memory, view: View| {
        // SAFETY: within the memory, says the caller.
        let address = unsafe { memory.as_ptr().add(at(view) + channel) };
        (address, view.pixel)
    };
    // SAFETY: as above.
    let to = unsafe { output.0.add(at(job.output_view) + channel) };
    let (residual, residual_pixel) = match job.residual {
        None => (std::ptr::null(), 0),
        Some((Residual::Output, view)) => (to.cast_const(), view.pixel),
        Some((Residual::Other(memory), view)) => read(memory, view),
    };
    let mask = job.mask.map(|(memory, view)| read(memory, view));
    let (mask, mask_pixel) = mask.unwrap_or((std::ptr::null(), 0));
    let bias = job.bias.map(|bias| bias[channel..].as_ptr());
    Tile {
        // SAFETY: as above.
        input: unsafe { job.input.as_ptr().add(at(job.input_view)) },
        input_pixel: job.input_view.pixel,
        taps: job.taps,
        depth: job.depth,
        // SAFETY: as above.
        filters: unsafe { job.filters.as_ptr().add(channel * job.packed * job.depth) },
        output: to,
        output_pixel: job.output_view.pixel,
        bias: bias.unwrap_or(std::ptr::null()),
        residual,
        residual_pixel,
        mask,
        mask_pixel,
        relu: job.relu,
    }
}

/// Computes a tile, and the next one if there is one.
///
/// # Safety
/// There is a step. As for [`kernel::tile`] and [`Tiles::multiply`].
unsafe fn two_tiles(tiles: &Tiles, steps: &[[isize; 2]], tile: &Tile<'_>, next: Option<&Tile<'_>>) {
    let mut sums = MaybeUninit::<Sums>::uninit();
    let first: *mut f32 = sums.as_mut_ptr().cast();
    // SAFETY: the caller's promise; every sum is written, as there is a step. Without a next tile its sums are those of the first.
    unsafe {
        tiles.multiply(&Product {
            steps,
            left: [tile.input, next.unwrap_or(tile).input],
            left_row: tile.input_pixel * size_of::<u16>(),
            right: tile.filters,
            right_row: 2 * LINE * size_of::<u16>(),
            sums: [first, first.add(PIXELS * LINE)],
            sums_row: LINE * size_of::<f32>(),
        });
        let sums = sums.assume_init_ref();
        kernel::store(tile, &sums.0[0]);
        if let Some(next) = next {
            kernel::store(next, &sums.0[1]);
        }
    }
}
