//! Small volumes with a known nodule, for tests.

use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

use super::block::Block;
use super::ellipsoid::{dot, length, minus};

/// Number of samples along a row, a column and a slice's thickness that are averaged for one voxel.
const SAMPLES: usize = 4;

/// Lung between the vessels, in HU.
const LUNG_HU: f64 = -860.0;

/// Soft tissue, in HU.
const SOLID_HU: f64 = 40.0;

/// A structure near the nodule. Positions are in mm from the centre of the volume.
#[derive(Debug, Clone)]
pub(super) enum Neighbour {
    /// Soft tissue beyond a plane: a point on it, and the direction (length one) in which it begins.
    Wall([f64; 3], [f64; 3]),
    /// A vessel: a point on its centre line, the direction of that line (length one), its radius.
    Vessel([f64; 3], [f64; 3], f64),
}

/// A nodule in lung.
#[derive(Debug, Clone)]
pub(super) struct Volume {
    /// Half axes in mm: along the slices' normal, and two within a slice.
    pub half_axes_mm: [f64; 3],
    /// Angle between the second half axis and a column, in radians.
    pub turned: f64,
    /// Centre of the nodule relative to the centre of the volume.
    pub middle_mm: [f64; 3],
    pub nodule_hu: f64,
    /// Size of a solid core, as a share of the nodule's.
    pub core: f64,
    pub spacing_mm: f64,
    pub step_mm: f64,
    pub noise_hu: f64,
    pub neighbours: Vec<Neighbour>,
    pub random: u64,
}

impl Volume {
    /// A nodule that is a sphere, in the usual volume.
    pub fn sphere(diameter_mm: f64) -> Self {
        Self {
            half_axes_mm: [diameter_mm / 2.0; 3],
            turned: 0.0,
            middle_mm: [0.0; 3],
            nodule_hu: SOLID_HU,
            core: 0.0,
            spacing_mm: 0.7,
            step_mm: 1.0,
            noise_hu: 0.0,
            neighbours: Vec::new(),
            random: 1,
        }
    }

    /// Mean of the two axes within a slice.
    pub fn mean_diameter_mm(&self) -> f64 {
        self.half_axes_mm[1] + self.half_axes_mm[2]
    }

    fn hu(&self, place: [f64; 3]) -> f64 {
        let from_middle = minus(place, self.middle_mm);
        let (sine, cosine) = self.turned.sin_cos();
        let turned = [
            from_middle[0],
            cosine * from_middle[1] + sine * from_middle[2],
            cosine * from_middle[2] - sine * from_middle[1],
        ];
        let level: f64 = (turned.iter().zip(self.half_axes_mm))
            .map(|(part, half)| (part / half).powi(2))
            .sum();
        let attached = (self.neighbours.iter()).any(|neighbour| match neighbour {
            Neighbour::Wall(point, normal) => dot(minus(place, *point), *normal) > 0.0,
            Neighbour::Vessel(point, line, radius) => {
                let away = minus(place, *point);
                let along = dot(away, *line);
                dot(away, away) - along * along < radius * radius
            }
        });
        if attached || level < self.core * self.core {
            SOLID_HU
        } else if level <= 1.0 {
            self.nodule_hu
        } else {
            LUNG_HU
        }
    }

    /// The volume as a block, with the seed at a position in mm from the nodule's centre.
    ///
    /// Every voxel is the mean over its own extent, so edges are as soft as those of a scanner's slices.
    pub fn block(&self, reach_mm: f64, seed_mm: [f64; 3]) -> Block {
        let spacing_mm = [self.step_mm, self.spacing_mm, self.spacing_mm];
        let half = spacing_mm.map(|spacing| (reach_mm / spacing).ceil() as usize);
        let shape = half.map(|half| 2 * half + 1);
        let mut random = StdRng::seed_from_u64(self.random);
        let mut values = Vec::with_capacity(shape.iter().product());
        for slice in 0..shape[0] {
            for row in 0..shape[1] {
                for column in 0..shape[2] {
                    let at = [slice, row, column];
                    let place = [0, 1, 2]
                        .map(|axis| (at[axis] as f64 - half[axis] as f64) * spacing_mm[axis]);
                    let noise: f64 = (0..12).map(|_| random.random_range(-0.5..0.5)).sum();
                    values.push((self.mean_hu(place) + self.noise_hu * noise).round() as f32);
                }
            }
        }
        let seed = [0, 1, 2].map(|axis| {
            let index = (self.middle_mm[axis] + seed_mm[axis]) / spacing_mm[axis];
            (index + half[axis] as f64).round() as usize
        });
        Block {
            values,
            shape,
            spacing_mm,
            origin: [0; 3],
            seed,
        }
    }

    fn mean_hu(&self, place: [f64; 3]) -> f64 {
        let voxel = [self.step_mm, self.spacing_mm, self.spacing_mm];
        // Away from every edge all samples are equal.
        let corners = (0..8_usize).map(|corner| {
            [0, 1, 2].map(|axis| {
                place[axis] + voxel[axis] * if corner >> axis & 1 == 1 { 0.5 } else { -0.5 }
            })
        });
        let hu = self.hu(place);
        let reach = length(voxel) / 2.0 + self.half_axes_mm.iter().fold(0.0_f64, |a, b| a.max(*b));
        let near = length(minus(place, self.middle_mm)) <= reach;
        if !near && corners.into_iter().all(|corner| self.hu(corner) == hu) {
            return hu;
        }
        let mut sum = 0.0;
        for sample in 0..SAMPLES.pow(3) {
            let parts = [
                sample / SAMPLES / SAMPLES,
                sample / SAMPLES % SAMPLES,
                sample % SAMPLES,
            ];
            sum += self.hu([0, 1, 2].map(|axis| {
                place[axis] + voxel[axis] * ((parts[axis] as f64 + 0.5) / SAMPLES as f64 - 0.5)
            }));
        }
        sum / SAMPLES.pow(3) as f64
    }
}
