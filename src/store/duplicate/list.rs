//! The list of likely duplicates, a page at a time, and stating that two records are of two people.

use rusqlite::{Transaction, params};

use super::pairs::patient;
use crate::clinical::duplicate::{Likeness, compare};
use crate::clinical::patient::Patient;
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::error::Stop;
use crate::store::search::Count;
use crate::store::{
    Access, PatientId, Store, StoreError, TokenScope, dated_list, patient as patients,
};

/// Maximum number of pairs of one page.
const PAGE_ROWS: usize = 500;

/// One record of a pair.
#[derive(Debug, Clone, PartialEq)]
pub struct DuplicateSide {
    pub id: PatientId,
    pub patient: Patient,
    pub revision: u32,
    /// Number of exams.
    pub exams: u32,
}

/// Two records that may be of one person.
#[derive(Debug, Clone, PartialEq)]
pub struct DuplicatePair {
    /// The record that was made first.
    pub one: DuplicateSide,
    pub other: DuplicateSide,
    pub likeness: Likeness,
}

/// One page of the list, the most likely first.
#[derive(Debug, Clone, PartialEq)]
pub struct DuplicatePage {
    pub pairs: Vec<DuplicatePair>,
    /// Number of pairs of the whole list.
    pub total: Count,
    /// True if more pairs follow.
    pub goes_on: bool,
}

impl Store {
    /// Likely duplicates among the patients of this hospital: at most `limit` of them, and never more than 500, behind the
    /// pair `after`.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn duplicates(
        &self,
        access: &Access,
        after: Option<(u8, PatientId, PatientId)>,
        limit: usize,
    ) -> Result<DuplicatePage, StoreError> {
        let limit = limit.min(PAGE_ROWS);
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let (score, one, other) =
                after.map_or((i64::MAX, i64::MAX, i64::MAX), |(score, one, other)| {
                    (i64::from(score), one.0, other.0)
                });
            let mut found: Vec<(i64, i64)> = transaction
                .prepare_cached(
                    "SELECT one, other FROM duplicate_pair INDEXED BY duplicate_pair_by_score
                     WHERE hospital_id = ?1 AND (score, one, other) < (?2, ?3, ?4)
                     ORDER BY score DESC, one DESC, other DESC LIMIT ?5",
                )?
                .query_map(
                    params![access.hospital, score, one, other, limit as i64 + 1],
                    |row| Ok((row.get(0)?, row.get(1)?)),
                )?
                .collect::<Result<_, _>>()?;
            let goes_on = found.len() > limit;
            found.truncate(limit);
            let total = transaction
                .prepare_cached(
                    "SELECT count(*) FROM (SELECT 1 FROM duplicate_pair WHERE hospital_id = ?1 LIMIT ?2)",
                )?
                .query_row(
                    params![access.hospital, dated_list::COUNTED as i64 + 1],
                    |row| row.get(0),
                )?;
            let mut pairs = Vec::with_capacity(found.len());
            for (one, other) in found {
                let (one, other) = (PatientId(one), PatientId(other));
                pairs.extend(read(transaction, access, one, other)?);
            }
            Ok(DuplicatePage {
                pairs,
                total: dated_list::counted(total),
                goes_on,
            })
        })
    }

    /// Two records of this hospital side by side, listed or not. The likeness is empty if they are not alike.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when one does not exist, is deleted or belongs to another hospital, or both are the same.
    pub fn duplicate_pair(
        &self,
        access: &Access,
        one: PatientId,
        other: PatientId,
    ) -> Result<DuplicatePair, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            for id in [one, other] {
                patients::require(transaction, access, id)?;
            }
            if one == other {
                return Err(StoreError::NoSuchPatient.into());
            }
            let pair = read(transaction, access, one, other)?;
            pair.ok_or(StoreError::NoSuchPatient.into())
        })
    }

    /// States that two records are of two people: they are not listed any more.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] as for [`Store::duplicate_pair`].
    pub fn state_distinct(
        &self,
        access: &Access,
        one: PatientId,
        other: PatientId,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            for id in [one, other] {
                patients::require(transaction, access, id)?;
            }
            if one == other {
                return Err(StoreError::NoSuchPatient.into());
            }
            let (first, second) = (one.0.min(other.0), one.0.max(other.0));
            transaction
                .prepare_cached(
                    "INSERT OR IGNORE INTO distinct_patients (one, other, hospital_id, decided_by, decided_at)
                     VALUES (?1, ?2, ?3, ?4, ?5)",
                )?
                .execute(params![first, second, access.hospital, access.account, at])?;
            transaction
                .prepare_cached("DELETE FROM duplicate_pair WHERE one = ?1 AND other = ?2")?
                .execute(params![first, second])?;
            for id in [one, other] {
                record(transaction, access, at, Action::StateDistinct, id)?;
            }
            Ok(())
        })
    }
}

pub(super) fn record(
    transaction: &Transaction<'_>,
    access: &Access,
    at: i64,
    action: Action,
    id: PatientId,
) -> Result<(), Stop> {
    let (who, object) = (Some(access.account), Object::Patient(id));
    audit::record(transaction, at, who, action, object, Outcome::Done)?;
    Ok(())
}

/// None if one of the two is deleted.
fn read(
    transaction: &Transaction<'_>,
    access: &Access,
    one: PatientId,
    other: PatientId,
) -> Result<Option<DuplicatePair>, Stop> {
    let side = |id: PatientId| -> Result<Option<DuplicateSide>, Stop> {
        let Some(patient) = patient(transaction, id.0)? else {
            return Ok(None);
        };
        let (revision, exams) = transaction
            .prepare_cached(
                "SELECT revision, (SELECT count(*) FROM exam WHERE patient_id = ?1 AND deleted_at IS NULL)
                 FROM patient WHERE id = ?1 AND hospital_id = ?2",
            )?
            .query_row(params![id.0, access.hospital], |row| {
                Ok((row.get(0)?, row.get(1)?))
            })?;
        Ok(Some(DuplicateSide {
            id,
            patient,
            revision,
            exams,
        }))
    };
    let (Some(one), Some(other)) = (side(one)?, side(other)?) else {
        return Ok(None);
    };
    let likeness = compare(&one.patient, &other.patient).unwrap_or(Likeness {
        score: 0,
        reasons: Vec::new(),
    });
    Ok(Some(DuplicatePair {
        one,
        other,
        likeness,
    }))
}
