//! Planning an exam, changing and cancelling it, and planning a cancelled one again.

use jiff::civil::Date;
use rusqlite::{OptionalExtension, Transaction, named_params, params};

use super::list::read_one;
use super::{PlannedId, PlannedState, renew};
use crate::clinical::follow_up::{ClosingReason, check_remark};
use crate::clinical::worklist::ExamPlan;
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::error::{Stop, is_duplicate};
use crate::store::{Access, PatientId, Store, StoreError, TokenScope, patient};

impl Store {
    /// Plans an exam of a patient.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when the patient does not exist, is deleted or belongs to another hospital,
    /// [`StoreError::AccessionPlanned`] for an accession number that another planned exam has.
    pub fn plan_exam(
        &self,
        access: &Access,
        patient: PatientId,
        plan: &ExamPlan,
    ) -> Result<PlannedId, StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            patient::require(transaction, access, patient)?;
            insert(transaction, access, patient, plan, at)
        })
    }

    /// Replaces the order of a planned exam that is neither done nor cancelled.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPlan`] when it does not exist or belongs to another hospital, [`StoreError::PlanChanged`] when it is
    /// not at `revision` any more, [`StoreError::PlanNotOpen`] when it is done or cancelled, and
    /// [`StoreError::AccessionPlanned`] as for planning.
    pub fn change_plan(
        &self,
        access: &Access,
        id: PlannedId,
        revision: u32,
        plan: &ExamPlan,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let present = read_one(transaction, access.hospital, id)?;
            if present.revision != revision {
                return Err(StoreError::PlanChanged.into());
            }
            if present.state != PlannedState::Planned {
                return Err(StoreError::PlanNotOpen.into());
            }
            if present.plan == *plan {
                return Ok(());
            }
            rewrite(transaction, access, id, plan, at)
        })
    }

    /// Cancels a planned exam on the day `today` for a reason, with a remark of one line.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPlan`] when it does not exist or belongs to another hospital, [`StoreError::PlanNotOpen`] when it is
    /// done or cancelled, [`StoreError::InvalidPlan`] for a remark that is too long, or missing for [`ClosingReason::Other`].
    pub fn cancel_plan(
        &self,
        access: &Access,
        id: PlannedId,
        reason: ClosingReason,
        remark: &str,
        today: Date,
    ) -> Result<(), StoreError> {
        let remark = check_remark(reason, remark).map_err(StoreError::InvalidPlan)?;
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let present = read_one(transaction, access.hospital, id)?;
            if present.state != PlannedState::Planned {
                return Err(StoreError::PlanNotOpen.into());
            }
            transaction
                .prepare_cached(
                    "UPDATE planned_exam
                     SET cancel_reason = :reason, cancel_remark = :remark, cancelled_on = :today, cancelled_by = :account,
                         revision = revision + 1, changed_by = :account, changed_at = :at
                     WHERE id = :id",
                )?
                .execute(named_params! {
                    ":reason": reason.as_str(),
                    ":remark": remark,
                    ":today": today.to_string(),
                    ":account": access.account,
                    ":at": at,
                    ":id": id.0,
                })?;
            renew(transaction, present.patient_id)?;
            record(transaction, access, at, Action::CancelPlan, id)
        })
    }

    /// Plans a cancelled exam again.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPlan`] when it does not exist or belongs to another hospital, [`StoreError::PlanNotCancelled`] when
    /// it is not cancelled.
    pub fn reopen_plan(&self, access: &Access, id: PlannedId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let present = read_one(transaction, access.hospital, id)?;
            if !matches!(present.state, PlannedState::Cancelled { .. }) {
                return Err(StoreError::PlanNotCancelled.into());
            }
            transaction
                .prepare_cached(
                    "UPDATE planned_exam
                     SET cancel_reason = NULL, cancel_remark = '', cancelled_on = NULL, cancelled_by = NULL,
                         revision = revision + 1, changed_by = ?2, changed_at = ?3
                     WHERE id = ?1",
                )?
                .execute(params![id.0, access.account, at])?;
            renew(transaction, present.patient_id)?;
            record(transaction, access, at, Action::ReopenPlan, id)
        })
    }
}

/// Plans an exam of a patient of this hospital.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    access: &Access,
    patient: PatientId,
    plan: &ExamPlan,
    at: i64,
) -> Result<PlannedId, Stop> {
    let inserted = transaction
        .prepare_cached(
            "INSERT INTO planned_exam (hospital_id, patient_id, planned_on, accession, accession_key, reason, created_by,
                                       created_at, changed_by, changed_at, state, sort_on, doctor_key)
             VALUES (:hospital, :patient, :day, :accession, :key, :reason, :account, :at, :account, :at, 'planned', :day, '')",
        )?
        .insert(named_params! {
            ":hospital": access.hospital,
            ":patient": patient.0,
            ":day": plan.on.to_string(),
            ":accession": plan.accession_key().is_some().then_some(&plan.accession),
            ":key": plan.accession_key(),
            ":reason": plan.reason,
            ":account": access.account,
            ":at": at,
        });
    let id = PlannedId(taken(inserted, plan)?);
    renew(transaction, patient)?;
    record(transaction, access, at, Action::PlanExam, id)?;
    Ok(id)
}

/// Replaces the order of a planned exam of this hospital.
pub(super) fn rewrite(
    transaction: &Transaction<'_>,
    access: &Access,
    id: PlannedId,
    plan: &ExamPlan,
    at: i64,
) -> Result<(), Stop> {
    let patient: Option<i64> = taken(
        transaction
            .prepare_cached(
                "UPDATE planned_exam
                 SET planned_on = :day, accession = :accession, accession_key = :key, reason = :reason,
                     revision = revision + 1, changed_by = :account, changed_at = :at
                 WHERE id = :id RETURNING patient_id",
            )?
            .query_row(
                named_params! {
                    ":day": plan.on.to_string(),
                    ":accession": plan.accession_key().is_some().then_some(&plan.accession),
                    ":key": plan.accession_key(),
                    ":reason": plan.reason,
                    ":account": access.account,
                    ":at": at,
                    ":id": id.0,
                },
                |row| row.get(0),
            )
            .optional(),
        plan,
    )?;
    if let Some(patient) = patient {
        renew(transaction, PatientId(patient))?;
    }
    record(transaction, access, at, Action::ChangePlan, id)
}

/// The result of writing an order; a refusal if its accession number is taken.
fn taken<T>(written: rusqlite::Result<T>, plan: &ExamPlan) -> Result<T, Stop> {
    match written {
        Err(error) if is_duplicate(&error) => Err(StoreError::AccessionPlanned {
            accession: plan.accession.clone(),
        }
        .into()),
        other => Ok(other?),
    }
}

pub(super) fn record(
    transaction: &Transaction<'_>,
    access: &Access,
    at: i64,
    action: Action,
    id: PlannedId,
) -> Result<(), Stop> {
    let (who, object) = (Some(access.account), Object::Planned(id));
    audit::record(transaction, at, who, action, object, Outcome::Done)?;
    Ok(())
}
