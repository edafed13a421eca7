//! Tiles that cover a part of a plane.

use super::{STEP, TILE};

/// Minimum overlap of neighbouring tiles in pixels: at the edge of a tile the network sees zero padding.
const OVERLAP: usize = 48;
/// Margin in pixels that is covered around the requested part.
const BEYOND: usize = 8;

/// Start positions of tiles, row and column, that cover `rows` and `columns` of a plane. They are multiples of
/// [`STEP`], so that the positions of all tiles' maps are on one grid. A tile may extend beyond the plane.
pub fn cover(rows: std::ops::Range<usize>, columns: std::ops::Range<usize>) -> Vec<[usize; 2]> {
    let (rows, columns) = (begins(rows), begins(columns));
    rows.iter()
        .flat_map(|row| columns.iter().map(|column| [*row, *column]))
        .collect()
}

fn begins(range: std::ops::Range<usize>) -> Vec<usize> {
    let first = range.start.saturating_sub(BEYOND) / STEP * STEP;
    let length = (range.end + BEYOND).saturating_sub(first);
    if length <= TILE {
        // In the middle, unless the plane's edge is too near.
        let spare = (TILE - length) / 2 / STEP * STEP;
        return vec![first.saturating_sub(spare)];
    }
    let stride = TILE - OVERLAP;
    let count = (length - TILE).div_ceil(stride) + 1;
    (0..count)
        .map(|number| first + (number * (length - TILE) / (count - 1)).next_multiple_of(STEP))
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn every_position_is_covered_and_tiles_are_on_the_grid(start in 0_usize..700, length in 1_usize..800) {
            let tiles = begins(start..start + length);
            for tile in &tiles {
                prop_assert_eq!(tile % STEP, 0);
            }
            for place in start..start + length {
                prop_assert!(tiles.iter().any(|tile| (*tile..tile + TILE).contains(&place)));
            }
            for pair in tiles.windows(2) {
                prop_assert!(pair[1] > pair[0] && pair[1] - pair[0] <= TILE - OVERLAP + STEP);
            }
        }
    }

    #[test]
    fn a_usual_chest_takes_few_tiles() {
        assert_eq!(cover(60..360, 40..440).len(), 6);
        assert_eq!(cover(60..200, 40..200).len(), 1);
    }
}
