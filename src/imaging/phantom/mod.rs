//! A synthetic chest CT with nodules of known size and position.
//!
//! Everything is analytic, in mm: a slice is painted part by part with soft edges, then noise is added. The
//! same phantom gives the same Hounsfield units on every machine, for a whole chest and for a small part of it
//! around a nodule.

mod anatomy;
mod dicom_file;
mod nodule;
mod place;
mod random;
mod shape;
mod vessels;

use rayon::prelude::*;

pub use self::dicom_file::Exam;
pub use self::nodule::{Kind, Nodule};
pub use self::place::{Lobe, NoRoom};
use self::random::Noise;
pub use self::random::mixed;
use self::shape::Canvas;
use self::vessels::Vessel;
use super::series::{Geometry, SeriesIdentity};
use super::{Format, Modality, Pixels, Provenance, Scan, Series};

/// Height of the whole chest in mm: the maximum extent of the slices of [`Grid::chest`].
pub const CHEST_MM: f64 = anatomy::TIP_MM;
/// Default standard deviation of the noise, in HU.
pub const USUAL_NOISE: f64 = 18.0;

/// Positions of the pixels in the body. x runs to the patient's left, y to the back, z to the head, in mm.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    pub rows: u32,
    pub columns: u32,
    pub slices: usize,
    /// Distance between neighbouring rows and between neighbouring columns.
    pub spacing_mm: f64,
    /// Distance between slices, equal to their thickness.
    pub step_mm: f64,
    /// Centre of the first pixel of the lowest slice.
    pub origin_mm: [f64; 3],
}

impl Grid {
    /// Square slices of `size` pixels around the whole trunk, half way up the chest.
    pub fn chest(size: u32, spacing_mm: f64, slices: usize, step_mm: f64) -> Self {
        let first = -f64::from(size.saturating_sub(1)) * spacing_mm / 2.0;
        let height = (slices.saturating_sub(1)) as f64 * step_mm;
        Self {
            rows: size,
            columns: size,
            slices,
            spacing_mm,
            step_mm,
            origin_mm: [first, first, (CHEST_MM - height) / 2.0],
        }
    }

    /// A small part of a chest, at least `side_mm` in each direction, centred at `centre_mm`.
    pub fn around(centre_mm: [f64; 3], side_mm: f64, spacing_mm: f64, step_mm: f64) -> Self {
        let count = |step: f64| (side_mm / step).ceil().max(1.0) as u32 + 1;
        let (size, slices) = (count(spacing_mm), count(step_mm));
        let first = |middle: f64, count: u32, step: f64| middle - f64::from(count - 1) * step / 2.0;
        Self {
            rows: size,
            columns: size,
            slices: slices as usize,
            spacing_mm,
            step_mm,
            origin_mm: [
                first(centre_mm[0], size, spacing_mm),
                first(centre_mm[1], size, spacing_mm),
                first(centre_mm[2], slices, step_mm),
            ],
        }
    }

    /// Height of the middle of a slice.
    pub fn z(&self, slice: usize) -> f64 {
        self.origin_mm[2] + slice as f64 * self.step_mm
    }

    /// Slice, row and column of a position, as fractions from the centre of the first of each.
    pub fn place(&self, at: [f64; 3]) -> [f64; 3] {
        let [x, y, z] = self.origin_mm;
        [
            (at[2] - z) / self.step_mm,
            (at[1] - y) / self.spacing_mm,
            (at[0] - x) / self.spacing_mm,
        ]
    }

    /// Number of pixels of a slice.
    pub fn pixels(&self) -> usize {
        self.rows as usize * self.columns as usize
    }
}

/// A body with nodules.
#[derive(Debug, Clone)]
pub struct Phantom {
    seed: u64,
    nodules: Vec<Nodule>,
    vessels: Vec<Vessel>,
    /// Standard deviation of the noise, in HU.
    pub noise: f64,
}

