//! Patients: new ones, their numbers, and one patient's whole record.

mod import;
mod versions;

pub use self::import::{
    ConflictingValues, ImportAction, ImportChoices, ImportFile, ImportId, ImportRow, LineChoice,
    MatchedBy, MatchedWith, OnDuplicate, PastImport, PatientImport, RowMatch, RowOutcome,
    UndoObstacle, UndoneImport, merged_draft, own_number,
};
pub use self::versions::PatientVersion;
pub(super) use self::versions::{described, earlier, present, rewrite};

use jiff::Timestamp;
use jiff::civil::Date;
use rusqlite::types::Type;
use rusqlite::{OptionalExtension, Row, Transaction, named_params, params};

use super::account::instant;
use super::audit::{self, Action, Object};
use super::error::{Stop, is_duplicate};
use super::{
    Access, Exam, PlannedRow, Store, StoreError, TokenScope, deletion, duplicate, exam, search,
    worklist,
};
use crate::clinical::patient::{Details, Patient, Sex};
use crate::clinical::patient::{NAME_CHARACTERS, NOTES_CHARACTERS, NUMBER_CHARACTERS};
use crate::clinical::text;

/// Identifies a patient. Grants nothing by itself: every query checks the hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PatientId(pub i64);

/// The stored record of one patient.
#[derive(Debug, Clone, PartialEq)]
pub struct PatientRecord {
    pub id: PatientId,
    pub patient: Patient,
    /// Increases with every change; a change names the revision that it was made on.
    pub revision: u32,
    pub created_at: Timestamp,
    /// Full name of the user who wrote the present version.
    pub changed_by: String,
    pub changed_at: Timestamp,
    /// Time and author of the last change of the photo.
    pub photo_changed: Option<(Timestamp, String)>,
    /// Newest first, without deleted ones.
    pub exams: Vec<Exam>,
    /// Planned exams with their states, the newest day first.
    pub planned: Vec<PlannedRow>,
    /// Number of attached files, without deleted ones.
    pub files: u32,
}

impl Store {
    /// A number such as `P-000123` that no patient of this hospital has or had. It is a suggestion until a patient is saved with
    /// it: another form may be given the same one, and the patient that is saved first keeps it.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn next_patient_number(&self, access: &Access) -> Result<String, StoreError> {
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            Ok(written_out(suggested(transaction, access)?))
        })
    }

    /// Adds a patient without exams.
    ///
    /// # Errors
    /// [`StoreError::NumberTaken`] and [`StoreError::NumberOfDeleted`] for a number in use,
    /// [`StoreError::InvalidPatient`] for impossible values.
    pub fn create_patient(
        &self,
        access: &Access,
        patient: &Patient,
    ) -> Result<PatientId, StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let id = insert(transaction, access, patient, at)?;
            search::index(transaction, id)?;
            Ok(id)
        })
    }

    /// The patient with a number, in any case and spacing. The number of a record that was merged is the person's as well.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when no patient of this hospital has it.
    pub fn patient_with_number(
        &self,
        access: &Access,
        number: &str,
    ) -> Result<(PatientId, Patient), StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let id = with_number(transaction, access, number)?;
            let found = match id {
                Some(id) => present(transaction, access, id)?.map(|(patient, _)| (id, patient)),
                None => None,
            };
            found.ok_or(StoreError::NoSuchPatient.into())
        })
    }

    /// The whole record of one patient. Viewing it is recorded in the audit log.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when the patient does not exist or belongs to another hospital.
    pub fn patient(&self, access: &Access, id: PatientId) -> Result<PatientRecord, StoreError> {
        let at = self.now();
        self.note(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let found = transaction
                .prepare_cached(
                    "SELECT number, patient.full_name, date_of_birth, sex, notes, details, revision,
                            patient.created_at, account.full_name,
                            coalesce(patient.changed_at, patient.created_at),
                            (SELECT count(*) FROM attached_file
                             WHERE patient_id = patient.id AND deleted_at IS NULL),
                            photo_changed_at, photographer.full_name
                     FROM patient
                     JOIN account ON account.id = coalesce(patient.changed_by, patient.created_by)
                     LEFT JOIN account AS photographer ON photographer.id = photo_changed_by
                     WHERE patient.id = :patient AND patient.hospital_id = :hospital
                       AND patient.deleted_at IS NULL",
                )?
                .query_row(
                    named_params! {
                        ":patient": id.0,
                        ":hospital": access.hospital,
                    },
                    |row| {
                        Ok(PatientRecord {
                            id,
                            patient: versions::described(row, 0)?,
                            revision: row.get(6)?,
                            created_at: instant(row, 7)?,
                            changed_by: row.get(8)?,
                            changed_at: instant(row, 9)?,
                            photo_changed: match row.get::<_, Option<String>>(12)? {
                                Some(who) => Some((instant(row, 11)?, who)),
                                None => None,
                            },
                            exams: Vec::new(),
                            planned: Vec::new(),
                            files: row.get(10)?,
                        })
                    },
                )
                .optional()?;
            let Some(record) = found else {
                return Err(missing(transaction, access, id)?.into());
            };
            let exams = exam::of_patient(transaction, access, id)?;
            let planned = worklist::of_patient(transaction, access, id)?;
            let object = Object::Patient(id);
            audit::record_done(transaction, access, at, Action::ViewPatient, object)?;
            Ok(PatientRecord {
                exams,
                planned,
                ..record
            })
        })
    }
}

