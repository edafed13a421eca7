//! Slices as the network learnt them: rows from the patient's right to the left, the first one in front.
//!
//! A scanner may store the same slice mirrored or turned, and states so by (0020,0037) ImageOrientationPatient (PS3.3
//! C.7.6.2.1.1). The network is not indifferent to that, so slices are turned upright before they are read.

use std::sync::Arc;

use crate::imaging::{Pixels, Scan};
use crate::model::SliceAnalysis;
use crate::model::attention::Attention;
use crate::model::engine::SliceInContext;

/// The way from a stored slice to an upright one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Turn {
    /// True if stored rows are upright columns.
    transposed: bool,
    /// True if the first upright row, or column, is the last one as stored.
    rows_reversed: bool,
    columns_reversed: bool,
}

impl Turn {
    /// The turn for a slice; none where it states no orientation.
    pub fn of(scan: &Scan) -> Self {
        let stated = scan.provenance.dicom.as_ref();
        (stated.and_then(|stated| stated.orientation))
            .map_or_else(Self::default, Self::of_orientation)
    }

    /// The turn for a slice with these direction cosines of its rows and columns, (0020,0037).
    pub fn of_orientation([ax, ay, _, bx, by, _]: [f64; 6]) -> Self {
        let transposed = ay.abs() > ax.abs();
        // The directions that become columns and rows: to the left, and to the back.
        let (left, back) = if transposed { (bx, ay) } else { (ax, by) };
        Self {
            transposed,
            rows_reversed: back < 0.0,
            columns_reversed: left < 0.0,
        }
    }

    /// True if slices are upright as they are stored.
    pub fn is_none(self) -> bool {
        self == Self::default()
    }

    /// Row and column as stored of a row and column of the upright slice, which has this height and width.
    pub fn stored(self, [row, column]: [f64; 2], [height, width]: [f64; 2]) -> [f64; 2] {
        let row = if self.rows_reversed {
            height - 1.0 - row
        } else {
            row
        };
        let column = match self.columns_reversed {
            true => width - 1.0 - column,
            false => column,
        };
        if self.transposed {
            [column, row]
        } else {
            [row, column]
        }
    }

    /// Row and column of the upright slice, which has this height and width, of a row and column as stored.
    pub fn upright_place(self, [row, column]: [f64; 2], [height, width]: [f64; 2]) -> [f64; 2] {
        let [row, column] = self.size([row, column]);
        [
            if self.rows_reversed {
                height - 1.0 - row
            } else {
                row
            },
            if self.columns_reversed {
                width - 1.0 - column
            } else {
                column
            },
        ]
    }

    /// The upright slice and its neighbours.
    pub fn upright(self, slice: &SliceInContext) -> SliceInContext {
        let turned = |scan: &Arc<Scan>| Arc::new(self.upright_scan(scan));
        SliceInContext {
            scan: turned(&slice.scan),
            before: slice.before.as_ref().map(turned),
            after: slice.after.as_ref().map(turned),
        }
    }

    /// The answer for an upright slice as one for `scan`, the slice as it is stored.
    pub fn back(self, mut analysis: SliceAnalysis, scan: &Scan) -> SliceAnalysis {
        let size = self.size([scan.height, scan.width]).map(f64::from);
        for lesion in &mut analysis.assessment.lesions {
            [lesion.row, lesion.column] = self.stored([lesion.row, lesion.column], size);
            lesion.position_mm = scan.position_of(lesion.row, lesion.column);
        }
        if let Some(attention) = self.attention(&analysis.attention) {
            analysis.attention = attention;
        }
        analysis
    }

    /// Height and width of the upright slice, or of the stored one from those of the upright.
    fn size<T>(self, [height, width]: [T; 2]) -> [T; 2] {
        match self.transposed {
            true => [width, height],
            false => [height, width],
        }
    }

    /// The slice with upright pixels.
    pub fn upright_scan(self, scan: &Scan) -> Scan {
        let [height, width] = self.size([scan.height, scan.width]);
        let grid = [height as usize, width as usize];
        let stored_width = scan.width as usize;
        Scan {
            pixels: match &scan.pixels {
                Pixels::Grey(levels) => Pixels::Grey(self.turned(levels, grid, stored_width)),
                Pixels::Hounsfield(values) => {
                    Pixels::Hounsfield(self.turned(values, grid, stored_width))
                }
            },
            width,
            height,
            spacing_mm: scan.spacing_mm.map(|spacing| self.size(spacing)),
            colourfulness: scan.colourfulness,
            provenance: scan.provenance.clone(),
        }
    }

