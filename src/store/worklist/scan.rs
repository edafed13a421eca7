//! The planned exam that a scan belongs to: by its accession number, or else by patient and day.

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use rusqlite::{OptionalExtension, Transaction, params};

use super::list::read_one;
use super::plan::record;
use super::{PlannedId, PlannedRow, renew};
use crate::clinical::identity::{self, Identity};
use crate::clinical::worklist::accession_key;
use crate::store::audit::Action;
use crate::store::error::Stop;
use crate::store::{Access, ExamId, PatientId, Store, StoreError, TokenScope, patient};

/// The order that a scan states.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct ScanOrder {
    /// AccessionNumber.
    pub accession: Option<String>,
    /// Day of the scan.
    pub scanned_on: Option<Date>,
}

impl ScanOrder {
    fn key(&self) -> Option<String> {
        self.accession.as_deref().and_then(accession_key)
    }
}

impl Store {
    /// The planned exam that a scan belongs to: the one with its accession number, or else one of its day for the patient whose
    /// number it states, if nothing else of the patient contradicts.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn planned_for_scan(
        &self,
        access: &Access,
        order: &ScanOrder,
        stated: &Identity,
    ) -> Result<Option<PlannedRow>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let hospital = access.hospital;
            let named = match order.key() {
                Some(key) => by_accession(transaction, hospital, &key)?,
                None => None,
            };
            let id = match (named, patient_of(transaction, access, stated)?) {
                (Some(id), _) => Some(id),
                (None, Some(patient)) => of_day(transaction, patient, order)?,
                (None, None) => None,
            };
            id.map(|id| read_one(transaction, hospital, id)).transpose()
        })
    }
}

/// The patient whose number a scan states, unless another value contradicts the record.
fn patient_of(
    transaction: &Transaction<'_>,
    access: &Access,
    stated: &Identity,
) -> Result<Option<PatientId>, Stop> {
    let Some(number) = &stated.number else {
        return Ok(None);
    };
    let Some(id) = patient::with_number(transaction, access, number)? else {
        return Ok(None);
    };
    let hospital: String = transaction
        .prepare_cached("SELECT name FROM hospital WHERE id = ?1")?
        .query_row([access.hospital], |row| row.get(0))?;
    let Some((record, _)) = patient::present(transaction, access, id)? else {
        return Ok(None);
    };
    // The number may be that of a record which was merged into this one.
    let record = Identity {
        number: Some(number.clone()),
        ..Identity::of_record(&record, &hospital)
    };
    Ok(identity::compare(stated, &record).agrees.then_some(id))
}

/// The planned exam with an accession number, unless its patient is deleted.
pub(super) fn by_accession(
    transaction: &Transaction<'_>,
    hospital: i64,
    key: &str,
) -> rusqlite::Result<Option<PlannedId>> {
    transaction
        .prepare_cached(
            "SELECT id FROM planned_exam WHERE hospital_id = ?1 AND accession_key = ?2 AND state <> 'hidden'",
        )?
        .query_row(params![hospital, key], |row| row.get(0).map(PlannedId))
        .optional()
}

/// The first exam that is planned for a patient on the day of a scan. One with another accession number than the scan's is
/// another exam.
fn of_day(
    transaction: &Transaction<'_>,
    patient: PatientId,
    order: &ScanOrder,
) -> rusqlite::Result<Option<PlannedId>> {
    let Some(day) = order.scanned_on else {
        return Ok(None);
    };
    transaction
        .prepare_cached(
            "SELECT id FROM planned_exam
             WHERE patient_id = ?1 AND planned_on = ?2 AND state = 'planned'
               AND (?3 IS NULL OR accession_key IS NULL OR accession_key = ?3)
             ORDER BY id LIMIT 1",
        )?
        .query_row(params![patient.0, day.to_string(), order.key()], |row| {
            row.get(0).map(PlannedId)
        })
        .optional()
}

/// Checks that the exam with a scan's accession number is not planned for another patient. Returns the planned exam that is, if
/// the user accepted it.
///
/// # Errors
/// [`StoreError::PlannedForAnother`] when the user did not accept it.
pub(in crate::store) fn check_order(
    transaction: &Transaction<'_>,
    access: &Access,
    patient: PatientId,
    order: &ScanOrder,
    accepted: Option<PlannedId>,
) -> Result<Option<PlannedId>, Stop> {
    let Some(key) = order.key() else {
        return Ok(None);
    };
    let Some(id) = by_accession(transaction, access.hospital, &key)? else {
        return Ok(None);
    };
    let planned = read_one(transaction, access.hospital, id)?;
    match planned.patient_id == patient {
        true => Ok(None),
        false if accepted == Some(id) => Ok(Some(id)),
        false => Err(StoreError::PlannedForAnother {
            accession: planned.plan.accession,
            number: planned.patient.number,
        }
        .into()),
    }
}

/// Marks the planned exam that a saved exam belongs to as done. Returns it; none if there is none, or it is done or cancelled.
pub(in crate::store) fn tick_off(
    transaction: &Transaction<'_>,
    access: &Access,
    (patient, exam): (PatientId, ExamId),
    order: &ScanOrder,
    at: i64,
) -> Result<Option<PlannedId>, Stop> {
    let named = match order.key() {
        Some(key) => transaction
            .prepare_cached(
                "SELECT id FROM planned_exam
                 WHERE hospital_id = ?1 AND accession_key = ?2 AND patient_id = ?3 AND state = 'planned'",
            )?
            .query_row(params![access.hospital, key, patient.0], |row| {
                row.get(0).map(PlannedId)
            })
            .optional()?,
        None => None,
    };
    let found = match named {
        Some(id) => Some(id),
        None => of_day(transaction, patient, order)?,
    };
    let Some(id) = found else {
        return Ok(None);
    };
    let saved_on = || {
        let instant = Timestamp::from_microsecond(at).unwrap_or_default();
        instant.to_zoned(TimeZone::UTC).date()
    };
    let on = order.scanned_on.unwrap_or_else(saved_on);
    transaction
        .prepare_cached(
            "UPDATE planned_exam
             SET exam_id = ?2, done_on = ?3, revision = revision + 1, changed_by = ?4, changed_at = ?5
             WHERE id = ?1",
        )?
        .execute(params![id.0, exam.0, on.to_string(), access.account, at])?;
    renew(transaction, patient)?;
    record(transaction, access, at, Action::FinishPlan, id)?;
    Ok(Some(id))
}
