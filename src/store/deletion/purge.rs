//! Final deletion: the rows go, SQLite overwrites where they stood, and the log in front of the database is emptied.
//! What the audit log says of them stays, and it names them by id alone.

use rusqlite::{OptionalExtension, Transaction, params};

use super::super::audit::{Action, Object};
use super::super::error::Stop;
use super::super::{Access, ExamId, PatientId, Store, StoreError, draft};
use super::record;

impl Store {
    /// Deletes a deleted patient for good, with all exams, nodules, pictures, reports, earlier versions and everybody's
    /// drafts of them. The number is free again; the id is given to nobody else.
    ///
    /// Nothing of it can be read from the database file any more. For that the index of the search is written anew, which
    /// takes a moment, or some ten seconds among a million patients; others can work meanwhile. Where another process reads
    /// the database at this moment, the log beside the file may hold old pages until that process lets go.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, [`StoreError::NoSuchPatient`] when there is
    /// none or when it is another hospital's, [`StoreError::NotDeleted`] for one that was not deleted before.
    pub fn purge_patient(&self, access: &Access, id: PatientId) -> Result<(), StoreError> {
        let at = self.now();
        let allow = |transaction: &Transaction<'_>| {
            access.require_administrator(transaction)?;
            let deleted = standing(transaction, access, "patient", id.0)?;
            must_be_deleted(deleted, StoreError::NoSuchPatient)
        };
        self.read(allow)?;
        // Before the rows go: a process that is killed meanwhile leaves a patient who is still to be purged.
        self.forget_in_search()?;
        self.write(|transaction| {
            allow(transaction)?;
            let exams: Vec<i64> = transaction
                .prepare_cached("SELECT id FROM exam WHERE patient_id = ?1")?
                .query_map([id.0], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            for exam in exams {
                remove_exam(transaction, exam)?;
            }
            remember(transaction, "patient", id.0)?;
            draft::purge(transaction, "patient", id.0)?;
            for sql in [
                "DELETE FROM attachment WHERE patient_id = ?1",
                "DELETE FROM patient_version WHERE patient_id = ?1",
                "DELETE FROM import_patient WHERE patient_id = ?1",
                "DELETE FROM patient WHERE id = ?1",
            ] {
                transaction.prepare_cached(sql)?.execute([id.0])?;
            }
            let object = Object::Patient(id);
            record(transaction, access, at, Action::PurgePatient, object)
        })?;
        self.empty_log();
        Ok(())
    }

    /// Deletes a deleted exam for good, as [`Store::purge_patient`] does a patient.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, [`StoreError::NoSuchExam`] when there is
    /// none or when it is another hospital's, [`StoreError::NotDeleted`] for one that was not deleted before.
    pub fn purge_exam(&self, access: &Access, id: ExamId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require_administrator(transaction)?;
            let deleted = standing(transaction, access, "exam", id.0)?;
            must_be_deleted(deleted, StoreError::NoSuchExam)?;
            remove_exam(transaction, id.0)?;
            record(transaction, access, at, Action::PurgeExam, Object::Exam(id))
        })?;
        self.empty_log();
        Ok(())
    }
}

/// Whether the record is deleted; none where this hospital has no such record.
fn standing(
    transaction: &Transaction<'_>,
    access: &Access,
    table: &str,
    id: i64,
) -> rusqlite::Result<Option<bool>> {
    let sql =
        format!("SELECT deleted_at IS NOT NULL FROM {table} WHERE id = ?1 AND hospital_id = ?2");
    transaction
        .prepare_cached(&sql)?
        .query_row(params![id, access.hospital], |row| row.get(0))
        .optional()
}

fn must_be_deleted(deleted: Option<bool>, missing: StoreError) -> Result<(), Stop> {
    match deleted {
        Some(true) => Ok(()),
        Some(false) => Err(StoreError::NotDeleted.into()),
        None => Err(missing.into()),
    }
}

fn remove_exam(transaction: &Transaction<'_>, exam: i64) -> rusqlite::Result<()> {
    let nodules: Vec<i64> = transaction
        .prepare_cached("SELECT id FROM nodule WHERE exam_id = ?1")?
        .query_map([exam], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for nodule in nodules {
        remember(transaction, "nodule", nodule)?;
        draft::purge(transaction, "nodule", nodule)?;
    }
    remember(transaction, "exam", exam)?;
    draft::purge(transaction, "exam", exam)?;
    for sql in [
        "DELETE FROM report WHERE exam_id = ?1",
        "DELETE FROM attachment WHERE exam_id = ?1",
        "DELETE FROM lesion_rejection WHERE exam_id = ?1",
        "DELETE FROM nodule WHERE exam_id = ?1",
        "DELETE FROM exam_circumstances WHERE exam_id = ?1",
        "DELETE FROM exam_series WHERE exam_id = ?1",
        "DELETE FROM exam WHERE id = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([exam])?;
    }
    Ok(())
}

/// Keeps an id from being given again.
fn remember(transaction: &Transaction<'_>, kind: &str, id: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE last_purged SET id = max(id, ?2) WHERE kind = ?1")?
        .execute(params![kind, id])?;
    Ok(())
}

/// An id that no record of this `kind` has or had. SQLite alone would give the id of a purged newest row again, and the
/// audit log would tell one record's story of another.
pub(in crate::store) fn next_id(
    transaction: &Transaction<'_>,
    kind: &str,
) -> rusqlite::Result<i64> {
    let sql = format!(
        "SELECT 1 + max((SELECT coalesce(max(id), 0) FROM {kind}),
                        (SELECT id FROM last_purged WHERE kind = ?1))"
    );
    transaction
        .prepare_cached(&sql)?
        .query_row([kind], |row| row.get(0))
}
