//! Index of the known patients by name and date of birth, so that a row of a file need not be compared with every record.
//!
//! Names are compared folded, for which the database has no index. So the names of the hospital are read once and stored as
//! hashes: 16 bytes per patient. A patient found by hash is read and compared before any decision.

use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::civil::Date;
use rusqlite::{Row, Transaction, params};

use super::super::date;
use crate::clinical::text::fold;
use crate::store::Access;

/// Maximum number of records that are compared for one row: the first ones with that name and date of birth.
const MAX_CANDIDATES: usize = 20;

/// The patients of a hospital by the hash of name and date of birth.
#[derive(Debug, Default)]
pub(super) struct NameIndex {
    known: HashMap<u64, i64>,
    /// Further patients with the same hash.
    others: HashMap<u64, Vec<i64>>,
    /// The last log entry that is included.
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

    /// Adds the changes that others made to patients since, as recorded in the log. Returns these patients.
    pub(super) fn catch_up(
        &mut self,
        transaction: &Transaction<'_>,
        access: &Access,
    ) -> rusqlite::Result<Vec<i64>> {
        let mut ids = Vec::new();
        let mut changed = transaction.prepare_cached(
            "SELECT id, full_name, date_of_birth FROM patient
             WHERE hospital_id = ?1 AND deleted_at IS NULL
               AND id IN (SELECT object_id FROM audit WHERE seq > ?2 AND object_kind = 'patient')",
        )?;
        let mut rows = changed.query(params![access.hospital, self.seq])?;
        while let Some(row) = rows.next()? {
            self.take(row)?;
            ids.push(row.get(0)?);
        }
        self.is_up_to_date(transaction)?;
        Ok(ids)
    }

    /// Marks all present log entries as included.
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

    /// Adds a patient. A patient whose name has changed is still found by the earlier one.
    pub(super) fn enter(&mut self, id: i64, full_name: &str, born: Option<Date>) {
        let key = key(full_name, born);
        let first = *self.known.entry(key).or_insert(id);
        if first == id {
            return;
        }
        let others = self.others.entry(key).or_default();
        if others.len() < MAX_CANDIDATES && !others.contains(&id) {
            others.push(id);
        }
    }

    /// The candidates for this name and date of birth, the first record first.
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
