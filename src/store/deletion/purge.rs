//! Final deletion: the rows are deleted, SQLite overwrites their place, and the write-ahead log is emptied. The audit log keeps
//! its entries, which name the records by id only.

use rusqlite::{OptionalExtension, Transaction, params};

use super::super::audit::{self, Action, Object};
use super::super::error::Stop;
use super::super::{Access, ExamId, PatientId, Store, StoreError, draft, patient, worklist};

impl Store {
    /// Finally deletes a deleted patient, with all exams, nodules, pictures, attached files, reports, earlier versions and all
    /// accounts' drafts about them, and with the records that were merged into it. The number is free again; the id is never reused.
    ///
    /// Nothing of it can then be read from the database file. For that the search index is rewritten, which takes a moment, or
    /// some ten seconds among a million patients; others can work meanwhile. If another process is reading the database at this
    /// moment, the write-ahead log may contain old pages until that process finishes.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, [`StoreError::NoSuchPatient`] when the patient does
    /// not exist or belongs to another hospital, [`StoreError::NotDeleted`] for one that was not deleted before.
    pub fn purge_patient(&self, access: &Access, id: PatientId) -> Result<(), StoreError> {
        let at = self.now();
        let allow = |transaction: &Transaction<'_>| {
            access.require_administrator(transaction)?;
            let deleted = is_deleted(transaction, access, "patient", id.0)?;
            must_be_deleted(deleted, StoreError::NoSuchPatient)?;
            let is_merged = transaction
                .prepare_cached("SELECT 1 FROM patient WHERE id = ?1 AND merged_into IS NOT NULL")?
                .exists([id.0])?;
            match is_merged {
                true => Err(patient::missing(transaction, access, id)?.into()),
                false => Ok(()),
            }
        };
        self.read(allow)?;
        // Before the rows are deleted: if the process is killed meanwhile, the patient is still there to be finally deleted.
        self.purge_search_index()?;
        self.write(|transaction| {
            allow(transaction)?;
            for patient in with_merged(transaction, id)? {
                remove_patient(transaction, patient)?;
            }
            let object = Object::Patient(id);
            audit::record_done(transaction, access, at, Action::PurgePatient, object)?;
            Ok(())
        })?;
        self.empty_log();
        Ok(())
    }

    /// Finally deletes a deleted exam, as [`Store::purge_patient`] does a patient.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, [`StoreError::NoSuchExam`] when the exam does not
    /// exist or belongs to another hospital, [`StoreError::NotDeleted`] for one that was not deleted before.
    pub fn purge_exam(&self, access: &Access, id: ExamId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require_administrator(transaction)?;
            let deleted = is_deleted(transaction, access, "exam", id.0)?;
            must_be_deleted(deleted, StoreError::NoSuchExam)?;
            remove_exam(transaction, id.0)?;
            audit::record_done(transaction, access, at, Action::PurgeExam, Object::Exam(id))?;
            Ok(())
        })?;
        self.empty_log();
        Ok(())
    }
}

/// The patient, after all whose records were merged into it.
fn with_merged(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<Vec<i64>> {
    transaction
        .prepare_cached(
            "WITH RECURSIVE merged (id, depth) AS (
                 SELECT ?1, 0
                 UNION
                 SELECT patient.id, depth + 1 FROM patient JOIN merged ON patient.merged_into = merged.id)
             SELECT id FROM merged ORDER BY depth DESC",
        )?
        .query_map([id.0], |row| row.get(0))?
        .collect()
}

fn remove_patient(transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
    let exams: Vec<i64> = transaction
        .prepare_cached("SELECT id FROM exam WHERE patient_id = ?1")?
        .query_map([id], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for exam in exams {
        remove_exam(transaction, exam)?;
    }
    remember(transaction, "patient", id)?;
    draft::purge(transaction, "patient", id)?;
    for sql in [
        "DELETE FROM import_plan WHERE planned_id IN (SELECT id FROM planned_exam WHERE patient_id = ?1)",
        "DELETE FROM planned_exam WHERE patient_id = ?1",
        "DELETE FROM patient_merge_row WHERE merge_id IN (SELECT id FROM patient_merge WHERE ?1 IN (kept, merged))",
        "DELETE FROM patient_merge WHERE ?1 IN (kept, merged)",
        "DELETE FROM distinct_patients WHERE one = ?1",
        "DELETE FROM distinct_patients WHERE other = ?1",
        "DELETE FROM duplicate_pair WHERE one = ?1",
        "DELETE FROM duplicate_pair WHERE other = ?1",
        "DELETE FROM attached_file WHERE patient_id = ?1",
        "DELETE FROM attachment WHERE patient_id = ?1",
        "DELETE FROM patient_version WHERE patient_id = ?1",
        "DELETE FROM import_patient WHERE patient_id = ?1",
        "DELETE FROM patient WHERE id = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([id])?;
    }
    Ok(())
}

/// True if the record is deleted; none if this hospital has no such record.
fn is_deleted(
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
    worklist::release(transaction, exam)?;
    remember(transaction, "exam", exam)?;
    draft::purge(transaction, "exam", exam)?;
    for sql in [
        "DELETE FROM report_addendum WHERE report_id IN (SELECT id FROM report WHERE exam_id = ?1)",
        "DELETE FROM report_words WHERE exam_id = ?1",
        "DELETE FROM report WHERE exam_id = ?1",
        "DELETE FROM attachment WHERE exam_id = ?1",
        "DELETE FROM lesion_rejection WHERE exam_id = ?1",
        "DELETE FROM nodule WHERE exam_id = ?1",
        "DELETE FROM follow_up_closing WHERE exam_id = ?1",
        "DELETE FROM follow_up WHERE exam_id = ?1",
        "DELETE FROM exam_circumstances WHERE exam_id = ?1",
        "DELETE FROM exam_series WHERE exam_id = ?1",
        "DELETE FROM exam_study WHERE exam_id = ?1",
        "DELETE FROM exam WHERE id = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([exam])?;
    }
    Ok(())
}

/// Prevents an id from being reused.
fn remember(transaction: &Transaction<'_>, kind: &str, id: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE last_purged SET id = max(id, ?2) WHERE kind = ?1")?
        .execute(params![kind, id])?;
    Ok(())
}

/// An id that no record of this `kind` has or had. SQLite alone would reuse the id of a finally deleted newest row, and its audit
/// entries would seem to belong to the new record.
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
