//! Exams: saved to a patient, deleted, restored.

use jiff::civil::Date;

use super::key_image::Shown;
use crate::clinical::examined::ExaminedSlice;
use crate::clinical::reading::Circumstances;
use crate::store::{Access, ExamId, PatientChoice, SavedExam, ScanOwner, Store, StoreError};

/// Work on exams for a background thread.
pub enum Request {
    Save {
        access: Access,
        patient: Box<PatientChoice>,
        exam: Box<ExaminedSlice>,
        /// Patient that the scan names, compared with the record again when the exam is saved.
        owner: Box<ScanOwner>,
        /// Picture on the screen, stored with the exam.
        shown: Option<Shown>,
        /// Day of the scan, if its file states it: the day of the exam.
        scanned_on: Option<Date>,
    },
    Delete {
        access: Access,
        exam: ExamId,
    },
    Restore {
        access: Access,
        exam: ExamId,
    },
}

/// Outcome of the work.
pub enum Answer {
    Saved(Result<SavedExam, StoreError>),
    Deleted(Result<ExamId, StoreError>),
    Restored(Result<ExamId, StoreError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        false
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Save {
            access,
            patient,
            exam,
            owner,
            shown,
            scanned_on,
        } => Answer::Saved(store.and_then(|store| {
            // An exam is saved even if no picture can be made of it.
            let kept = shown.map_or(Ok(Vec::new()), |shown| shown.attachments());
            let kept = kept.unwrap_or_else(|error| {
                tracing::warn!(%error, "no picture was kept with the exam");
                Vec::new()
            });
            let saved = store.save_exam_of(&access, &patient, &exam, &kept, &owner)?;
            if let Some(day) = scanned_on.filter(|_| !saved.already_saved) {
                let stated = Circumstances {
                    scanned_on: Some(day),
                    ..Circumstances::default()
                };
                // The exam is saved all the same: E on its nodules states the day.
                if let Err(error) = store.state_circumstances(&access, saved.exam, 0, &stated) {
                    tracing::warn!(%error, "the day of the scan was not kept");
                }
            }
            Ok(saved)
        })),
        Request::Delete { access, exam } => {
            let deleted = store.and_then(|store| store.delete_exam(&access, exam));
            Answer::Deleted(deleted.map(|()| exam))
        }
        Request::Restore { access, exam } => {
            let restored = store.and_then(|store| store.restore_exam(&access, exam));
            Answer::Restored(restored.map(|()| exam))
        }
    }
}
