//! Nodules of an exam: added, changed, deleted, restored. Access to a nodule follows from access to its exam.

mod columns;

pub(super) use self::columns::word;

use rusqlite::{OptionalExtension, Transaction, named_params, params};

use super::audit::{self, Action, Object};
use super::error::Stop;
use super::{Access, ExamId, Store, StoreError, TokenScope, lesion_decision, search};
use crate::clinical::nodule::MeasuredNodule;

/// Identifies a nodule. Grants nothing by itself: every query checks the hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NoduleId(pub i64);

/// A stored nodule.
#[derive(Debug, Clone, PartialEq)]
pub struct StoredNodule {
    pub id: NoduleId,
    /// Increases with every change; a change names the revision that it was made on.
    pub revision: u32,
    pub nodule: MeasuredNodule,
}

impl Store {
    /// Adds a nodule to an exam.
    ///
    /// # Errors
    /// [`StoreError::NoSuchExam`] when the exam does not exist, is deleted or belongs to another hospital,
    /// [`StoreError::InvalidNodule`] for an impossible nodule.
    pub fn add_nodule(
        &self,
        access: &Access,
        exam: ExamId,
        nodule: &MeasuredNodule,
    ) -> Result<NoduleId, StoreError> {
        check(nodule)?;
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            require_exam(transaction, access, exam)?;
            Ok(add(transaction, access, exam, nodule, None, at)?)
        })
    }

    /// Replaces the description of a nodule and returns its new revision.
    ///
    /// # Errors
    /// [`StoreError::NoSuchNodule`] when the nodule does not exist, or when its exam is deleted or of another hospital,
    /// [`StoreError::NoduleChanged`] when it is not at `revision` any more,
    /// [`StoreError::InvalidNodule`] for an impossible nodule.
    pub fn change_nodule(
        &self,
        access: &Access,
        id: NoduleId,
        revision: u32,
        nodule: &MeasuredNodule,
    ) -> Result<u32, StoreError> {
        check(nodule)?;
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            match current_revision(transaction, access, id, false)? {
                Some(kept) if kept == revision => {}
                Some(_) => return Err(StoreError::NoduleChanged.into()),
                None => return Err(StoreError::NoSuchNodule.into()),
            }
            columns::update(transaction, id, nodule, at)?;
            touch_compared(transaction, id)?;
            search::index_nodule(transaction, id)?;
            audit::record_done(
                transaction,
                access,
                at,
                Action::ChangeNodule,
                Object::Nodule(id),
            )?;
            Ok(revision.saturating_add(1))
        })
    }

    /// Deletes a nodule. It stays in the database, and [`Store::restore_nodule`] restores it.
    ///
    /// # Errors
    /// [`StoreError::NoSuchNodule`] when the nodule does not exist, or when its exam is deleted or of another hospital.
    pub fn delete_nodule(&self, access: &Access, id: NoduleId) -> Result<(), StoreError> {
        self.hide(access, id, true)
    }

    /// Restores a deleted nodule.
    ///
    /// # Errors
    /// [`StoreError::NoSuchNodule`] when no exam of this hospital has such a deleted nodule,
    /// [`StoreError::LesionDecisionChanged`] when the lesion that it was accepted from has since got another decision.
    pub fn restore_nodule(&self, access: &Access, id: NoduleId) -> Result<(), StoreError> {
        self.hide(access, id, false)
    }

    fn hide(&self, access: &Access, id: NoduleId, hidden: bool) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            if current_revision(transaction, access, id, !hidden)?.is_none() {
                return Err(StoreError::NoSuchNodule.into());
            }
            if !hidden {
                lesion_decision::require_free(transaction, id)?;
            }
            transaction
                .prepare_cached("UPDATE nodule SET deleted_at = ?2 WHERE id = ?1")?
                .execute(params![id.0, hidden.then_some(at)])?;
            touch_compared(transaction, id)?;
            let action = match hidden {
                true => Action::DeleteNodule,
                false => Action::RestoreNodule,
            };
            search::index_nodule(transaction, id)?;
            audit::record_done(transaction, access, at, action, Object::Nodule(id))?;
            Ok(())
        })
    }
}

/// Adds a checked nodule to an exam of `access`, with the number of the lesion that it was accepted from.
pub(super) fn add(
    transaction: &Transaction<'_>,
    access: &Access,
    exam: ExamId,
    nodule: &MeasuredNodule,
    lesion: Option<u32>,
    at: i64,
) -> rusqlite::Result<NoduleId> {
    let id = columns::insert(transaction, access, exam, nodule, lesion, at)?;
    search::index_nodule(transaction, id)?;
    audit::record_done(
        transaction,
        access,
        at,
        Action::AddNodule,
        Object::Nodule(id),
    )?;
    Ok(id)
}

