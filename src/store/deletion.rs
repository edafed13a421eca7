//! Deletion: a deleted record is excluded from views, search and counts, and can be restored unchanged. Final deletion is
//! [`purge`].

mod bulk;
mod listing;
mod purge;

pub use self::listing::{DELETED_ROWS, DeletedKind, DeletedRecord, DependentRecords};
pub(super) use self::purge::next_id;

use rusqlite::{Transaction, named_params};

use super::audit::{self, Action, Object};
use super::error::{Stop, is_duplicate};
use super::{Access, ExamId, PatientId, Store, StoreError, TokenScope, search};

impl Store {
    /// Deletes a patient with all exams, pictures and reports. They stay in the database, and [`Store::restore_patient`] restores
    /// them. The number stays taken, so that a restored patient never meets another one with the same number.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when the patient does not exist, is deleted or belongs to another hospital.
    pub fn delete_patient(&self, access: &Access, id: PatientId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            match hide(transaction, access, id, at)? {
                true => Ok(()),
                false => Err(StoreError::NoSuchPatient.into()),
            }
        })
    }

    /// Restores a deleted patient, with the exams that were deleted with it. Counts as activity: the patient moves to the top of
    /// the table.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when this hospital has no such deleted patient.
    pub fn restore_patient(&self, access: &Access, id: PatientId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            match show(transaction, access, id, at)? {
                true => Ok(()),
                false => Err(StoreError::NoSuchPatient.into()),
            }
        })
    }

    /// Deletes an exam. It stays in the database, and [`Store::restore_exam`] restores it.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when the exam does not exist, is deleted or belongs to another hospital.
    pub fn delete_exam(&self, access: &Access, id: ExamId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let deleted = transaction
                .prepare_cached(&format!(
                    "UPDATE exam SET deleted_at = :at, deleted_by = :account
                     WHERE id = :exam AND hospital_id = :hospital AND deleted_at IS NULL
                       AND {OF_A_PATIENT}"
                ))?
                .execute(named_params! {
                    ":at": at,
                    ":account": access.account,
                    ":exam": id.0,
                    ":hospital": access.hospital,
                })?;
            if deleted == 0 {
                return Err(StoreError::NoSuchExam.into());
            }
            search::index_exam(transaction, id)?;
            let object = Object::Exam(id);
            audit::record_done(transaction, access, at, Action::DeleteExam, object)?;
            Ok(())
        })
    }

    /// Restores a deleted exam.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when this hospital has no such deleted exam, or when its patient is also deleted: restore the
    /// patient first. [`StoreError::ExamSavedAgain`] when the same exam was saved again meanwhile.
    pub fn restore_exam(&self, access: &Access, id: ExamId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let restored = transaction
                .prepare_cached(&format!(
                    "UPDATE exam SET deleted_at = NULL, deleted_by = NULL
                     WHERE id = :exam AND hospital_id = :hospital AND deleted_at IS NOT NULL
                       AND {OF_A_PATIENT}"
                ))?
                .execute(named_params! {
                    ":exam": id.0,
                    ":hospital": access.hospital,
                });
            match restored {
                Ok(0) => return Err(StoreError::NoSuchExam.into()),
                Err(error) if is_duplicate(&error) => {
                    return Err(StoreError::ExamSavedAgain.into());
                }
                other => other?,
            };
            search::index_exam(transaction, id)?;
            let object = Object::Exam(id);
            audit::record_done(transaction, access, at, Action::RestoreExam, object)?;
            Ok(())
        })
    }
}

/// Marks a patient of `access` as deleted, with an audit entry; returns false if there was none.
fn hide(
    transaction: &Transaction<'_>,
    access: &Access,
    id: PatientId,
    at: i64,
) -> Result<bool, Stop> {
    let deleted = transaction
        .prepare_cached(
            "UPDATE patient SET deleted_at = :at, deleted_by = :account
             WHERE id = :patient AND hospital_id = :hospital AND deleted_at IS NULL",
        )?
        .execute(named_params! {
            ":at": at,
            ":account": access.account,
            ":patient": id.0,
            ":hospital": access.hospital,
        })?;
    if deleted > 0 {
        search::index(transaction, id)?;
        let object = Object::Patient(id);
        audit::record_done(transaction, access, at, Action::DeletePatient, object)?;
    }
    Ok(deleted > 0)
}

/// As [`hide`], and frees the number for another patient: the deleted record keeps the number with its id appended. Returns false
/// if there was no such patient.
pub(super) fn hide_and_free(
    transaction: &Transaction<'_>,
    access: &Access,
    id: PatientId,
    at: i64,
) -> Result<bool, Stop> {
    if !hide(transaction, access, id, at)? {
        return Ok(false);
    }
    transaction
        .prepare_cached(
            "UPDATE patient SET number = substr(number, 1, 40) || '~' || id,
                                number_key = substr(number_key, 1, 40) || '~' || id
             WHERE id = ?1",
        )?
        .execute([id.0])?;
    Ok(true)
}

/// Reverses [`hide`].
fn show(
    transaction: &Transaction<'_>,
    access: &Access,
    id: PatientId,
    at: i64,
) -> Result<bool, Stop> {
    let restored = transaction
        .prepare_cached(
            "UPDATE patient SET deleted_at = NULL, deleted_by = NULL, last_activity_at = :at
             WHERE id = :patient AND hospital_id = :hospital AND deleted_at IS NOT NULL
               AND merged_into IS NULL",
        )?
        .execute(named_params! {
            ":at": at,
            ":patient": id.0,
            ":hospital": access.hospital,
        })?;
    if restored > 0 {
        search::index(transaction, id)?;
        let object = Object::Patient(id);
        audit::record_done(transaction, access, at, Action::RestorePatient, object)?;
    }
    Ok(restored > 0)
}

/// The exam's patient is not deleted.
const OF_A_PATIENT: &str = "EXISTS (SELECT 1 FROM patient
                                    WHERE patient.id = exam.patient_id AND patient.deleted_at IS NULL)";
