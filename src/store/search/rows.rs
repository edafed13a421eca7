//! A patient as a row of the table.

use jiff::Timestamp;
use rusqlite::{Row, Transaction, params};

use super::Cursor;
use super::matches::Search;
use super::stored::Entry;
use crate::clinical::assessment::Classification;
use crate::clinical::patient::Patient;
use crate::store::PatientId;
use crate::store::account::instant;
use crate::store::patient::{described, unreadable};

/// One patient as the table shows it.
#[derive(Debug, Clone, PartialEq)]
pub struct PatientRow {
    /// Position of the row in its search: pages start after or before it.
    pub cursor: Cursor,
    pub id: PatientId,
    /// True if every typed word begins a word of the name or the number: the text names this patient, instead of stating something
    /// that others may have in common with them.
    pub is_named: bool,
    pub patient: Patient,
    /// Number of stored exams.
    pub exams: u32,
    /// Time of the newest exam; see [`Exam::examined_at`](crate::store::Exam::examined_at).
    pub last_exam: Option<Timestamp>,
    pub last_result: Option<Classification>,
    /// Malignancy probability of the newest exam, in [0, 1]; none if it is out of distribution.
    pub last_probability: Option<f64>,
    /// Lung-RADS of the newest exam with its basis, `4A (measured)`: the measured category, or else the one that the model
    /// suggests; none if nothing supports one.
    pub last_category: Option<String>,
    /// Time of the last change of the patient's record.
    pub last_activity: Timestamp,
}

/// The patient at a cursor.
pub(super) fn read(
    transaction: &Transaction<'_>,
    search: &Search<'_>,
    cursor: Cursor,
) -> rusqlite::Result<PatientRow> {
    transaction
        .prepare_cached(
            "SELECT search_entry.patient_id, search_entry.text, search_entry.facts,
                    patient.number, patient.full_name, patient.date_of_birth, patient.sex,
                    patient.notes, patient.details, patient.last_activity_at
             FROM search_entry JOIN patient ON patient.id = search_entry.patient_id
             WHERE search_entry.place = ?1 AND search_entry.hospital_id = ?2",
        )?
        .query_row(params![cursor.place, search.hospital], |row| {
            of(search, cursor, row)
        })
}

fn of(search: &Search<'_>, cursor: Cursor, row: &Row<'_>) -> rusqlite::Result<PatientRow> {
    let entry = Entry::read(row, 0)?;
    let last_exam = entry.examined_at().map(Timestamp::from_microsecond);
    Ok(PatientRow {
        cursor,
        id: PatientId(entry.patient),
        is_named: search.names(&entry),
        patient: described(row, 3)?,
        exams: entry.exams(),
        last_exam: (last_exam.transpose()).map_err(|error| unreadable(2, error))?,
        last_result: entry.result(),
        last_probability: entry.malignant(),
        last_category: entry.category_in_words(),
        last_activity: instant(row, 9)?,
    })
}
