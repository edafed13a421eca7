//! Comparison of a backup with the present records: its owner, its age, and the changes that restoring would lose.
//!
//! Both logs are compared seal by seal. Logs of one installation begin with the same seals; all changes of records after the last
//! common seal are lost by restoring. The clock is not used.

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction};

use super::backup::{self, Contents};
use crate::store::audit::Action;
use crate::store::error::Stop;
use crate::store::{Store, StoreError};

/// One of the two databases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Side {
    pub contents: Contents,
    /// Time of the last change of its records, accounts or hospitals; none if the log has no change.
    pub newest_change: Option<Timestamp>,
}

/// A backup beside the records that it would replace.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comparison {
    pub backup: Side,
    /// None if there are no records, or none that open.
    pub present: Option<Side>,
    /// True if the backup is of another installation than the records.
    pub foreign: bool,
    /// Number of changes in the records that the backup lacks.
    pub lost: i64,
    /// The number of the last entry that both logs share.
    shared: i64,
}

impl Comparison {
    /// Compares the backup with the present records, if there are any that open.
    pub(super) fn of(backup: &Store, present: Option<&Store>) -> Result<Self, StoreError> {
        let shared = match present {
            Some(present) => shared(backup, present)?,
            None => 0,
        };
        let lost = match present {
            Some(present) => present.read(|transaction| changes_after(transaction, shared))?,
            None => 0,
        };
        Ok(Self {
            backup: side(backup)?,
            present: present.map(side).transpose()?,
            foreign: present.is_some() && shared == 0,
            lost,
            shared,
        })
    }

    /// The present value of [`Comparison::lost`] in the records.
    pub(super) fn lost_now(&self, present: &Transaction<'_>) -> Result<i64, Stop> {
        changes_after(present, self.shared)
    }
}

fn side(store: &Store) -> Result<Side, StoreError> {
    let contents =
        backup::contents(store.file(), store.key()).map_err(|stop| stop.explain(store.file()))?;
    let newest: Option<i64> = store.read(|transaction| {
        let sql = format!("SELECT max(at) FROM audit WHERE {}", changes());
        Ok(transaction.query_row(&sql, [], |row| row.get(0))?)
    })?;
    Ok(Side {
        contents,
        newest_change: newest.and_then(|at| Timestamp::from_microsecond(at).ok()),
    })
}

/// The number of the last entry that both logs share; 0 where they share none.
fn shared(one: &Store, other: &Store) -> Result<i64, StoreError> {
    one.read(|first| {
        let shared = other.read(|second| {
            let end = |transaction: &Transaction<'_>| -> rusqlite::Result<i64> {
                Ok(seal_until(transaction, i64::MAX)?.map_or(0, |seal| seal.0))
            };
            // Seals are a chain: if one is equal, all before it are.
            let (mut low, mut high) = (0, end(first)?.min(end(second)?));
            while low < high {
                let middle = low + (high - low + 1) / 2;
                let seal = seal_until(first, middle)?;
                match seal.is_some() && seal == seal_until(second, middle)? {
                    true => low = middle,
                    false => high = middle - 1,
                }
            }
            Ok(low)
        });
        Ok(shared?)
    })
}

/// The last seal up to entry `seq`: the entry's number, the hash and the MAC. The MAC is under the key of the installation, so
/// that two logs with equal entries at equal times are not taken for one.
fn seal_until(transaction: &Transaction<'_>, seq: i64) -> rusqlite::Result<Option<Seal>> {
    transaction
        .prepare_cached(
            "SELECT seq, hash, mac FROM audit_seal WHERE seq <= ?1 ORDER BY seq DESC LIMIT 1",
        )?
        .query_row([seq], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()
}

type Seal = (i64, [u8; 32], [u8; 32]);

/// Number of changes in the log after entry `seq`.
fn changes_after(transaction: &Transaction<'_>, seq: i64) -> Result<i64, Stop> {
    let sql = format!(
        "SELECT count(*) FROM audit WHERE seq > ?1 AND {}",
        changes()
    );
    Ok(transaction.query_row(&sql, [seq], |row| row.get(0))?)
}

/// The SQL condition for entries of changes.
fn changes() -> String {
    let others = Action::WITHOUT_CHANGE.map(|action| format!("'{}'", action.as_str()));
    format!("outcome = 'done' AND action NOT IN ({})", others.join(", "))
}
