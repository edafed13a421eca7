//! What a report says, whatever form it takes.

use jiff::Timestamp;
use jiff::civil::Date;

use super::examined::ExaminedSlice;
use super::patient::Sex;
use super::reading::Reading;

/// Stands on every result, wherever it is shown, printed or copied.
pub const DISCLAIMER: &str = "Research and teaching software, not a medical device. A result is no \
    diagnosis; a radiologist decides.";

/// One exam. Text is as stored: whoever shows it scrubs it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportContent {
    /// Name of the hospital that the account belongs to.
    pub hospital: String,
    /// Name of the account that ran the analysis.
    pub examiner: String,
    /// Nothing before the exam was saved to a patient.
    pub patient: Option<ReportPatient>,
    pub examined_at: Timestamp,
    /// The slice and what was found.
    pub slice: ExaminedSlice,
    /// What was measured and stated; empty where nothing was.
    pub reading: Reading,
}

/// Whom an exam belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPatient {
    pub number: String,
    pub full_name: String,
    pub date_of_birth: Option<Date>,
    pub sex: Option<Sex>,
}