impl Phantom {
    /// A body without nodules. The seed determines its vessels and the noise.
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            nodules: Vec::new(),
            vessels: vessels::trees(seed),
            noise: USUAL_NOISE,
        }
    }

    /// Nodules in the order in which they were added.
    pub fn nodules(&self) -> &[Nodule] {
        &self.nodules
    }

    /// Adds a nodule at its position, whatever is there.
    pub fn put(&mut self, nodule: Nodule) {
        self.nodules.push(nodule);
    }

    /// Places a nodule in a lobe, clear of vessels, of other nodules and, unless it is juxtapleural, of the
    /// pleura, within the slices of `grid`. Its own centre is ignored. Returns the nodule as placed, or an
    /// error if there is no room.
    pub fn put_into(&mut self, lobe: Lobe, nodule: Nodule, grid: &Grid) -> Result<Nodule, NoRoom> {
        let placed = place::find(self, lobe, nodule, grid)?;
        self.nodules.push(placed);
        Ok(placed)
    }

    /// The same body at a later exam: other noise, and nodules changed by `change`.
    pub fn later(&self, change: impl Fn(usize, &Nodule) -> Nodule) -> Self {
        let nodules = self.nodules.iter().enumerate();
        Self {
            seed: mixed(self.seed),
            nodules: nodules
                .map(|(number, nodule)| change(number, nodule))
                .collect(),
            vessels: self.vessels.clone(),
            noise: self.noise,
        }
    }

    /// The parts that are the same on all slices, for [`Self::slice`].
    pub fn trunk(grid: &Grid) -> Vec<f32> {
        let mut values = vec![0.0; grid.pixels()];
        anatomy::paint_trunk(&mut Canvas {
            grid,
            values: &mut values,
        });
        values
    }

    /// Hounsfield units of a slice, row by row, from −1024. `trunk` is [`Self::trunk`] of the same grid.
    pub fn slice(&self, grid: &Grid, trunk: &[f32], slice: usize) -> Vec<i16> {
        let mut values = trunk.to_vec();
        let z = grid.z(slice);
        let mut canvas = Canvas {
            grid,
            values: &mut values,
        };
        anatomy::paint_lungs(&mut canvas, z);
        for vessel in &self.vessels {
            vessel.paint(&mut canvas, z);
        }
        for nodule in &self.nodules {
            nodule.paint(&mut canvas, z);
        }
        for organ in anatomy::organs(z) {
            canvas.fill(organ.shape, organ.hounsfield);
        }
        anatomy::paint_bones(&mut canvas, z);
        let mut noise = Noise::new(self.seed, slice, grid.columns as usize);
        let mut hounsfield = Vec::with_capacity(values.len());
        for row in values.chunks_exact(grid.columns as usize) {
            let pairs = row.iter().zip(noise.row());
            hounsfield.extend(pairs.map(|(value, noise)| {
                let value = value + self.noise as f32 * noise;
                value.round().clamp(-1024.0, 3071.0) as i16
            }));
        }
        hounsfield
    }

    /// Every slice of `grid`, decoded in memory. Takes two bytes for each pixel: meant for parts of a chest.
    pub fn series(&self, grid: &Grid) -> Series {
        const ORIENTATION: [f64; 6] = [1.0, 0.0, 0.0, 0.0, 1.0, 0.0];
        let trunk = Self::trunk(grid);
        let scans: Vec<Scan> = (0..grid.slices)
            .into_par_iter()
            .map(|slice| Scan {
                pixels: Pixels::Hounsfield(self.slice(grid, &trunk, slice)),
                width: grid.columns,
                height: grid.rows,
                spacing_mm: Some([grid.spacing_mm; 2]),
                colourfulness: 0.0,
                provenance: Provenance {
                    path: "phantom".into(),
                    format: Format::Dicom,
                    bytes: 2 * grid.pixels() as u64,
                    sha256: String::new(),
                    dicom: Some(Modality {
                        modality: "CT".into(),
                        orientation: Some(ORIENTATION),
                        body_part: Some("CHEST".into()),
                        slice_thickness_mm: Some(grid.step_mm),
                        ..Modality::default()
                    }),
                },
            })
            .collect();
        let identity = SeriesIdentity {
            format: Format::Dicom,
            modality: Some("CT".into()),
            transfer_syntax: None,
            study_uid: None,
            series_uid: None,
            description: Some("Phantom".into()),
            date: None,
            patient_name: None,
            patient_id: None,
            patient: Default::default(),
            study: Default::default(),
        };
        let geometry = Geometry {
            rows: grid.rows,
            columns: grid.columns,
            spacing_mm: Some([grid.spacing_mm; 2]),
            orientation: Some(ORIENTATION),
            step_mm: (grid.slices > 1).then_some(grid.step_mm),
        };
        Series::of_slices(identity, geometry, scans)
    }
}

#[cfg(test)]
mod tests;
