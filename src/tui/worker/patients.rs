//! New records without an exam, and the photos of patients.

use std::path::PathBuf;
use std::sync::Arc;

use jiff::Timestamp;

use crate::clinical::patient::Patient;
use crate::imaging::photo::Photo;
use crate::store::{
    Access, AttachmentId, AttachmentKind, MediaType, NewAttachment, PatientId, Store, StoreError,
};
use crate::text::sentence;

/// Work on patients for a background thread.
pub enum Request {
    /// Makes a record that has no exam yet.
    Create {
        access: Access,
        patient: Box<Patient>,
    },
    /// Reads the photo of a file, to look at what it is before it is kept.
    ReadPhoto(PathBuf),
    AttachPhoto {
        access: Access,
        patient: PatientId,
        photo: Arc<Photo>,
    },
    /// What is known of the photo that is kept.
    KeptPhoto { access: Access, patient: PatientId },
}

/// What came of it.
pub enum Answer {
    Created(Result<PatientId, StoreError>),
    /// Complaints are whole sentences.
    PhotoRead {
        path: PathBuf,
        read: Result<Arc<Photo>, String>,
    },
    PhotoAttached(Result<(), StoreError>),
    KeptPhoto(Result<Option<KeptPhoto>, StoreError>),
}

/// A patient's photo in the record, without its pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeptPhoto {
    pub id: AttachmentId,
    pub kept_at: Timestamp,
    pub bytes: u64,
}

/// Does it. `store` is none, with the reason, where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Create { access, patient } => {
            Answer::Created(store.and_then(|store| store.create_patient(&access, &patient)))
        }
        Request::ReadPhoto(path) => {
            let read = Photo::read(&path).map(Arc::new);
            Answer::PhotoRead {
                path,
                read: read.map_err(|error| sentence(&error.to_string())),
            }
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
            Answer::PhotoAttached(attached.map(|_| ()))
        }
        Request::KeptPhoto { access, patient } => {
            let kept = store.and_then(|store| newest_photo(&store, &access, patient));
            Answer::KeptPhoto(kept)
        }
    }
}

fn newest_photo(
    store: &Store,
    access: &Access,
    patient: PatientId,
) -> Result<Option<KeptPhoto>, StoreError> {
    let attachments = store.attachments(access, patient)?;
    let photo = attachments
        .into_iter()
        .find(|kept| kept.kind == AttachmentKind::Photo);
    Ok(photo.map(|photo| KeptPhoto {
        id: photo.id,
        kept_at: photo.created_at,
        bytes: photo.bytes_len,
    }))
}
