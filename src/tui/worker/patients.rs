//! New records without an exam, the photos of patients, and the doctors named in records.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::clinical::patient::Patient;
use crate::imaging::photo::{Photo, PhotoError};
use crate::store::{
    Access, Attachment, AttachmentId, AttachmentKind, MediaType, NewAttachment, PatientId, Store,
    StoreError,
};

/// Work on patients for a background thread.
pub enum Request {
    /// The next free patient number.
    NextNumber(Access),
    /// Makes a record that has no exam yet.
    Create {
        access: Access,
        patient: Box<Patient>,
    },
    /// Reads the photo of a file, to show it before it is stored.
    ReadPhoto(PathBuf),
    AttachPhoto {
        access: Access,
        patient: PatientId,
        photo: Arc<Photo>,
    },
    /// Deletes all photos of a patient permanently.
    RemovePhotos { access: Access, patient: PatientId },
    /// State of the stored photo.
    KeptPhoto { access: Access, patient: PatientId },
    /// The doctors whom the records of the hospital name.
    Doctors(Access),
}

/// Outcome of the work.
pub enum Answer {
    NextNumber(Result<String, StoreError>),
    Created(Result<PatientId, StoreError>),
    PhotoRead {
        path: PathBuf,
        read: Result<Arc<Photo>, PhotoError>,
    },
    /// A photo was stored, or the present ones were removed.
    PhotoSettled(Result<(), StoreError>),
    KeptPhoto(Result<Option<KeptPhoto>, StoreError>),
    Doctors(Result<Vec<String>, StoreError>),
}

/// A patient's photo in the record, without its pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPhoto {
    pub id: AttachmentId,
    pub kept_at: Timestamp,
    pub bytes: u64,
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(
            self,
            Self::NextNumber(_) | Self::ReadPhoto(_) | Self::KeptPhoto { .. } | Self::Doctors(_)
        )
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::NextNumber(access) => {
            Answer::NextNumber(store.and_then(|store| store.next_patient_number(&access)))
        }
        Request::Create { access, patient } => {
            Answer::Created(store.and_then(|store| store.create_patient(&access, &patient)))
        }
        Request::ReadPhoto(path) => {
            let read = Photo::read(&path).map(Arc::new);
            Answer::PhotoRead { path, read }
        }
        Request::AttachPhoto {
            access,
            patient,
            photo,
        } => {
            let photo = NewAttachment {
                kind: AttachmentKind::Photo,
                media_type: MediaType::Jpeg,
                bytes: photo.bytes.clone(),
            };
            let attached = store.and_then(|store| store.attach_photo(&access, patient, &photo));
            Answer::PhotoSettled(attached.map(|_| ()))
        }
        Request::RemovePhotos { access, patient } => {
            let removed = store.and_then(|store| remove_photos(&store, &access, patient));
            Answer::PhotoSettled(removed)
        }
        Request::KeptPhoto { access, patient } => {
            let kept = store.and_then(|store| newest_photo(&store, &access, patient));
            Answer::KeptPhoto(kept)
        }
        Request::Doctors(access) => Answer::Doctors(store.and_then(|store| store.doctors(&access))),
    }
}

fn photos(
    store: &Store,
    access: &Access,
    patient: PatientId,
) -> Result<impl Iterator<Item = Attachment>, StoreError> {
    let attachments = store.attachments(access, patient)?.into_iter();
    Ok(attachments.filter(|kept| kept.kind == AttachmentKind::Photo))
}

/// An earlier photo would replace the newest one, so all are deleted.
fn remove_photos(store: &Store, access: &Access, patient: PatientId) -> Result<(), StoreError> {
    photos(store, access, patient)?.try_for_each(|photo| store.remove_photo(access, photo.id))
}

fn newest_photo(
    store: &Store,
    access: &Access,
    patient: PatientId,
) -> Result<Option<KeptPhoto>, StoreError> {
    Ok(photos(store, access, patient)?
        .next()
        .map(|photo| KeptPhoto {
            id: photo.id,
            kept_at: photo.created_at,
            bytes: photo.bytes_len,
        }))
}
