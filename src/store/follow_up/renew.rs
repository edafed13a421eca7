//! Keeps the follow-ups in step with the records: those of one patient after every change, or all of them.

use jiff::civil::Date;
use rusqlite::{Row, Transaction, named_params, params};

use crate::clinical::follow_up::{
    ClosedBy, Closing, ClosingReason, DatedExam, FollowUp, WorkUpDays, plan,
};
use crate::clinical::lung_rads::Category;
use crate::clinical::patient::Field;
use crate::clinical::text::fold;
use crate::store::account::instant;
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::nodule::word;
use crate::store::patient::{date, details, unreadable};
use crate::store::{ExamId, PatientId, Store, StoreError, reading};

impl Store {
    /// Sets the number of days from a scan of category 4B or 4X to its work-up, for all hospitals of the installation. A change
    /// is recorded in the audit log.
    ///
    /// # Errors
    /// Error of the database.
    pub fn set_work_up_days(&self, days: WorkUpDays) -> Result<(), StoreError> {
        // A copy for reading keeps the setting that it has.
        if self.require_writing().is_err() {
            return Ok(());
        }
        let present = self.read(|transaction| Ok(work_up_days(transaction)?))?;
        if present == days {
            return Ok(());
        }
        let at = self.now();
        self.write(|transaction| {
            transaction
                .prepare_cached("UPDATE follow_up_rule SET work_up_days = ?1")?
                .execute([days.days()])?;
            transaction
                .prepare_cached(
                    "UPDATE follow_up
                     SET due_on = date(scanned_on, ?1),
                         sort_on = CASE state WHEN 'open' THEN date(scanned_on, ?1) ELSE sort_on END
                     WHERE category IN ('4B', '4X') AND due_on IS NOT NULL",
                )?
                .execute([format!("+{} days", days.days())])?;
            let (action, object) = (Action::SetWorkUpDays, Object::Nothing);
            audit::record(transaction, at, None, action, object, Outcome::Done)?;
            Ok(())
        })
    }
}

/// Days to the work-up of categories 4B and 4X that the rows were computed with.
pub(super) fn work_up_days(transaction: &Transaction<'_>) -> rusqlite::Result<WorkUpDays> {
    transaction
        .prepare_cached("SELECT work_up_days FROM follow_up_rule")?
        .query_row([], |row| {
            let days = row.get(0)?;
            WorkUpDays::new(days).ok_or_else(|| unreadable(0, format!("{days} days to a work-up")))
        })
}

/// Rebuilds the follow-ups of all patients.
pub(in crate::store) fn rebuild(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute("DELETE FROM follow_up", [])?;
    let ids: Vec<i64> = transaction
        .prepare(
            "SELECT DISTINCT patient_id FROM exam WHERE deleted_at IS NULL ORDER BY patient_id",
        )?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for id in ids {
        insert(transaction, PatientId(id))?;
    }
    Ok(())
}

/// Updates the follow-ups of one patient after any change. Must be called in the transaction of the change.
pub(in crate::store) fn renew(
    transaction: &Transaction<'_>,
    id: PatientId,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("DELETE FROM follow_up WHERE patient_id = ?1")?
        .execute([id.0])?;
    insert(transaction, id)
}