/// Refuses values that no form sends.
pub(super) fn check(nodule: &MeasuredNodule) -> Result<(), StoreError> {
    match nodule.fault() {
        Some(fault) => Err(StoreError::InvalidNodule(fault)),
        None => Ok(()),
    }
}

/// Fails unless the exam is among the records of `access`.
pub(super) fn require_exam(
    transaction: &Transaction<'_>,
    access: &Access,
    id: ExamId,
) -> Result<(), Stop> {
    let exists = transaction
        .prepare_cached(
            "SELECT 1 FROM exam JOIN patient ON patient.id = exam.patient_id
             WHERE exam.id = ?1 AND exam.hospital_id = ?2
               AND exam.deleted_at IS NULL AND patient.deleted_at IS NULL",
        )?
        .exists(params![id.0, access.hospital])?;
    if exists {
        Ok(())
    } else {
        Err(StoreError::NoSuchExam.into())
    }
}

/// The revision of a nodule, deleted or not, in an exam of `access` that is not deleted.
fn current_revision(
    transaction: &Transaction<'_>,
    access: &Access,
    id: NoduleId,
    deleted: bool,
) -> rusqlite::Result<Option<u32>> {
    transaction
        .prepare_cached(
            "SELECT nodule.revision FROM nodule JOIN exam ON exam.id = nodule.exam_id
             JOIN patient ON patient.id = exam.patient_id
             WHERE nodule.id = :nodule AND exam.hospital_id = :hospital
               AND exam.deleted_at IS NULL AND patient.deleted_at IS NULL
               AND (nodule.deleted_at IS NOT NULL) = :deleted",
        )?
        .query_row(
            named_params! {
                ":nodule": id.0,
                ":hospital": access.hospital,
                ":deleted": deleted,
            },
            |row| row.get(0),
        )
        .optional()
}

/// The nodules of an exam in the order in which they were added, without deleted ones. The caller has checked access to the exam.
pub(super) fn of_exam(
    transaction: &Transaction<'_>,
    exam: ExamId,
) -> rusqlite::Result<Vec<StoredNodule>> {
    // The day of an exam is that of its scan, else that of saving.
    transaction
        .prepare_cached(
            "WITH prior AS (
                 SELECT other.id, coalesce(stated.scanned_on, date(other.created_at / 1000000, 'unixepoch')) AS on_day
                 FROM exam AS this JOIN exam AS other ON other.patient_id = this.patient_id AND other.id <> this.id
                 LEFT JOIN exam_circumstances AS stated ON stated.exam_id = other.id
                 WHERE this.id = ?1 AND other.deleted_at IS NULL
             )
             SELECT nodule.*,
                    earlier_mean_tenths IS NOT NULL
                    AND EXISTS (SELECT 1 FROM prior WHERE on_day = earlier_on)
                    AND NOT EXISTS (
                        SELECT 1 FROM prior JOIN nodule AS then_measured ON then_measured.exam_id = prior.id
                        WHERE on_day = nodule.earlier_on AND then_measured.deleted_at IS NULL
                          AND (then_measured.long_tenths + then_measured.short_tenths + 1) / 2
                              = nodule.earlier_mean_tenths
                          AND (nodule.earlier_solid_mean_tenths IS NULL
                               OR (then_measured.solid_long_tenths + then_measured.solid_short_tenths + 1) / 2
                                  = nodule.earlier_solid_mean_tenths)
                    ) AS earlier_changed
             FROM nodule WHERE exam_id = ?1 AND deleted_at IS NULL ORDER BY nodule.id",
        )?
        .query_map([exam.0], columns::read)?
        .collect()
}

/// Counts the exams whose nodules were compared with the exam of this one as changed, so that their reports say so.
fn touch_compared(transaction: &Transaction<'_>, id: NoduleId) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE exam SET revision = revision + 1 WHERE id IN (
                 SELECT later.id
                 FROM nodule AS this JOIN exam AS own ON own.id = this.exam_id
                 LEFT JOIN exam_circumstances AS stated ON stated.exam_id = own.id
                 JOIN exam AS later ON later.patient_id = own.patient_id AND later.id <> own.id
                 JOIN nodule AS compared ON compared.exam_id = later.id
                 WHERE this.id = ?1 AND compared.deleted_at IS NULL
                   AND compared.earlier_on
                       = coalesce(stated.scanned_on, date(own.created_at / 1000000, 'unixepoch')))",
        )?
        .execute([id.0])?;
    Ok(())
}
