//! Closing a follow-up for a stated reason, and reopening it.

use jiff::civil::Date;
use rusqlite::{OptionalExtension, Transaction, named_params, params};

use super::renew;
use crate::clinical::follow_up::{ClosingReason, check_remark};
use crate::store::audit::{self, Action, Object};
use crate::store::error::Stop;
use crate::store::patient::date;
use crate::store::{Access, ExamId, PatientId, Store, StoreError, TokenScope};

impl Store {
    /// Closes the follow-up of an exam on the day `on` for a reason, with a remark of one line. A newer exam or a diagnosis
    /// closes it by itself.
    ///
    /// # Errors
    /// [`StoreError::NoSuchFollowUp`] when the exam has none, or when it is another hospital's or deleted;
    /// [`StoreError::FollowUpClosed`] when it is closed already, [`StoreError::ClosedBeforeScan`] for a day before that of the
    /// scan, [`StoreError::InvalidFollowUp`] for a remark that is too long, or missing for [`ClosingReason::Other`].
    pub fn close_follow_up(
        &self,
        access: &Access,
        exam: ExamId,
        reason: ClosingReason,
        remark: &str,
        on: Date,
    ) -> Result<(), StoreError> {
        let remark = check_remark(reason, remark).map_err(StoreError::InvalidFollowUp)?;
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let (patient, is_closed) = standing(transaction, access, exam)?;
            if is_closed {
                return Err(StoreError::FollowUpClosed.into());
            }
            let scanned_on = transaction
                .prepare_cached("SELECT scanned_on FROM follow_up WHERE exam_id = ?1")?
                .query_row([exam.0], |row| date(row, 0))?;
            if let Some(scanned_on) = scanned_on.filter(|&scanned_on| on < scanned_on) {
                return Err(StoreError::ClosedBeforeScan { on, scanned_on }.into());
            }
            // A closing that no longer counts, because the exam's category rose, is replaced.
            take_back(transaction, access, exam, at)?;
            transaction
                .prepare_cached(
                    "INSERT INTO follow_up_closing (exam_id, hospital_id, category, reason, remark, closed_on, closed_by,
                                                    closed_at)
                     SELECT exam_id, hospital_id, category, :reason, :remark, :on, :account, :at
                     FROM follow_up WHERE exam_id = :exam",
                )?
                .execute(named_params! {
                    ":exam": exam.0,
                    ":reason": reason.as_str(),
                    ":remark": remark,
                    ":on": on.to_string(),
                    ":account": access.account,
                    ":at": at,
                })?;
            renew(transaction, patient)?;
            audit::record_done(transaction, access, at, Action::CloseFollowUp, Object::Exam(exam))?;
            Ok(())
        })
    }

    /// Reopens a follow-up that a person closed.
    ///
    /// # Errors
    /// [`StoreError::NoSuchFollowUp`] as for closing, [`StoreError::FollowUpNotReopened`] for one that no person closed.
    pub fn reopen_follow_up(&self, access: &Access, exam: ExamId) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let (patient, is_closed) = standing(transaction, access, exam)?;
            if !is_closed || !take_back(transaction, access, exam, at)? {
                return Err(StoreError::FollowUpNotReopened.into());
            }
            renew(transaction, patient)?;
            audit::record_done(
                transaction,
                access,
                at,
                Action::ReopenFollowUp,
                Object::Exam(exam),
            )?;
            Ok(())
        })
    }
}

/// The patient of an exam's follow-up, and whether it is closed.
fn standing(
    transaction: &Transaction<'_>,
    access: &Access,
    exam: ExamId,
) -> Result<(PatientId, bool), Stop> {
    let found = transaction
        .prepare_cached(
            "SELECT patient_id, state = 'done' FROM follow_up WHERE exam_id = ?1 AND hospital_id = ?2",
        )?
        .query_row(params![exam.0, access.hospital], |row| {
            Ok((PatientId(row.get(0)?), row.get(1)?))
        })
        .optional()?;
    found.ok_or(StoreError::NoSuchFollowUp.into())
}

/// Ends the closings that people stated for the exams of this day; returns true if there was one.
fn take_back(
    transaction: &Transaction<'_>,
    access: &Access,
    exam: ExamId,
    at: i64,
) -> rusqlite::Result<bool> {
    // The statement may be at another exam of the same day, which asked for the most then.
    let days = days_of(transaction, exam)?;
    let mut ended = 0;
    for exam in days {
        ended += transaction
            .prepare_cached(
                "UPDATE follow_up_closing SET reopened_by = ?2, reopened_at = ?3
                 WHERE exam_id = ?1 AND reopened_at IS NULL",
            )?
            .execute(params![exam, access.account, at])?;
    }
    Ok(ended > 0)
}

/// The exams of the same patient and day, this one among them.
fn days_of(transaction: &Transaction<'_>, exam: ExamId) -> rusqlite::Result<Vec<i64>> {
    transaction
        .prepare_cached(
            "SELECT other.id FROM exam AS other
             LEFT JOIN exam_circumstances AS stated ON stated.exam_id = other.id
             WHERE other.patient_id = (SELECT patient_id FROM exam WHERE id = ?1)
               AND coalesce(stated.scanned_on, date(other.created_at / 1000000, 'unixepoch'))
                   = (SELECT scanned_on FROM follow_up WHERE exam_id = ?1)",
        )?
        .query_map([exam.0], |row| row.get(0))?
        .collect()
}