fn insert(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<()> {
    let exams = exams(transaction, id)?;
    if exams.is_empty() {
        return Ok(());
    }
    let (hospital, diagnosed_on, doctor) = patient(transaction, id)?;
    let closings = closings(transaction, id)?;
    let work_up = work_up_days(transaction)?;
    for follow_up in plan(&exams, diagnosed_on, &closings, work_up) {
        write(transaction, id, hospital, &doctor, follow_up)?;
    }
    Ok(())
}

fn write(
    transaction: &Transaction<'_>,
    id: PatientId,
    hospital: i64,
    doctor: &str,
    follow_up: FollowUp,
) -> rusqlite::Result<()> {
    let (due, closed) = (follow_up.window.map(|window| window.due), follow_up.closed);
    let (state, sort_on) = match (closed, due) {
        (Some((on, ClosedBy::Exam)), None) => ("passed", on),
        (Some((on, _)), _) => ("done", on),
        (None, Some(due)) => ("open", due),
        (None, None) => ("unread", follow_up.scanned_on),
    };
    let text = |day: Option<Date>| day.map(|day| day.to_string());
    transaction
        .prepare_cached(
            "INSERT INTO follow_up (exam_id, patient_id, hospital_id, scanned_on, category, opens_on, due_on,
                                    closed_on, closed_by, doctor_key, state, sort_on)
             VALUES (:exam, :patient, :hospital, :scanned_on, :category, :opens_on, :due_on, :closed_on, :closed_by,
                     :doctor, :state, :sort_on)",
        )?
        .execute(named_params! {
            ":exam": follow_up.exam,
            ":patient": id.0,
            ":hospital": hospital,
            ":scanned_on": follow_up.scanned_on.to_string(),
            ":category": follow_up.category.map(Category::as_str),
            ":opens_on": text(follow_up.window.map(|window| window.opens)),
            ":due_on": text(due),
            ":closed_on": text(closed.map(|(on, _)| on)),
            ":closed_by": closed.map(|(_, by)| by.as_str()),
            ":doctor": doctor,
            ":state": state,
            ":sort_on": sort_on.to_string(),
        })?;
    Ok(())
}

/// The exams of a patient who is not deleted, each with its day and measured category.
fn exams(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<Vec<DatedExam>> {
    let saved: Vec<(ExamId, jiff::Timestamp)> = transaction
        .prepare_cached(
            "SELECT exam.id, exam.created_at FROM exam JOIN patient ON patient.id = exam.patient_id
             WHERE exam.patient_id = ?1 AND exam.deleted_at IS NULL AND patient.deleted_at IS NULL
             ORDER BY exam.id",
        )?
        .query_map([id.0], |row| Ok((ExamId(row.get(0)?), instant(row, 1)?)))?
        .collect::<Result<_, _>>()?;
    let dated = saved.into_iter().map(|(exam, saved_at)| {
        let reading = reading::of(transaction, exam)?.reading();
        Ok(DatedExam {
            exam: exam.0,
            on: reading.scanned_on(saved_at),
            category: reading.category().map(|measured| measured.category),
        })
    });
    dated.collect()
}

/// Hospital, date of diagnosis and assigned doctor, folded, of a patient.
fn patient(
    transaction: &Transaction<'_>,
    id: PatientId,
) -> rusqlite::Result<(i64, Option<Date>, String)> {
    transaction
        .prepare_cached("SELECT hospital_id, details FROM patient WHERE id = ?1")?
        .query_row([id.0], |row| {
            let details = details(row, 1)?;
            let diagnosed_on = details.get(Field::DiagnosisDate).parse().ok();
            Ok((row.get(0)?, diagnosed_on, fold(details.get(Field::Doctor))))
        })
}

fn closings(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<Vec<Closing>> {
    transaction
        .prepare_cached(
            "SELECT exam_id, category, reason, closed_on FROM follow_up_closing
             WHERE exam_id IN (SELECT id FROM exam WHERE patient_id = ?1) AND reopened_at IS NULL",
        )?
        .query_map(params![id.0], closing)?
        .collect()
}

fn closing(row: &Row<'_>) -> rusqlite::Result<Closing> {
    let category = word(row, "category", &Category::ALL, Category::as_str)?;
    let reason = word(row, "reason", &ClosingReason::ALL, ClosingReason::as_str)?;
    Ok(Closing {
        exam: row.get(0)?,
        category,
        reason: reason.ok_or_else(|| unreadable(2, "no reason"))?,
        on: date(row, 3)?.ok_or_else(|| unreadable(3, "no day"))?,
    })
}
