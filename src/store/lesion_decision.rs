//! Decisions on the lesions that the model proposed on an exam: accepted as a nodule, or rejected.

use rusqlite::{Transaction, params};

use super::audit::{self, Action, Object};
use super::error::Stop;
use super::nodule::{self, NoduleId, require_exam};
use super::{Access, ExamId, Store, StoreError, TokenScope};
use crate::clinical::nodule::MeasuredNodule;
use crate::clinical::reading::AcceptedLesion;

/// Decision on one lesion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LesionDecision {
    /// From 1, in the order in which the exam lists its lesions.
    pub lesion: u32,
    /// The nodule that it was accepted as; none for a rejected lesion.
    pub nodule: Option<NoduleId>,
}

impl Store {
    /// Accepts a lesion as `nodule`, which is added to the exam. A rejected lesion may be accepted later.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when the exam does not exist, is deleted or belongs to another hospital,
    /// [`StoreError::NoSuchLesion`] when the exam has no lesion of that number,
    /// [`StoreError::LesionAccepted`] when its nodule is already in the exam,
    /// [`StoreError::InvalidNodule`] for an impossible nodule.
    pub fn accept_lesion(
        &self,
        access: &Access,
        exam: ExamId,
        lesion: u32,
        nodule: &MeasuredNodule,
    ) -> Result<NoduleId, StoreError> {
        nodule::check(nodule)?;
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            require_undecided(transaction, access, exam, lesion)?;
            reopen(transaction, exam, lesion)?;
            Ok(nodule::add(
                transaction,
                access,
                exam,
                nodule,
                Some(lesion),
                at,
            )?)
        })
    }

    /// Rejects a lesion: it is not a nodule.
    ///
    /// # Errors
    /// As [`Store::accept_lesion`].
    pub fn reject_lesion(
        &self,
        access: &Access,
        exam: ExamId,
        lesion: u32,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            require_undecided(transaction, access, exam, lesion)?;
            let added = transaction
                .prepare_cached(
                    "INSERT INTO lesion_rejection
                         (exam_id, hospital_id, lesion, rejected_by, rejected_at)
                     VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO NOTHING",
                )?
                .execute(params![exam.0, access.hospital, lesion, access.account, at])?;
            if added > 0 {
                let object = Object::Exam(exam);
                audit::record_done(transaction, access, at, Action::RejectLesion, object)?;
            }
            Ok(())
        })
    }

    /// Undoes the rejection of a lesion. Does nothing for a lesion that was not rejected.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when the exam does not exist, is deleted or belongs to another hospital.
    pub fn reopen_lesion(
        &self,
        access: &Access,
        exam: ExamId,
        lesion: u32,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            require_exam(transaction, access, exam)?;
            let removed = reopen(transaction, exam, lesion)?;
            if removed > 0 {
                let object = Object::Exam(exam);
                audit::record_done(transaction, access, at, Action::ReopenLesion, object)?;
            }
            Ok(())
        })
    }
}

/// Deletes the rejections of a lesion and returns their number.
fn reopen(transaction: &Transaction<'_>, exam: ExamId, lesion: u32) -> rusqlite::Result<usize> {
    transaction
        .prepare_cached("DELETE FROM lesion_rejection WHERE exam_id = ?1 AND lesion = ?2")?
        .execute(params![exam.0, lesion])
}

/// Fails if a deleted nodule was accepted from a lesion that has since been rejected, or accepted as another nodule.
pub(super) fn require_free(transaction: &Transaction<'_>, nodule: NoduleId) -> Result<(), Stop> {
    let is_decided: bool = transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM nodule AS gone WHERE gone.id = ?1 AND gone.lesion IS NOT NULL AND (
                 EXISTS (SELECT 1 FROM lesion_rejection
                         WHERE exam_id = gone.exam_id AND lesion = gone.lesion)
                 OR EXISTS (SELECT 1 FROM nodule AS other
                            WHERE other.exam_id = gone.exam_id AND other.lesion = gone.lesion
                              AND other.deleted_at IS NULL)))",
        )?
        .query_row([nodule.0], |row| row.get(0))?;
    match is_decided {
        true => Err(StoreError::LesionDecisionChanged.into()),
        false => Ok(()),
    }
}

/// Fails unless the exam is among the records of `access` and has a lesion of that number that is not accepted as a nodule.
fn require_undecided(
    transaction: &Transaction<'_>,
    access: &Access,
    exam: ExamId,
    lesion: u32,
) -> Result<(), Stop> {
    require_exam(transaction, access, exam)?;
    let lesions: u32 = transaction
        .prepare_cached("SELECT json_array_length(lesions) FROM exam WHERE id = ?1")?
        .query_row([exam.0], |row| row.get(0))?;
    if !(1..=lesions).contains(&lesion) {
        return Err(StoreError::NoSuchLesion.into());
    }
    let is_accepted = transaction
        .prepare_cached(
            "SELECT 1 FROM nodule WHERE exam_id = ?1 AND lesion = ?2 AND deleted_at IS NULL",
        )?
        .exists(params![exam.0, lesion])?;
    match is_accepted {
        true => Err(StoreError::LesionAccepted.into()),
        false => Ok(()),
    }
}

/// The decisions on the lesions of an exam, in their order. The caller has checked access to the exam.
pub(super) fn of_exam(
    transaction: &Transaction<'_>,
    exam: ExamId,
) -> rusqlite::Result<Vec<LesionDecision>> {
    transaction
        .prepare_cached(
            "SELECT lesion, NULL FROM lesion_rejection WHERE exam_id = ?1
             UNION ALL
             SELECT lesion, id FROM nodule
             WHERE exam_id = ?1 AND lesion IS NOT NULL AND deleted_at IS NULL
             ORDER BY 1",
        )?
        .query_map([exam.0], |row| {
            Ok(LesionDecision {
                lesion: row.get(0)?,
                nodule: row.get::<_, Option<i64>>(1)?.map(NoduleId),
            })
        })?
        .collect()
}

/// The lesions of an exam that were accepted.
pub(super) fn accepted(
    transaction: &Transaction<'_>,
    exam: i64,
) -> rusqlite::Result<Vec<AcceptedLesion>> {
    transaction
        .prepare_cached(
            "SELECT lesion,
                    (SELECT count(*) FROM nodule earlier
                     WHERE earlier.exam_id = nodule.exam_id AND earlier.deleted_at IS NULL
                       AND earlier.id < nodule.id)
             FROM nodule
             WHERE exam_id = ?1 AND lesion IS NOT NULL AND deleted_at IS NULL
             ORDER BY lesion",
        )?
        .query_map([exam], |row| {
            Ok(AcceptedLesion {
                lesion: row.get(0)?,
                nodule: row.get::<_, u32>(1)? as usize,
            })
        })?
        .collect()
}

/// The lesions of an exam that were rejected, by their numbers from 1.
pub(super) fn rejected(transaction: &Transaction<'_>, exam: i64) -> rusqlite::Result<Vec<u32>> {
    transaction
        .prepare_cached("SELECT lesion FROM lesion_rejection WHERE exam_id = ?1 ORDER BY lesion")?
        .query_map([exam], |row| row.get(0))?
        .collect()
}
