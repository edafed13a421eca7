//! List of deleted records: who deleted them, when, and the dependent records.

use std::path::PathBuf;

use jiff::Timestamp;
use rusqlite::{Row, named_params, params};

use super::super::account::instant;
use super::super::audit::{self, Action, Object};
use super::super::folder::path_from_bytes;
use super::super::{
    Access, AttachedFileId, ExamId, PatientId, Store, StoreError, TokenScope, nodule, patient,
};

/// Maximum number of rows of one page of [`Store::deleted_records`].
pub const DELETED_ROWS: u32 = 200;

/// A deleted record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeletedRecord {
    pub kind: DeletedKind,
    /// The patient's number.
    pub number: String,
    /// The patient's name.
    pub full_name: String,
    /// Full name of the user who deleted it; none if the log does not say.
    pub deleted_by: Option<String>,
    pub deleted_at: Timestamp,
    /// Records that were deleted with it and are restored with it.
    pub dependents: DependentRecords,
}

/// Kind of the deleted record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum DeletedKind {
    /// A patient with all exams.
    Patient(PatientId),
    /// One exam of a patient who is not deleted.
    Exam {
        exam: ExamId,
        patient: PatientId,
        /// The file or folder that was analysed.
        source_path: PathBuf,
        /// Time at which the exam was saved.
        created_at: Timestamp,
    },
    /// A file attached to the record of a patient who is not deleted.
    File {
        file: AttachedFileId,
        patient: PatientId,
        name: String,
        /// Time at which it was attached.
        created_at: Timestamp,
    },
}

/// Number of dependent records of a patient or an exam, without those that were deleted before.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct DependentRecords {
    /// A patient's exams; 1 for an exam itself.
    pub exams: u32,
    pub nodules: u32,
    /// Versions of reports.
    pub reports: u32,
    pub attachments: u32,
    /// Files attached to a patient's record; 1 for a file itself.
    pub files: u32,
}

impl Store {
    /// The records that would be deleted with a patient, for the question before deleting.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when the patient does not exist, is deleted or belongs to another hospital.
    pub fn dependents(
        &self,
        access: &Access,
        id: PatientId,
    ) -> Result<DependentRecords, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            patient::require(transaction, access, id)?;
            let sql = format!("SELECT {OF_PATIENT} FROM patient WHERE id = ?1");
            Ok(transaction.query_row(&sql, params![id.0], |row| dependents(row, 0))?)
        })
    }

    /// The records that would be deleted with an exam, for the question before deleting.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when the exam does not exist, is deleted or belongs to another hospital.
    pub fn exam_dependents(
        &self,
        access: &Access,
        id: ExamId,
    ) -> Result<DependentRecords, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            nodule::require_exam(transaction, access, id)?;
            let sql = format!("SELECT {OF_EXAM} FROM exam WHERE id = ?1");
            Ok(transaction.query_row(&sql, params![id.0], |row| dependents(row, 0))?)
        })
    }

    /// The deleted patients of this hospital without those that were merged into others, and the deleted exams and attached files of
    /// the other patients, newest deletion first; at most
    /// [`DELETED_ROWS`] after `offset` of them. Viewing is recorded in the audit log.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn deleted_records(
        &self,
        access: &Access,
        offset: u32,
    ) -> Result<Vec<DeletedRecord>, StoreError> {
        let at = self.now();
        self.note(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let sql = format!(
                "SELECT patient.id, patient.number, patient.full_name, patient.deleted_at AS gone_at,
                        account.full_name, {OF_PATIENT},
                        NULL AS exam, NULL AS source_path, NULL AS saved_at,
                        NULL AS file, NULL AS name
                 FROM patient LEFT JOIN account ON account.id = patient.deleted_by
                 WHERE patient.hospital_id = :hospital AND patient.deleted_at IS NOT NULL
                   AND patient.merged_into IS NULL
                 UNION ALL
                 SELECT patient.id, patient.number, patient.full_name, exam.deleted_at,
                        account.full_name, {OF_EXAM},
                        exam.id, exam.source_path, exam.created_at, NULL, NULL
                 FROM exam JOIN patient ON patient.id = exam.patient_id
                 LEFT JOIN account ON account.id = exam.deleted_by
                 WHERE exam.hospital_id = :hospital AND exam.deleted_at IS NOT NULL
                   AND patient.deleted_at IS NULL
                 UNION ALL
                 SELECT patient.id, patient.number, patient.full_name, attached_file.deleted_at,
                        account.full_name, 0, 0, 0, 0, 1,
                        NULL, NULL, attached_file.created_at, attached_file.id, attached_file.name
                 FROM attached_file JOIN patient ON patient.id = attached_file.patient_id
                 LEFT JOIN account ON account.id = attached_file.deleted_by
                 WHERE attached_file.hospital_id = :hospital
                   AND attached_file.deleted_at IS NOT NULL AND patient.deleted_at IS NULL
                 ORDER BY gone_at DESC, exam DESC, file DESC, 1 DESC LIMIT :limit OFFSET :offset"
            );
            let found = transaction
                .prepare_cached(&sql)?
                .query_map(
                    named_params! {
                        ":hospital": access.hospital,
                        ":limit": DELETED_ROWS,
                        ":offset": offset,
                    },
                    read,
                )?
                .collect::<Result<_, _>>()?;
            audit::record_done(transaction, access, at, Action::ViewDeleted, Object::Nothing)?;
            Ok(found)
        })
    }
}