/// A number in LUNNY's own format.
fn written_out(number: i64) -> String {
    format!("P-{number:06}")
}

/// The next number that no patient of the hospital has or had; it stays the next one until it is claimed.
fn suggested(transaction: &Transaction<'_>, access: &Access) -> rusqlite::Result<i64> {
    let first: i64 = transaction
        .prepare_cached("SELECT next_patient FROM hospital WHERE id = ?1")?
        .query_row([access.hospital], |row| row.get(0))?;
    let mut taken = transaction
        .prepare_cached("SELECT 1 FROM patient WHERE hospital_id = ?1 AND number_key = ?2")?;
    let mut next = first;
    while taken.exists(params![access.hospital, text::key(&written_out(next))])? {
        next += 1;
    }
    if next != first {
        set_next(transaction, access, next)?;
    }
    Ok(next)
}

fn set_next(transaction: &Transaction<'_>, access: &Access, next: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE hospital SET next_patient = ?2 WHERE id = ?1")?
        .execute(params![access.hospital, next])?;
    Ok(())
}

/// The next number that no patient of the hospital has or had, which is not suggested again.
fn free_number(transaction: &Transaction<'_>, access: &Access) -> rusqlite::Result<String> {
    let next = suggested(transaction, access)?;
    set_next(transaction, access, next + 1)?;
    Ok(written_out(next))
}

/// Excludes a number from the suggested ones, also after its patient was deleted.
fn claim(transaction: &Transaction<'_>, access: &Access, number: &str) -> rusqlite::Result<()> {
    match own_number(number) {
        Some(own) if own == suggested(transaction, access)? => {
            set_next(transaction, access, own + 1)
        }
        _ => Ok(()),
    }
}

/// Adds a patient to the records of `access`. The caller updates the search index at the end.
pub(super) fn insert(
    transaction: &Transaction<'_>,
    access: &Access,
    patient: &Patient,
    at: i64,
) -> Result<PatientId, Stop> {
    check(patient)?;
    claim(transaction, access, &patient.number)?;
    let id = deletion::next_id(transaction, "patient")?;
    let inserted = transaction
        .prepare_cached(
            "INSERT INTO patient (hospital_id, created_by, number, number_key, full_name,
                                  date_of_birth, sex, notes, created_at, last_activity_at,
                                  changed_by, changed_at, id, details)
             VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?9, ?2, ?9, ?10, ?11)",
        )?
        .insert(params![
            access.hospital,
            access.account,
            patient.number,
            text::key(&patient.number),
            patient.full_name,
            patient.date_of_birth.map(|date| date.to_string()),
            patient.sex.map(Sex::as_str),
            patient.notes,
            at,
            id,
            patient.details.to_json(),
        ]);
    let id = match inserted {
        Err(error) if is_duplicate(&error) => {
            return Err(number_taken(transaction, access, &patient.number)?.into());
        }
        other => PatientId(other?),
    };
    let object = Object::Patient(id);
    audit::record_done(transaction, access, at, Action::CreatePatient, object)?;
    Ok(id)
}

/// Reason why a number cannot be used: another patient has it, or a deleted one keeps it.
fn number_taken(
    transaction: &Transaction<'_>,
    access: &Access,
    number: &str,
) -> rusqlite::Result<StoreError> {
    let deleted: Option<i64> = transaction
        .prepare_cached(
            "SELECT id FROM patient
             WHERE hospital_id = ?1 AND number_key = ?2 AND deleted_at IS NOT NULL",
        )?
        .query_row(params![access.hospital, text::key(number)], |row| {
            row.get(0)
        })
        .optional()?;
    let kept = match deleted {
        Some(id) => duplicate::kept_of(transaction, PatientId(id))?,
        None => None,
    };
    let number = number.to_owned();
    Ok(match (deleted, kept) {
        (_, Some((_, into))) => StoreError::NumberOfMerged { number, into },
        (Some(_), None) => StoreError::NumberOfDeleted { number },
        (None, None) => StoreError::NumberTaken { number },
    })
}

