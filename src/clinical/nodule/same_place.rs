//! Comparison of the places of nodules in two exams.
//!
//! Two scans of one person have no common coordinates: the table position and the breath differ. Their extents are similar,
//! though, so a place is compared as its share of slices, rows and columns. A match is a proposal for a person to check.

use super::Place;

/// Maximum distance between two places that count as the same, as a share of the slices, and of the rows and columns.
const SLICES: f64 = 0.10;
const WITHIN_SLICE: f64 = 0.07;

/// Relative position in a series, each from 0 to 1: slice, row, column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct RelativePlace([f64; 3]);

impl RelativePlace {
    /// The place at `slice`, `row` and `column`, counted from 0, of a series with so many slices, rows and columns; none if it is
    /// outside.
    pub fn new([slice, row, column]: [f64; 3], extent: [u32; 3]) -> Option<Self> {
        let [slices, rows, columns] = extent.map(f64::from);
        // The middle of a slice or pixel, so that the only slice is at one half.
        let place = [
            (slice + 0.5) / slices,
            (row + 0.5) / rows,
            (column + 0.5) / columns,
        ];
        place
            .iter()
            .all(|share| (0.0..=1.0).contains(share))
            .then_some(Self(place))
    }

    /// The middle of a measurement.
    pub fn of(place: &Place, extent: [u32; 3]) -> Option<Self> {
        let middle = [0, 1].map(|axis| (place.ends[0][axis] + place.ends[1][axis]) / 2.0);
        Self::new([f64::from(place.slice), middle[0], middle[1]], extent)
    }

    /// Distance between two places that may be the same, from 0 to 1; none if they cannot be.
    pub fn apart(self, other: Self) -> Option<f64> {
        let reach = [SLICES, WITHIN_SLICE, WITHIN_SLICE];
        let squares = [0, 1, 2].map(|axis| ((self.0[axis] - other.0[axis]) / reach[axis]).powi(2));
        let apart = squares.iter().sum::<f64>().sqrt();
        (apart <= 1.0).then_some(apart)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(at: [f64; 3], extent: [u32; 3]) -> RelativePlace {
        RelativePlace::new(at, extent).unwrap()
    }

    #[test]
    fn thinner_slices_and_smaller_pictures_do_not_move_a_place() {
        let first = place([30.0, 200.0, 140.0], [120, 512, 512]);
        let second = place([61.0, 101.0, 70.0], [240, 256, 256]);
        assert!(first.apart(second).unwrap() < 0.1);
    }

    #[test]
    fn other_slices_and_the_other_lung_are_other_places() {
        let extent = [120, 512, 512];
        let first = place([30.0, 200.0, 140.0], extent);
        for other in [
            [60.0, 200.0, 140.0],
            [30.0, 260.0, 140.0],
            [30.0, 200.0, 380.0],
        ] {
            assert_eq!(first.apart(place(other, extent)), None, "{other:?}");
        }
    }

    #[test]
    fn a_position_outside_the_series_is_not_a_place() {
        assert_eq!(RelativePlace::new([0.0, 0.0, 600.0], [1, 512, 512]), None);
        assert_eq!(RelativePlace::new([0.0; 3], [0, 0, 0]), None);
        assert_eq!(RelativePlace::new([f64::NAN, 0.0, 0.0], [9, 9, 9]), None);
    }
}