/// [`DependentRecords`] as columns of a patient.
const OF_PATIENT: &str = "
    (SELECT count(*) FROM exam WHERE exam.patient_id = patient.id AND exam.deleted_at IS NULL),
    (SELECT count(*) FROM exam JOIN nodule ON nodule.exam_id = exam.id
     WHERE exam.patient_id = patient.id AND exam.deleted_at IS NULL AND nodule.deleted_at IS NULL),
    (SELECT count(*) FROM exam JOIN report ON report.exam_id = exam.id
     WHERE exam.patient_id = patient.id AND exam.deleted_at IS NULL),
    (SELECT count(*) FROM attachment LEFT JOIN exam ON exam.id = attachment.exam_id
     WHERE attachment.patient_id = patient.id AND exam.deleted_at IS NULL),
    (SELECT count(*) FROM attached_file
     WHERE attached_file.patient_id = patient.id AND attached_file.deleted_at IS NULL)";

/// [`DependentRecords`] as columns of an exam.
const OF_EXAM: &str = "
    1,
    (SELECT count(*) FROM nodule WHERE nodule.exam_id = exam.id AND nodule.deleted_at IS NULL),
    (SELECT count(*) FROM report WHERE report.exam_id = exam.id),
    (SELECT count(*) FROM attachment WHERE attachment.exam_id = exam.id),
    0";

fn dependents(row: &Row<'_>, first: usize) -> rusqlite::Result<DependentRecords> {
    Ok(DependentRecords {
        exams: row.get(first)?,
        nodules: row.get(first + 1)?,
        reports: row.get(first + 2)?,
        attachments: row.get(first + 3)?,
        files: row.get(first + 4)?,
    })
}

fn read(row: &Row<'_>) -> rusqlite::Result<DeletedRecord> {
    let patient = PatientId(row.get(0)?);
    let kind = match (row.get(10)?, row.get(13)?) {
        (Some(exam), _) => DeletedKind::Exam {
            exam: ExamId(exam),
            patient,
            source_path: path_from_bytes(row.get(11)?),
            created_at: instant(row, 12)?,
        },
        (None, Some(file)) => DeletedKind::File {
            file: AttachedFileId(file),
            patient,
            name: row.get(14)?,
            created_at: instant(row, 12)?,
        },
        (None, None) => DeletedKind::Patient(patient),
    };
    Ok(DeletedRecord {
        kind,
        number: row.get(1)?,
        full_name: row.get(2)?,
        deleted_at: instant(row, 3)?,
        deleted_by: row.get(4)?,
        dependents: dependents(row, 5)?,
    })
}
