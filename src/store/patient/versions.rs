//! Changing a patient, and the earlier versions of the record.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

use super::super::account::instant;
use super::super::audit::{self, Action, Object};
use super::super::{Access, Store, StoreError, TokenScope, search};
use super::{Patient, PatientId, Sex, check, date, details, missing, number_taken, require, sex};
use crate::clinical::text;
use crate::store::error::{Stop, is_duplicate};

/// Maximum number of earlier versions that [`Store::patient_history`] returns.
const MAX_VERSIONS: u32 = 500;

/// An earlier version of a patient's record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PatientVersion {
    pub revision: u32,
    pub patient: Patient,
    /// Full name of the user who wrote this version.
    pub changed_by: String,
    pub changed_at: Timestamp,
}

impl Store {
    /// Replaces the description of a patient and returns the record's new revision. The earlier version is stored. An equal
    /// description changes nothing.
    ///
    /// # Errors
    /// [`StoreError::PatientChanged`] when the record is not at `revision` any more: read it again with
    /// [`Store::patient`] and show both. [`StoreError::NoSuchPatient`] when the patient does not exist, is deleted or belongs
    /// to another hospital, [`StoreError::NumberTaken`] and [`StoreError::NumberOfDeleted`] for a number in use,
    /// [`StoreError::InvalidPatient`] for impossible values.
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
            access.require(transaction, TokenScope::Write)?;
            let found = present(transaction, access, id)?;
            let Some((present, present_revision)) = found else {
                return Err(missing(transaction, access, id)?.into());
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

    /// The earlier versions of a patient's record, newest first, without the present one; the newest 500.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when the patient does not exist, is deleted or belongs to another hospital.
    pub fn patient_history(
        &self,
        access: &Access,
        id: PatientId,
    ) -> Result<Vec<PatientVersion>, StoreError> {
        let at = self.now();
        self.note(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            require(transaction, access, id)?;
            let versions = transaction
                .prepare_cached(
                    "SELECT number, patient_version.full_name, date_of_birth, sex, notes, details,
                            revision, account.full_name, changed_at
                     FROM patient_version JOIN account ON account.id = changed_by
                     WHERE patient_id = ?1 ORDER BY revision DESC LIMIT ?2",
                )?
                .query_map(params![id.0, MAX_VERSIONS], |row| {
                    Ok(PatientVersion {
                        patient: described(row, 0)?,
                        revision: row.get(6)?,
                        changed_by: row.get(7)?,
                        changed_at: instant(row, 8)?,
                    })
                })?
                .collect::<Result<_, _>>()?;
            let object = Object::Patient(id);
            audit::record_done(transaction, access, at, Action::ViewHistory, object)?;
            Ok(versions)
        })
    }
}

/// The content of the record at an earlier revision; none if there is none.
pub(in crate::store) fn earlier(
    transaction: &Transaction<'_>,
    id: PatientId,
    revision: u32,
) -> rusqlite::Result<Option<Patient>> {
    transaction
        .prepare_cached(
            "SELECT number, full_name, date_of_birth, sex, notes, details FROM patient_version
             WHERE patient_id = ?1 AND revision = ?2",
        )?
        .query_row(params![id.0, revision], |row| described(row, 0))
        .optional()
}

/// The present content of the record, and its revision. None if the patient does not exist, is deleted or belongs to another
/// hospital.
pub(in crate::store) fn present(
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

/// Stores the present version and replaces it by another description. The caller has checked that the record exists and is at the
/// right revision, and updates the search index.
pub(in crate::store) fn rewrite(
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
    let object = Object::Patient(id);
    audit::record_done(transaction, access, at, Action::ChangePatient, object)?;
    Ok(())
}

/// Reads number, full name, date of birth, sex, notes and details, from column `first` on.
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
