//! The content of a report, independent of its form.

pub mod template;
mod words;

pub use self::words::{Addendum, ReportWords, WORDS_CHARACTERS};

use jiff::Timestamp;
use jiff::civil::Date;

use super::examined::ExaminedSlice;
use super::patient::{Patient, Sex};
use super::reading::Reading;

/// Text on every result, wherever it is shown, printed or copied.
pub const DISCLAIMER: &str = "Research and teaching software, not a medical device. A result is no \
    diagnosis; a radiologist decides.";

/// One exam. Text is as stored: scrub it before showing it.
#[derive(Debug, Clone, PartialEq)]
pub struct ReportContent {
    /// Name of the hospital that the account belongs to.
    pub hospital: String,
    /// Name of the account that ran the analysis.
    pub examiner: String,
    /// None before the exam is saved to a patient.
    pub patient: Option<ReportPatient>,
    pub examined_at: Timestamp,
    /// The slice and its assessment.
    pub slice: ExaminedSlice,
    /// Measurements and statements; empty if there are none.
    pub reading: Reading,
}

impl ReportContent {
    /// The report on a slice, by an examiner: name of the hospital, full name. Of this patient, if it was saved to one.
    pub fn new(
        [hospital, examiner]: [String; 2],
        patient: Option<&Patient>,
        examined_at: Timestamp,
        slice: &ExaminedSlice,
        reading: Reading,
    ) -> Self {
        Self {
            hospital,
            examiner,
            patient: patient.map(|patient| ReportPatient {
                number: patient.number.clone(),
                full_name: patient.full_name.clone(),
                date_of_birth: patient.date_of_birth,
                sex: patient.sex,
            }),
            examined_at,
            slice: slice.clone(),
            reading,
        }
    }
}

/// The patient of an exam.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportPatient {
    pub number: String,
    pub full_name: String,
    pub date_of_birth: Option<Date>,
    pub sex: Option<Sex>,
}

/// Status of a report. Shown at the top of every copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportStatus {
    /// Not signed. `version` counts from 1; none for a text that is not stored.
    Preliminary {
        version: Option<u32>,
        /// True if an earlier version is signed.
        amends: bool,
    },
    /// A radiologist signed it.
    Final {
        version: u32,
        amends: bool,
        /// Full name, as stored.
        signed_by: String,
        signed_at: Timestamp,
    },
}

impl ReportStatus {
    /// Status of a text that is not stored as a version.
    pub const NOT_STORED: Self = Self::Preliminary {
        version: None,
        amends: false,
    };

    /// The status as a line: `PRELIMINARY, version 2, not signed by a radiologist`.
    pub fn line(&self) -> String {
        let amendment = |amends: &bool| if *amends { ", an amendment" } else { "" };
        match self {
            Self::Preliminary { version, amends } => {
                let version = version.map(|version| format!(", version {version}"));
                format!(
                    "PRELIMINARY{}{}, not signed by a radiologist",
                    version.unwrap_or_default(),
                    amendment(amends)
                )
            }
            Self::Final {
                version,
                amends,
                signed_by,
                signed_at,
            } => format!(
                "FINAL, version {version}{}, signed by {signed_by} on {}",
                amendment(amends),
                signed_at.strftime("%Y-%m-%d %H:%M UTC")
            ),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_status_states_the_signer_and_an_amendment() {
        assert_eq!(
            ReportStatus::NOT_STORED.line(),
            "PRELIMINARY, not signed by a radiologist"
        );
        let amendment = ReportStatus::Preliminary {
            version: Some(3),
            amends: true,
        };
        assert_eq!(
            amendment.line(),
            "PRELIMINARY, version 3, an amendment, not signed by a radiologist"
        );
        let signed = ReportStatus::Final {
            version: 2,
            amends: false,
            signed_by: "Rosa Lind".into(),
            signed_at: Timestamp::UNIX_EPOCH,
        };
        assert_eq!(
            signed.line(),
            "FINAL, version 2, signed by Rosa Lind on 1970-01-01 00:00 UTC"
        );
    }
}
