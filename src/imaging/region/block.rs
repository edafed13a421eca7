//! The voxels around a seed, with distances in mm.

use super::{RegionError, Seed};
use crate::cancel::Cancel;
use crate::imaging::{Pixels, Series};

/// Maximum distance of a seed from its region, in mm.
const MISS_MM: f64 = 2.0;

/// Maximum extent of a box to each side in voxels: 132 MB of values, however fine the spacing.
const MOST_REACH: usize = 160;

/// A box cut out of a series. Positions in it are `[slice, row, column]` in mm from the centre of its first
/// voxel.
#[derive(Debug, Clone)]
pub(super) struct Block {
    /// Hounsfield units, column by column, row by row, slice by slice.
    pub values: Vec<f32>,
    /// Number of slices, rows and columns.
    pub shape: [usize; 3],
    /// Distance between neighbouring slices, rows and columns; the first is undefined in a block of one slice.
    pub spacing_mm: [f64; 3],
    /// Position of the first voxel in the series: slice, row, column.
    pub origin: [usize; 3],
    /// The seed, relative to the block.
    pub seed: [usize; 3],
}

impl Block {
    /// The box that extends `reach_mm` from the seed to all sides, as far as the series has slices.
    pub(super) fn around(
        series: &Series,
        seed: Seed,
        reach_mm: f64,
        cancel: &Cancel,
    ) -> Result<Self, RegionError> {
        let geometry = &series.geometry;
        let spacing = (geometry.spacing_mm)
            .filter(|spacing| is_length(spacing[0]) && is_length(spacing[1]))
            .ok_or(RegionError::NoSpacing)?;
        let step = geometry.step_mm.filter(|step| is_length(*step));
        let size = [
            series.len(),
            geometry.rows as usize,
            geometry.columns as usize,
        ];
        let at = [seed.slice, seed.row as usize, seed.column as usize];
        if (0..3).any(|axis| at[axis] >= size[axis]) {
            return Err(RegionError::Outside(seed));
        }
        let spacing_mm = [step.unwrap_or(reach_mm), spacing[0], spacing[1]];
        let (mut origin, mut shape) = (at, [1; 3]);
        for axis in 0..3 {
            if axis == 0 && step.is_none() {
                continue;
            }
            let reach = ((reach_mm / spacing_mm[axis]).ceil() as usize).min(MOST_REACH);
            origin[axis] = at[axis].saturating_sub(reach);
            shape[axis] = at[axis].saturating_add(reach + 1).min(size[axis]) - origin[axis];
        }
        let mut values = Vec::with_capacity(shape.iter().product());
        for slice in origin[0]..origin[0] + shape[0] {
            if cancel.is_cancelled() {
                return Err(RegionError::Cancelled);
            }
            let scan = series.slice(slice)?;
            let Pixels::Hounsfield(pixels) = &scan.pixels else {
                return Err(RegionError::NoHounsfield);
            };
            let width = scan.width as usize;
            for row in origin[1]..origin[1] + shape[1] {
                let first = row * width + origin[2];
                let line = (pixels.get(first..first + shape[2]))
                    .filter(|_| width == size[2])
                    .ok_or(RegionError::Outside(Seed { slice, ..seed }))?;
                values.extend(line.iter().map(|value| f32::from(*value)));
            }
        }
        Ok(Self {
            values,
            shape,
            spacing_mm,
            origin,
            seed: [0, 1, 2].map(|axis| at[axis] - origin[axis]),
        })
    }

    /// True if the block has neighbouring slices.
    pub(super) fn is_solid(&self) -> bool {
        self.shape[0] > 1
    }

    fn value(&self, at: [usize; 3]) -> f32 {
        self.values[(at[0] * self.shape[1] + at[1]) * self.shape[2] + at[2]]
    }

    /// The position of a voxel's centre.
    pub(super) fn place(&self, at: [usize; 3]) -> [f64; 3] {
        [0, 1, 2].map(|axis| at[axis] as f64 * self.spacing_mm[axis])
    }

    /// Row and column in the series of a position in the block.
    pub(super) fn pixel(&self, row_mm: f64, column_mm: f64) -> [f64; 2] {
        [
            row_mm / self.spacing_mm[1] + self.origin[1] as f64,
            column_mm / self.spacing_mm[2] + self.origin[2] as f64,
        ]
    }

    /// The value at a position, interpolated linearly; `None` outside the block.
    pub(super) fn at(&self, place: [f64; 3]) -> Option<f64> {
        let mut low = [0; 3];
        let mut part = [0.0; 3];
        for axis in 0..3 {
            let index = place[axis] / self.spacing_mm[axis];
            let last = (self.shape[axis] - 1) as f64;
            if !(-1e-6..=last + 1e-6).contains(&index) {
                return None;
            }
            let index = index.clamp(0.0, last);
            low[axis] = (index as usize).min(self.shape[axis].saturating_sub(2));
            part[axis] = index - low[axis] as f64;
        }
        let mut sum = 0.0;
        for corner in 0..8_usize {
            let mut weight = 1.0;
            let mut at = low;
            for axis in 0..3 {
                if corner >> axis & 1 == 1 {
                    weight *= part[axis];
                    at[axis] += 1;
                } else {
                    weight *= 1.0 - part[axis];
                }
            }
            if weight > 0.0 {
                sum += weight * f64::from(self.value(at));
            }
        }
        Some(sum)
    }

    /// The start position: the seed, or the nearest voxel on its slice at or above the threshold.
    pub(super) fn start(&self, threshold_hu: i16) -> Result<[f64; 3], RegionError> {
        let threshold = f32::from(threshold_hu);
        let seed = self.place(self.seed);
        let mut nearest: Option<(f64, [f64; 3])> = None;
        for row in 0..self.shape[1] {
            for column in 0..self.shape[2] {
                let at = [self.seed[0], row, column];
                let place = self.place(at);
                let miss = (place[1] - seed[1]).hypot(place[2] - seed[2]);
                if miss <= MISS_MM
                    && nearest.is_none_or(|(least, _)| miss < least)
                    && self.value(at) >= threshold
                {
                    nearest = Some((miss, place));
                }
            }
        }
        nearest
            .map(|(_, place)| place)
            .ok_or(RegionError::BelowThreshold {
                hu: self.value(self.seed) as i16,
                threshold_hu,
            })
    }
}

fn is_length(mm: f64) -> bool {
    mm.is_finite() && mm > 0.0
}
