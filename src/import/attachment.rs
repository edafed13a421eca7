//! Attaching a file that a user named to a patient's record. A file that cannot be shown is refused, so that a damaged copy is
//! noticed while the original is at hand.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::imaging::photo::{Photo, PhotoError};
use crate::named_file;
use crate::store::{Access, AttachedFileId, FileFault, FileType, PatientId, Store, StoreError};

/// Reason why a file was not attached. Paths are as typed: scrub the text before it is shown.
#[derive(Debug, thiserror::Error)]
pub enum AttachError {
    #[error("{} cannot be read ({source}): choose another file", path.display())]
    Unreadable { path: PathBuf, source: io::Error },
    #[error("{} cannot be attached because {fault}: choose another file", path.display())]
    Refused { path: PathBuf, fault: FileFault },
    /// The file has the right type, but cannot be shown.
    #[error(transparent)]
    Undrawable(#[from] PhotoError),
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// Reads a PDF, JPEG or PNG file, checks that it can be drawn, and attaches it to the record. Never waits on a pipe or device.
///
/// # Errors
/// [`AttachError`], one sentence.
pub fn attach(
    store: &Store,
    access: &Access,
    patient: PatientId,
    path: &Path,
) -> Result<AttachedFileId, AttachError> {
    let refused = |fault| AttachError::Refused {
        path: path.to_owned(),
        fault,
    };
    let bytes = read(path, store.file_limits().file_bytes)?;
    if bytes.is_empty() {
        return Err(refused(FileFault::Empty));
    }
    if FileType::of(&bytes).is_none() {
        return Err(refused(FileFault::OtherType));
    }
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    Photo::of_bytes(&name, &bytes)?;
    match store.attach_file(access, patient, &name, &bytes) {
        Err(StoreError::InvalidFile(fault)) => Err(refused(fault)),
        attached => Ok(attached?),
    }
}

/// The bytes of a file of at most `most` bytes. One that grows while it is read is refused as too large.
fn read(path: &Path, most: u64) -> Result<Vec<u8>, AttachError> {
    let unreadable = |source| AttachError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut bytes = Vec::new();
    let file = named_file::open(path).map_err(unreadable)?;
    file.take(most.saturating_add(1))
        .read_to_end(&mut bytes)
        .map_err(unreadable)?;
    match bytes.len() as u64 > most {
        true => Err(AttachError::Refused {
            path: path.to_owned(),
            fault: FileFault::TooLarge {
                megabytes: most >> 20,
            },
        }),
        false => Ok(bytes),
    }
}
