//! Patients' records: found, opened, changed, deleted and restored, or purged.

use crate::clinical::patient::Patient;
use crate::store::{
    Access, DeletedRecord, DependentRecords, ExamId, PatientId, PatientPage, PatientQuery,
    PatientRecord, Store, StoreError,
};

/// Work on records for a background thread.
pub enum Request {
    /// A page of the patients that match.
    Search {
        access: Access,
        query: Box<PatientQuery>,
    },
    /// A patient's whole record.
    Open {
        access: Access,
        patient: PatientId,
    },
    ChangePatient {
        access: Access,
        patient: PatientId,
        /// The one that it was changed on.
        revision: u32,
        changed: Box<Patient>,
    },
    DeletePatient {
        access: Access,
        patient: PatientId,
    },
    RestorePatient {
        access: Access,
        patient: PatientId,
    },
    /// A page of what was deleted.
    Deleted {
        access: Access,
        offset: u32,
    },
    /// Records that would be deleted with a patient.
    DependentRecords {
        access: Access,
        patient: PatientId,
    },
    PurgePatient {
        access: Access,
        patient: PatientId,
    },
    PurgeExam {
        access: Access,
        exam: ExamId,
    },
}

/// Outcome of the work.
pub enum Answer {
    Found(Result<PatientPage, StoreError>),
    Opened(Result<Box<PatientRecord>, StoreError>),
    /// With the new revision.
    PatientChanged(Result<u32, StoreError>),
    PatientDeleted(Result<PatientId, StoreError>),
    PatientRestored(Result<PatientId, StoreError>),
    Deleted {
        offset: u32,
        page: Result<Vec<DeletedRecord>, StoreError>,
    },
    DependentRecords(Result<DependentRecords, StoreError>),
    Purged(Result<(), StoreError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(
            self,
            Self::Search { .. }
                | Self::Open { .. }
                | Self::Deleted { .. }
                | Self::DependentRecords { .. }
        )
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Search { access, query } => {
            Answer::Found(store.and_then(|store| store.search_patients(&access, &query)))
        }
        Request::Open { access, patient } => {
            let opened = store.and_then(|store| store.patient(&access, patient));
            Answer::Opened(opened.map(Box::new))
        }
        Request::ChangePatient {
            access,
            patient,
            revision,
            changed,
        } => Answer::PatientChanged(
            store.and_then(|store| store.change_patient(&access, patient, revision, &changed)),
        ),
        Request::DeletePatient { access, patient } => Answer::PatientDeleted(
            store
                .and_then(|store| store.delete_patient(&access, patient))
                .map(|()| patient),
        ),
        Request::RestorePatient { access, patient } => Answer::PatientRestored(
            store
                .and_then(|store| store.restore_patient(&access, patient))
                .map(|()| patient),
        ),
        Request::Deleted { access, offset } => Answer::Deleted {
            offset,
            page: store.and_then(|store| store.deleted_records(&access, offset)),
        },
        Request::DependentRecords { access, patient } => {
            Answer::DependentRecords(store.and_then(|store| store.dependents(&access, patient)))
        }
        Request::PurgePatient { access, patient } => {
            Answer::Purged(store.and_then(|store| store.purge_patient(&access, patient)))
        }
        Request::PurgeExam { access, exam } => {
            Answer::Purged(store.and_then(|store| store.purge_exam(&access, exam)))
        }
    }
}
