//! Keys and pairs of likely duplicates, kept in step with the patients.

use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

use super::known::KnownTraits;
use crate::clinical::duplicate::Traits;
use crate::clinical::patient::{Field, Patient, Sex};
use crate::store::PatientId;
use crate::store::patient::described;

/// Patients with one key that are compared, such as the many with a made-up phone number: the first ones.
const MOST_OF_A_KEY: usize = 50;

/// Maximum number of pairs that are collected before they are compared.
const PENDING_PAIRS: usize = 100_000;

/// A new patient whose keys are not written yet.
pub(in crate::store) struct Fresh {
    pub hospital: i64,
    pub id: i64,
    content: Vec<u8>,
    keys: Vec<i64>,
    traits: Traits,
}

impl Fresh {
    pub(in crate::store) fn of(hospital: i64, id: i64, patient: &Patient) -> Self {
        let traits = Traits::of(patient);
        let keys = traits.keys().into_iter().map(u64::cast_signed);
        let keys: Vec<i64> = keys.collect();
        Self {
            hospital,
            id,
            content: content(patient, &keys),
            keys,
            traits,
        }
    }
}

/// Stored facts of a patient: a digest of what is compared, then the keys.
fn content(patient: &Patient, keys: &[i64]) -> Vec<u8> {
    let mut hasher = Sha256::new();
    for text in [
        patient.number.as_str(),
        &patient.full_name,
        patient.details.get(Field::Phone),
        patient.sex.map_or("", Sex::as_str),
    ] {
        hasher.update(text);
        hasher.update([0]);
    }
    hasher.update(
        patient
            .date_of_birth
            .map_or(String::new(), |born| born.to_string()),
    );
    let digest = hasher.finalize();
    let digest = digest.iter().copied().take(8);
    let keys = keys.iter().flat_map(|key| key.to_le_bytes());
    digest.chain(keys).collect()
}

/// The keys of stored facts.
fn keys_of(content: &[u8]) -> Vec<i64> {
    let (eights, _) = content.as_chunks::<8>();
    eights
        .iter()
        .skip(1)
        .map(|key| i64::from_le_bytes(*key))
        .collect()
}

/// Updates keys and pairs of one patient after a change. Must be called in the transaction of the change.
pub(in crate::store) fn renew(
    transaction: &Transaction<'_>,
    id: PatientId,
) -> rusqlite::Result<()> {
    let present = transaction
        .prepare_cached(
            "SELECT hospital_id, deleted_at IS NOT NULL, number, full_name, date_of_birth, sex, notes, details
             FROM patient WHERE id = ?1",
        )?
        .query_row([id.0], |row| {
            Ok((row.get(0)?, row.get(1)?, described(row, 2)?))
        })
        .optional()?;
    let Some((hospital, is_deleted, patient)) = present else {
        return Ok(());
    };
    let stored: Option<Vec<u8>> = transaction
        .prepare_cached("SELECT content FROM duplicate_entry WHERE patient_id = ?1")?
        .query_row([id.0], |row| row.get(0))
        .optional()?;
    let is_deleted: bool = is_deleted;
    let fresh = (!is_deleted).then(|| Fresh::of(hospital, id.0, &patient));
    if stored.as_deref() == fresh.as_ref().map(|fresh| fresh.content.as_slice()) {
        return Ok(());
    }
    for key in keys_of(stored.as_deref().unwrap_or_default()) {
        transaction
            .prepare_cached(
                "DELETE FROM duplicate_key WHERE hospital_id = ?1 AND key = ?2 AND patient_id = ?3",
            )?
            .execute(params![hospital, key, id.0])?;
    }
    for sql in [
        "DELETE FROM duplicate_entry WHERE patient_id = ?1",
        "DELETE FROM duplicate_pair WHERE one = ?1",
        "DELETE FROM duplicate_pair WHERE other = ?1",
    ] {
        transaction.prepare_cached(sql)?.execute([id.0])?;
    }
    match fresh {
        Some(fresh) => insert(transaction, &mut vec![fresh], &mut KnownTraits::default()),
        None => Ok(()),
    }
}

