//! Copies of the files that are attached to records.

use std::path::{Path, PathBuf};

use super::{Export, ExportError, ExportEvent};
use crate::report::saving;
use crate::store::{Access, AttachedFile, PatientId, Store, StoreError};

/// Saves a copy of an attached file as a new file in `folder`, under its own name or the first free one like it. The copy is recorded
/// in the audit log before it is made. The type decides the ending.
///
/// # Errors
/// Those of [`Store::copy_attached_file`], and errors of the folder and the file.
pub fn save_attachment(
    store: &Store,
    access: &Access,
    file: &AttachedFile,
    folder: &Path,
) -> Result<PathBuf, ExportError> {
    saving::make_folder(folder)?;
    let bytes = store.copy_attached_file(access, file.id)?;
    let ending = file.file_type.ending();
    Ok(saving::save(folder, stem(&file.name), ending, &bytes)?)
}

/// Copies all files attached to a patient's record. They may show who the patient is, so a de-identified export has none.
pub(super) fn write(
    export: &mut Export<'_>,
    patient: PatientId,
    number: &str,
) -> Result<(), ExportError> {
    let asker = export.asker;
    let files = asker.store.attached_files(asker.access, patient)?;
    if export.pseudonyms.is_some() {
        if !files.is_empty() {
            let reason =
                "attachments may show who the patient is, so a de-identified copy has none";
            export.fail(number.to_owned(), reason);
        }
        return Ok(());
    }
    for file in &files {
        let bytes = match asker.store.copy_attached_file(asker.access, file.id) {
            Ok(bytes) => bytes,
            Err(error @ (StoreError::NoSuchFile | StoreError::FileDamaged { .. })) => {
                export.fail(format!("{number}: {}", file.name), &error.to_string());
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        let stem = format!("{number}-{}", stem(&file.name));
        let ending = file.file_type.ending();
        let path = saving::save(export.folder, &stem, ending, &bytes)?;
        (export.tell)(ExportEvent::Written(path));
    }
    Ok(())
}

/// A file's name without its ending.
fn stem(name: &str) -> &str {
    match name.rsplit_once('.') {
        Some((stem, _)) if !stem.is_empty() => stem,
        _ => name,
    }
}
