//! The anatomical plane of a slice.

use super::Geometry;
use super::candidate::normal;

/// Minimum cosine between the normal and an axis of the patient: 20 degrees.
const LEAST_COSINE: f64 = 0.939_692_620_785_908_4;

/// The plane of a slice in the patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plane {
    Axial,
    Coronal,
    Sagittal,
    /// More than 20 degrees from each of the others.
    Oblique,
}

impl Plane {
    /// Word for people and scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Axial => "axial",
            Self::Coronal => "coronal",
            Self::Sagittal => "sagittal",
            Self::Oblique => "oblique",
        }
    }
}

impl Geometry {
    /// The plane for the direction cosines; `None` if they are missing or invalid.
    pub fn plane(&self) -> Option<Plane> {
        let [x, y, z] = normal(self.orientation?)?.map(f64::abs);
        Some(if z >= LEAST_COSINE {
            Plane::Axial
        } else if y >= LEAST_COSINE {
            Plane::Coronal
        } else if x >= LEAST_COSINE {
            Plane::Sagittal
        } else {
            Plane::Oblique
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plane(orientation: [f64; 6]) -> Option<Plane> {
        let geometry = Geometry {
            rows: 1,
            columns: 1,
            spacing_mm: None,
            orientation: Some(orientation),
            step_mm: None,
        };
        geometry.plane()
    }

    #[test]
    fn a_plane_is_named_by_its_normal() {
        let tilted = |degrees: f64| {
            let (sine, cosine) = degrees.to_radians().sin_cos();
            plane([1.0, 0.0, 0.0, 0.0, cosine, sine])
        };
        assert_eq!(tilted(0.0), Some(Plane::Axial));
        assert_eq!(tilted(19.9), Some(Plane::Axial));
        assert_eq!(tilted(20.1), Some(Plane::Oblique));
        assert_eq!(tilted(-90.0), Some(Plane::Coronal));
        assert_eq!(
            plane([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]),
            Some(Plane::Sagittal)
        );
        assert_eq!(plane([0.0; 6]), None);
        assert_eq!(plane([1.0, 0.0, 0.0, 1.0, 0.0, 0.0]), None);
    }
}
