//! Undoing a merge as a whole: both records are as before, and what was added since follows its exam.

use rusqlite::{OptionalExtension, Transaction, params};

use super::list::record;
use super::merge::{MergeId, change};
use crate::clinical::patient::{Field, Patient};
use crate::store::audit::Action;
use crate::store::error::Stop;
use crate::store::patient::{earlier, missing, present};
use crate::store::{Access, PatientId, Store, StoreError, TokenScope, search};

/// Result of undoing a merge.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UndoneMerge {
    /// The record that had stayed.
    pub kept: PatientId,
    /// The record that is back.
    pub merged: PatientId,
    /// Fields of the record that had stayed which were changed since and stay as they are.
    pub left: Vec<Field>,
}

/// A merge that was not undone.
struct Stored {
    kept: PatientId,
    merged: PatientId,
    before: u32,
    after: u32,
}

impl Store {
    /// Undoes a merge: exams, pictures and planned exams move back, with what was added to those exams since, and the values that
    /// the merge changed are as before, except those that were changed since.
    ///
    /// # Errors
    /// [`StoreError::NoSuchMerge`] when it does not exist or is another hospital's, [`StoreError::MergeUndone`] when it was
    /// already undone, [`StoreError::PatientMerged`] when the record that stayed was merged into another since, and
    /// [`StoreError::NoSuchPatient`] when that record is deleted.
    pub fn unmerge_patients(
        &self,
        access: &Access,
        id: MergeId,
    ) -> Result<UndoneMerge, StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let Stored {
                kept,
                merged,
                before,
                after,
            } = stored(transaction, access, id)?;
            let Some((now, revision)) = present(transaction, access, kept)? else {
                return Err(missing(transaction, access, kept)?.into());
            };
            transaction.execute_batch("PRAGMA defer_foreign_keys = ON")?;
            let mut left = Vec::new();
            if after > before {
                let was = earlier(transaction, kept, before)?;
                let made = match revision == after {
                    true => Some(now.clone()),
                    false => earlier(transaction, kept, after)?,
                };
                if let (Some(was), Some(made)) = (was, made) {
                    let (restored, changed) = restored(&now, &was, &made);
                    left = changed;
                    if restored != now {
                        change(transaction, access, kept, &restored, at)?;
                    }
                }
            }
            move_back(transaction, id, kept, merged)?;
            transaction
                .prepare_cached(
                    "UPDATE patient SET deleted_at = NULL, deleted_by = NULL, merged_into = NULL, last_activity_at = ?2
                     WHERE id = ?1",
                )?
                .execute(params![merged.0, at])?;
            transaction
                .prepare_cached(
                    "UPDATE patient_merge SET undone_at = ?2, undone_by = ?3 WHERE id = ?1",
                )?
                .execute(params![id.0, at, access.account])?;
            // The follow-ups of exams that moved back are removed before they are made again.
            search::index(transaction, kept)?;
            search::index(transaction, merged)?;
            for patient in [kept, merged] {
                record(transaction, access, at, Action::UnmergePatients, patient)?;
            }
            Ok(UndoneMerge { kept, merged, left })
        })
    }
}

fn stored(transaction: &Transaction<'_>, access: &Access, id: MergeId) -> Result<Stored, Stop> {
    let found = transaction
        .prepare_cached(
            "SELECT kept, merged, before, after, undone_at IS NOT NULL FROM patient_merge
             WHERE id = ?1 AND hospital_id = ?2",
        )?
        .query_row(params![id.0, access.hospital], |row| {
            let stored = Stored {
                kept: PatientId(row.get(0)?),
                merged: PatientId(row.get(1)?),
                before: row.get(2)?,
                after: row.get(3)?,
            };
            Ok((stored, row.get(4)?))
        })
        .optional()?;
    match found {
        None => Err(StoreError::NoSuchMerge.into()),
        Some((_, true)) => Err(StoreError::MergeUndone.into()),
        Some((stored, false)) => Ok(stored),
    }
}

/// The present content with the values of before the merge, and the fields that were changed since and keep their value.
fn restored(now: &Patient, was: &Patient, made: &Patient) -> (Patient, Vec<Field>) {
    let mut restored = now.clone();
    let mut changed = Vec::new();
    for field in Field::entered().filter(|field| *field != Field::Number) {
        let (was, made) = (was.value(field), made.value(field));
        if was == made {
            continue;
        }
        match now.value(field) == made {
            true => restored.restore(field, &was),
            false => changed.push(field),
        }
    }
    (restored, changed)
}

fn move_back(
    transaction: &Transaction<'_>,
    id: MergeId,
    kept: PatientId,
    merged: PatientId,
) -> rusqlite::Result<()> {
    for sql in [
        "UPDATE exam SET patient_id = ?3, revision = revision + 1,
                         merge_id = CASE merge_id WHEN ?1 THEN 0 ELSE merge_id END
         WHERE patient_id = ?2
           AND id IN (SELECT row_id FROM patient_merge_row WHERE merge_id = ?1 AND kind = 'exam')",
        "UPDATE attachment SET patient_id = ?3
         WHERE patient_id = ?2
           AND exam_id IN (SELECT row_id FROM patient_merge_row WHERE merge_id = ?1 AND kind = 'exam')",
        "UPDATE attachment SET patient_id = ?3
         WHERE patient_id = ?2
           AND id IN (SELECT row_id FROM patient_merge_row WHERE merge_id = ?1 AND kind = 'photo')",
        "UPDATE attached_file SET patient_id = ?3
         WHERE patient_id = ?2
           AND id IN (SELECT row_id FROM patient_merge_row WHERE merge_id = ?1 AND kind = 'file')",
        // A planned exam follows the exam that completed it; others return to their earlier record.
        "UPDATE planned_exam SET patient_id = ?3
         WHERE patient_id = ?2
           AND CASE WHEN exam_id IS NULL
                    THEN id IN (SELECT row_id FROM patient_merge_row WHERE merge_id = ?1 AND kind = 'planned exam')
                    ELSE exam_id IN (SELECT row_id FROM patient_merge_row WHERE merge_id = ?1 AND kind = 'exam') END",
    ] {
        transaction
            .prepare_cached(sql)?
            .execute(params![id.0, kept.0, merged.0])?;
    }
    Ok(())
}
