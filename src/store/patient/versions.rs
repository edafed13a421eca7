//! Changing a patient, and what the record said before.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::super::account::instant;
use super::super::audit::{self, Action, Object, Outcome};
use super::super::{Access, Store, StoreError, search};
use super::{Patient, PatientId, Sex, check, date, details, number_taken, require, sex};
use crate::clinical::text;
use crate::store::error::{Stop, is_duplicate};

/// Most earlier states that [`Store::patient_history`] gives.
const MOST_VERSIONS: u32 = 500;

/// A patient as the record once said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientVersion {
    pub revision: u32,
    pub patient: Patient,
    /// Whoever wrote this state, by full name.
    pub changed_by: String,
    pub changed_at: Timestamp,
}

impl Store {
    /// Puts another description in a patient's place; gives the record's new revision. What it said before is kept.
    /// The same description again changes nothing.
    ///
    /// # Errors
    /// [`StoreError::PatientChanged`] when the record is not at `revision` any more: read it again with
    /// [`Store::patient`] and show both. [`StoreError::NoSuchPatient`] when there is none, when it is another
    /// hospital's or deleted, [`StoreError::NumberTaken`] and [`StoreError::NumberOfDeleted`] for a number in use,
    /// [`StoreError::InvalidPatient`] for values that cannot be.
    pub fn change_patient(
        &self,
        access: &Access,
        id: PatientId,
        revision: u32,
        patient: &Patient,
    ) -> Result<u32, StoreError> {
        check(patient)?;
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction)?;
            let found = present(transaction, access, id)?;
            let Some((present, present_revision)) = found else {
                return Err(StoreError::NoSuchPatient.into());
            };
            if present_revision != revision {
                return Err(StoreError::PatientChanged.into());
            }
            if present == *patient {
                return Ok(revision);
            }
            rewrite(transaction, access, id, patient, at)?;
            search::index(transaction, id)?;
            Ok(revision.saturating_add(1))
        })
    }

    /// What a patient's record said before it was changed, newest first, without what it says now; the newest 500.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when there is none, when it is another hospital's or deleted.
    pub fn patient_history(
        &self,
        access: &Access,
        id: PatientId,
    ) -> Result<Vec<PatientVersion>, StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction)?;
            require(transaction, access, id)?;
            let versions = transaction
                .prepare_cached(
                    "SELECT number, patient_version.full_name, date_of_birth, sex, notes, details,
                            revision, account.full_name, changed_at
                     FROM patient_version JOIN account ON account.id = changed_by
                     WHERE patient_id = ?1 ORDER BY revision DESC LIMIT ?2",
                )?
                .query_map(params![id.0, MOST_VERSIONS], |row| {
                    Ok(PatientVersion {
                        patient: described(row, 0)?,
                        revision: row.get(6)?,
                        changed_by: row.get(7)?,
                        changed_at: instant(row, 8)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            let (who, object) = (Some(access.account), Object::Patient(id));
            let (action, outcome) = (Action::ViewHistory, Outcome::Done);
            audit::record(transaction, at, who, action, object, outcome)?;
            Ok(versions)
        })
    }
}

/// What the record says now, and its revision. None where there is none, or another hospital's or a deleted one.
pub(super) fn present(
    transaction: &Transaction<'_>,
    access: &Access,
    id: PatientId,
) -> rusqlite::Result<Option<(Patient, u32)>> {
    transaction
        .prepare_cached(
            "SELECT number, full_name, date_of_birth, sex, notes, details, revision
             FROM patient
             WHERE id = ?1 AND hospital_id = ?2 AND deleted_at IS NULL",
        )?
        .query_row(params![id.0, access.hospital], |row| {
            Ok((described(row, 0)?, row.get(6)?))
        })
        .optional()
}

/// Keeps what the record says and puts another description in its place. Whoever calls it looked whether the record
/// is there and at the revision that was meant, and brings the search in step.
pub(super) fn rewrite(
    transaction: &Transaction<'_>,
    access: &Access,
    id: PatientId,
    patient: &Patient,
    at: i64,
) -> Result<(), Stop> {
    check(patient)?;
    transaction
        .prepare_cached(
            "INSERT INTO patient_version (patient_id, hospital_id, revision, changed_by,
                                          changed_at, number, full_name, date_of_birth, sex,
                                          notes, details)
             SELECT id, hospital_id, revision, coalesce(changed_by, created_by),
                    coalesce(changed_at, created_at), number, full_name, date_of_birth, sex,
                    notes, details
             FROM patient WHERE id = ?1",
        )?
        .execute([id.0])?;
    let changed = transaction
        .prepare_cached(
            "UPDATE patient
             SET number = ?2, number_key = ?3, full_name = ?4,
                 date_of_birth = ?5, sex = ?6, notes = ?7, changed_by = ?8, changed_at = ?9,
                 last_activity_at = ?9, details = ?10, revision = revision + 1
             WHERE id = ?1",
        )?
        .execute(params![
            id.0,
            patient.number,
            text::key(&patient.number),
            patient.full_name,
            patient.date_of_birth.map(|date| date.to_string()),
            patient.sex.map(Sex::as_str),
            patient.notes,
            access.account,
            at,
            patient.details.to_json(),
        ]);
    match changed {
        Err(error) if is_duplicate(&error) => {
            return Err(number_taken(transaction, access, &patient.number)?.into());
        }
        other => other?,
    };
    let (who, object) = (Some(access.account), Object::Patient(id));
    let (action, outcome) = (Action::ChangePatient, Outcome::Done);
    audit::record(transaction, at, who, action, object, outcome)?;
    Ok(())
}

/// Reads number, full name, date of birth, sex, notes and details, which begin at column `first`.
pub(in crate::store) fn described(row: &Row<'_>, first: usize) -> rusqlite::Result<Patient> {
    Ok(Patient {
        number: row.get(first)?,
        full_name: row.get(first + 1)?,
        date_of_birth: date(row, first + 2)?,
        sex: sex(row, first + 3)?,
        notes: row.get(first + 4)?,
        details: details(row, first + 5)?,
    })
}
