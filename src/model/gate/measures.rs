//! Numerical measures of a picture: bright tissue, the dark regions that it encloses, and their surroundings.
//!
//! A raster picture has no units and any window, so tissue is segmented twice: at Otsu's level, which finds the
//! body in most windows, and at a level just above black, which finds the rest of it in a narrow bone window.
//! In such a window skin and fat are black and the chest is an open ring of ribs: a region counts as enclosed
//! when lines from it meet tissue in at least seven of eight directions, so that a gap between two ribs does
//! not open it.

use super::grid::{Bounds, Grid, Mask};
use super::levels::mean_of;

/// Highest level that is black, on a grid of means.
pub(super) const JUST_ABOVE_BLACK: f32 = 12.0;
/// Number of directions, of eight, that must meet tissue for a cell to be inside …
const ENCLOSED: u8 = 7;
/// … and the maximum number for it to be outside.
const OUTSIDE: u8 = 4;
/// Minimum size of a lung region in cells; smaller ones are clefts and vessels …
const LEAST_REGION: usize = 12;
/// … and as a share of the largest region.
const LEAST_REGION_SHARE: f32 = 0.08;
/// Value of a measure if there is no region to compute it from.
const NONE: f32 = -1.0;

/// Number of measures of one segmentation, in the order of [`cut`].
const OF_CUT: usize = 34;
/// Number of measures of a picture: those of both segmentations and four of the whole.
pub const COUNT: usize = 2 * OF_CUT + 4;

/// The measures, and those that the gate's messages use.
#[derive(Debug, Clone, PartialEq)]
pub struct Measures {
    pub values: [f32; COUNT],
    /// True if either segmentation has a region that could be a lung.
    pub has_regions: bool,
    /// Width divided by height of the regions together, at Otsu's level or else at the lower one.
    pub region_shape: f32,
    /// Mean level of the regions, at the same level.
    pub region_level: f32,
    /// Vertical centre of the regions in the picture, at the same level; `None` without regions.
    pub region_row: Option<f32>,
    /// Share of white pixels.
    pub white: f32,
}

/// Measures a picture of `width * height` grey levels, at least one.
pub fn measure(levels: &[u8], width: usize, height: usize) -> Measures {
    let grid = Grid::of(levels, width, height);
    let cuts = [otsu(&grid.levels), JUST_ABOVE_BLACK].map(|level| cut(&grid, level));
    let whole = [
        mean_of(levels, |level| u32::from(level <= 2)) as f32,
        mean_of(levels, |level| u32::from(level >= 253)) as f32,
        roughness(&grid),
        grid.width as f32 / grid.height as f32,
    ];
    let mut values = [NONE; COUNT];
    let all = cuts.iter().flatten().flatten().copied();
    let places = cuts.iter().enumerate().filter(|(_, cut)| cut.is_some());
    let places = places.flat_map(|(number, _)| number * OF_CUT..(number + 1) * OF_CUT);
    for (place, value) in places.zip(all) {
        values[place] = value;
    }
    for (place, value) in (2 * OF_CUT..).zip(whole) {
        values[place] = value;
    }
    let [_, white, ..] = whole;
    let of_first = |measure: usize| {
        cuts.iter()
            .flatten()
            .next()
            .map_or(NONE, |cut| cut[measure])
    };
    Measures {
        values,
        has_regions: cuts.iter().any(Option::is_some),
        region_shape: of_first(SHAPE),
        region_level: of_first(LEVEL),
        region_row: cuts[0].map(|cut| cut[ROW]),
        white,
    }
}

/// Index of the regions' width over height among the measures of a segmentation.
const SHAPE: usize = 8;
/// Index of the regions' vertical centre.
const ROW: usize = 10;
/// Index of the regions' mean level.
const LEVEL: usize = 19;

