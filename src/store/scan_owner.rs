//! Check of a scan's stated patient against the record that its exam is saved to, in the transaction that saves it.

use rusqlite::{Transaction, params};

use super::error::Stop;
use super::{Access, PatientId, PlannedId, ScanOrder, StoreError, patient};
use crate::clinical::identity::{self, Contradiction, Identity};
use crate::clinical::scanned_study::ScannedStudy;

/// The patient stated by the scan, and the user's answer about it. The default is a scan that states nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ScanOwner {
    /// The identity as the scan states it.
    pub stated: Identity,
    /// Patient and study as the scan's files write them, for the objects that are made of the exam; none if no study is stated.
    pub study: Option<Box<ScannedStudy>>,
    /// The contradictions to the record that the user was shown and accepted.
    pub accepted: Vec<Contradiction>,
    /// Accession number and day of the scan, by which its planned exam is found.
    pub order: ScanOrder,
    /// The exam that is planned with that number for another patient, as the user was shown and accepted.
    pub accepted_plan: Option<PlannedId>,
}

impl ScanOwner {
    /// Returns true if the scan contradicts the record of `id` and the user accepted that.
    ///
    /// # Errors
    /// [`StoreError::AnotherPatient`] for a contradiction that the user did not accept.
    pub(super) fn check(
        &self,
        transaction: &Transaction<'_>,
        access: &Access,
        id: PatientId,
    ) -> Result<bool, Stop> {
        if !self.stated.is_stated() {
            return Ok(false);
        }
        let (record, hospital) = transaction
            .prepare_cached(
                "SELECT number, full_name, date_of_birth, sex, notes, details, hospital.name
                 FROM patient JOIN hospital ON hospital.id = patient.hospital_id
                 WHERE patient.id = ?1 AND patient.hospital_id = ?2",
            )?
            .query_row(params![id.0, access.hospital], |row| {
                let hospital: String = row.get(6)?;
                Ok((patient::described(row, 0)?, hospital))
            })?;
        let mut record = Identity::of_record(&record, &hospital);
        let owner = match &self.stated.number {
            Some(number) => patient::with_number(transaction, access, number)?,
            None => None,
        };
        // The number of a record that was merged into this one is the person's as well.
        if owner == Some(id) {
            record.number.clone_from(&self.stated.number);
        }
        let mut found = identity::compare(&self.stated, &record).contradictions;
        if owner.is_some_and(|owner| owner != id) {
            identity::contradict(&mut found, Contradiction::Number);
        }
        match found.iter().all(|found| self.accepted.contains(found)) {
            true => Ok(!found.is_empty()),
            false => Err(StoreError::AnotherPatient {
                contradictions: found,
            }
            .into()),
        }
    }
}
