//! Nodules of known size: ellipsoids with finely sampled edges.

use super::shape::{Canvas, around};

/// Composition of a nodule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Solid,
    /// A non-solid ball around a solid core.
    PartSolid,
    NonSolid,
    /// Solid, against the pleura.
    Juxtapleural,
    /// Solid, completely calcified.
    Calcified,
}

impl Kind {
    /// In the order in which the command line lists them.
    pub const ALL: [Self; 5] = [
        Self::Solid,
        Self::PartSolid,
        Self::NonSolid,
        Self::Juxtapleural,
        Self::Calcified,
    ];

    /// Word of the command line.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Solid => "solid",
            Self::PartSolid => "part-solid",
            Self::NonSolid => "non-solid",
            Self::Juxtapleural => "juxtapleural",
            Self::Calcified => "calcified",
        }
    }

    /// Hounsfield units of the whole nodule, or of the part around its core.
    pub fn hounsfield(self) -> f64 {
        match self {
            Self::Solid | Self::Juxtapleural => SOLID,
            Self::PartSolid | Self::NonSolid => -600.0,
            Self::Calcified => 500.0,
        }
    }
}

const SOLID: f64 = 40.0;
/// Number of samples of a pixel along each side, and along the slice's thickness.
const SAMPLES: usize = 5;
const SAMPLES_ALONG: usize = 7;

/// A nodule at its position. Its axes are in the plane of the slices, at right angles; its extent across the
/// slices is their mean.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Nodule {
    pub kind: Kind,
    /// Its centre, in mm.
    pub centre_mm: [f64; 3],
    pub long_mm: f64,
    pub short_mm: f64,
    /// Rotation of the long axis from x towards y, in radians.
    pub angle: f64,
    /// Diameter of the solid core of a part-solid nodule.
    pub core_mm: Option<f64>,
}

impl Nodule {
    /// A spherical nodule.
    pub fn ball(kind: Kind, centre_mm: [f64; 3], diameter_mm: f64) -> Self {
        Self {
            kind,
            centre_mm,
            long_mm: diameter_mm,
            short_mm: diameter_mm,
            angle: 0.0,
            core_mm: (kind == Kind::PartSolid).then_some(diameter_mm / 2.0),
        }
    }

    /// Mean of long and short axis.
    pub fn mean_mm(&self) -> f64 {
        f64::midpoint(self.long_mm, self.short_mm)
    }

    /// Volume of the ellipsoid, with the mean diameter as its third axis.
    pub fn volume_mm3(&self) -> f64 {
        std::f64::consts::PI / 6.0 * self.long_mm * self.short_mm * self.mean_mm()
    }

    /// The same nodule, larger by `mm` in mean diameter, its core in proportion.
    pub fn grown(&self, mm: f64) -> Self {
        let factor = (self.mean_mm() + mm) / self.mean_mm();
        Self {
            long_mm: self.long_mm * factor,
            short_mm: self.short_mm * factor,
            core_mm: self.core_mm.map(|core| core * factor),
            ..*self
        }
    }

    /// Paints the part of the nodule in the slice about `z`: the mean over the slice's thickness.
    pub fn paint(&self, canvas: &mut Canvas, z: f64) {
        let half = [self.long_mm, self.short_mm, self.mean_mm()].map(|axis| axis / 2.0);
        self.paint_ellipsoid(canvas, z, half, self.kind.hounsfield());
        if let (Kind::PartSolid, Some(core)) = (self.kind, self.core_mm) {
            self.paint_ellipsoid(canvas, z, [core / 2.0; 3], SOLID);
        }
    }