/// The measures at one level; `None` if no region is enclosed.
fn cut(grid: &Grid, level: f32) -> Option<[f32; OF_CUT]> {
    let (width, height) = (grid.width, grid.height);
    let cells = grid.levels.len() as f32;
    let bright = grid.mask(|mean| mean >= level);
    let pieces = bright.pieces();
    let largest = bright.of_places(pieces.first()?);
    let body = largest.bounds()?;
    let walls = bright.walls_around();
    let dark_with = |holds: &dyn Fn(u8) -> bool| {
        bright.like(|place| !bright.cells[place] && holds(walls[place]))
    };
    let enclosed = dark_with(&|walls| walls >= ENCLOSED).shrunk(1).grown(1);
    let outside = dark_with(&|walls| walls <= OUTSIDE);
    let candidates = enclosed.pieces();
    let least = (candidates.first()?.len() as f32 * LEAST_REGION_SHARE).max(LEAST_REGION as f32);
    let regions: Vec<&Vec<usize>> = (candidates.iter())
        .filter(|piece| piece.len() as f32 >= least)
        .collect();
    let region = enclosed.of_places(regions.iter().copied().flatten());
    let bounds = region.bounds()?;
    let (area, bright_area) = (region.count() as f32, bright.count() as f32);

    let centre = (bounds.left + bounds.right) / 2;
    let left = region.share_within(Bounds {
        right: centre,
        ..bounds
    }) * (centre - bounds.left) as f32;
    let right = region.share_within(Bounds {
        left: centre,
        ..bounds
    }) * (bounds.right - centre) as f32;
    let third = (bounds.width() / 3).max(1);
    let between = |from: usize, to: usize| {
        bright.share_within(Bounds {
            left: from,
            right: to,
            ..bounds
        })
    };
    // The vertebra: in the middle, at the lower end of the regions and slightly below.
    let flank = (bounds.width() * 12).div_ceil(100);
    let spine = Bounds {
        left: centre.saturating_sub(flank),
        right: centre + flank + 1,
        top: bounds.top + bounds.height() * 3 / 5,
        bottom: bounds.bottom + bounds.height() * 3 / 20,
    };
    let body_area = bright
        .like(|place| largest.cells[place] || walls[place] >= 6)
        .count() as f32;
    let near = region.grown(2);
    let far = region.grown(6);
    let ring = near.like(|place| near.cells[place] && !region.cells[place]);
    let wall = far.like(|place| far.cells[place] && !near.cells[place]);
    let of_bright = |mask: &Mask| {
        let both = bright.like(|place| bright.cells[place] && mask.cells[place]);
        both.count() as f32 / mask.count().max(1) as f32
    };
    let core = bright.shrunk(1).count() as f32;
    let inside_levels = spread(grid, &region)?;
    let bright_levels = spread(grid, &bright)?;
    let outside_levels = spread(grid, &outside);
    let (column, row) = middle(&region);
    let edge = |left, right, top, bottom| {
        bright.share_within(Bounds {
            left,
            right,
            top,
            bottom,
        })
    };
    let sides = [
        edge(0, 2, 0, height),
        edge(width.saturating_sub(2), width, 0, height),
    ];
    Some([
        bright_area / cells,
        pieces.first()?.len() as f32 / bright_area,
        pieces.len() as f32,
        enclosed.count() as f32 / cells,
        area / cells,
        regions.len() as f32,
        bounds.width() as f32 / width as f32,
        bounds.height() as f32 / height as f32,
        bounds.width() as f32 / bounds.height() as f32,
        // Left and right are equivalent: a slice may be mirrored.
        (column / width as f32 - 0.5).abs(),
        row / height as f32,
        area / (bounds.width() * bounds.height()) as f32,
        left.min(right) / left.max(right),
        symmetry(&region, bounds),
        between(bounds.left + third, bounds.right.saturating_sub(third)),
        (between(bounds.left, bounds.left + third) + between(bounds.right - third, bounds.right))
            / 2.0,
        bright.share_within(spine),
        outside.count() as f32 / cells,
        inside_levels.mean - outside_levels.as_ref().map_or(255.0, |levels| levels.mean),
        inside_levels.mean,
        inside_levels.deviation,
        bright_levels.mean,
        bright_levels.deviation,
        outside_levels.map_or(NONE, |levels| levels.deviation),
        edge(0, width, 0, 2),
        edge(0, width, height.saturating_sub(2), height),
        sides[0].max(sides[1]),
        body.top as f32 / height as f32,
        body.bottom as f32 / height as f32,
        body.width() as f32 / body.height() as f32,
        area / body_area,
        of_bright(&ring),
        of_bright(&wall),
        1.0 - core / bright_area,
    ])
}

