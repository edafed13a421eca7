//! One patient's record in the formats that have a file for each.

use super::new_file;
use super::source;
use super::{ExchangeError, Export, Format, Told};
use crate::dossier;
use crate::report::deidentified::deidentified;
use crate::report::fhir;
use crate::report::record::RecordReport;
use crate::store::{PatientId, StoreError};

/// Writes the record of one patient in every format. A record that cannot be gathered is told and passed over.
pub(super) fn write(
    export: &mut Export<'_>,
    patient: PatientId,
    formats: &[Format],
) -> Result<(), ExchangeError> {
    let asker = export.asker;
    let record = match dossier::gather(asker.store, asker.access, asker.account, patient) {
        Ok(record) => record,
        Err(error @ (StoreError::NoSuchPatient | StoreError::AttachmentDamaged { .. })) => {
            export.fail(patient, error);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let record = match &export.pseudonyms {
        Some(pseudonyms) => deidentified(record, pseudonyms, source::is_clean),
        None => record,
    };
    let withheld = record.deidentified.iter().flat_map(|told| &told.withheld);
    for (exam, reason) in withheld {
        (export.tell)(Told::Withheld {
            whose: exam.clone(),
            reason: *reason,
        });
    }
    for format in formats {
        write_as(export, &record, *format)?;
    }
    Ok(())
}

fn write_as(
    export: &mut Export<'_>,
    record: &RecordReport,
    format: Format,
) -> Result<(), ExchangeError> {
    let stem = &record.patient.number;
    match format {
        Format::Fhir => {
            let bundle = fhir::bundle(record);
            let path = new_file::write(export.folder, stem, "fhir.json", |out| {
                serde_json::to_writer_pretty(out, &bundle).map_err(std::io::Error::from)?;
                Ok(())
            })?;
            (export.tell)(Told::Written(path));
        }
        // Tables are written by another pass.
        Format::Csv | Format::Json => {}
    }
    Ok(())
}
