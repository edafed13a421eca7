//! Attributes of a file's slices, read without decoding pixels.

use std::path::Path;

use serde::{Deserialize, Serialize};

use super::error::Fault;
use super::file::Kind;
use super::{Format, ImagingError, Marks, Modality, dicom, isolated, nifti, raster};
use crate::cancel::Cancel;

/// Maximum number of frames of a file.
pub const MOST_FRAMES: usize = 16_384;

/// Position and other attributes of one frame, as far as the file states them.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Frame {
    /// Distance between neighbouring rows and between neighbouring columns, in mm.
    pub spacing_mm: Option<[f64; 2]>,
    /// Direction cosines of a row (towards growing columns) and of a column (towards growing rows).
    pub orientation: Option<[f64; 6]>,
    /// Centre of the first pixel in the patient, in mm (x to the left, y to the back, z to the head).
    pub position_mm: Option<[f64; 3]>,
    /// Slice thickness in mm; not the distance between slices.
    pub thickness_mm: Option<f64>,
    /// (0020,9128) TemporalPositionIndex of a frame, or (0020,0100) TemporalPositionIdentifier of its file.
    pub time_point: Option<u32>,
    /// (0020,9241) NominalPercentageOfCardiacPhase.
    pub phase_percent: Option<f64>,
    /// True if (0028,1054) RescaleType states another unit than Hounsfield units, such as mg/ml of iodine.
    pub other_values: bool,
    /// Parts of the rescale that a CT frame states.
    pub rescale: Rescale,
    /// Attributes that the frame states itself and that separate it from others of its file.
    pub marks: Marks,
}

/// Stated parts of the rescale to Hounsfield units: (0028,1053) RescaleSlope and (0028,1052) RescaleIntercept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub enum Rescale {
    /// Neither; or the frame is not of a CT.
    #[default]
    None,
    Slope,
    Intercept,
    Both,
}

/// Attributes that separate slices with the same SeriesInstanceUID, each value as stored and trimmed; `None` if
/// it is not stated.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct GroupingTags {
    /// (0010,0021) IssuerOfPatientID, (0010,0020) PatientID, (0010,0010) PatientName, (0010,0030) PatientBirthDate and
    /// (0010,0040) PatientSex.
    pub patient: [Option<String>; 5],
    pub marks: Marks,
}

/// Attributes of a file. Text as stored: scrub it before display.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Header {
    pub format: Format,
    /// Rows and columns of every frame.
    pub rows: u32,
    pub columns: u32,
    /// At least one, at most [`MOST_FRAMES`]; in the order of the file.
    pub frames: Vec<Frame>,
    /// Number of further frames that uncompressed pixels suffice for, and that the file does not state.
    pub surplus_frames: usize,
    /// Where those pixels end in the file, as it states; a length that is too large proves no frames.
    #[serde(skip)]
    pub(super) surplus_end: u64,
    /// Present if the file is DICOM. Orientation and thickness in it are those of the first frame.
    pub stated: Option<Modality>,
    /// (0002,0010) TransferSyntaxUID.
    pub transfer_syntax: Option<String>,
    /// (0020,000D) StudyInstanceUID.
    pub study_uid: Option<String>,
    /// (0020,000E) SeriesInstanceUID.
    pub series_uid: Option<String>,
    /// (0010,0010) PatientName.
    pub patient_name: Option<String>,
    /// (0010,0020) PatientID.
    pub patient_id: Option<String>,
    /// (0020,0052) FrameOfReferenceUID: positions in different ones cannot be compared.
    pub frame_of_reference: Option<String>,
    /// (0020,0013) InstanceNumber.
    pub instance_number: Option<i32>,
    /// (0020,1041) SliceLocation, in mm.
    pub slice_location: Option<f64>,
    pub grouping: GroupingTags,
}

impl Header {
    /// Reads no more of the file than necessary: up to the pixels in a DICOM file.
    ///
    /// Never waits on a pipe or device. Errors: those of [`FrameFile::open`](super::FrameFile::open), except
    /// errors in the pixels.
    pub fn read(path: &Path) -> Result<Self, ImagingError> {
        Self::read_unless(path, &Cancel::default())
    }

    /// As [`Self::read`], and [`ImagingError::Cancelled`] if `cancel` is raised.
    pub fn read_unless(path: &Path, cancel: &Cancel) -> Result<Self, ImagingError> {
        isolated::inspect(path, cancel)?.into_header(path)
    }

    /// The header of a file that begins with `bytes`; [`Fault::CutShort`] if the bytes are too few.
    pub(super) fn of(bytes: &[u8], whole: bool, cancel: &Cancel) -> Result<Self, Fault> {
        match Kind::of(bytes)? {
            Kind::Dicom => dicom::header(bytes, whole, cancel),
            Kind::Nifti => nifti::header(bytes),
            Kind::Raster(_) if !whole => Err(Fault::CutShort),
            Kind::Raster(format) => raster::header(format, bytes),
        }
    }

    /// The header of a file of this length.
    pub(super) fn in_file_of(mut self, length: u64) -> Self {
        if self.surplus_end > length {
            self.surplus_frames = 0;
        }
        self.surplus_end = 0;
        self
    }

    /// The header of a picture of which only the size is known.
    pub(super) fn of_picture(format: Format, columns: u32, rows: u32) -> Self {
        Self {
            format,
            rows,
            columns,
            frames: vec![Frame::default()],
            surplus_frames: 0,
            surplus_end: 0,
            stated: None,
            transfer_syntax: None,
            study_uid: None,
            series_uid: None,
            patient_name: None,
            patient_id: None,
            frame_of_reference: None,
            instance_number: None,
            slice_location: None,
            grouping: GroupingTags::default(),
        }
    }
}
