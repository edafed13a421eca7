//! The outputs of the head for a whole plane, assembled from those of its tiles.

use super::head::HeadMaps;
use super::{MAP, STEP};

/// The outputs at every eighth pixel of a plane, row by row. Positions that no tile covers have none.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceMaps {
    pub rows: usize,
    pub columns: usize,
    cells: Vec<Option<Cell>>,
}

/// The outputs at one position.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Probability of a lesion, and probability that it is malignant if there is one; not calibrated.
    pub lesion: f32,
    pub malignancy: f32,
    /// Diameter of the lesion in mm.
    pub diameter_mm: f32,
    /// Distance to the nearest edge of the tile that gave the output, in positions.
    depth: usize,
}

impl Cell {
    /// Suspicion of the position, from 0 to 1: probability of a malignant lesion.
    pub fn suspicion(&self) -> f32 {
        self.lesion * self.malignancy
    }
}

impl SliceMaps {
    /// Empty maps of a plane of this size.
    pub fn new(height: usize, width: usize) -> Self {
        let (rows, columns) = (height.div_ceil(STEP), width.div_ceil(STEP));
        Self {
            rows,
            columns,
            cells: vec![None; rows * columns],
        }
    }

    /// Adds the outputs for the tile that begins at this row and column, in pixels. Where tiles overlap, the
    /// tile with more context around the position is used.
    pub fn add(&mut self, [row, column]: [usize; 2], answers: &HeadMaps) {
        let all = answers
            .lesion
            .iter()
            .zip(&answers.malignancy)
            .zip(&answers.size);
        for (at, ((lesion, malignancy), size)) in all.enumerate() {
            let (down, across) = (at / MAP, at % MAP);
            let place = (row / STEP + down, column / STEP + across);
            if place.0 >= self.rows || place.1 >= self.columns {
                continue;
            }
            let depth = [down, across, MAP - 1 - down, MAP - 1 - across]
                .into_iter()
                .min()
                .unwrap_or(0);
            let cell = &mut self.cells[place.0 * self.columns + place.1];
            if cell.is_none_or(|known| known.depth < depth) {
                *cell = Some(Cell {
                    lesion: probability(*lesion),
                    malignancy: probability(*malignancy),
                    diameter_mm: (10.0 * size.exp()).clamp(1.0, 150.0),
                    depth,
                });
            }
        }
    }

    /// The outputs at a position of the map, if a tile covers it.
    pub fn at(&self, row: usize, column: usize) -> Option<Cell> {
        match column < self.columns {
            true => self
                .cells
                .get(row * self.columns + column)
                .copied()
                .flatten(),
            false => None,
        }
    }
}

/// The probability with these log odds.
pub fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tile_with_more_context_around_a_position_is_used() {
        let answers = |logit: f32| HeadMaps {
            lesion: vec![logit; MAP * MAP],
            malignancy: vec![0.0; MAP * MAP],
            size: vec![0.0; MAP * MAP],
        };
        let mut maps = SliceMaps::new(224, 400);
        maps.add([0, 0], &answers(9.0));
        maps.add([0, 176], &answers(-9.0));
        let lesion = |column| maps.at(10, column).unwrap().lesion > 0.5;
        assert!(lesion(22) && lesion(24) && !lesion(26) && !lesion(40));
        assert_eq!(maps.at(10, 50), None);
        assert_eq!(maps.at(99, 0), None);
    }
}