/// Mean and standard deviation of grey levels.
struct Levels {
    mean: f32,
    deviation: f32,
}

/// The levels of the grid under `mask`; `None` if that is empty.
fn spread(grid: &Grid, mask: &Mask) -> Option<Levels> {
    let under = || {
        let cells = grid.levels.iter().zip(&mask.cells);
        cells.filter(|(_, cell)| **cell).map(|(level, _)| *level)
    };
    let count = under().count();
    if count == 0 {
        return None;
    }
    let mean = under().sum::<f32>() / count as f32;
    let squares: f32 = under().map(|level| (level - mean).powi(2)).sum();
    let deviation = (squares / count as f32).sqrt();
    Some(Levels { mean, deviation })
}

/// Mean column and row of the cells in `mask`, which is not empty.
fn middle(mask: &Mask) -> (f32, f32) {
    let (mut column, mut row, mut count) = (0, 0, 0);
    for place in (0..mask.cells.len()).filter(|&place| mask.cells[place]) {
        column += place % mask.width;
        row += place / mask.width;
        count += 1;
    }
    let count = count.max(1) as f32;
    (column as f32 / count, row as f32 / count)
}

/// Overlap of `mask` and its mirror image within `bounds`: intersection over union.
fn symmetry(mask: &Mask, bounds: Bounds) -> f32 {
    let (mut both, mut either) = (0_u32, 0_u32);
    for row in mask
        .cells
        .chunks_exact(mask.width)
        .take(bounds.bottom)
        .skip(bounds.top)
    {
        let row = &row[bounds.left..bounds.right];
        for (&here, &there) in row.iter().zip(row.iter().rev()) {
            both += u32::from(here && there);
            either += u32::from(here || there);
        }
    }
    both as f32 / either.max(1) as f32
}

/// Mean step between neighbours in a row and in a column, divided by the standard deviation.
fn roughness(grid: &Grid) -> f32 {
    let (width, cells) = (grid.width, grid.levels.len() as f32);
    let across =
        (grid.levels.chunks_exact(width)).flat_map(|row| row.iter().zip(row.iter().skip(1)));
    let down = grid.levels.iter().zip(grid.levels.iter().skip(width));
    let steps: f32 = across.chain(down).map(|(a, b)| (a - b).abs()).sum();
    let mean = grid.levels.iter().sum::<f32>() / cells;
    let squares: f32 = grid.levels.iter().map(|level| (level - mean).powi(2)).sum();
    steps / cells / (squares / cells).sqrt().max(1.0)
}

/// The level that separates dark from bright with the least variance within both (Otsu 1979, "A Threshold
/// Selection Method from Gray-Level Histograms").
pub(super) fn otsu(levels: &[f32]) -> f32 {
    let mut histogram = [0_u32; 256];
    for &level in levels {
        histogram[level as usize & 255] += 1;
    }
    let total = levels.len() as f32;
    let weighted = (0_u32..)
        .zip(histogram)
        .map(|(level, count)| level as f32 * count as f32);
    let all: f32 = weighted.sum::<f32>() / total;
    let (mut share, mut sum) = (0.0, 0.0);
    let (mut best, mut most) = (0, 0.0);
    for (level, &count) in histogram.iter().enumerate() {
        share += count as f32 / total;
        sum += level as f32 * count as f32 / total;
        let between = (all * share - sum).powi(2) / (share * (1.0 - share));
        // 0/0 gives NaN where one side is empty.
        if between.is_finite() && between > most {
            (best, most) = (level, between);
        }
    }
    (best + 1) as f32
}
