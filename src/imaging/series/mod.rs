//! Slices that belong together: a folder of DICOM files, a file of many frames, or one picture.
//!
//! [`open`] reads only headers; pixels are decoded when [`Series::slice`] requests them, and the most recent
//! ones stay in memory up to [`MOST_CACHED_BYTES`].

mod assemble;
mod cache;
mod candidate;
mod decode;
pub(super) mod directory;
mod find;
mod inspected;
mod last_file;
mod lost;
mod natural;
mod numbering;
mod of_slices;
mod open;
mod order;
mod own_uids;
mod passes;
mod plane;
mod stack;
#[cfg(test)]
mod tests;

use std::path::PathBuf;
use std::sync::Arc;

use self::cache::Cache;
pub(super) use self::last_file::LastFile;
use super::{Format, ImagingError, Scan, isolated};
use crate::cancel::Cancel;
use crate::clinical::identity::Identity;
use crate::clinical::scanned_study::ScannedStudy;

pub use self::decode::PixelSummary;
pub use self::open::{holds_many, open};
pub use self::plane::Plane;

/// Maximum number of files and folders that [`open`] visits.
pub const MOST_FILES: usize = 100_000;
/// Maximum number of slices, of all series, that [`open`] returns.
pub const MOST_SLICES: usize = 200_000;

/// Maximum number of bytes of decoded pixels of one series in memory: 1,024 slices of 512 × 512 in 16 bits.
pub const MOST_CACHED_BYTES: usize = 512 << 20;

/// Progress of [`open`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Files read.
    pub done: usize,
    /// Files found so far.
    pub of: usize,
}

/// Attributes that all slices of a series share. Text as stored: scrub it before display.
#[derive(Debug, Clone, PartialEq)]
pub struct SeriesIdentity {
    pub format: Format,
    /// (0008,0060), such as `CT`; `None` for pictures.
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
    /// All attributes of the patient's identity.
    pub patient: Identity,
    /// Patient and study, without images.
    pub study: ScannedStudy,
}

/// Geometry of a series. All slices share rows, columns, spacing and orientation.
#[derive(Debug, Clone, PartialEq)]
pub struct Geometry {
    pub rows: u32,
    pub columns: u32,
    /// Distance between neighbouring rows and between neighbouring columns, in mm.
    pub spacing_mm: Option<[f64; 2]>,
    /// Direction cosines of a row (towards growing columns) and of a column (towards growing rows).
    pub orientation: Option<[f64; 6]>,
    /// Distance between neighbouring slices along the normal, in mm; from positions, never from SliceThickness.
    /// `None` if there is one slice, or positions are unknown.
    pub step_mm: Option<f64>,
}

/// One slice that has not been decoded.
#[derive(Debug, Clone, PartialEq)]
pub struct SliceSource {
    pub path: PathBuf,
    /// Index of the frame in that file, from 0.
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
    /// Remarks, a sentence each: gaps, duplicates, slices that were left out and the reason.
    pub remarks: Vec<String>,
    /// Number of damaged and incomplete files that were not read, of all series at the path. The first series states it.
    pub lost: usize,
    slices: Vec<SliceSource>,
    cache: Cache,
    /// Present if there are files of many frames.
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
            lost: 0,
            slices,
            cache: Cache::default(),
            last_file: many_frames.then(LastFile::default),
        }
    }

    /// Number of slices, at least one.
    pub fn len(&self) -> usize {
        self.slices.len()
    }

    /// True if there are no slices; no series that was opened is empty.
    pub fn is_empty(&self) -> bool {
        self.slices.is_empty()
    }

    /// The slices, in order.
    pub fn slices(&self) -> &[SliceSource] {
        &self.slices
    }

    /// Patient and study as the scan states them, with the image of each slice; none without a StudyInstanceUID.
    pub fn study(&self) -> Option<ScannedStudy> {
        let images =
            (self.slices.iter()).map(|slice| (slice.sop_instance_uid.as_deref(), slice.frame));
        let study = self.identity.study.clone();
        study.is_stated().then(|| study.with_images(images))
    }

    /// Path that the series is found by: its one file, or the folder of its first.
    pub fn place(&self) -> PathBuf {
        let mut paths = self.slices.iter().map(|slice| &slice.path);
        let Some(first) = paths.next() else {
            return PathBuf::new();
        };
        match paths.all(|path| path == first) {
            true => first.clone(),
            false => first.parent().unwrap_or(first).to_owned(),
        }
    }

    /// One slice with its pixels. Blocks while it is read and decoded, unless it was kept from before.
    ///
    /// May be called from several threads.
    pub fn slice(&self, index: usize) -> Result<Arc<Scan>, ImagingError> {
        self.slice_unless(index, &Cancel::default())
    }

    /// The same, and [`ImagingError::Cancelled`] when it is cancelled while the file is read.
    pub fn slice_unless(&self, index: usize, cancel: &Cancel) -> Result<Arc<Scan>, ImagingError> {
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

    /// Gives up the decoded slices of a series of several. They are decoded again when they are asked for.
    pub fn forget_pixels(&self) {
        if self.len() > 1 {
            self.cache.clear();
        }
    }

    fn decode(&self, source: &SliceSource, cancel: &Cancel) -> Result<Scan, ImagingError> {
        let format = self.identity.format;
        let last = self.last_file.as_ref();
        let scan = isolated::frame(&source.path, source.frame, format, last, cancel)?;
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

    /// A series of one decoded slice.
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
            study: dicom.map(|dicom| dicom.study.clone()).unwrap_or_default(),
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
            lost: 0,
            slices: vec![source],
            cache,
            last_file: None,
        }
    }
}