/// Fails unless the patient is among the records of `access`.
pub(super) fn require(
    transaction: &Transaction<'_>,
    access: &Access,
    id: PatientId,
) -> Result<(), Stop> {
    let exists = transaction
        .prepare_cached(
            "SELECT 1 FROM patient
             WHERE id = ?1 AND hospital_id = ?2 AND deleted_at IS NULL",
        )?
        .exists(params![id.0, access.hospital])?;
    if exists {
        Ok(())
    } else {
        Err(missing(transaction, access, id)?.into())
    }
}

/// Reason why a record cannot be used: it was merged into another one, or this hospital has none.
pub(super) fn missing(
    transaction: &Transaction<'_>,
    access: &Access,
    id: PatientId,
) -> rusqlite::Result<StoreError> {
    let is_ours = transaction
        .prepare_cached("SELECT 1 FROM patient WHERE id = ?1 AND hospital_id = ?2")?
        .exists(params![id.0, access.hospital])?;
    let kept = match is_ours {
        true => duplicate::kept_of(transaction, id)?,
        false => None,
    };
    Ok(match kept {
        Some((_, into)) => StoreError::PatientMerged { into },
        None => StoreError::NoSuchPatient,
    })
}

/// The patient of this hospital with a number, or into whose record the one with the number was merged.
pub(super) fn with_number(
    transaction: &Transaction<'_>,
    access: &Access,
    number: &str,
) -> rusqlite::Result<Option<PatientId>> {
    let found: Option<(i64, bool)> = transaction
        .prepare_cached(
            "SELECT id, deleted_at IS NOT NULL FROM patient WHERE hospital_id = ?1 AND number_key = ?2",
        )?
        .query_row(params![access.hospital, text::key(number)], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
        .optional()?;
    match found {
        None => Ok(None),
        Some((id, false)) => Ok(Some(PatientId(id))),
        Some((id, true)) => {
            let kept = duplicate::kept_of(transaction, PatientId(id))?;
            Ok(kept.map(|(kept, _)| kept))
        }
    }
}

/// Moves the patient to the top of the table.
pub(super) fn touch(transaction: &Transaction<'_>, id: PatientId, at: i64) -> rusqlite::Result<()> {
    transaction
        .prepare_cached("UPDATE patient SET last_activity_at = ?2 WHERE id = ?1")?
        .execute(params![id.0, at])?;
    Ok(())
}

/// The draft's rules, for a [`Patient`] that was built directly.
fn check(patient: &Patient) -> Result<(), StoreError> {
    let fits = |typed: &str, most| text::line(typed, most).as_deref() == Ok(typed);
    if !fits(&patient.number, NUMBER_CHARACTERS) {
        return Err(StoreError::InvalidPatient("number"));
    }
    if !fits(&patient.full_name, NAME_CHARACTERS) {
        return Err(StoreError::InvalidPatient("full name"));
    }
    if text::paragraphs(&patient.notes, NOTES_CHARACTERS).is_err() {
        return Err(StoreError::InvalidPatient("text of the notes"));
    }
    Ok(())
}

/// Reads an ISO 8601 date.
pub(super) fn date(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Date>> {
    let text: Option<String> = row.get(column)?;
    text.map(|text| text.parse())
        .transpose()
        .map_err(|error: jiff::Error| unreadable(column, error))
}

pub(super) fn sex(row: &Row<'_>, column: usize) -> rusqlite::Result<Option<Sex>> {
    let word: Option<String> = row.get(column)?;
    let Some(word) = word else { return Ok(None) };
    match Sex::parse(&word) {
        Some(sex) => Ok(Some(sex)),
        None => Err(unreadable(column, format!("{word} is not a sex"))),
    }
}

pub(super) fn details(row: &Row<'_>, column: usize) -> rusqlite::Result<Details> {
    Details::from_json(row.get_ref(column)?.as_str()?).map_err(|fault| unreadable(column, fault))
}

/// The error for text that no version of LUNNY wrote.
pub(super) fn unreadable(
    column: usize,
    cause: impl Into<Box<dyn std::error::Error + Send + Sync>>,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(column, Type::Text, cause.into())
}
