//! A patient's whole record as pages and files tell it. Pictures are files, text is as stored: whoever shows it
//! scrubs it.

use jiff::Timestamp;

use crate::clinical::examined::ExaminedSlice;
use crate::clinical::patient::Patient;
use crate::clinical::reading::Reading;
use crate::clinical::report::{ReportContent, ReportPatient, ReportStatus};

/// All that is told of one patient.
#[derive(Debug, Clone, PartialEq)]
pub struct RecordReport {
    pub hospital: String,
    /// Whoever makes the copy, by full name.
    pub made_by: String,
    pub made_at: Timestamp,
    pub patient: Patient,
    pub record_since: Timestamp,
    /// Whoever wrote what the record says of the patient now, by full name.
    pub changed_by: String,
    pub changed_at: Timestamp,
    /// The newest photo of the patient.
    pub photo: Option<PictureFile>,
    /// Newest first.
    pub exams: Vec<ReportedExam>,
}

/// One exam with what was found, measured and kept of it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportedExam {
    /// Tells the exams of one database apart, in every copy the same: `E-12`.
    pub accession: String,
    pub examined_at: Timestamp,
    pub slice: ExaminedSlice,
    pub reading: Reading,
    /// The slice as it was looked at.
    pub key_image: Option<PictureFile>,
    /// What the model attended to, over the slice.
    pub heat_map: Option<PictureFile>,
    /// How far the newest version of its report has come.
    pub status: ReportStatus,
}

/// A whole PNG or JPEG file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PictureFile {
    /// `image/png` or `image/jpeg`.
    pub media_type: &'static str,
    pub bytes: Vec<u8>,
}

impl RecordReport {
    /// The report on one of its exams.
    pub fn exam(&self, exam: &ReportedExam) -> ReportContent {
        ReportContent {
            hospital: self.hospital.clone(),
            examiner: self.made_by.clone(),
            patient: Some(ReportPatient {
                number: self.patient.number.clone(),
                full_name: self.patient.full_name.clone(),
                date_of_birth: self.patient.date_of_birth,
                sex: self.patient.sex,
            }),
            examined_at: exam.examined_at,
            slice: exam.slice.clone(),
            reading: exam.reading.clone(),
        }
    }
}
