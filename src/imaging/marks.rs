//! Attributes that separate slices which share a series and a geometry: of two reconstructions, energies, phases or
//! time points at the same positions.

use std::collections::BTreeMap;

use dicom_core::Tag;
use dicom_dictionary_std::tags;
use serde::{Deserialize, Serialize};

/// Slices between which an attribute separates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Separates {
    /// Any two slices with different values, stated or not.
    Always,
    /// Any two slices that state different values: by the standard, all slices of a series share it.
    Stated,
    /// Slices at the same position, and sets of slices that lie among one another. Between others it may change from
    /// rotation to rotation.
    Interleaved,
    /// Slices at the same position. Between others it may change from slice to slice.
    Collided,
}

/// One attribute.
#[derive(Debug)]
pub(super) struct Mark {
    /// Name for people.
    pub name: &'static str,
    pub separates: Separates,
    /// Elements of a file that state it together.
    pub of_file: &'static [Tag],
    /// The element of a frame that states it: a sequence in its functional groups, and the element in that.
    pub of_frame: &'static [(Tag, Tag)],
}

const fn mark(
    name: &'static str,
    separates: Separates,
    of_file: &'static [Tag],
    of_frame: &'static [(Tag, Tag)],
) -> Mark {
    Mark {
        name,
        separates,
        of_file,
        of_frame,
    }
}

/// The attributes, the most specific first.
pub(super) const MARKS: [Mark; 29] = {
    use Separates::*;
    use tags::*;
    [
        mark(
            "kernel",
            Always,
            &[CONVOLUTION_KERNEL],
            &[(CT_RECONSTRUCTION_SEQUENCE, CONVOLUTION_KERNEL)],
        ),
        mark("modality", Stated, &[MODALITY], &[]),
        mark("study date", Stated, &[STUDY_DATE], &[]),
        mark("series number", Stated, &[SERIES_NUMBER], &[]),
        mark("patient position", Stated, &[PATIENT_POSITION], &[]),
        mark("description", Stated, &[SERIES_DESCRIPTION], &[]),
        mark(
            "stack",
            Interleaved,
            &[],
            &[(FRAME_CONTENT_SEQUENCE, STACK_ID)],
        ),
        mark(
            "acquisition",
            Interleaved,
            &[ACQUISITION_NUMBER],
            &[(FRAME_CONTENT_SEQUENCE, FRAME_ACQUISITION_NUMBER)],
        ),
        mark(
            "time offset",
            Interleaved,
            &[],
            &[(TEMPORAL_POSITION_SEQUENCE, TEMPORAL_POSITION_TIME_OFFSET)],
        ),
        mark(
            "breathing phase",
            Interleaved,
            &[NOMINAL_PERCENTAGE_OF_RESPIRATORY_PHASE],
            &[(
                RESPIRATORY_SYNCHRONIZATION_SEQUENCE,
                NOMINAL_PERCENTAGE_OF_RESPIRATORY_PHASE,
            )],
        ),
        mark(
            "trigger time",
            Interleaved,
            &[TRIGGER_TIME],
            &[(
                CARDIAC_SYNCHRONIZATION_SEQUENCE,
                NOMINAL_CARDIAC_TRIGGER_DELAY_TIME,
            )],
        ),
        mark(
            "tube voltage",
            Interleaved,
            &[KVP],
            &[(CTX_RAY_DETAILS_SEQUENCE, KVP)],
        ),
        mark(
            "image type",
            Interleaved,
            &[IMAGE_TYPE],
            &[
                (CT_IMAGE_FRAME_TYPE_SEQUENCE, FRAME_TYPE),
                (MR_IMAGE_FRAME_TYPE_SEQUENCE, FRAME_TYPE),
            ],
        ),
        mark(
            "reconstruction",
            Interleaved,
            &[RECONSTRUCTION_ALGORITHM, FILTER_TYPE],
            &[(CT_RECONSTRUCTION_SEQUENCE, RECONSTRUCTION_ALGORITHM)],
        ),
        mark(
            "slice thickness",
            Interleaved,
            &[SLICE_THICKNESS],
            &[(PIXEL_MEASURES_SEQUENCE, SLICE_THICKNESS)],
        ),
        mark(CONTRAST_MEDIUM, Interleaved, &[CONTRAST_BOLUS_AGENT], &[]),
        mark("protocol", Interleaved, &[PROTOCOL_NAME], &[]),
        mark("body part", Interleaved, &[BODY_PART_EXAMINED], &[]),
        mark("comments", Interleaved, &[IMAGE_COMMENTS], &[]),
        mark("accession number", Interleaved, &[ACCESSION_NUMBER], &[]),
        mark(
            "scanner",
            Interleaved,
            &[MANUFACTURER_MODEL_NAME, DEVICE_SERIAL_NUMBER],
            &[],
        ),
        mark(
            "reconstructed area",
            Interleaved,
            &[RECONSTRUCTION_DIAMETER],
            &[],
        ),
        mark("acquisition date", Interleaved, &[ACQUISITION_DATE], &[]),
        mark("series time", Interleaved, &[SERIES_DATE, SERIES_TIME], &[]),
        mark(
            ACQUIRED,
            Interleaved,
            &[ACQUISITION_DATE_TIME, ACQUISITION_DATE, ACQUISITION_TIME],
            &[(FRAME_CONTENT_SEQUENCE, FRAME_ACQUISITION_DATE_TIME)],
        ),
        mark(
            "reference time",
            Collided,
            &[],
            &[(FRAME_CONTENT_SEQUENCE, FRAME_REFERENCE_DATE_TIME)],
        ),
        mark(CONTENT, Collided, &[CONTENT_DATE, CONTENT_TIME], &[]),
        mark("window", Collided, &[WINDOW_CENTER, WINDOW_WIDTH], &[]),
        mark(
            FRAME_INDEX,
            Collided,
            &[],
            &[(FRAME_CONTENT_SEQUENCE, DIMENSION_INDEX_VALUES)],
        ),
    ]
};

