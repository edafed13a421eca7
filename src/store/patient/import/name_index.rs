//! Index of the known patients by name and date of birth, so that a row of a file need not be compared with every record.
//!
//! Names are compared folded, for which the database has no index. So the names of the hospital are read once and stored as
//! hashes. A patient found by hash is read and compared before any decision.

use std::hash::{DefaultHasher, Hash, Hasher};

use jiff::civil::Date;
use rusqlite::{Row, Transaction, params};

use super::super::date;
use super::hashed_ids::HashedIds;
use crate::clinical::text::fold;
use crate::store::error::Stop;
use crate::store::{Access, Store};

/// The patients of a hospital by the hash of name and date of birth.
#[derive(Debug)]
pub(super) struct NameIndex {
    ids: HashedIds,
    /// The last log entry that is included.
    seq: i64,
}

impl NameIndex {
    /// Reads the names of all patients.
    pub(super) fn of(
        store: &Store,
        transaction: &Transaction<'_>,
        access: &Access,
    ) -> Result<Self, Stop> {
        let mut name_index = Self::empty(store);
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

    pub(super) fn empty(store: &Store) -> Self {
        Self {
            ids: HashedIds::beside(store.home()),
            seq: 0,
        }
    }

    /// Adds the changes that others made to patients since, as recorded in the log. Returns these patients.
    pub(super) fn catch_up(
        &mut self,
        transaction: &Transaction<'_>,
        access: &Access,
    ) -> Result<Vec<i64>, Stop> {
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

    fn take(&mut self, row: &Row<'_>) -> Result<(), Stop> {
        let full_name = row.get_ref(1)?.as_str().map_err(rusqlite::Error::from)?;
        self.enter(row.get(0)?, full_name, date(row, 2)?)
    }

    /// Adds a patient. A patient whose name has changed is still found by the earlier one.
    pub(super) fn enter(
        &mut self,
        id: i64,
        full_name: &str,
        born: Option<Date>,
    ) -> Result<(), Stop> {
        self.ids.add(key(full_name, born), id)
    }

    /// The candidates for this name and date of birth, the first record first.
    pub(super) fn alike(&self, full_name: &str, born: Option<Date>) -> Result<Vec<i64>, Stop> {
        self.ids.of(key(full_name, born))
    }
}

fn key(full_name: &str, born: Option<Date>) -> u64 {
    let mut hasher = DefaultHasher::new();
    (fold(full_name), born).hash(&mut hasher);
    hasher.finish()
}
