//! The networks as readers, and the lesions that the lesion reader proposes.

use serde::{Deserialize, Serialize};

use crate::clinical::nodule::NoduleType;

/// The network that made an assessment.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Reader {
    /// The lesion reader: proposes lesions in slices in Hounsfield units and rates each.
    Lesions,
    /// The slice classifier: classifies a slice as a whole. All assessments stored before the lesion reader existed are its.
    #[default]
    Slice,
}

impl Reader {
    /// Every reader.
    pub const ALL: [Self; 2] = [Self::Lesions, Self::Slice];

    /// Parses the word written by [`Reader::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reader| reader.as_str() == word)
    }

    /// The word in scripts and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Lesions => "lesions",
            Self::Slice => "slice",
        }
    }

    /// The name shown to the user.
    pub fn label(self) -> &'static str {
        match self {
            Self::Lesions => "Lesion reader",
            Self::Slice => "Slice classifier",
        }
    }
}

/// A lesion that the lesion reader proposes.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Lesion {
    /// Slice within the series, from 1; 1 for a single slice.
    pub slice: usize,
    /// Row of the centre, in pixels of the stored picture, with the centre of the first pixel at 0.
    pub row: f64,
    /// Column of the centre, as `row`.
    pub column: f64,
    /// Patient coordinates of the centre (DICOM PS3.3 C.7.6.2.1.1), if the file states them.
    pub position_mm: Option<[f64; 3]>,
    /// Diameter as estimated by the network.
    pub diameter_mm: Option<f64>,
    /// Size measured on the picture; none if no edge was found, or the file states no pixel spacing.
    #[serde(default)]
    pub size: Option<LesionSize>,
    /// Calibrated, in [0, 1]. Valid only inside the training range: see
    /// [`Assessment::lesion_probability`](super::Assessment::lesion_probability).
    pub malignancy_probability: f64,
}

/// The size of a proposed lesion, measured by region growing from its place. Not checked by a person.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct LesionSize {
    /// The longest diameter on [`Self::slice`], and the longest one perpendicular to it.
    pub long_mm: f64,
    pub short_mm: f64,
    pub volume_mm3: f64,
    /// Threshold in Hounsfield units; voxels at or above it belong to the lesion.
    pub threshold_hu: i16,
    /// Slice within the series on which both diameters lie, from 1.
    pub slice: usize,
    /// Both ends of the long diameter, then of the short one: row and column in pixels of the stored picture, with the centre of
    /// the first pixel at 0.
    pub ends: [[f64; 2]; 4],
}

/// Thresholds below this one are those of ground glass, in Hounsfield units.
const GROUND_GLASS_BELOW_HU: i16 = -600;

impl LesionSize {
    /// The nodule type that the threshold implies. A solid part within ground glass is not searched for.
    pub fn nodule_type(&self) -> NoduleType {
        match self.threshold_hu < GROUND_GLASS_BELOW_HU {
            true => NoduleType::NonSolid,
            false => NoduleType::Solid,
        }
    }

    fn is_sound(&self) -> bool {
        let lengths = [self.long_mm, self.short_mm, self.volume_mm3];
        self.slice > 0
            && lengths
                .iter()
                .all(|value| value.is_finite() && *value > 0.0)
            && self.ends.iter().flatten().all(|value| value.is_finite())
    }
}

impl Lesion {
    /// Wording beside every list of lesions.
    pub const BASIS: &'static str = "proposed by the model";

    /// Mean of both measured diameters in mm, or else the diameter estimated by the network.
    pub fn mean_diameter_mm(&self) -> Option<f64> {
        let measured = self.size.map(|size| (size.long_mm + size.short_mm) / 2.0);
        measured.or(self.diameter_mm)
    }

    /// True if every figure is valid: finite places, a diameter above zero, a probability.
    pub fn is_sound(&self) -> bool {
        let place = [self.row, self.column].into_iter();
        let place = place.chain(self.position_mm.into_iter().flatten());
        self.slice > 0
            && place.into_iter().all(f64::is_finite)
            && (self.diameter_mm).is_none_or(|diameter| diameter.is_finite() && diameter > 0.0)
            && self.size.is_none_or(|size| size.is_sound())
            && (0.0..=1.0).contains(&self.malignancy_probability)
    }
}
