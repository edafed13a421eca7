//! The doctors named in a hospital's records, with the number of records that name each, as choices for a filter.

use rusqlite::{Transaction, params};

use super::stored::Entry;
use crate::clinical::patient::{Field, Patient};
use crate::store::{Access, Store, StoreError, TokenScope};

/// Maximum number of doctors that [`Store::doctors`] returns.
const MAX_DOCTORS: u32 = 500;

impl Store {
    /// The assigned doctors in the records of this hospital, most frequent first; at most 500. Spellings that differ only in case
    /// or accents count as one, written as in one of the records.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn doctors(&self, access: &Access) -> Result<Vec<String>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let names = transaction
                .prepare_cached(
                    "SELECT name FROM doctor WHERE hospital_id = ?1
                     ORDER BY patients DESC, name_key LIMIT ?2",
                )?
                .query_map(params![access.hospital, MAX_DOCTORS], |row| row.get(0))?
                .collect::<Result<_, _>>()?;
            Ok(names)
        })
    }
}

/// Updates the counts after a change of one record: one more for the doctor that it names now, one less for the one that it named
/// before.
pub(super) fn replace(
    transaction: &Transaction<'_>,
    hospital: i64,
    old: Option<&Entry>,
    new: Option<(&Entry, &Patient)>,
) -> rusqlite::Result<()> {
    let named = |entry: &Entry| entry.value(Field::Doctor).to_owned();
    let old = old.map(named).unwrap_or_default();
    let now = new.map(|(entry, _)| named(entry)).unwrap_or_default();
    if old == now {
        return Ok(());
    }
    if !old.is_empty() {
        transaction
            .prepare_cached(
                "UPDATE doctor SET patients = patients - 1 WHERE hospital_id = ?1 AND name_key = ?2",
            )?
            .execute(params![hospital, old])?;
        transaction
            .prepare_cached(
                "DELETE FROM doctor WHERE hospital_id = ?1 AND name_key = ?2 AND patients <= 0",
            )?
            .execute(params![hospital, old])?;
    }
    if let Some((_, patient)) = new.filter(|_| !now.is_empty()) {
        transaction
            .prepare_cached(
                "INSERT INTO doctor (hospital_id, name_key, name, patients) VALUES (?1, ?2, ?3, 1)
                 ON CONFLICT DO UPDATE SET patients = patients + 1, name = excluded.name",
            )?
            .execute(params![hospital, now, patient.details.get(Field::Doctor)])?;
    }
    Ok(())
}
