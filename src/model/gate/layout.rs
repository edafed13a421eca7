//! Layout of a picture in which every pixel at least as bright as a given level counts as tissue: the trunk,
//! and the lungs as dark regions that it encloses.
//!
//! All lengths are shares of the trunk's width or height and all levels are relative to each other, so that
//! window, size and aspect ratio have little influence.

use super::grid::{Bounds, Grid, Mask};

/// Number of directions, of eight, that must meet the body for a cell to be inside the trunk.
const ENCLOSED: u8 = 7;
/// Pieces of tissue smaller than the largest divided by this are not part of the body: the table, letters.
const BODY_PIECE: usize = 10;
/// Minimum size of a lung region in cells; smaller ones are airways and gaps …
const LEAST_REGION: usize = 10;
/// … and as a share of the trunk.
const LEAST_REGION_SHARE: f32 = 0.004;
/// Distance from the trunk's upper and lower end at which its width is measured, as a share of its height.
const NEAR_END: f32 = 0.04;
/// Width in cells of the margin around the lungs in which tissue is measured.
const WALL: usize = 3;

/// Measures of a trunk with lungs. A share is between 0 and 1.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Layout {
    /// Width of the trunk over its height.
    pub trunk_shape: f32,
    /// Share of the rectangle around the trunk that it fills.
    pub trunk_solid: f32,
    /// Width of the trunk near its upper end, as a share of its maximum width.
    pub top_width: f32,
    /// Width of the trunk near its lower end, as a share of its maximum width.
    pub bottom_width: f32,
    /// Width of the trunk at half its height, as a share of its maximum width.
    pub middle_width: f32,
    /// Width of the trunk at a quarter of its height divided by the width at three quarters.
    pub taper: f32,
    /// Share of the lower border of the picture that is trunk.
    pub at_lower_border: f32,
    /// Share of the trunk that is tissue.
    pub tissue: f32,
    /// Share of the trunk that is lung.
    pub lungs: f32,
    /// Share of the lungs that is in the larger region.
    pub largest: f32,
    /// Share of the lungs in the half of the trunk that has less of them.
    pub balance: f32,
    /// Width of both lungs together over their height.
    pub lungs_shape: f32,
    /// Height of the lungs over that of the trunk.
    pub lungs_height: f32,
    /// Width of the lungs over that of the trunk.
    pub lungs_width: f32,
    /// Vertical centre of the lungs, measured from the trunk's upper end, divided by the trunk's height.
    pub lungs_row: f32,
    /// Distance from the trunk's upper end to the lungs, divided by the trunk's height.
    pub above: f32,
    /// Distance from the lungs to the trunk's lower end, divided by the trunk's height.
    pub below: f32,
    /// Share of tissue at the position of the spine: in the middle, from the lower part of the lungs to the
    /// back.
    pub spine: f32,
    /// Share of tissue in the margin around the lungs.
    pub walls: f32,
    /// Mean level of the lungs without their edges, 0 to 255.
    pub lung_level: f32,
    /// Difference of the mean levels of tissue and lungs.
    pub contrast: f32,
    /// Standard deviation of the lungs' levels divided by the contrast.
    pub lung_spread: f32,
    /// Standard deviation of the tissue's levels divided by the contrast.
    pub tissue_spread: f32,
}

