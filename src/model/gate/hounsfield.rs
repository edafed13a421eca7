//! Anatomy of a slice in Hounsfield units, where air and tissue are known.

use super::grid::Grid;

/// Measures of the anatomy in a slice.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Anatomy {
    /// Share of the picture that is body, including the air that it encloses.
    pub body: f64,
    /// The longer side of the rectangle around the body, divided by the longer side of the picture.
    pub body_side: f64,
    /// Share of the picture that is air enclosed by the body, in large regions.
    pub enclosed_air: f64,
}

/// Hounsfield units from which a cell is tissue.
const TISSUE: i32 = -400;
/// Minimum size of a region in cells; smaller regions of air are bowel, trachea or sinus.
const LEAST_REGION: usize = 30;
/// Number of directions, of eight, that must meet the body for air to be inside it.
const ENCLOSED: u8 = 7;

/// Measures `width * height` Hounsfield units, at least one.
pub fn anatomy(values: &[i16], width: usize, height: usize) -> Anatomy {
    // One level is eight units, so that the grid of grey levels can be used.
    let level = |unit: i32| ((unit + 1024) / 8).clamp(0, 255) as u8;
    let levels: Vec<u8> = (values.iter())
        .map(|&value| level(i32::from(value)))
        .collect();
    let grid = Grid::of(&levels, width, height);
    let tissue = grid.mask(|mean| mean >= f32::from(level(TISSUE)));
    let pieces = tissue.pieces();
    let body = tissue.of_places(pieces.first().into_iter().flatten());
    let walls = body.walls_around();
    let air = tissue.like(|place| !tissue.cells[place] && walls[place] >= ENCLOSED);
    let air = air.shrunk(1).grown(1).pieces();
    let regions = air
        .iter()
        .map(Vec::len)
        .filter(|&cells| cells >= LEAST_REGION);
    let air = regions.sum::<usize>();
    let side = body
        .bounds()
        .map_or(0, |bounds| bounds.width().max(bounds.height()));
    let share = |cells: usize| cells as f64 / grid.levels.len() as f64;
    Anatomy {
        body: share(body.count() + air),
        body_side: side as f64 / grid.width.max(grid.height) as f64,
        enclosed_air: share(air),
    }
}
