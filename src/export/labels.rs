//! Labels of patients as pages for a label printer.

use jiff::Timestamp;

use super::{ENTRIES_PER_TRANSACTION, ExportError, Requester};
use crate::report::pdf::{self, Fonts, Label, LabelSize, Pdf};
use crate::store::{Disclosure, PatientId};

/// Maximum number of labels of one file.
pub const MOST_LABELS: usize = 500;

/// One label for each of these patients, in their order. Each is entered in the audit log before it is made.
///
/// # Errors
/// [`ExportError::NoPatient`], [`ExportError::TooManyLabels`], errors of the store, and a font that cannot be embedded.
pub fn labels(
    asker: Requester<'_>,
    patients: &[PatientId],
    size: LabelSize,
) -> Result<Pdf, ExportError> {
    if patients.is_empty() {
        return Err(ExportError::NoPatient);
    }
    if patients.len() > MOST_LABELS {
        return Err(ExportError::TooManyLabels(MOST_LABELS));
    }
    let label = |&id: &PatientId| {
        let patient = asker.store.patient(asker.access, id)?.patient;
        Ok(Label {
            full_name: patient.full_name,
            date_of_birth: patient.date_of_birth,
            number: patient.number,
        })
    };
    let made: Vec<Label> = patients
        .iter()
        .map(label)
        .collect::<Result<_, ExportError>>()?;
    for some in patients.chunks(ENTRIES_PER_TRANSACTION) {
        asker
            .store
            .disclose(asker.access, some, Disclosure::Label)?;
    }
    Ok(pdf::labels(&made, size, Fonts::System, Timestamp::now())?)
}
