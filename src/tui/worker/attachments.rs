//! Files attached to a record: listed, added, opened, copied, deleted and restored.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use image::DynamicImage;

use super::key_image::{self, KeyImageError};
use crate::export::{self, ExportError};
use crate::imaging::photo::{Photo, PhotoError};
use crate::import::{self, AttachError};
use crate::store::{Access, AttachedFile, AttachedFileId, PatientId, Store, StoreError};

/// Work on attached files for a background thread.
pub enum Request {
    /// The files of a patient's record.
    List { access: Access, patient: PatientId },
    /// Attaches the file at a path.
    Add {
        access: Access,
        patient: PatientId,
        path: PathBuf,
    },
    /// Draws a file: a picture, or the first page.
    Open {
        access: Access,
        file: Box<AttachedFile>,
    },
    /// Saves a copy as a new file.
    Save {
        access: Access,
        file: Box<AttachedFile>,
        folder: PathBuf,
    },
    Delete {
        access: Access,
        file: AttachedFileId,
    },
    Restore {
        access: Access,
        file: AttachedFileId,
    },
    /// Deletes a deleted file permanently.
    Purge {
        access: Access,
        file: AttachedFileId,
    },
}

/// Reasons why a file was not attached, drawn or copied.
#[derive(Debug, thiserror::Error)]
pub enum AttachmentError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Attach(#[from] AttachError),
    #[error(transparent)]
    Draw(#[from] PhotoError),
    #[error(transparent)]
    Picture(#[from] KeyImageError),
    #[error(transparent)]
    Copy(#[from] ExportError),
}

/// Outcome of the work.
pub enum Answer {
    Listed(Result<Vec<AttachedFile>, StoreError>),
    Added(Result<AttachedFileId, AttachmentError>),
    Opened(Result<Arc<DynamicImage>, AttachmentError>),
    /// With the path of the copy.
    Saved(Result<PathBuf, AttachmentError>),
    Deleted(Result<AttachedFileId, StoreError>),
    Restored(Result<AttachedFileId, StoreError>),
    Purged(Result<(), StoreError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::List { .. } | Self::Open { .. })
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::List { access, patient } => {
            Answer::Listed(store.and_then(|store| store.attached_files(&access, patient)))
        }
        Request::Add {
            access,
            patient,
            path,
        } => Answer::Added(add(store, &access, patient, &path)),
        Request::Open { access, file } => Answer::Opened(open(store, &access, &file)),
        Request::Save {
            access,
            file,
            folder,
        } => Answer::Saved(save(store, &access, &file, &folder)),
        Request::Delete { access, file } => {
            let deleted = store.and_then(|store| store.delete_attached_file(&access, file));
            Answer::Deleted(deleted.map(|()| file))
        }
        Request::Restore { access, file } => {
            let restored = store.and_then(|store| store.restore_attached_file(&access, file));
            Answer::Restored(restored.map(|()| file))
        }
        Request::Purge { access, file } => {
            Answer::Purged(store.and_then(|store| store.purge_attached_file(&access, file)))
        }
    }
}

fn add(
    store: Result<Store, StoreError>,
    access: &Access,
    patient: PatientId,
    path: &Path,
) -> Result<AttachedFileId, AttachmentError> {
    Ok(import::attach(&store?, access, patient, path)?)
}

fn open(
    store: Result<Store, StoreError>,
    access: &Access,
    file: &AttachedFile,
) -> Result<Arc<DynamicImage>, AttachmentError> {
    let bytes = store?.attached_file(access, file.id)?;
    let drawn = Photo::of_bytes(&file.name, &bytes)?;
    Ok(Arc::new(key_image::decode(&drawn.bytes)?))
}

fn save(
    store: Result<Store, StoreError>,
    access: &Access,
    file: &AttachedFile,
    folder: &Path,
) -> Result<PathBuf, AttachmentError> {
    Ok(export::save_attachment(&store?, access, file, folder)?)
}
