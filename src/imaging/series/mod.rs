//! Slices that belong together: a folder of DICOM files, a file of many frames, or one picture.
//!
//! [`open`] looks at headers only; pixels are decoded when [`Series::slice`] asks for them, and the last ones stay
//! in memory as far as [`MOST_CACHED_BYTES`] reaches.

mod assemble;
mod cache;
mod candidate;
mod decode;
mod directory;
mod find;
mod last_file;
mod natural;
mod of_slices;
mod open;
mod order;
mod passes;
mod plane;
mod stack;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use self::cache::Cache;
use self::last_file::LastFile;
use super::{Format, FrameFile, ImagingError, Scan};
use crate::cancel::Cancel;
use crate::clinical::identity::Identity;

pub use self::decode::PixelSummary;
pub use self::open::open;
pub use self::plane::Plane;

/// How many files and folders [`open`] looks at.
pub const MOST_FILES: usize = 100_000;
/// How many slices [`open`] opens at once, of all series.
pub const MOST_SLICES: usize = 200_000;

/// How many bytes of decoded pixels of one series stay in memory: 1,024 slices of 512 × 512 in 16 bits.
pub const MOST_CACHED_BYTES: usize = 512 << 20;

/// How far [`open`] has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files looked at.
    pub done: usize,
    /// Files found so far.
    pub of: usize,
}

/// What all slices of a series say alike. Text as stored: scrub it before it is shown.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesIdentity {
    pub format: Format,
    /// (0008,0060), such as `CT`; nothing for pictures.
    pub modality: Option<String>,
    /// (0002,0010), as a UID.
    pub transfer_syntax: Option<String>,
    /// (0020,000D) StudyInstanceUID.
    pub study_uid: Option<String>,
    /// (0020,000E) SeriesInstanceUID.
    pub series_uid: Option<String>,
    /// (0008,103E) SeriesDescription.
    pub description: Option<String>,
    /// (0008,0022) AcquisitionDate or (0008,0020) StudyDate, as YYYYMMDD.
    pub date: Option<String>,
    /// (0010,0010) PatientName and (0010,0020) PatientID.
    pub patient_name: Option<String>,
    pub patient_id: Option<String>,
    /// The same with all else that tells whose scan it is.
    pub patient: Identity,
}

/// Where the slices lie. All slices of a series share rows, columns, spacing and orientation.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    pub rows: u32,
    pub columns: u32,
    /// Distance between neighbouring rows and between neighbouring columns, in mm.
    pub spacing_mm: Option<[f64; 2]>,
    /// Direction cosines of a row (towards growing columns) and of a column (towards growing rows).
    pub orientation: Option<[f64; 6]>,
    /// Distance between neighbouring slices along the normal, in mm; from positions, never from SliceThickness.
    /// Nothing when there is one slice, or positions are unknown.
    pub step_mm: Option<f64>,
}

/// One slice that has not been decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceSource {
    pub path: PathBuf,
    /// Which frame of that file, from 0.
    pub frame: usize,
    /// (0008,0018) SOPInstanceUID.
    pub sop_instance_uid: Option<String>,
    /// (0020,0013) InstanceNumber.
    pub instance_number: Option<i32>,
    /// Centre of the first pixel in the patient, in mm (x to the left, y to the back, z to the head).
    pub position_mm: Option<[f64; 3]>,
}

/// Slices in order, lowest along the normal first; decoded on demand.
#[derive(Debug)]
pub struct Series {
    pub identity: SeriesIdentity,
    pub geometry: Geometry,
    /// What is unusual, a sentence each: gaps, duplicates, slices that were left out and why.
    pub remarks: Vec<String>,
    slices: Vec<SliceSource>,
    cache: Cache,
    /// Where there are files of many frames.
    last_file: Option<LastFile>,
}

impl Series {
    /// A series of at least one slice, in order.
    fn new(
        identity: SeriesIdentity,
        geometry: Geometry,
        slices: Vec<SliceSource>,
        remarks: Vec<String>,
    ) -> Self {
        let many_frames = slices.iter().any(|slice| slice.frame > 0);
        Self {
            identity,
            geometry,
            remarks,
            slices,
            cache: Cache::default(),
            last_file: many_frames.then(LastFile::default),
        }
    }

    /// Number of slices, at least one.
    pub fn len(&self) -> usize {
        self.slices.len()
    }

    pub fn is_empty(&self) -> bool {
        self.slices.is_empty()
    }

    /// The slices, in order.
    pub fn slices(&self) -> &[SliceSource] {
        &self.slices
    }

    /// One slice with its pixels. Blocks while it is read and decoded, unless it was kept from before.
    ///
    /// Any number of threads may ask at once.
    pub fn slice(&self, index: usize) -> Result<Arc<Scan>, ImagingError> {
        self.slice_unless(index, &Cancel::default())
    }

    /// The same, and [`ImagingError::Cancelled`] when it is cancelled while the file is read.
    fn slice_unless(&self, index: usize, cancel: &Cancel) -> Result<Arc<Scan>, ImagingError> {
        let Some(source) = self.slices.get(index) else {
            return Err(ImagingError::NoPicture {
                path: self
                    .slices
                    .first()
                    .map(|slice| slice.path.clone())
                    .unwrap_or_default(),
                what: format!(
                    "a series of {} slices, without a slice {}",
                    self.len(),
                    index + 1
                ),
            });
        };
        self.cache
            .get_or_decode(index, || self.decode(source, cancel))
    }

    fn decode(&self, source: &SliceSource, cancel: &Cancel) -> Result<Scan, ImagingError> {
        let scan = match &self.last_file {
            Some(last) => last.open(&source.path, cancel)?.decode(source.frame)?,
            None => FrameFile::open_unless(&source.path, cancel)?.decode(source.frame)?,
        };
        let Geometry { rows, columns, .. } = self.geometry;
        if (scan.height, scan.width) != (rows, columns) {
            return Err(ImagingError::Damaged {
                path: source.path.clone(),
                reason: format!(
                    "it holds {} × {} pixels where {columns} × {rows} were stated",
                    scan.width, scan.height
                ),
            });
        }
        Ok(scan)
    }

    /// A series of one slice that is decoded already.
    pub fn of_scan(scan: Scan) -> Self {
        let (geometry, provenance) = (
            Geometry {
                rows: scan.height,
                columns: scan.width,
                spacing_mm: scan.spacing_mm,
                orientation: (scan.provenance.dicom.as_ref()).and_then(|dicom| dicom.orientation),
                step_mm: None,
            },
            &scan.provenance,
        );
        let dicom = provenance.dicom.as_ref();
        let identity = SeriesIdentity {
            format: provenance.format,
            modality: dicom.map(|dicom| dicom.modality.clone()),
            transfer_syntax: None,
            study_uid: None,
            series_uid: None,
            description: dicom.and_then(|dicom| dicom.series_description.clone()),
            date: dicom.and_then(|dicom| dicom.date.clone()),
            patient_name: None,
            patient_id: None,
            patient: dicom.map(|dicom| dicom.patient.clone()).unwrap_or_default(),
        };
        let source = SliceSource {
            path: provenance.path.clone(),
            frame: 0,
            sop_instance_uid: dicom.and_then(|dicom| dicom.sop_instance_uid.clone()),
            instance_number: None,
            position_mm: None,
        };
        let cache = Cache::default();
        cache.keep(0, Arc::new(scan));
        Self {
            identity,
            geometry,
            remarks: Vec::new(),
            slices: vec![source],
            cache,
            last_file: None,
        }
    }
}
