//! A nodule with its position and the method of its measurement, as a record stores it.

use jiff::civil::Date;

use super::{Lobe, Margin, NoduleDraft, NoduleType};
use crate::clinical::brock::Density;
use crate::clinical::lung_rads::{Category, Verdict, classify};
use crate::clinical::measurement::sphere_volume_mm3;
use crate::clinical::text;

/// Maximum number of characters of a nodule's note.
pub const NOTE_CHARACTERS: usize = 1000;
/// The possible volumes of a nodule in a lung, in mm³.
pub const VOLUMES_MM3: std::ops::RangeInclusive<f64> = 0.001..=15_000_000.0;
/// Message for a note that cannot be stored.
pub const UNFIT_NOTE: &str = "the note is too long or holds characters that cannot be shown";

/// A nodule as stored, shown and reported. Text is as stored: scrub it before showing it.
#[derive(Debug, Clone, PartialEq)]
pub struct MeasuredNodule {
    /// Type, axes, status and the further data that Lung-RADS uses.
    pub draft: NoduleDraft,
    /// Date of the earlier exam that `draft.earlier` is from, if known.
    pub earlier_on: Option<Date>,
    /// True if that exam has no nodule of the size that this one was compared with any more. Found when it is read, not stored.
    pub earlier_changed: bool,
    /// None if not stated.
    pub lobe: Option<Lobe>,
    /// Counted voxels of a grown region, in mm³.
    pub volume_mm3: Option<f64>,
    pub measurement: Measurement,
    /// Free text of one line; may be empty.
    pub note: String,
}

/// Method and place of the measurement.
#[derive(Debug, Clone, PartialEq)]
pub struct Measurement {
    pub method: Method,
    /// None if the axes were typed in.
    pub place: Option<Place>,
}

/// Method of measuring the axes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Method {
    /// Read from another source.
    TypedIn,
    /// Ends set by hand on the picture.
    Calipers,
    /// Proposed from the voxels around a seed that lie at or above a threshold, and accepted.
    Region { threshold_hu: i16 },
}

/// Place where the axes were measured.
#[derive(Debug, Clone, PartialEq)]
pub struct Place {
    /// (0020,000E) SeriesInstanceUID, if the file states it.
    pub series_uid: Option<String>,
    /// Index of the slice in its series, from 0.
    pub slice: u32,
    /// Both ends of the long axis, then of the short one: row and column in pixel centres.
    pub ends: [[f64; 2]; 4],
}

impl Measurement {
    /// Axes without a picture.
    pub fn typed_in() -> Self {
        Self {
            method: Method::TypedIn,
            place: None,
        }
    }

    /// Method and place in words: `calipers on slice 37`.
    pub fn words(&self) -> String {
        let how = match self.method {
            Method::TypedIn => "typed in".to_owned(),
            Method::Calipers => "calipers".to_owned(),
            Method::Region { threshold_hu } => format!("region from {threshold_hu} HU, accepted"),
        };
        match &self.place {
            Some(place) => format!("{how}, slice {}", u64::from(place.slice) + 1),
            None => how,
        }
    }
}

impl MeasuredNodule {
    /// A nodule with only its draft.
    pub fn new(draft: NoduleDraft) -> Self {
        Self {
            draft,
            earlier_on: None,
            earlier_changed: false,
            lobe: None,
            volume_mm3: None,
            measurement: Measurement::typed_in(),
            note: String::new(),
        }
    }

    /// Its Lung-RADS category. Inconsistent parts leave it to a radiologist, with the reason.
    pub fn verdict(&self) -> Verdict {
        match self.draft.validate() {
            Ok(nodule) => classify(&nodule),
            Err(error) => Verdict {
                category: Category::NeedsRadiologist,
                rule: error.to_string(),
            },
        }
    }

    /// The counted volume in mm³, or that of a sphere of the mean diameter; true if it was counted.
    pub fn volume(&self) -> (f64, bool) {
        match self.volume_mm3 {
            Some(volume) => (volume, true),
            None => (sphere_volume_mm3(self.draft.axes.mean()), false),
        }
    }

