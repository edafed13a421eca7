//! Cursor that keys move over a slice, and the value under it.

use super::frame::Place;
use super::slice::{Stroke, Tone};
use crate::imaging::series::{Geometry, SliceSource};
use crate::imaging::{Pixels, Scan};

/// Pixels of a coarse step.
pub const COARSE: i64 = 10;

/// Pixel under the cursor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cursor {
    pub row: u32,
    pub column: u32,
}

impl Cursor {
    /// Cursor on the pixel nearest to `place`, within the slice.
    pub fn at(place: Place, geometry: &Geometry) -> Self {
        let nearest = |value: f64, count: u32| (value.round() as u32).min(count.saturating_sub(1));
        Self {
            row: nearest(place[0], geometry.rows),
            column: nearest(place[1], geometry.columns),
        }
    }

    /// Moves by `[down, right]` pixels and stops at the edges.
    pub fn step(&mut self, [down, right]: [i64; 2], geometry: &Geometry) {
        let moved = |from: u32, by: i64, count: u32| {
            let last = i64::from(count.saturating_sub(1));
            (i64::from(from) + by).clamp(0, last) as u32
        };
        self.row = moved(self.row, down, geometry.rows);
        self.column = moved(self.column, right, geometry.columns);
    }

    /// Row and column of the pixel's centre.
    pub fn place(self) -> Place {
        [f64::from(self.row), f64::from(self.column)]
    }

    /// Value under the cursor, with its unit: Hounsfield units of a CT, otherwise grey levels.
    pub fn value(self, scan: &Scan) -> Option<String> {
        if self.row >= scan.height || self.column >= scan.width {
            return None;
        }
        let at = self.row as usize * scan.width as usize + self.column as usize;
        match &scan.pixels {
            Pixels::Grey(levels) => levels.get(at).map(|level| format!("grey {level}")),
            Pixels::Hounsfield(values) => values.get(at).map(|value| format!("{value} HU")),
        }
    }

    /// Position in the patient in mm: to the left, to the back, to the head.
    pub fn in_patient(self, geometry: &Geometry, source: &SliceSource) -> Option<[f64; 3]> {
        let ([first, orientation], spacing) = (
            [source.position_mm?.to_vec(), geometry.orientation?.to_vec()],
            geometry.spacing_mm?,
        );
        let (along_row, along_column) = orientation.split_at(3);
        let right = f64::from(self.column) * spacing[1];
        let down = f64::from(self.row) * spacing[0];
        Some(
            [0, 1, 2].map(|axis| first[axis] + along_row[axis] * right + along_column[axis] * down),
        )
    }

    /// Distance from the centre of the first pixel in mm: down and to the right.
    pub fn from_corner(self, geometry: &Geometry) -> Option<[f64; 2]> {
        let spacing = geometry.spacing_mm?;
        let place = self.place();
        Some([0, 1].map(|axis| place[axis] * spacing[axis]))
    }

    /// A cross with an empty middle, arms `reach` pixels long.
    pub fn strokes(self, reach: [f64; 2]) -> impl Iterator<Item = Stroke> {
        let [row, column] = self.place();
        let (gap, tone) = (0.35, Tone::Cursor);
        let arm = move |direction: [f64; 2]| Stroke {
            from: [
                row + direction[0] * reach[0] * gap,
                column + direction[1] * reach[1] * gap,
            ],
            to: [
                row + direction[0] * reach[0],
                column + direction[1] * reach[1],
            ],
            tone,
        };
        [[-1.0, 0.0], [1.0, 0.0], [0.0, -1.0], [0.0, 1.0]]
            .into_iter()
            .map(arm)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn geometry() -> Geometry {
        Geometry {
            rows: 4,
            columns: 6,
            spacing_mm: Some([2.0, 0.5]),
            orientation: Some([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
            step_mm: None,
        }
    }

    #[test]
    fn the_cross_stops_at_the_edges() {
        let mut cursor = Cursor::at([1.6, -3.0], &geometry());
        assert_eq!((cursor.row, cursor.column), (2, 0));
        cursor.step([COARSE, COARSE], &geometry());
        assert_eq!((cursor.row, cursor.column), (3, 5));
        cursor.step([-1, -COARSE], &geometry());
        assert_eq!((cursor.row, cursor.column), (2, 0));
    }

    #[test]
    fn millimetres_come_from_spacing_position_and_orientation() {
        let mut source = SliceSource {
            path: "a.dcm".into(),
            frame: 0,
            sop_instance_uid: None,
            instance_number: None,
            position_mm: Some([-100.0, -50.0, 30.0]),
        };
        let cursor = Cursor { row: 3, column: 2 };
        let found = cursor.in_patient(&geometry(), &source);
        assert_eq!(found, Some([-99.0, -44.0, 30.0]));
        assert_eq!(cursor.from_corner(&geometry()), Some([6.0, 1.0]));
        source.position_mm = None;
        assert_eq!(cursor.in_patient(&geometry(), &source), None);
    }
}
