//! A patient as a row of the table.

use jiff::Timestamp;
use rusqlite::{Row, Transaction};

use super::Cursor;
use crate::clinical::assessment::Classification;
use crate::clinical::patient::Patient;
use crate::store::PatientId;
use crate::store::account::instant;
use crate::store::exam::classification;
use crate::store::patient::described;

/// One patient as the table shows them.
#[derive(Debug, Clone, PartialEq)]
pub struct PatientRow {
    /// Where the row is in what was searched for: pages start after or before it.
    pub cursor: Cursor,
    pub id: PatientId,
    pub patient: Patient,
    /// How many exams are kept.
    pub exams: u32,
    /// When the newest exam was saved.
    pub last_exam: Option<Timestamp>,
    pub last_result: Option<Classification>,
    /// Malignancy probability of the newest exam, in [0, 1].
    pub last_probability: Option<f64>,
    /// When the patient's record was last saved to.
    pub last_activity: Timestamp,
}

pub(super) fn read(
    transaction: &Transaction<'_>,
    cursor: Cursor,
    patient: i64,
) -> rusqlite::Result<PatientRow> {
    transaction
        .prepare_cached(
            "SELECT patient.id, patient.number, patient.full_name, patient.date_of_birth,
                    patient.sex, patient.notes, patient.details,
                    (SELECT count(*) FROM exam
                     WHERE exam.patient_id = patient.id AND exam.deleted_at IS NULL),
                    last.created_at, last.classification, last.malignant,
                    patient.last_activity_at
             FROM patient
             LEFT JOIN exam AS last ON last.id = (
                 SELECT id FROM exam
                 WHERE exam.patient_id = patient.id AND exam.deleted_at IS NULL
                 ORDER BY exam.created_at DESC, exam.id DESC LIMIT 1)
             WHERE patient.id = ?1",
        )?
        .query_row([patient], |row| of(cursor, row))
}

fn of(cursor: Cursor, row: &Row<'_>) -> rusqlite::Result<PatientRow> {
    let has_exam = row.get::<_, Option<i64>>(8)?.is_some();
    Ok(PatientRow {
        cursor,
        id: PatientId(row.get(0)?),
        patient: described(row, 1)?,
        exams: row.get(7)?,
        last_exam: has_exam.then(|| instant(row, 8)).transpose()?,
        last_result: has_exam.then(|| classification(row, 9)).transpose()?,
        last_probability: row.get(10)?,
        last_activity: instant(row, 11)?,
    })
}