    fn paint_ellipsoid(&self, canvas: &mut Canvas, z: f64, half: [f64; 3], hounsfield: f64) {
        let (pixel, step) = (canvas.grid.spacing_mm, canvas.grid.step_mm);
        let [cx, cy, cz] = self.centre_mm;
        let (sine, cosine) = self.angle.sin_cos();
        let offset =
            |number: usize, of: usize, size: f64| ((number as f64 + 0.5) / of as f64 - 0.5) * size;
        // For each sample along the thickness: the rest of the squared radius within the plane.
        let mut left = [0.0; SAMPLES_ALONG];
        for (number, left) in left.iter_mut().enumerate() {
            let height = (z - cz + offset(number, SAMPLES_ALONG, step)) / half[2];
            *left = 1.0 - height * height;
        }
        if left.iter().all(|&left| left <= 0.0) {
            return;
        }
        let squared = |x: f64, y: f64| {
            let (x, y) = (x - cx, y - cy);
            let (u, v) = (
                (x * cosine + y * sine) / half[0],
                (y * cosine - x * sine) / half[1],
            );
            u * u + v * v
        };
        let margin = pixel / half[0].min(half[1]);
        canvas.visit(around([cx, cy], half[0].max(half[1])), |[x, y], value| {
            let middle = squared(x, y).sqrt();
            let (near, far) = ((middle - margin).max(0.0), middle + margin);
            let mut inside = 0;
            for left in left {
                if left <= near * near {
                    continue;
                }
                if left > far * far {
                    inside += SAMPLES * SAMPLES;
                    continue;
                }
                for place in 0..SAMPLES * SAMPLES {
                    let x = x + offset(place % SAMPLES, SAMPLES, pixel);
                    let y = y + offset(place / SAMPLES, SAMPLES, pixel);
                    inside += usize::from(squared(x, y) < left);
                }
            }
            let covered = inside as f32 / (SAMPLES * SAMPLES * SAMPLES_ALONG) as f32;
            *value += covered * (hounsfield as f32 - *value);
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::phantom::Grid;

    /// Volume of the nodule as painted, in mm³.
    fn painted(nodule: &Nodule, spacing_mm: f64, step_mm: f64) -> f64 {
        let grid = Grid {
            rows: 64,
            columns: 64,
            slices: 40,
            spacing_mm,
            step_mm,
            origin_mm: [-32.0 * spacing_mm, -32.0 * spacing_mm, -20.0 * step_mm],
        };
        let full = (nodule.kind.hounsfield() + 1000.0) as f32;
        let mut sum = 0.0;
        for slice in 0..grid.slices {
            let mut values = vec![-1000.0; 64 * 64];
            let mut canvas = Canvas {
                grid: &grid,
                values: &mut values,
            };
            nodule.paint(&mut canvas, grid.z(slice));
            let covered = values
                .iter()
                .map(|value| f64::from((value + 1000.0) / full));
            sum += covered.sum::<f64>();
        }
        sum * spacing_mm * spacing_mm * step_mm
    }

    #[test]
    fn a_nodule_has_the_volume_of_its_axes_at_any_position() {
        for (long_mm, short_mm, spacing, step) in [
            (4.0, 4.0, 0.7, 1.0),
            (8.0, 6.0, 0.5, 2.5),
            (30.0, 21.0, 0.9, 2.0),
        ] {
            let nodule = Nodule {
                long_mm,
                short_mm,
                angle: 0.7,
                ..Nodule::ball(Kind::Solid, [0.23, -0.31, 0.4], 1.0)
            };
            let share = painted(&nodule, spacing, step) / nodule.volume_mm3();
            assert!(
                (share - 1.0).abs() < 0.03,
                "{long_mm} × {short_mm}: {share}"
            );
        }
    }

    #[test]
    fn growth_is_in_mean_diameter() {
        let nodule = Nodule {
            long_mm: 10.0,
            short_mm: 6.0,
            ..Nodule::ball(Kind::PartSolid, [0.0; 3], 8.0)
        };
        let grown = nodule.grown(2.0);
        assert!((grown.mean_mm() - 10.0).abs() < 1e-9);
        assert_eq!(grown.core_mm, Some(5.0));
    }
}
