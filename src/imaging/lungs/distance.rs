//! Dilation and erosion of masks by a distance in mm, in time that does not depend on the distance.

use super::cells::Shape;

/// The mask dilated by `mm`, measured between the centres of cells.
pub(super) fn grown(mask: &[bool], shape: Shape, mm: f32) -> Vec<bool> {
    let columns = shape.columns;
    let reaches = DiscExtent::of(shape, mm);
    let steps = steps_in_column(mask, shape, reaches.down());
    let mut grown = Vec::with_capacity(mask.len());
    // Number of spans that begin at a column minus the number that end before it.
    let mut begun = vec![0_i32; columns + 1];
    for steps in steps.chunks_exact(columns) {
        begun.fill(0);
        for (column, &steps) in steps.iter().enumerate() {
            if let Some(&across) = reaches.across.get(usize::from(steps)) {
                begun[column.saturating_sub(across)] += 1;
                begun[(column + across + 1).min(columns)] -= 1;
            }
        }
        let mut open = 0;
        grown.extend(begun[..columns].iter().map(|begun| {
            open += begun;
            open > 0
        }));
    }
    grown
}

/// The mask eroded by `mm`. Cells beyond the picture count as inside.
pub(super) fn shrunk(mask: &[bool], shape: Shape, mm: f32) -> Vec<bool> {
    let outside: Vec<bool> = mask.iter().map(|cell| !cell).collect();
    let mut mask = grown(&outside, shape, mm);
    mask.iter_mut().for_each(|cell| *cell = !*cell);
    mask
}

/// Extent of a disc in cells.
struct DiscExtent {
    /// Columns to either side of the centre, by number of rows above or below it.
    across: Vec<usize>,
}

impl DiscExtent {
    fn of(shape: Shape, mm: f32) -> Self {
        let [down_mm, across_mm] = shape.cell_mm;
        let rows = (mm / down_mm).min(shape.rows as f32) as usize;
        let across = (0..=rows).map(|row| {
            let rest = mm * mm - (row as f32 * down_mm).powi(2);
            // A cell at exactly this distance counts, despite rounding.
            let across = rest.max(0.0).sqrt() / across_mm + 1e-3;
            across.min(shape.columns as f32) as usize
        });
        Self {
            across: across.collect(),
        }
    }

    fn down(&self) -> u16 {
        self.across.len() as u16
    }
}

/// Number of rows from each cell to the nearest cell of the mask in its column, at most `most`.
fn steps_in_column(mask: &[bool], shape: Shape, most: u16) -> Vec<u16> {
    let columns = shape.columns;
    let mut steps = vec![most; mask.len()];
    let mut nearest = vec![most; columns];
    for upwards in [false, true] {
        nearest.fill(most);
        for step in 0..shape.rows {
            let row = if upwards { shape.rows - 1 - step } else { step };
            let places = row * columns..(row + 1) * columns;
            let row = steps[places.clone()].iter_mut().zip(&mask[places]);
            for ((step, &cell), nearest) in row.zip(&mut nearest) {
                *nearest = if cell { 0 } else { (*nearest + 1).min(most) };
                *step = (*step).min(*nearest);
            }
        }
    }
    steps
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHAPE: Shape = Shape {
        rows: 23,
        columns: 31,
        cell_mm: [1.7, 0.9],
    };

    /// A mask with a few scattered cells.
    fn scattered(every: usize) -> Vec<bool> {
        let places = 0..SHAPE.cells();
        places.map(|place| place * 7919 % every == 3).collect()
    }

    #[test]
    fn dilation_equals_a_search_through_all_cells() {
        for (every, mm) in [(5, 1.0), (11, 2.0), (101, 4.6), (701, 12.3), (701, 500.0)] {
            let mask = scattered(every);
            let grown = grown(&mask, SHAPE, mm);
            for (place, &grown) in grown.iter().enumerate() {
                let is_near = |other: usize| {
                    let down = (other / 31) as f32 - (place / 31) as f32;
                    let across = (other % 31) as f32 - (place % 31) as f32;
                    (down * 1.7).powi(2) + (across * 0.9).powi(2) <= mm * mm
                };
                let found = (0..mask.len()).any(|other| mask[other] && is_near(other));
                assert_eq!(grown, found, "{every} {mm} {place}");
            }
        }
    }

    #[test]
    fn an_empty_mask_stays_empty_and_a_full_one_stays_full() {
        let (empty, full) = (vec![false; SHAPE.cells()], vec![true; SHAPE.cells()]);
        assert_eq!(grown(&empty, SHAPE, 1e6), empty);
        assert_eq!(shrunk(&full, SHAPE, 1e6), full);
    }
}
