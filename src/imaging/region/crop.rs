//! The values around a seed.

use super::{RegionError, Seed};
use crate::cancel::Cancel;
use crate::imaging::{Pixels, Series};

/// A box of Hounsfield units, slice by slice and row by row.
#[derive(Debug, Clone)]
pub(super) struct Crop {
    pub values: Vec<i16>,
    /// Slices, rows, columns.
    pub size: [usize; 3],
    /// Where the box begins in the series.
    pub origin: [usize; 3],
    /// Distances of slices, rows and columns in mm.
    pub spacing_mm: [f64; 3],
    /// The seed, inside the box.
    pub seed: [usize; 3],
    /// Whether the distance of slices is known.
    pub stepped: bool,
    /// Which sides (before and behind, for each of the three directions) were cut by the reach, not by the series' end.
    pub cut: [[bool; 2]; 3],
}

impl Crop {
    /// Everything within `reach_mm` of the seed along rows, columns and slices.
    pub fn read(
        series: &Series,
        seed: Seed,
        reach_mm: f64,
        cancel: &Cancel,
    ) -> Result<Self, RegionError> {
        let geometry = &series.geometry;
        let [row_mm, column_mm] = geometry.spacing_mm.ok_or(RegionError::NoSpacing)?;
        let all = [
            series.len(),
            geometry.rows as usize,
            geometry.columns as usize,
        ];
        let at = [seed.slice, seed.row as usize, seed.column as usize];
        if (0..3).any(|axis| at[axis] >= all[axis]) {
            return Err(RegionError::OutsideSeries);
        }
        let step_mm = geometry.step_mm.filter(|&mm| mm > 0.0);
        let spacing_mm = [step_mm.unwrap_or(1.0), row_mm, column_mm];
        if spacing_mm.iter().any(|mm| !mm.is_finite() || *mm <= 0.0) {
            return Err(RegionError::NoSpacing);
        }
        let (mut origin, mut size, mut cut) = ([0; 3], [1; 3], [[true; 2]; 3]);
        for axis in 0..3 {
            let reach = match (axis, step_mm) {
                (0, None) => 0,
                // Spacing under 0.1 mm would make the box, not the nodule, large.
                _ => (reach_mm / spacing_mm[axis].max(0.1)).ceil() as usize,
            };
            origin[axis] = at[axis].saturating_sub(reach);
            let end = (at[axis] + reach + 1).min(all[axis]);
            size[axis] = end - origin[axis];
            cut[axis] = [origin[axis] > 0, end < all[axis]];
        }
        if step_mm.is_none() {
            cut[0] = [false; 2];
        }
        let mut values = Vec::with_capacity(size.iter().product());
        for slice in origin[0]..origin[0] + size[0] {
            if cancel.is_cancelled() {
                return Err(RegionError::Cancelled);
            }
            let scan = series.slice(slice)?;
            let Pixels::Hounsfield(hounsfield) = &scan.pixels else {
                return Err(RegionError::NoHounsfield);
            };
            for row in origin[1]..origin[1] + size[1] {
                let start = row * scan.width as usize + origin[2];
                let row = hounsfield.get(start..start + size[2]);
                values.extend_from_slice(row.ok_or(RegionError::OutsideSeries)?);
            }
        }
        Ok(Self {
            values,
            size,
            origin,
            spacing_mm,
            seed: [at[0] - origin[0], at[1] - origin[1], at[2] - origin[2]],
            stepped: step_mm.is_some(),
            cut,
        })
    }

    /// Index of a voxel.
    pub fn index(&self, [slice, row, column]: [usize; 3]) -> usize {
        (slice * self.size[1] + row) * self.size[2] + column
    }

    /// The voxel at an index.
    pub fn place(&self, index: usize) -> [usize; 3] {
        let column = index % self.size[2];
        let rest = index / self.size[2];
        [rest / self.size[1], rest % self.size[1], column]
    }

    /// Whether a voxel lies on a side that the reach cut.
    pub fn is_cut(&self, place: [usize; 3]) -> bool {
        (0..3).any(|axis| {
            (self.cut[axis][0] && place[axis] == 0)
                || (self.cut[axis][1] && place[axis] + 1 == self.size[axis])
        })
    }

    /// Distance of two voxels in mm.
    pub fn distance_mm(&self, from: [usize; 3], to: [usize; 3]) -> f64 {
        let squares = (0..3)
            .map(|axis| ((from[axis] as f64 - to[axis] as f64) * self.spacing_mm[axis]).powi(2));
        squares.sum::<f64>().sqrt()
    }

    /// Voxels that touch this one, by face, edge or corner, and lie in the box.
    pub fn neighbours(&self, place: [usize; 3]) -> impl Iterator<Item = [usize; 3]> + '_ {
        (0..27)
            .filter(|&number| number != 13)
            .filter_map(move |number| {
                let shifts = [number / 9, number / 3 % 3, number % 3];
                let mut next = place;
                for axis in 0..3 {
                    next[axis] = (place[axis] + shifts[axis]).checked_sub(1)?;
                    if next[axis] >= self.size[axis] {
                        return None;
                    }
                }
                Some(next)
            })
    }

    /// Values of `of` between the pixel centres of one slice of the box.
    pub fn between(&self, of: impl Fn(usize) -> f64, slice: usize, [row, column]: [f64; 2]) -> f64 {
        let row = row.clamp(0.0, (self.size[1] - 1) as f64);
        let column = column.clamp(0.0, (self.size[2] - 1) as f64);
        let (top, left) = (row as usize, column as usize);
        let (bottom, right) = (
            (top + 1).min(self.size[1] - 1),
            (left + 1).min(self.size[2] - 1),
        );
        let (down, along) = (row - top as f64, column - left as f64);
        let value = |row, column| of(self.index([slice, row, column]));
        let upper = value(top, left) * (1.0 - along) + value(top, right) * along;
        let lower = value(bottom, left) * (1.0 - along) + value(bottom, right) * along;
        upper * (1.0 - down) + lower * down
    }
}
