//! `truth.json`: contents of the phantom, beside its slices.

use serde::{Deserialize, Serialize};

use crate::imaging::phantom::{Grid, Nodule};

/// Name of the file in the folder of a sample.
pub(super) const FILE_NAME: &str = "truth.json";
/// Value of `made_by` by which a folder is recognised as a sample.
pub(super) const MAKER: &str = "lunny sample";

/// Scripts and tests rely on these names.
#[derive(Debug, Serialize)]
pub(super) struct Truth {
    pub made_by: &'static str,
    pub phantom: bool,
    pub seed: u64,
    pub patient_id: String,
    pub exams: Vec<ExamTruth>,
}

#[derive(Debug, Serialize)]
pub(super) struct ExamTruth {
    /// Folder of the series, beside this file.
    pub folder: String,
    /// YYYY-MM-DD.
    pub date: String,
    pub study_uid: String,
    pub series_uid: String,
    pub slices: usize,
    pub rows: u32,
    pub columns: u32,
    pub spacing_mm: f64,
    pub step_mm: f64,
    pub nodules: Vec<NoduleTruth>,
}

#[derive(Debug, Serialize)]
pub(super) struct NoduleTruth {
    #[serde(rename = "type")]
    pub kind: &'static str,
    /// None if it was placed by coordinates.
    pub lobe: Option<&'static str>,
    /// x to the patient's left, y to the back, z to the head.
    pub centre_mm: [f64; 3],
    pub long_mm: f64,
    pub short_mm: f64,
    pub mean_diameter_mm: f64,
    pub solid_core_mm: Option<f64>,
    pub volume_mm3: f64,
    /// File of the slice nearest to its centre.
    pub file: String,
    /// Number of that slice in the series, from 1 at the feet.
    pub slice: usize,
    /// Row of its centre in that slice, from 0 at the centre of the first pixel.
    pub row: f64,
    pub column: f64,
}

impl NoduleTruth {
    pub(super) fn of(nodule: &Nodule, lobe: Option<&'static str>, grid: &Grid) -> Self {
        let [slice, row, column] = grid.place(nodule.centre_mm);
        let last = grid.slices.saturating_sub(1) as f64;
        let slice = slice.round().clamp(0.0, last) as usize;
        Self {
            kind: nodule.kind.as_str(),
            lobe,
            centre_mm: nodule.centre_mm.map(thousandths),
            long_mm: thousandths(nodule.long_mm),
            short_mm: thousandths(nodule.short_mm),
            mean_diameter_mm: thousandths(nodule.mean_mm()),
            solid_core_mm: nodule.core_mm.map(thousandths),
            volume_mm3: thousandths(nodule.volume_mm3()),
            file: file_name(slice),
            slice: slice + 1,
            row: thousandths(row),
            column: thousandths(column),
        }
    }
}

/// Name of a slice's file; `slice` counts from 0.
pub(super) fn file_name(slice: usize) -> String {
    format!("IM{:04}.dcm", slice + 1)
}

fn thousandths(number: f64) -> f64 {
    (number * 1000.0).round() / 1000.0
}

/// Part of an existing sample's list that a later run needs.
#[derive(Debug, Deserialize)]
pub(super) struct Earlier {
    pub made_by: String,
    pub exams: Vec<EarlierExam>,
}

#[derive(Debug, Deserialize)]
pub(super) struct EarlierExam {
    pub folder: String,
    pub slices: usize,
}
