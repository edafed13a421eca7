//! Merging two records of one person: exams, pictures and planned exams move to the record that stays; the other becomes a deleted
//! record whose number still finds the person.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, named_params, params};

use super::list::record;
use crate::clinical::patient::Patient;
use crate::store::account::instant;
use crate::store::audit::Action;
use crate::store::error::Stop;
use crate::store::patient::{present, rewrite};
use crate::store::{Access, PatientId, Store, StoreError, TokenScope, search};

/// Maximum number of merges that [`Store::merges`] returns.
const MAX_MERGES: u32 = 200;

/// Identifies a merge. Grants nothing by itself: every query checks the hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MergeId(pub i64);

/// Two records and the values that stay, as a user saw and chose them.
#[derive(Debug, Clone, PartialEq)]
pub struct MergePlan {
    /// The record that stays.
    pub kept: PatientId,
    pub kept_revision: u32,
    pub merged: PatientId,
    pub merged_revision: u32,
    /// The content of the record that stays. Its number does not change, regardless of the one stated here.
    pub result: Patient,
}

/// Result of a merge.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MergedPatients {
    pub merge: MergeId,
    /// Number of exams that moved, deleted ones among them.
    pub exams: usize,
    /// Number of planned exams that moved.
    pub planned: usize,
}

/// A merge of the past.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastMerge {
    pub id: MergeId,
    pub kept: PatientId,
    /// Number and name of the record that stayed.
    pub kept_as: (String, String),
    /// Number and name of the other.
    pub merged_as: (String, String),
    pub made_at: Timestamp,
    /// Full name of the user.
    pub made_by: String,
    /// Time at which it was undone, and full name of the user.
    pub undone: Option<(Timestamp, String)>,
}

/// A kind of row that moves, and the rows of a patient.
struct Moved {
    kind: &'static str,
    /// Rows of the patient `:merged` that move to `:kept`.
    rows: &'static str,
}

/// Photos stay with a record of which the other has a photo, because a record shows one; attached files that the other has as well
/// stay, too.
const MOVED: [Moved; 4] = [
    Moved {
        kind: "exam",
        rows: "SELECT id FROM exam WHERE patient_id = :merged AND :kept IS NOT NULL",
    },
    Moved {
        kind: "photo",
        rows: "SELECT id FROM attachment WHERE patient_id = :merged AND exam_id IS NULL
               AND NOT EXISTS (SELECT 1 FROM attachment WHERE patient_id = :kept AND exam_id IS NULL)",
    },
    Moved {
        kind: "planned exam",
        rows: "SELECT id FROM planned_exam WHERE patient_id = :merged AND :kept IS NOT NULL",
    },
    Moved {
        kind: "file",
        rows: "SELECT id FROM attached_file WHERE patient_id = :merged
               AND NOT EXISTS (SELECT 1 FROM attached_file AS other
                               WHERE other.patient_id = :kept AND other.sha256 = attached_file.sha256
                                 AND other.deleted_at IS NULL)",
    },
];

