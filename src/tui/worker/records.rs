//! Patients' records: changed, deleted and brought back; the reports on exams; the drafts of forms.

use crate::clinical::patient::Patient;
use crate::report::text;
use crate::store::{
    Access, DeletedRecord, DependentRecords, Draft, ExamId, PatientId, ReportId, ReportVersion,
    Store, StoreError,
};

use crate::tui::screens::exam::report_by;
use crate::tui::screens::reports::REPORT_COLUMNS;

/// Work on records for a background thread.
pub enum Request {
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
    /// What would go with a patient.
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
    Reports {
        access: Access,
        exam: ExamId,
    },
    WriteReport {
        access: Access,
        patient: PatientId,
        exam: ExamId,
        /// The hospital and the full name of whoever writes it.
        by: [String; 2],
    },
    SignReport {
        access: Access,
        report: ReportId,
    },
    KeepDraft {
        access: Access,
        form: &'static str,
        about: Option<i64>,
        content: String,
    },
    Draft {
        access: Access,
        form: &'static str,
        about: Option<i64>,
    },
    DropDraft {
        access: Access,
        form: &'static str,
        about: Option<i64>,
    },
}

/// What came of it.
pub enum Answer {
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
    Reports(Result<Vec<ReportVersion>, StoreError>),
    ReportWritten(Result<ReportVersion, StoreError>),
    ReportSigned(Result<(), StoreError>),
    Draft(Result<Option<Draft>, StoreError>),
    /// A draft was kept or dropped, or could not be.
    DraftSettled(Result<(), StoreError>),
}

/// Does it. `store` is none, with the reason, where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
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
        Request::Reports { access, exam } => {
            Answer::Reports(store.and_then(|store| store.reports(&access, exam)))
        }
        Request::WriteReport {
            access,
            patient,
            exam,
            by,
        } => Answer::ReportWritten(
            store.and_then(|store| write_report(&store, &access, patient, exam, &by)),
        ),
        Request::SignReport { access, report } => {
            Answer::ReportSigned(store.and_then(|store| store.sign_report(&access, report)))
        }
        Request::KeepDraft {
            access,
            form,
            about,
            content,
        } => settled(store.and_then(|store| store.save_draft(&access, form, about, &content))),
        Request::Draft {
            access,
            form,
            about,
        } => Answer::Draft(store.and_then(|store| store.draft(&access, form, about))),
        Request::DropDraft {
            access,
            form,
            about,
        } => settled(store.and_then(|store| store.discard_draft(&access, form, about))),
    }
}

/// Writes the next version of a report from what the record says at this moment.
fn write_report(
    store: &Store,
    access: &Access,
    patient: PatientId,
    exam: ExamId,
    [hospital, examiner]: &[String; 2],
) -> Result<ReportVersion, StoreError> {
    let record = store.patient(access, patient)?;
    let exam = (record.exams.iter()).find(|other| other.id == exam);
    let exam = exam.ok_or(StoreError::NoSuchExam)?;
    let content = report_by(
        [hospital, examiner],
        Some(&record.patient),
        exam.created_at,
        &exam.slice,
        exam.reading.reading(),
    );
    let text = text::body(&content, REPORT_COLUMNS);
    store.write_report_of(access, exam.id, exam.state, &text)
}

fn settled(outcome: Result<(), StoreError>) -> Answer {
    // Of the last drafts before the end, nobody hears.
    if let Err(error) = &outcome {
        tracing::warn!(%error, "a draft was not kept or not dropped");
    }
    Answer::DraftSettled(outcome)
}