    /// True if the margin is spiculated; none if not described.
    pub fn spiculation(&self) -> Option<bool> {
        self.draft.margin.map(|margin| margin == Margin::Spiculated)
    }

    /// The density for the Brock models; none for types that they do not cover.
    pub fn density(&self) -> Option<Density> {
        match self.draft.nodule_type {
            NoduleType::Solid => Some(Density::Solid),
            NoduleType::PartSolid => Some(Density::PartSolid),
            NoduleType::NonSolid => Some(Density::NonSolid),
            NoduleType::Juxtapleural | NoduleType::Airway | NoduleType::Cyst => None,
        }
    }

    /// Reason why it cannot be stored, in a sentence: inconsistent parts, a note that is too long, an impossible volume or place.
    pub fn fault(&self) -> Option<String> {
        if let Err(error) = self.draft.validate() {
            return Some(error.to_string());
        }
        let tidy = text::paragraphs(&self.note, NOTE_CHARACTERS);
        if tidy.as_deref() != Ok(self.note.as_str()) {
            return Some(UNFIT_NOTE.into());
        }
        if (self.volume_mm3).is_some_and(|volume| !VOLUMES_MM3.contains(&volume)) {
            return Some("the volume is impossible for a nodule".into());
        }
        let place = self.measurement.place.as_ref();
        let outside = |place: &Place| {
            let uid = place.series_uid.as_deref().unwrap_or("1");
            !(1..=64).contains(&uid.chars().count())
                || !place.ends.iter().flatten().all(|end| end.is_finite())
        };
        if place.is_some_and(outside) {
            return Some("the place of the measurement is not on a slice".into());
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clinical::measurement::Axes;
    use crate::clinical::nodule::NoduleError;

    fn nodule() -> MeasuredNodule {
        let axes = Axes::new("8.4".parse().unwrap(), "7.9".parse().unwrap());
        MeasuredNodule::new(NoduleDraft::new(NoduleType::Solid, axes))
    }

    #[test]
    fn inconsistent_parts_are_left_to_a_radiologist_and_not_stored() {
        let mut broken = nodule();
        broken.draft.nodule_type = NoduleType::PartSolid;
        let error = NoduleError::NoSolidPart.to_string();
        assert_eq!(broken.verdict().category, Category::NeedsRadiologist);
        assert_eq!(broken.verdict().rule, error);
        assert_eq!(broken.fault(), Some(error));
        assert_eq!(nodule().verdict().category, Category::FourA);
        assert_eq!(nodule().fault(), None);
    }

    #[test]
    fn values_that_cannot_be_stored_are_named() {
        let mut long = nodule();
        long.note = "x".repeat(NOTE_CHARACTERS + 1);
        let mut vast = nodule();
        vast.volume_mm3 = Some(f64::INFINITY);
        let mut nowhere = nodule();
        nowhere.measurement.place = Some(Place {
            series_uid: None,
            slice: 0,
            ends: [[f64::NAN; 2]; 4],
        });
        for unfit in [long, vast, nowhere] {
            assert!(unfit.fault().is_some(), "{unfit:?}");
        }
    }

    #[test]
    fn a_counted_volume_takes_precedence_over_that_of_a_sphere() {
        let mut counted = nodule();
        assert!(!counted.volume().1);
        counted.volume_mm3 = Some(301.5);
        assert_eq!(counted.volume(), (301.5, true));
    }

    #[test]
    fn the_method_of_measurement_names_the_slice_counted_from_one() {
        let mut region = nodule();
        assert_eq!(region.measurement.words(), "typed in");
        region.measurement = Measurement {
            method: Method::Region { threshold_hu: -400 },
            place: Some(Place {
                series_uid: None,
                slice: 36,
                ends: [[0.0; 2]; 4],
            }),
        };
        let words = region.measurement.words();
        assert_eq!(words, "region from -400 HU, accepted, slice 37");
    }
}