impl Store {
    /// Merges two records in one transaction. [`Store::unmerge_patients`] undoes it as a whole.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when one does not exist, is deleted or belongs to another hospital, or both are the same;
    /// [`StoreError::PatientChanged`] when one was changed since the user saw it, [`StoreError::InvalidPatient`] for impossible
    /// values.
    pub fn merge_patients(
        &self,
        access: &Access,
        plan: &MergePlan,
    ) -> Result<MergedPatients, StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let MergePlan { kept, merged, .. } = *plan;
            if kept == merged {
                return Err(StoreError::NoSuchPatient.into());
            }
            let before = checked(transaction, access, kept, plan.kept_revision)?;
            checked(transaction, access, merged, plan.merged_revision)?;
            let result = Patient {
                number: before.number.clone(),
                ..plan.result.clone()
            };
            // References of attachments hold again at the end.
            transaction.execute_batch("PRAGMA defer_foreign_keys = ON")?;
            let is_changed = result != before;
            if is_changed {
                change(transaction, access, kept, &result, at)?;
            }
            let merge = transaction
                .prepare_cached(
                    "INSERT INTO patient_merge (hospital_id, kept, before, after, merged, made_by, made_at)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
                )?
                .insert(params![
                    access.hospital,
                    kept.0,
                    plan.kept_revision,
                    plan.kept_revision + u32::from(is_changed),
                    merged.0,
                    access.account,
                    at
                ])?;
            let [exams, _, planned, _] = move_rows(transaction, merge, kept, merged)?;
            transaction
                .prepare_cached(
                    "UPDATE patient SET deleted_at = ?2, deleted_by = ?3, merged_into = ?4 WHERE id = ?1",
                )?
                .execute(params![merged.0, at, access.account, kept.0])?;
            // The follow-ups of the merged record are removed before those of the other are made from the same exams.
            search::index(transaction, merged)?;
            search::index(transaction, kept)?;
            for id in [kept, merged] {
                record(transaction, access, at, Action::MergePatients, id)?;
            }
            Ok(MergedPatients {
                merge: MergeId(merge),
                exams,
                planned,
            })
        })
    }

    /// The merges of this hospital, newest first; the newest 200.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn merges(&self, access: &Access) -> Result<Vec<PastMerge>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let mut found = transaction.prepare_cached(
                "SELECT past.id, past.kept, kept.number, kept.full_name, merged.number, merged.full_name,
                        past.made_at, maker.full_name, past.undone_at, undoer.full_name
                 FROM patient_merge AS past
                 JOIN patient AS kept ON kept.id = past.kept
                 JOIN patient AS merged ON merged.id = past.merged
                 JOIN account AS maker ON maker.id = past.made_by
                 LEFT JOIN account AS undoer ON undoer.id = past.undone_by
                 WHERE past.hospital_id = ?1 ORDER BY past.id DESC LIMIT ?2",
            )?;
            let rows = found.query_map(params![access.hospital, MAX_MERGES], |row| {
                let undone_by: Option<String> = row.get(9)?;
                let undone = match undone_by {
                    Some(by) => Some((instant(row, 8)?, by)),
                    None => None,
                };
                Ok(PastMerge {
                    id: MergeId(row.get(0)?),
                    kept: PatientId(row.get(1)?),
                    kept_as: (row.get(2)?, row.get(3)?),
                    merged_as: (row.get(4)?, row.get(5)?),
                    made_at: instant(row, 6)?,
                    made_by: row.get(7)?,
                    undone,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// The present content of a record that is at this revision.
fn checked(
    transaction: &Transaction<'_>,
    access: &Access,
    id: PatientId,
    revision: u32,
) -> Result<Patient, Stop> {
    match present(transaction, access, id)? {
        Some((patient, present)) if present == revision => Ok(patient),
        Some(_) => Err(StoreError::PatientChanged.into()),
        None => Err(StoreError::NoSuchPatient.into()),
    }
}

/// Writes a new version of a record, whose place in the table stays: an export that reads the table meanwhile misses no record.
pub(super) fn change(
    transaction: &Transaction<'_>,
    access: &Access,
    id: PatientId,
    patient: &Patient,
    at: i64,
) -> Result<(), Stop> {
    let active: i64 = transaction
        .prepare_cached("SELECT last_activity_at FROM patient WHERE id = ?1")?
        .query_row([id.0], |row| row.get(0))?;
    rewrite(transaction, access, id, patient, at)?;
    transaction
        .prepare_cached("UPDATE patient SET last_activity_at = ?2 WHERE id = ?1")?
        .execute(params![id.0, active])?;
    Ok(())
}

/// Moves the rows of a patient to another and notes them. Returns their number by kind.
fn move_rows(
    transaction: &Transaction<'_>,
    merge: i64,
    kept: PatientId,
    merged: PatientId,
) -> rusqlite::Result<[usize; MOVED.len()]> {
    let mut counts = [0; MOVED.len()];
    for (count, Moved { kind, rows, .. }) in counts.iter_mut().zip(&MOVED) {
        let sql = format!(
            "INSERT INTO patient_merge_row (merge_id, kind, row_id) SELECT :merge, :kind, id FROM ({rows})"
        );
        *count = transaction.prepare_cached(&sql)?.execute(named_params! {
            ":merge": merge,
            ":kind": kind,
            ":kept": kept.0,
            ":merged": merged.0,
        })?;
    }
    // An exam that the other record has as well stays a second exam. A report of a moved exam names the earlier record, so the
    // exam counts as changed since.
    transaction
        .prepare_cached(
            "UPDATE exam
             SET patient_id = ?2, revision = revision + 1,
                 merge_id = CASE WHEN EXISTS (
                     SELECT 1 FROM exam AS other
                     WHERE other.patient_id = ?2 AND other.source_sha256 = exam.source_sha256
                       AND other.model_sha256 = exam.model_sha256 AND other.deleted_at IS NULL
                 ) THEN ?3 ELSE merge_id END
             WHERE patient_id = ?1",
        )?
        .execute(params![merged.0, kept.0, merge])?;
    for sql in [
        "UPDATE attachment SET patient_id = ?2
         WHERE exam_id IN (SELECT row_id FROM patient_merge_row WHERE merge_id = ?1 AND kind = 'exam')",
        "UPDATE attachment SET patient_id = ?2
         WHERE id IN (SELECT row_id FROM patient_merge_row WHERE merge_id = ?1 AND kind = 'photo')",
        "UPDATE planned_exam SET patient_id = ?2
         WHERE id IN (SELECT row_id FROM patient_merge_row WHERE merge_id = ?1 AND kind = 'planned exam')",
        "UPDATE attached_file SET patient_id = ?2
         WHERE id IN (SELECT row_id FROM patient_merge_row WHERE merge_id = ?1 AND kind = 'file')",
    ] {
        transaction
            .prepare_cached(sql)?
            .execute(params![merge, kept.0])?;
    }
    Ok(counts)
}

/// The record into which a record was merged, and the next, until one that stays; none if that is deleted.
pub(in crate::store) fn kept_of(
    transaction: &Transaction<'_>,
    id: PatientId,
) -> rusqlite::Result<Option<(PatientId, String)>> {
    transaction
        .prepare_cached(
            "WITH RECURSIVE chain (id) AS (
                 SELECT merged_into FROM patient WHERE id = ?1 AND merged_into IS NOT NULL
                 UNION
                 SELECT patient.merged_into FROM patient JOIN chain ON chain.id = patient.id
                 WHERE patient.merged_into IS NOT NULL)
             SELECT patient.id, number FROM chain JOIN patient ON patient.id = chain.id
             WHERE patient.deleted_at IS NULL",
        )?
        .query_row([id.0], |row| Ok((PatientId(row.get(0)?), row.get(1)?)))
        .optional()
}
