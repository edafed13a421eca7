//! The body, and the air inside it.

use super::cells::{Cells, DARKEST_HU, Shape};
use super::distance::{grown, shrunk};
use super::pieces::{from_border, pieces};

/// Hounsfield units below which a cell contains more air than tissue.
pub(super) const AIR_HU: i16 = -400;
/// Air outside the body is darker than this; lung, foam and blankets are brighter.
const CLEAR_AIR_HU: i16 = -940;
/// Structures thinner than twice this are not the chest wall: the shell of a table, clothes, cables.
const SHELL_MM: f32 = 2.0;
/// Minimum area of a piece of tissue of the body, as a share of the largest piece: arms, or the two sides of a
/// chest that the picture cuts off in front and behind.
const LEAST_SHARE: f32 = 0.1;
/// Width of the rim between air and skin, whose cells contain both.
const RIM_MM: f32 = 3.0;

/// Regions of a slice, as masks of cells.
#[derive(Debug)]
pub(super) struct Body {
    /// Tissue of the trunk and the arms, without thin structures.
    pub tissue: Vec<bool>,
    /// Cells of clear air that are connected with the border of the picture.
    pub outside: Vec<bool>,
    /// Cells at the limit of the picture: at its border, and at the padding around a round field of view.
    pub cut_off: Vec<bool>,
    /// Cells of air that are not connected with the air around the body.
    pub inner_air: Vec<bool>,
    /// Number of directions, of eight, straight and diagonal, in which a line from each cell meets
    /// [`Self::tissue`].
    pub walls: Vec<u8>,
    /// The first column of cells with tissue, and the one after the last.
    columns: [usize; 2],
    /// The first row of cells with tissue, and the one after the last.
    rows: [usize; 2],
}

impl Body {
    /// `None` if the picture has no tissue.
    pub(super) fn of(cells: &Cells) -> Option<Self> {
        let shape = cells.shape;
        let air: Vec<bool> = cells.hounsfield.iter().map(|&hu| hu < AIR_HU).collect();
        let tissue = thick_tissue(&air, shape)?;
        let clear = cells.hounsfield.iter().map(|&hu| hu < CLEAR_AIR_HU);
        let outside = from_border(&clear.collect::<Vec<_>>(), shape);
        let rim = grown(&outside, shape, RIM_MM);
        let inner_air = air.iter().zip(&rim).map(|(&air, &rim)| air && !rim);
        let mut rows = tissue.chunks_exact(shape.columns);
        let top = rows.position(|row| row.contains(&true))?;
        let below = rows.rposition(|row| row.contains(&true));
        let with_tissue = |column: &usize| {
            let cells = tissue.iter().skip(*column).step_by(shape.columns);
            cells.copied().any(|cell| cell)
        };
        let first = (0..shape.columns).find(with_tissue)?;
        let last = (0..shape.columns).rfind(with_tissue)?;
        let rows = [top, top + 1 + below.map_or(0, |below| below + 1)];
        let columns = [first, last + 1];
        Some(Self {
            inner_air: inner_air.collect(),
            outside,
            cut_off: cut_off(cells),
            walls: walls(&tissue, shape),
            tissue,
            columns,
            rows,
        })
    }

    /// Width in cells.
    pub(super) fn width(&self) -> usize {
        self.columns[1] - self.columns[0]
    }

    /// Row and column of the centre, in cells.
    pub(super) fn middle(&self) -> [f32; 2] {
        [self.rows, self.columns].map(|[first, end]| (first + end) as f32 / 2.0 - 0.5)
    }
}

/// The border of the picture, and the cells next to padding.
fn cut_off(cells: &Cells) -> Vec<bool> {
    let shape = cells.shape;
    // Because of noise, no cell of real air is completely as dark as this.
    let padding: Vec<bool> = cells
        .hounsfield
        .iter()
        .map(|&hu| hu == DARKEST_HU)
        .collect();
    let padding = from_border(&padding, shape);
    // The rim is not inner air, so cells that touch the padding are just beyond it.
    let reach_mm = RIM_MM + 2.0 * shape.cell_mm[0].max(shape.cell_mm[1]);
    let mut cut_off = grown(&padding, shape, reach_mm);
    for cell in shape.border() {
        cut_off[cell] = true;
    }
    cut_off
}

/// Tissue without thin structures; `None` if nothing is left.
fn thick_tissue(air: &[bool], shape: Shape) -> Option<Vec<bool>> {
    let tissue: Vec<bool> = air.iter().map(|air| !air).collect();
    let cores = pieces(&shrunk(&tissue, shape, SHELL_MM), shape);
    let largest = cores.iter().map(Vec::len).max()?;
    let mut body = vec![false; tissue.len()];
    let large = |core: &&Vec<usize>| core.len() as f32 >= LEAST_SHARE * largest as f32;
    for &cell in cores.iter().filter(large).flatten() {
        body[cell] = true;
    }
    let body = grown(&body, shape, SHELL_MM);
    Some(
        body.iter()
            .zip(&tissue)
            .map(|(&body, &tissue)| body && tissue)
            .collect(),
    )
}

/// Number of directions, of eight, in which a line from each cell meets the mask; the cell itself counts.
fn walls(mask: &[bool], shape: Shape) -> Vec<u8> {
    let columns = shape.columns;
    let mut walls = vec![0; mask.len()];
    for upwards in [false, true] {
        // Results of the lines through the previous row: straight ones, and those from either side.
        let mut met = [(); 3].map(|()| vec![false; columns]);
        for step in 0..shape.rows {
            let row = if upwards { shape.rows - 1 - step } else { step };
            let places = row * columns..(row + 1) * columns;
            let (row, walls) = (&mask[places.clone()], &mut walls[places]);
            met[1].rotate_right(1);
            met[1][0] = false;
            met[2].rotate_left(1);
            met[2][columns - 1] = false;
            for met in &mut met {
                for ((wall, met), &cell) in walls.iter_mut().zip(met).zip(row) {
                    *met |= cell;
                    *wall += u8::from(*met);
                }
            }
        }
    }
    for (row, walls) in mask
        .chunks_exact(columns)
        .zip(walls.chunks_exact_mut(columns))
    {
        let (mut from_left, mut from_right) = (false, false);
        for (&cell, wall) in row.iter().zip(walls.iter_mut()) {
            from_left |= cell;
            *wall += u8::from(from_left);
        }
        for (&cell, wall) in row.iter().zip(walls.iter_mut()).rev() {
            from_right |= cell;
            *wall += u8::from(from_right);
        }
    }
    walls
}