impl Layout {
    /// Measures the trunk at `level`; `None` if no tissue encloses anything.
    pub(super) fn of(grid: &Grid, level: f32) -> Option<Self> {
        let bright = grid.mask(|mean| mean >= level);
        let body = body(&bright)?;
        let walls = body.walls_around();
        let enclosed = |place: usize| walls[place] >= ENCLOSED;
        let trunk = bright.like(|place| body.cells[place] || enclosed(place));
        let trunk_cells = trunk.count() as f32;
        let regions = bright
            .like(|place| enclosed(place) && !bright.cells[place])
            .pieces();
        let least = (LEAST_REGION as f32).max(LEAST_REGION_SHARE * trunk_cells);
        let regions: Vec<_> = (regions.iter())
            .filter(|region| region.len() as f32 >= least)
            .collect();
        let lungs = bright.of_places(regions.iter().copied().flatten());
        let lung_cells = lungs.count() as f32;
        let (around, within) = (trunk.bounds()?, lungs.bounds()?);
        let [width, height] = [around.width() as f32, around.height() as f32];
        let at = |share: f32| width_at(&trunk, around, share) / width;
        let (lung_levels, tissue_levels) = (
            spread(grid, &lungs.shrunk(1)),
            spread(grid, &body.shrunk(2)),
        );
        let contrast = (tissue_levels[0] - lung_levels[0]).max(1.0);
        let left = left_of(&lungs, (around.left + around.right) as f32 / 2.0) / lung_cells;
        let picture = grid.height;
        Some(Self {
            trunk_shape: width / height,
            trunk_solid: trunk_cells / (width * height),
            top_width: at(NEAR_END),
            bottom_width: at(1.0 - NEAR_END),
            middle_width: at(0.5),
            taper: at(0.25) / at(0.75).max(f32::EPSILON),
            at_lower_border: trunk.share_within(Bounds {
                left: 0,
                right: grid.width,
                top: picture.saturating_sub(2),
                bottom: picture,
            }),
            tissue: body.count() as f32 / trunk_cells,
            lungs: lung_cells / trunk_cells,
            largest: regions.first()?.len() as f32 / lung_cells,
            balance: left.min(1.0 - left),
            lungs_shape: within.width() as f32 / within.height() as f32,
            lungs_height: within.height() as f32 / height,
            lungs_width: within.width() as f32 / width,
            lungs_row: (middle_row(&lungs) - around.top as f32) / height,
            above: (within.top - around.top) as f32 / height,
            below: (around.bottom - within.bottom) as f32 / height,
            spine: body.share_within(spine(within, around)),
            walls: wall(&lungs, &bright),
            lung_level: lung_levels[0],
            contrast,
            lung_spread: lung_levels[1] / contrast,
            tissue_spread: tissue_levels[1] / contrast,
        })
    }
}

/// The large pieces of tissue, without thin structures: the table, letters, lines.
fn body(bright: &Mask) -> Option<Mask> {
    let cores = bright.shrunk(1).pieces();
    let largest = cores.first()?.len();
    let large = cores
        .iter()
        .filter(|core| core.len() * BODY_PIECE >= largest);
    let near = bright.of_places(large.flatten()).grown(1);
    Some(bright.like(|place| near.cells[place] && bright.cells[place]))
}

/// Number of cells of the trunk in the row at a share of its height.
fn width_at(trunk: &Mask, around: Bounds, share: f32) -> f32 {
    let row = around.top + (share * around.height() as f32) as usize;
    let row = row.min(around.bottom - 1);
    let cells = trunk.cells.chunks_exact(trunk.width).nth(row);
    cells.map_or(0.0, |cells| {
        cells.iter().filter(|&&cell| cell).count() as f32
    })
}

/// Number of cells of a mask to the left of a column.
fn left_of(mask: &Mask, column: f32) -> f32 {
    let rows = mask.cells.chunks_exact(mask.width);
    let left = rows.map(|row| {
        let cells = row.iter().zip(0_u16..);
        let cells = cells.filter(|&(&cell, at)| cell && f32::from(at) + 0.5 < column);
        cells.count() as f32
    });
    left.sum()
}

/// Mean row of the cells of a mask that is not empty.
fn middle_row(mask: &Mask) -> f32 {
    let rows = mask.cells.chunks_exact(mask.width).zip(0_u16..);
    let weighted = rows.map(|(row, at)| {
        let cells = row.iter().filter(|&&cell| cell).count() as f32;
        cells * (f32::from(at) + 0.5)
    });
    weighted.sum::<f32>() / mask.count() as f32
}

/// Expected position of the spine between and behind the lungs.
fn spine(lungs: Bounds, trunk: Bounds) -> Bounds {
    let middle = (lungs.left + lungs.right) / 2;
    let flank = lungs.width().div_ceil(10);
    Bounds {
        left: middle.saturating_sub(flank),
        right: middle + flank + 1,
        top: lungs.top + lungs.height() * 3 / 5,
        bottom: trunk.bottom - trunk.height() / 20,
    }
}

/// Share of bright cells in the margin around the lungs.
fn wall(lungs: &Mask, bright: &Mask) -> f32 {
    let near = lungs.grown(WALL);
    let wall = near.like(|place| near.cells[place] && !lungs.cells[place]);
    let tissue = wall.like(|place| wall.cells[place] && bright.cells[place]);
    tissue.count() as f32 / wall.count().max(1) as f32
}

/// Mean and standard deviation of the levels under a mask; zero if it is empty.
fn spread(grid: &Grid, mask: &Mask) -> [f32; 2] {
    let levels = || {
        let cells = grid.levels.iter().zip(&mask.cells);
        cells.filter(|(_, cell)| **cell).map(|(level, _)| *level)
    };
    let count = mask.count().max(1) as f32;
    let mean = levels().sum::<f32>() / count;
    let squares: f32 = levels().map(|level| (level - mean).powi(2)).sum();
    [mean, (squares / count).sqrt()]
}
