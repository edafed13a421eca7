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

/// How far a report has come. It stands at the top of every copy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReportStatus {
    /// Nobody signed it. `version` counts from 1; none for a text that is not kept.
    Preliminary {
        version: Option<u32>,
        /// Whether an earlier version is signed.
        amends: bool,
    },
    /// A radiologist signed it.
    Final {
        version: u32,
        amends: bool,
        /// By full name, as stored.
        signed_by: String,
        signed_at: Timestamp,
    },
}

impl ReportStatus {
    /// That of a text which is not kept as a version.
    pub const UNKEPT: Self = Self::Preliminary {
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
    fn the_status_says_who_signed_and_what_is_an_amendment() {
        assert_eq!(
            ReportStatus::UNKEPT.line(),
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
