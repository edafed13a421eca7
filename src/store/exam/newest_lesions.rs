//! The lesions of the newest exams only, for a table of many patients.

use rusqlite::{OptionalExtension, Row, params};

use super::columns::lesions;
use crate::clinical::assessment::Lesion;
use crate::clinical::reading::AcceptedLesion;
use crate::store::{Access, PatientId, Store, StoreError, TokenScope, lesion_decision};

/// Lesions that the model proposes on the newest exam of a patient.
#[derive(Debug, Clone, PartialEq)]
pub struct NewestLesions {
    /// Most suspicious first.
    pub lesions: Vec<Lesion>,
    /// True if the exam is out of distribution.
    pub is_outside: bool,
    /// True if the exam is of a series.
    pub of_series: bool,
    /// Lesions that a person rejected, by their number from 1.
    pub rejected: Vec<u32>,
    /// Lesions that a person accepted as nodules.
    pub accepted: Vec<AcceptedLesion>,
}

impl Store {
    /// Lesions that the model proposes on the newest exam of each of `patients`, in their order; none for a patient without
    /// exams, or of another hospital.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn newest_lesions(
        &self,
        access: &Access,
        patients: &[PatientId],
    ) -> Result<Vec<Option<NewestLesions>>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let mut newest = transaction.prepare_cached(
                "SELECT exam.lesions, exam.outside_reason IS NOT NULL, exam_series.exam_id IS NOT NULL,
                        exam.id
                 FROM exam LEFT JOIN exam_series ON exam_series.exam_id = exam.id
                 LEFT JOIN exam_circumstances ON exam_circumstances.exam_id = exam.id
                 WHERE exam.patient_id = ?1 AND exam.hospital_id = ?2 AND exam.deleted_at IS NULL
                 ORDER BY coalesce(scanned_on, date(exam.created_at / 1000000, 'unixepoch')) DESC,
                          exam.created_at DESC, exam.id DESC LIMIT 1",
            )?;
            let read = |row: &Row<'_>| {
                Ok(NewestLesions {
                    lesions: lesions(row)?,
                    is_outside: row.get(1)?,
                    of_series: row.get(2)?,
                    rejected: lesion_decision::rejected(transaction, row.get(3)?)?,
                    accepted: lesion_decision::accepted(transaction, row.get(3)?)?,
                })
            };
            let each = patients.iter().map(|patient| {
                let found = newest.query_row(params![patient.0, access.hospital], read);
                found.optional()
            });
            Ok(each.collect::<rusqlite::Result<_>>()?)
        })
    }
}
