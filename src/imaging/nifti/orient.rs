//! Assignment of voxel axes to axes of the body.

use super::super::header::Frame;
use super::header::Header;

/// One axis of the slices, along an axis of the stored voxels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Axis {
    /// 0 to 2, as stored.
    pub stored: usize,
    /// True if it runs against the stored order.
    pub backwards: bool,
}

/// A volume as axial slices, seen from the feet: columns to the patient's left, rows to the back, slices to the
/// head.
///
/// As stored if the file does not state the orientation.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slicing {
    pub columns: Axis,
    pub rows: Axis,
    pub slices: Axis,
    pub frames: Vec<Frame>,
}

const ORDERS: [[usize; 3]; 6] = [
    [0, 1, 2],
    [0, 2, 1],
    [1, 0, 2],
    [1, 2, 0],
    [2, 0, 1],
    [2, 1, 0],
];

impl Slicing {
    pub(super) fn of(header: &Header) -> Self {
        header
            .affine
            .and_then(|affine| Self::in_the_body(affine, header.size))
            .unwrap_or_else(|| Self::as_stored(header))
    }

    fn as_stored(header: &Header) -> Self {
        let [columns, rows, slices] = [0, 1, 2].map(|stored| Axis {
            stored,
            backwards: false,
        });
        let [_, _, count] = header.size;
        let frame = Frame {
            spacing_mm: header.spacing_mm.map(|[column, row, _]| [row, column]),
            thickness_mm: header.spacing_mm.map(|[.., slice]| slice),
            ..Frame::default()
        };
        Self {
            columns,
            rows,
            slices,
            frames: vec![frame; count as usize],
        }
    }

    /// `None` if the affine matrix is degenerate.
    fn in_the_body(affine: [[f64; 4]; 3], size: [u32; 3]) -> Option<Self> {
        // NIfTI axes point to the right and to the front, DICOM axes to the left and to the back.
        let [right, front, head] = affine;
        let body = [right.map(|x| -x), front.map(|y| -y), head];
        let column = |index: usize| body.map(|row| row.get(index).copied().unwrap_or_default());
        let steps = [column(0), column(1), column(2)];
        let lengths = steps.map(|step| step.iter().map(|part| part * part).sum::<f64>().sqrt());
        if !lengths
            .iter()
            .all(|length| length.is_finite() && *length > 1e-6)
        {
            return None;
        }
        let along = |stored: usize, axis: usize| {
            let step = steps.get(stored)?;
            Some(step.get(axis)? / lengths.get(stored)?)
        };
        let agreement = |order: &[usize; 3]| -> f64 {
            let parts = order.iter().enumerate();
            parts
                .map(|(axis, &stored)| along(stored, axis).unwrap_or_default().abs())
                .sum()
        };
        let order = ORDERS
            .iter()
            .max_by(|one, other| agreement(one).total_cmp(&agreement(other)))?;
        let mut origin = column(3);
        let mut axes = [(
            Axis {
                stored: 0,
                backwards: false,
            },
            [0.0; 3],
            0.0,
        ); 3];
        for (axis, (&stored, place)) in order.iter().zip(&mut axes).enumerate() {
            let (step, length) = (*steps.get(stored)?, *lengths.get(stored)?);
            let backwards = along(stored, axis)? < 0.0;
            let step = if backwards {
                let last = f64::from(size.get(stored)? - 1);
                for (part, along) in origin.iter_mut().zip(step) {
                    *part += last * along;
                }
                step.map(|part| -part)
            } else {
                step
            };
            *place = (Axis { stored, backwards }, step, length);
        }
        let [
            (columns, across, column_mm),
            (rows, down, row_mm),
            (slices, up, slice_mm),
        ] = axes;
        let [ax, ay, az] = across.map(|part| part / column_mm);
        let [bx, by, bz] = down.map(|part| part / row_mm);
        let [x, y, z] = origin;
        let [ux, uy, uz] = up;
        let frames = (0..*size.get(slices.stored)?).map(|index| {
            let index = f64::from(index);
            Frame {
                spacing_mm: Some([row_mm, column_mm]),
                orientation: Some([ax, ay, az, bx, by, bz]),
                position_mm: Some([x + index * ux, y + index * uy, z + index * uz]),
                thickness_mm: Some(slice_mm),
                ..Frame::default()
            }
        });
        Some(Self {
            columns,
            rows,
            slices,
            frames: frames.collect(),
        })
    }
}
