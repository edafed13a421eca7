//! Slices that belong together: a folder of DICOM files, a file of many frames, or one picture.
//!
//! [`open`] looks at headers only; pixels are decoded when [`Series::slice`] asks for them, and the last ones stay
//! in memory as far as [`MOST_CACHED_BYTES`] reaches.

mod cache;
mod of_slices;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use self::cache::Cache;
use super::{Format, ImagingError, Scan};
use crate::cancel::Cancel;

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
}

impl Series {
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
            .get_or_decode(index, || super::load(&source.path))
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
        }
    }
}

/// Every series in a file or folder, the one with most slices first; at least one.
///
/// Tells `progress` how far it is, from any thread. A file that is no picture is passed over in a folder and is an
/// error by itself. Errors: what [`super::load`] says of a file; that a folder holds no picture; that it was
/// cancelled ([`ImagingError::Cancelled`]).
pub fn open(
    path: &Path,
    cancel: &Cancel,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Series>, ImagingError> {
    if cancel.is_cancelled() {
        return Err(ImagingError::Cancelled);
    }
    let scan = super::load(path)?;
    progress(Progress { done: 1, of: 1 });
    Ok(vec![Series::of_scan(scan)])
}
