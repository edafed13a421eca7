//! Decisions on the lesions that the model proposed on an exam: accepted as a nodule, or rejected.

use rusqlite::{OptionalExtension, Transaction, named_params, params};

use super::audit::{self, Action, Object, Outcome};
use super::error::Stop;
use super::nodule::{self, NoduleId, require_exam};
use super::{Access, ExamId, Store, StoreError};
use crate::clinical::nodule::MeasuredNodule;

/// What was decided on one lesion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LesionDecision {
    /// From 1, in the order in which the exam lists its lesions.
    pub lesion: u32,
    /// The nodule that it was accepted as; none for a rejected lesion.
    pub nodule: Option<NoduleId>,
}

impl Store {
    /// Accepts a lesion as `nodule`, which is added to the exam. A lesion that was rejected may be accepted later.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when there is none, when it is another hospital's or deleted,
    /// [`StoreError::NoSuchLesion`] when the exam has no lesion of that number,
    /// [`StoreError::LesionAccepted`] when its nodule is in the exam already,
    /// [`StoreError::InvalidNodule`] for a nodule that cannot be.
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
            access.require(transaction)?;
            require_undecided(transaction, access, exam, lesion)?;
            let id = nodule::add(transaction, access, exam, nodule, at)?;
            decide(transaction, access, exam, lesion, Some(id), at)?;
            Ok(id)
        })
    }

    /// Rejects a lesion: it is no nodule.
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
            access.require(transaction)?;
            require_undecided(transaction, access, exam, lesion)?;
            decide(transaction, access, exam, lesion, None, at)?;
            record(transaction, access, at, Action::RejectLesion, exam)
        })
    }

    /// Takes the rejection of a lesion back. Does nothing for one that was not rejected.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when there is none, when it is another hospital's or deleted.
    pub fn reopen_lesion(
        &self,
        access: &Access,
        exam: ExamId,
        lesion: u32,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction)?;
            require_exam(transaction, access, exam)?;
            let removed = transaction
                .prepare_cached(
                    "DELETE FROM lesion_decision
                     WHERE exam_id = ?1 AND lesion = ?2 AND nodule_id IS NULL",
                )?
                .execute(params![exam.0, lesion])?;
            match removed {
                0 => Ok(()),
                _ => record(transaction, access, at, Action::ReopenLesion, exam),
            }
        })
    }
}

fn decide(
    transaction: &Transaction<'_>,
    access: &Access,
    exam: ExamId,
    lesion: u32,
    nodule: Option<NoduleId>,
    at: i64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "INSERT INTO lesion_decision
                 (exam_id, hospital_id, lesion, nodule_id, decided_by, decided_at)
             VALUES (:exam, :hospital, :lesion, :nodule, :account, :at)
             ON CONFLICT (exam_id, lesion) DO UPDATE SET
                 nodule_id = excluded.nodule_id, decided_by = excluded.decided_by,
                 decided_at = excluded.decided_at",
        )?
        .execute(named_params! {
            ":exam": exam.0,
            ":hospital": access.hospital,
            ":lesion": lesion,
            ":nodule": nodule.map(|nodule| nodule.0),
            ":account": access.account,
            ":at": at,
        })?;
    Ok(())
}

/// Fails unless the exam is among the records of `access` and has a lesion of that number whose nodule it does not hold.
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
    let accepted: Option<i64> = transaction
        .prepare_cached(
            "SELECT nodule.id FROM lesion_decision
             JOIN nodule ON nodule.id = lesion_decision.nodule_id
             WHERE lesion_decision.exam_id = ?1 AND lesion = ?2 AND nodule.deleted_at IS NULL",
        )?
        .query_row(params![exam.0, lesion], |row| row.get(0))
        .optional()?;
    match accepted {
        Some(_) => Err(StoreError::LesionAccepted.into()),
        None => Ok(()),
    }
}

fn record(
    transaction: &Transaction<'_>,
    access: &Access,
    at: i64,
    action: Action,
    exam: ExamId,
) -> Result<(), Stop> {
    let (who, object) = (Some(access.account), Object::Exam(exam));
    audit::record(transaction, at, who, action, object, Outcome::Done)?;
    Ok(())
}

/// The decisions on the lesions of an exam, in their order. One whose nodule was deleted does not stand. Whose the
/// exam is, the caller has asked.
pub(super) fn of_exam(
    transaction: &Transaction<'_>,
    exam: ExamId,
) -> rusqlite::Result<Vec<LesionDecision>> {
    transaction
        .prepare_cached(
            "SELECT lesion, nodule_id FROM lesion_decision
             WHERE exam_id = ?1 AND (nodule_id IS NULL OR EXISTS
                 (SELECT 1 FROM nodule
                  WHERE nodule.id = lesion_decision.nodule_id AND nodule.deleted_at IS NULL))
             ORDER BY lesion",
        )?
        .query_map([exam.0], |row| {
            Ok(LesionDecision {
                lesion: row.get(0)?,
                nodule: row.get::<_, Option<i64>>(1)?.map(NoduleId),
            })
        })?
        .collect()
}
