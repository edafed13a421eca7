//! Measurements and statements of an exam: nodules, decisions on the model's lesions, circumstances.

use crate::clinical::nodule::MeasuredNodule;
use crate::clinical::reading::Circumstances;
use crate::store::{Access, ExamId, NoduleId, ReadingRecord, Store, StoreError, StoredNodule};

/// Work on an exam's lesions for a background thread.
pub enum Request {
    /// Everything that was measured and stated of an exam.
    Read {
        access: Access,
        exam: ExamId,
    },
    AddNodule {
        access: Access,
        exam: ExamId,
        nodule: Box<MeasuredNodule>,
    },
    ChangeNodule {
        access: Access,
        nodule: Box<StoredNodule>,
    },
    DeleteNodule {
        access: Access,
        nodule: NoduleId,
    },
    RestoreNodule {
        access: Access,
        nodule: NoduleId,
    },
    /// Makes a lesion that the model proposed a nodule; its number counts from 1.
    Accept {
        access: Access,
        exam: ExamId,
        lesion: u32,
        nodule: Box<MeasuredNodule>,
    },
    Reject {
        access: Access,
        exam: ExamId,
        lesion: u32,
    },
    /// Takes a rejection back.
    Reopen {
        access: Access,
        exam: ExamId,
        lesion: u32,
    },
    StateCircumstances {
        access: Access,
        exam: ExamId,
        /// The one that the change was made on.
        revision: u32,
        circumstances: Circumstances,
    },
}

/// Outcome of the work.
pub enum Answer {
    Read(Result<Box<ReadingRecord>, StoreError>),
    /// A nodule was added or changed, or a lesion became one.
    NoduleKept(Result<(), StoreError>),
    NoduleDeleted(Result<NoduleId, StoreError>),
    NoduleRestored(Result<NoduleId, StoreError>),
    Rejected(Result<(), StoreError>),
    Reopened(Result<(), StoreError>),
    CircumstancesStated(Result<(), StoreError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::Read { .. })
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Read { access, exam } => {
            let reading = store.and_then(|store| store.reading(&access, exam));
            Answer::Read(reading.map(Box::new))
        }
        Request::AddNodule {
            access,
            exam,
            nodule,
        } => {
            let added = store.and_then(|store| store.add_nodule(&access, exam, &nodule));
            Answer::NoduleKept(added.map(|_| ()))
        }
        Request::ChangeNodule { access, nodule } => {
            let StoredNodule {
                id,
                revision,
                nodule,
            } = *nodule;
            let changed =
                store.and_then(|store| store.change_nodule(&access, id, revision, &nodule));
            Answer::NoduleKept(changed.map(|_| ()))
        }
        Request::DeleteNodule { access, nodule } => {
            let deleted = store.and_then(|store| store.delete_nodule(&access, nodule));
            Answer::NoduleDeleted(deleted.map(|()| nodule))
        }
        Request::RestoreNodule { access, nodule } => {
            let restored = store.and_then(|store| store.restore_nodule(&access, nodule));
            Answer::NoduleRestored(restored.map(|()| nodule))
        }
        Request::Accept {
            access,
            exam,
            lesion,
            nodule,
        } => {
            let accepted =
                store.and_then(|store| store.accept_lesion(&access, exam, lesion, &nodule));
            Answer::NoduleKept(accepted.map(|_| ()))
        }
        Request::Reject {
            access,
            exam,
            lesion,
        } => Answer::Rejected(store.and_then(|store| store.reject_lesion(&access, exam, lesion))),
        Request::Reopen {
            access,
            exam,
            lesion,
        } => Answer::Reopened(store.and_then(|store| store.reopen_lesion(&access, exam, lesion))),
        Request::StateCircumstances {
            access,
            exam,
            revision,
            circumstances,
        } => {
            let stated = store.and_then(|store| {
                store.state_circumstances(&access, exam, revision, &circumstances)
            });
            Answer::CircumstancesStated(stated.map(|_| ()))
        }
    }
}
