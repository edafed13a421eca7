//! Keeps the planned exams of a patient in step with the record and its exams.

use rusqlite::{OptionalExtension, Transaction, params};

use crate::clinical::patient::Field;
use crate::clinical::text::fold;
use crate::store::PatientId;
use crate::store::patient::details;

/// Updates the planned exams of a patient. Must be called in the transaction of the change.
///
/// A planned exam is done as long as the exam that was saved of it is not deleted. Those of a deleted patient are on no list.
pub(in crate::store) fn renew(
    transaction: &Transaction<'_>,
    id: PatientId,
) -> rusqlite::Result<()> {
    let is_planned = transaction
        .prepare_cached("SELECT 1 FROM planned_exam WHERE patient_id = ?1")?
        .exists([id.0])?;
    if !is_planned {
        return Ok(());
    }
    let doctor = transaction
        .prepare_cached("SELECT details FROM patient WHERE id = ?1 AND deleted_at IS NULL")?
        .query_row([id.0], |row| Ok(fold(details(row, 0)?.get(Field::Doctor))))
        .optional()?;
    let Some(doctor) = doctor else {
        transaction
            .prepare_cached("UPDATE planned_exam SET state = 'hidden' WHERE patient_id = ?1")?
            .execute([id.0])?;
        return Ok(());
    };
    transaction
        .prepare_cached(
            "UPDATE planned_exam
             SET doctor_key = ?2,
                 state = CASE WHEN cancelled_on IS NOT NULL THEN 'cancelled' WHEN is_done THEN 'done' ELSE 'planned' END,
                 sort_on = CASE WHEN cancelled_on IS NOT NULL THEN cancelled_on WHEN is_done THEN done_on
                                ELSE planned_on END
             FROM (SELECT planned.id AS row_id, exam.id IS NOT NULL AS is_done
                   FROM planned_exam AS planned
                   LEFT JOIN exam ON exam.id = planned.exam_id AND exam.deleted_at IS NULL
                   WHERE planned.patient_id = ?1) AS fact
             WHERE planned_exam.id = fact.row_id",
        )?
        .execute(params![id.0, doctor])?;
    Ok(())
}

/// Frees the planned exams that were done by an exam which is being purged.
pub(in crate::store) fn release(transaction: &Transaction<'_>, exam: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE planned_exam
             SET exam_id = NULL, done_on = NULL,
                 state = CASE state WHEN 'done' THEN 'planned' ELSE state END,
                 sort_on = CASE WHEN cancelled_on IS NULL THEN planned_on ELSE sort_on END
             WHERE exam_id = ?1",
        )?
        .execute([exam])?;
    Ok(())
}
