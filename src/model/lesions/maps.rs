//! The head's answers for a whole plane, put together from those of its tiles.

use super::head::HeadMaps;
use super::{MAP, STEP};

/// The answers at every eighth pixel of a plane, row by row. Places that no tile covers have none.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceMaps {
    pub rows: usize,
    pub columns: usize,
    cells: Vec<Option<Cell>>,
}

/// The answers at one place.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cell {
    /// Probability that a lesion is there, and that it is malignant if it is; not calibrated.
    pub lesion: f32,
    pub malignancy: f32,
    /// Its diameter in mm.
    pub diameter_mm: f32,
    /// Places to the nearest edge of the tile that answered.
    depth: usize,
}

impl Cell {
    /// How suspicious the place is, from 0 to 1.
    pub fn suspicion(&self) -> f32 {
        self.lesion * self.malignancy
    }
}

impl SliceMaps {
    /// Maps of a plane of this size, without answers yet.
    pub fn new(height: usize, width: usize) -> Self {
        let (rows, columns) = (height.div_ceil(STEP), width.div_ceil(STEP));
        Self {
            rows,
            columns,
            cells: vec![None; rows * columns],
        }
    }

    /// Adds what the head said of the tile that begins at this row and column, in pixels. Where tiles overlap, the one
    /// that saw more around a place has the word.
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

    /// The answers at a place of the map, if there are any.
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

/// The probability whose logarithm of odds this is.
pub fn probability(logit: f32) -> f32 {
    1.0 / (1.0 + (-logit).exp())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tile_that_sees_more_around_a_place_has_the_word() {
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