/// Writes the keys of new patients in the order of the index, and the pairs that they make with each other and with those
/// before.
pub(in crate::store) fn insert(
    transaction: &Transaction<'_>,
    fresh: &mut Vec<Fresh>,
    known: &mut KnownTraits,
) -> rusqlite::Result<()> {
    let mut rows: Vec<(i64, i64, i64)> = Vec::new();
    for one in fresh.drain(..) {
        rows.extend(one.keys.iter().map(|key| (one.hospital, *key, one.id)));
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO duplicate_entry (patient_id, content) VALUES (?1, ?2)",
            )?
            .execute(params![one.id, one.content])?;
        known.keep(one.id, one.traits);
    }
    rows.sort_unstable();
    for (hospital, key, id) in &rows {
        transaction
            .prepare_cached(
                "INSERT OR IGNORE INTO duplicate_key (hospital_id, key, patient_id) VALUES (?1, ?2, ?3)",
            )?
            .execute(params![hospital, key, id])?;
    }
    let mut pairs = Vec::new();
    for group in rows.chunk_by(|one, next| (one.0, one.1) == (next.0, next.1)) {
        let Some(&(hospital, key, _)) = group.first() else {
            continue;
        };
        let all: Vec<i64> = transaction
            .prepare_cached(
                "SELECT patient_id FROM duplicate_key WHERE hospital_id = ?1 AND key = ?2 LIMIT ?3",
            )?
            .query_map(params![hospital, key, MOST_OF_A_KEY as i64], |row| {
                row.get(0)
            })?
            .collect::<Result<_, _>>()?;
        for &(_, _, id) in group {
            let others = all.iter().filter(|other| **other != id);
            pairs.extend(others.map(|&other| (hospital, id.min(other), id.max(other))));
        }
        if pairs.len() >= PENDING_PAIRS {
            pair_up(transaction, &mut pairs, known)?;
        }
    }
    pair_up(transaction, &mut pairs, known)
}

/// Lists the pairs that are alike and not stated to be two people.
fn pair_up(
    transaction: &Transaction<'_>,
    pairs: &mut Vec<(i64, i64, i64)>,
    known: &mut KnownTraits,
) -> rusqlite::Result<()> {
    // Two patients can share several keys.
    pairs.sort_unstable();
    pairs.dedup();
    for (hospital, one, other) in pairs.drain(..) {
        let Some(likeness) = known.likeness(transaction, one, other)? else {
            continue;
        };
        transaction
            .prepare_cached(
                "INSERT OR REPLACE INTO duplicate_pair (one, other, hospital_id, score)
                 SELECT ?1, ?2, ?3, ?4
                 WHERE NOT EXISTS (SELECT 1 FROM distinct_patients WHERE one = ?1 AND other = ?2)",
            )?
            .execute(params![one, other, hospital, likeness.score])?;
    }
    Ok(())
}

/// None for a deleted patient.
pub(super) fn patient(transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<Option<Patient>> {
    transaction
        .prepare_cached(
            "SELECT number, full_name, date_of_birth, sex, notes, details FROM patient
             WHERE id = ?1 AND deleted_at IS NULL",
        )?
        .query_row([id], |row| described(row, 0))
        .optional()
}

/// Patients whose keys are written at once while everything is rebuilt.
const BATCH: usize = 20_000;

/// Computes all keys and pairs again.
pub(in crate::store) fn rebuild(transaction: &Transaction<'_>) -> rusqlite::Result<()> {
    transaction.execute_batch(
        "DELETE FROM duplicate_pair; DELETE FROM duplicate_key; DELETE FROM duplicate_entry;",
    )?;
    let mut behind = i64::MIN;
    let mut known = KnownTraits::default();
    loop {
        let mut fresh: Vec<Fresh> = transaction
            .prepare_cached(
                "SELECT id, hospital_id, number, full_name, date_of_birth, sex, notes, details FROM patient
                 WHERE id > ?1 AND deleted_at IS NULL ORDER BY id LIMIT ?2",
            )?
            .query_map(params![behind, BATCH as i64], |row| {
                Ok(Fresh::of(row.get(1)?, row.get(0)?, &described(row, 2)?))
            })?
            .collect::<Result<_, _>>()?;
        let Some(last) = fresh.last() else {
            return Ok(());
        };
        behind = last.id;
        insert(transaction, &mut fresh, &mut known)?;
    }
}
