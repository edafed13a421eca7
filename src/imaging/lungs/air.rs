//! Classifies the air inside the body: lung, or airway, bowel gas and outside air.

use super::body::Body;
use super::cells::Cells;
use super::pieces::pieces;

/// Minimum area of a piece of air, in mm²; smaller ones are noise, streaks and small airways.
const LEAST_PIECE_MM2: f32 = 100.0;
/// Minimum number of directions, of eight, in which the body surrounds a cell; mean over a piece. On real
/// slices lungs have more than 7.5, air around the body, mattresses and blankets 2.2 to 4.9, rarely 6.9.
const LEAST_WALLS: f32 = 7.0;
/// The minimum where the picture cuts a piece off, since no body is visible beyond it: for pieces from
/// [`MEDIUM_MM2`], of which those outside have up to 4.1, …
const LEAST_WALLS_CUT_OFF: f32 = 4.5;
/// … and for smaller ones.
const LEAST_WALLS_CUT_OFF_SMALL: f32 = 5.0;
/// Gas is darker than this, lung brighter.
const GAS_HU: i16 = -940;
/// Minimum share of a piece that is brighter than gas. Severe emphysema has 0.4, the stomach's bubble 0.15.
const LEAST_LUNG_SHARE: f32 = 0.25;
/// Pieces below this area, in mm², may be a gas bubble or a fold of skin with an edge that contains much of the
/// brighter part …
const MEDIUM_MM2: f32 = 3_000.0;
/// … and need this share.
const LEAST_LUNG_SHARE_MEDIUM: f32 = 0.5;
/// Pieces below this area, in mm², may be an airway …
const SMALL_MM2: f32 = 700.0;
/// … and are one if nearer to the centre of the body than this share of its width: trachea, bronchi,
/// oesophagus.
const MIDDLE_SHARE: f32 = 0.1;
/// Minimum area of lung, in mm².
const LEAST_LUNGS_MM2: f32 = 200.0;

/// Air inside the body, classified.
#[derive(Debug)]
pub(super) struct Air {
    /// Cells of the lungs.
    pub lung: Vec<bool>,
    /// Area of the lungs' air, in mm².
    pub lung_mm2: f32,
    /// Area of airways and gas.
    pub other_mm2: f32,
}

impl Air {
    /// Classifies the air inside `body`.
    pub(super) fn of(cells: &Cells, body: &Body) -> Self {
        let shape = cells.shape;
        let mut air = Self {
            lung: vec![false; shape.cells()],
            lung_mm2: 0.0,
            other_mm2: 0.0,
        };
        for piece in pieces(&body.inner_air, shape) {
            let area_mm2 = piece.len() as f32 * shape.cell_mm2();
            if area_mm2 < LEAST_PIECE_MM2 || !is_enclosed(&piece, area_mm2, body) {
                continue;
            }
            if is_lung(&piece, area_mm2, cells, body) {
                air.lung_mm2 += area_mm2;
                for cell in piece {
                    air.lung[cell] = true;
                }
            } else {
                air.other_mm2 += area_mm2;
            }
        }
        air
    }

    pub(super) fn has_lungs(&self) -> bool {
        self.lung_mm2 >= LEAST_LUNGS_MM2
    }
}

fn is_enclosed(piece: &[usize], area_mm2: f32, body: &Body) -> bool {
    let walls: f32 = piece.iter().map(|&cell| f32::from(body.walls[cell])).sum();
    let least = match piece.iter().any(|&cell| body.cut_off[cell]) {
        true if area_mm2 >= MEDIUM_MM2 => LEAST_WALLS_CUT_OFF,
        true => LEAST_WALLS_CUT_OFF_SMALL,
        false => LEAST_WALLS,
    };
    walls >= least * piece.len() as f32
}

fn is_lung(piece: &[usize], area_mm2: f32, cells: &Cells, body: &Body) -> bool {
    let shape = cells.shape;
    // Edges contain tissue too: gas has the density of lung there.
    let is_core = |cell: usize| {
        let mut neighbours = shape.neighbours(cell);
        neighbours.all(|neighbour| body.inner_air[neighbour])
    };
    let core = piece.iter().filter(|&&cell| is_core(cell));
    let (mut all, mut bright) = (0, 0);
    for &cell in core {
        all += 1;
        bright += usize::from(cells.hounsfield[cell] > GAS_HU);
    }
    let share = bright as f32 / all.max(1) as f32;
    let least = match area_mm2 < MEDIUM_MM2 {
        true => LEAST_LUNG_SHARE_MEDIUM,
        false => LEAST_LUNG_SHARE,
    };
    if share < least {
        return false;
    }
    let columns = piece.iter().map(|&cell| cell % shape.columns);
    let column = columns.sum::<usize>() as f32 / piece.len() as f32;
    let from_middle = (column - body.middle()[1]).abs();
    area_mm2 >= SMALL_MM2 || from_middle > MIDDLE_SHARE * body.width() as f32
}