    /// The values in upright order.
    fn turned<T: Copy>(
        self,
        values: &[T],
        [height, width]: [usize; 2],
        stored_width: usize,
    ) -> Vec<T> {
        let size = [height, width].map(|length| length as f64);
        let place = |row: usize, column: usize| {
            let [row, column] = self.stored([row as f64, column as f64], size);
            row as usize * stored_width + column as usize
        };
        let places = (0..height).flat_map(|row| (0..width).map(move |column| place(row, column)));
        places
            .filter_map(|place| values.get(place).copied())
            .collect()
    }

    /// A map of the upright slice as one of the stored slice. Both cover the whole slice.
    fn attention(self, map: &Attention) -> Option<Attention> {
        let side = map.side();
        let mut evidence = vec![0.0; side * side];
        for (at, &value) in map.evidence().iter().enumerate() {
            let upright = [(at / side) as f64, (at % side) as f64];
            let [row, column] = self.stored(upright, [side as f64; 2]);
            if let Some(place) = evidence.get_mut(row as usize * side + column as usize) {
                *place = value;
            }
        }
        Attention::new(side, evidence)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{Format, Modality, Provenance};

    /// A slice of 2 rows and 3 columns, stored with this orientation.
    fn stored(values: [i16; 6], [height, width]: [u32; 2], orientation: [f64; 6]) -> Scan {
        Scan {
            pixels: Pixels::Hounsfield(values.to_vec()),
            width,
            height,
            spacing_mm: Some([0.5, 0.75]),
            colourfulness: 0.0,
            provenance: Provenance {
                path: "a".into(),
                format: Format::Dicom,
                bytes: 0,
                sha256: String::new(),
                dicom: Some(Modality {
                    orientation: Some(orientation),
                    ..Modality::default()
                }),
            },
        }
    }

    #[test]
    fn a_slice_is_the_same_upright_however_it_is_stored() {
        let (wide, high) = ([2, 3], [3, 2]);
        for (values, size, orientation) in [
            ([1, 2, 3, 4, 5, 6], wide, [1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
            ([3, 2, 1, 6, 5, 4], wide, [-1.0, 0.0, 0.0, 0.0, 1.0, 0.0]),
            ([4, 5, 6, 1, 2, 3], wide, [1.0, 0.0, 0.0, 0.0, -1.0, 0.0]),
            ([6, 5, 4, 3, 2, 1], wide, [-1.0, 0.0, 0.0, 0.0, -1.0, 0.0]),
            ([1, 4, 2, 5, 3, 6], high, [0.0, 1.0, 0.0, 1.0, 0.0, 0.0]),
            ([4, 1, 5, 2, 6, 3], high, [0.0, -1.0, 0.0, 1.0, 0.0, 0.0]),
            ([3, 6, 2, 5, 1, 4], high, [0.0, 1.0, 0.0, -1.0, 0.0, 0.0]),
            ([6, 3, 5, 2, 4, 1], high, [0.1, -1.0, 0.0, -1.0, 0.0, 0.0]),
        ] {
            let scan = stored(values, size, orientation);
            let turn = Turn::of(&scan);
            let upright = turn.upright(&SliceInContext::alone(Arc::new(scan))).scan;
            assert_eq!((upright.height, upright.width), (2, 3), "{orientation:?}");
            let expected = Pixels::Hounsfield(vec![1, 2, 3, 4, 5, 6]);
            assert_eq!(upright.pixels, expected, "{orientation:?}");
            let spacing = if size == wide {
                [0.5, 0.75]
            } else {
                [0.75, 0.5]
            };
            assert_eq!(upright.spacing_mm, Some(spacing));
            // The place of the value 2 as stored.
            let [row, column] = turn.stored([0.0, 1.0], [2.0, 3.0]);
            let at = row as usize * size[1] as usize + column as usize;
            assert_eq!(values[at], 2, "{orientation:?}");
            assert_eq!(turn.upright_place([row, column], [2.0, 3.0]), [0.0, 1.0]);
            // A map has its strongest place there, too.
            let side = 3;
            let map = Attention::new(side, (0..9).map(|at| f32::from(at == 1)).collect());
            let turned = turn.attention(&map.unwrap()).unwrap();
            let [row, column] = turn.stored([0.0, 1.0], [3.0, 3.0]);
            let strongest = turned.evidence().iter().position(|&value| value == 1.0);
            assert_eq!(strongest, Some(row as usize * side + column as usize));
        }
    }
}