/// Name of the attribute that slices of a scan without it do not state.
pub(super) const CONTRAST_MEDIUM: &str = "contrast medium";

/// Names of the attributes that also order the slices at one position.
pub(super) const ACQUIRED: &str = "acquisition time";
pub(super) const CONTENT: &str = "content time";
pub(super) const FRAME_INDEX: &str = "index of the frame";

/// Values of the attributes, trimmed; those that are not stated are missing.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Marks(BTreeMap<u8, String>);

impl Marks {
    /// Sets the value of the attribute at this index of the table; an empty one is not stated. A number has one spelling.
    pub(super) fn set(&mut self, mark: usize, value: String) {
        let value = match value.parse::<f64>() {
            Ok(number) if number.is_finite() && value.contains('.') => number.to_string(),
            _ => value,
        };
        if let (Ok(mark), false) = (u8::try_from(mark), value.is_empty()) {
            self.0.insert(mark, value);
        }
    }

    /// The value of the attribute at this index of the table.
    pub(super) fn get(&self, mark: usize) -> Option<&str> {
        let mark = u8::try_from(mark).ok()?;
        self.0.get(&mark).map(String::as_str)
    }

    /// The value of the attribute with this name.
    pub(super) fn named(&self, name: &str) -> Option<&str> {
        self.get(MARKS.iter().position(|mark| mark.name == name)?)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These values, and those of `others` where nothing is stated.
    pub(super) fn or(&self, others: &Self) -> Self {
        let mut all = others.0.clone();
        all.extend(self.0.iter().map(|(mark, value)| (*mark, value.clone())));
        Self(all)
    }

    /// Names of the attributes that separate any two slices with these and the other values.
    pub(super) fn differences(&self, other: &Self) -> Vec<&'static str> {
        let differs = |(index, mark): (usize, &Mark)| {
            let (one, other) = (self.get(index), other.get(index));
            let differs = match mark.separates {
                Separates::Always => one != other,
                Separates::Stated => one.is_some() && other.is_some() && one != other,
                Separates::Interleaved | Separates::Collided => false,
            };
            differs.then_some(mark.name)
        };
        MARKS.iter().enumerate().filter_map(differs).collect()
    }
}

/// Index of the attribute that an element in a sequence of a frame's functional groups states.
pub(super) fn of_frame(sequence: Tag, element: Tag) -> Option<usize> {
    let states = |mark: &Mark| mark.of_frame.contains(&(sequence, element));
    MARKS.iter().position(states)
}

/// True if an element of a file states an attribute.
pub(super) fn is_of_file(element: Tag) -> bool {
    MARKS.iter().any(|mark| mark.of_file.contains(&element))
}
