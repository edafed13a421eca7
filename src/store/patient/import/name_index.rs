//! Who is known, by name and date of birth, so that a row of a file need not be held against every record.
//!
//! Names are compared folded, which no index of the database knows. So the names of the hospital are read once and
//! kept as hashes: 16 bytes a patient. A patient that a hash names is read and compared before anything is decided.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::civil::Date;
use rusqlite::{Row, Transaction, params};

use super::super::date;
use crate::clinical::text::fold;
use crate::store::Access;

/// Most records that are looked at for one row: of more people of one name and birth, the first.
const MOST_ALIKE: usize = 20;

/// The patients of a hospital by the hash of name and birth.
#[derive(Debug, Default)]
pub(super) struct NameIndex {
    known: HashMap<u64, i64>,
    /// Further patients of a hash that has one already.
    others: HashMap<u64, Vec<i64>>,
    /// The last entry of the log that it knows of.
    seq: i64,
}

impl NameIndex {
    pub(super) fn of(transaction: &Transaction<'_>, access: &Access) -> rusqlite::Result<Self> {
        let mut name_index = Self::default();
        let mut all = transaction.prepare(
            "SELECT id, full_name, date_of_birth FROM patient
             WHERE hospital_id = ?1 AND deleted_at IS NULL ORDER BY id",
        )?;
        let mut rows = all.query([access.hospital])?;
        while let Some(row) = rows.next()? {
            name_index.take(row)?;
        }
        name_index.is_up_to_date(transaction)?;
        Ok(name_index)
    }

    /// Takes in what others did to patients since, as the log tells it.
    pub(super) fn catch_up(
        &mut self,
        transaction: &Transaction<'_>,
        access: &Access,
    ) -> rusqlite::Result<()> {
        let mut changed = transaction.prepare_cached(
            "SELECT id, full_name, date_of_birth FROM patient
             WHERE hospital_id = ?1 AND deleted_at IS NULL
               AND id IN (SELECT object_id FROM audit WHERE seq > ?2 AND object_kind = 'patient')",
        )?;
        let mut rows = changed.query(params![access.hospital, self.seq])?;
        while let Some(row) = rows.next()? {
            self.take(row)?;
        }
        self.is_up_to_date(transaction)
    }

    /// Says that the log tells nothing more that it does not know.
    pub(super) fn is_up_to_date(&mut self, transaction: &Transaction<'_>) -> rusqlite::Result<()> {
        self.seq = transaction
            .prepare_cached("SELECT coalesce(max(seq), 0) FROM audit")?
            .query_row([], |row| row.get(0))?;
        Ok(())
    }

    fn take(&mut self, row: &Row<'_>) -> rusqlite::Result<()> {
        self.enter(row.get(0)?, row.get_ref(1)?.as_str()?, date(row, 2)?);
        Ok(())
    }

    /// Adds a patient. Whoever had another name before is still found by that.
    pub(super) fn enter(&mut self, id: i64, full_name: &str, born: Option<Date>) {
        let key = key(full_name, born);
        let first = *self.known.entry(key).or_insert(id);
        if first == id {
            return;
        }
        let others = self.others.entry(key).or_default();
        if others.len() < MOST_ALIKE && !others.contains(&id) {
            others.push(id);
        }
    }

    /// Who may have this name and birth, the first record first.
    pub(super) fn alike(&self, full_name: &str, born: Option<Date>) -> Vec<i64> {
        let key = key(full_name, born);
        let first = self.known.get(&key).copied();
        let others = self.others.get(&key).into_iter().flatten().copied();
        first.into_iter().chain(others).collect()
    }
}

fn key(full_name: &str, born: Option<Date>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (fold(full_name), born).hash(&mut hasher);
    hasher.finish()
}
