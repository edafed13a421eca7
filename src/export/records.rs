//! One patient's record in the formats with separate files for each patient.

use std::io::Write;

use super::{
    Export, ExportError, ExportEvent, ExportOptions, Format, attachments, new_file, source,
};
use crate::record_report;
use crate::report::deidentified::deidentified;
use crate::report::dicom::{PictureKind, secondary_capture, structured_report};
use crate::report::fhir::{self, FhirOptions};
use crate::report::pdf::{self, Fonts};
use crate::report::record::{RecordReport, ReportedExam};
use crate::store::{PatientId, StoreError};

/// Writes the record of one patient in every format. Parts that cannot be gathered or drawn are reported and skipped.
pub(super) fn write(
    export: &mut Export<'_>,
    patient: PatientId,
    wanted: &ExportOptions,
) -> Result<(), ExportError> {
    let asker = export.asker;
    let record = match record_report::gather(asker.store, asker.access, asker.account, patient) {
        Ok(record) => record,
        Err(
            error @ (StoreError::NoSuchPatient
            | StoreError::PatientMerged { .. }
            | StoreError::AttachmentDamaged { .. }),
        ) => {
            export.fail_to_read(patient, &error);
            return Ok(());
        }
        Err(error) => return Err(error.into()),
    };
    let record = match &export.pseudonyms {
        Some(pseudonyms) => deidentified(record, pseudonyms, source::is_clean),
        None => record,
    };
    let withheld = record.deidentified.iter().flat_map(|copy| &copy.withheld);
    for (exam, reason) in withheld {
        (export.tell)(ExportEvent::Withheld {
            whose: exam.clone(),
            reason: *reason,
        });
    }
    for format in &wanted.formats {
        match format {
            Format::Pdf => match pdf::render(&record, wanted.paper, Fonts::System) {
                Ok(pdf) => write_bytes(export, &record.patient.number, "pdf", &pdf.bytes)?,
                Err(error) => export.fail(record.patient.number.clone(), &error.to_string()),
            },
            Format::Fhir => write_bundle(export, &record, &wanted.fhir)?,
            Format::DicomSr => write_reports(export, &record, wanted)?,
            Format::DicomSc => write_pictures(export, &record)?,
            Format::Attachments => attachments::write(export, patient, &record.patient.number)?,
            // Written in another pass.
            Format::Csv | Format::Excel | Format::Json => {}
        }
    }
    Ok(())
}

fn write_bytes(
    export: &mut Export<'_>,
    stem: &str,
    ending: &str,
    bytes: &[u8],
) -> Result<(), ExportError> {
    let path = new_file::write(export.folder, stem, ending, |out| Ok(out.write_all(bytes)?))?;
    (export.tell)(ExportEvent::Written(path));
    Ok(())
}

fn write_bundle(
    export: &mut Export<'_>,
    record: &RecordReport,
    options: &FhirOptions,
) -> Result<(), ExportError> {
    let bundle = fhir::bundle(record, options);
    let stem = &record.patient.number;
    let path = new_file::write(export.folder, stem, "fhir.json", |out| {
        serde_json::to_writer_pretty(out, &bundle).map_err(std::io::Error::from)?;
        Ok(())
    })?;
    (export.tell)(ExportEvent::Written(path));
    Ok(())
}

/// The first part of the names of an exam's files.
fn stem(record: &RecordReport, exam: &ReportedExam) -> String {
    match record.deidentified {
        // It begins with the patient's pseudonym.
        Some(_) => exam.accession.clone(),
        None => format!("{}-{}", record.patient.number, exam.accession),
    }
}

fn write_reports(
    export: &mut Export<'_>,
    record: &RecordReport,
    wanted: &ExportOptions,
) -> Result<(), ExportError> {
    let pictures: &[PictureKind] = match wanted.formats.contains(&Format::DicomSc) {
        true => &PictureKind::ALL,
        false => &[],
    };
    for exam in &record.exams {
        let object = structured_report(record, exam, pictures);
        write_object(export, &stem(record, exam), "report.dcm", object)?;
    }
    Ok(())
}

fn write_pictures(export: &mut Export<'_>, record: &RecordReport) -> Result<(), ExportError> {
    for exam in &record.exams {
        for kind in PictureKind::ALL {
            let ending = match kind {
                PictureKind::KeyImage => "key-image.dcm",
                PictureKind::HeatMap => "heat-map.dcm",
            };
            if let Some(picture) = kind.of(exam) {
                let object = secondary_capture(record, exam, picture, kind);
                write_object(export, &stem(record, exam), ending, object)?;
            }
        }
    }
    Ok(())
}

fn write_object<E: std::fmt::Display>(
    export: &mut Export<'_>,
    stem: &str,
    ending: &str,
    object: Result<Vec<u8>, E>,
) -> Result<(), ExportError> {
    match object {
        Ok(bytes) => write_bytes(export, stem, ending, &bytes)?,
        Err(error) => export.fail(stem.to_owned(), &error.to_string()),
    }
    Ok(())
}
