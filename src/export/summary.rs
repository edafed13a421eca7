//! Summaries of a few patients in some lines each, for the clipboard.

use super::{ExportError, Requester, source};
use crate::clinical::report::DISCLAIMER;
use crate::record_report;
use crate::report::deidentified::{Pseudonyms, deidentified};
use crate::report::record::RecordReport;
use crate::report::text;
use crate::store::{Disclosure, PatientId};
use crate::text::scrub;

/// Maximum number of patients whose summaries are copied: terminals refuse long texts.
pub const MAX_COPIED: usize = 20;

/// The summaries of these patients' newest exams, recorded in the audit log as copied.
///
/// # Errors
/// [`ExportError::TooManyToCopy`] above [`MAX_COPIED`], or an error of the database.
pub fn summary(
    asker: Requester<'_>,
    patients: &[PatientId],
    without_identity: bool,
) -> Result<String, ExportError> {
    if patients.len() > MAX_COPIED {
        return Err(ExportError::TooManyToCopy(MAX_COPIED));
    }
    asker
        .store
        .disclose(asker.access, patients, Disclosure::Copied)?;
    let pseudonyms = match without_identity {
        true => Some(Pseudonyms::random()?),
        false => None,
    };
    let mut parts = Vec::with_capacity(patients.len());
    for &patient in patients {
        let record = record_report::gather(asker.store, asker.access, asker.account, patient)?;
        parts.push(of(&match &pseudonyms {
            Some(pseudonyms) => deidentified(record, pseudonyms, source::is_clean),
            None => record,
        }));
    }
    Ok(parts.join("\n\n"))
}

fn of(record: &RecordReport) -> String {
    let number = scrub(&record.patient.number);
    let Some(newest) = record.exams.first() else {
        return format!("Patient {number}, no exam\n{DISCLAIMER}");
    };
    let lines = text::summary(&record.exam(newest));
    let Some(copy) = &record.deidentified else {
        return lines;
    };
    // The first line states the date of the exam.
    let rest = lines.split_once('\n').map_or("", |(_, rest)| rest);
    let age = copy.age_at(&newest.accession);
    let age = age.map_or(String::new(), |age| format!(", {age} years"));
    format!("Patient {number}{age}, newest exam\n{rest}")
}
