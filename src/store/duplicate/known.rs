//! Values of patients that were compared, so that patients whom many others resemble are not read anew for each of them.

use std::collections::HashMap;

use rusqlite::{OptionalExtension, Transaction};

use crate::clinical::duplicate::{Likeness, Traits};
use crate::store::patient::described;

/// Number of patients that are certainly held, of those that were compared last: some 10 MB.
const HELD: usize = 30_000;

/// The values of the patients that were compared last. A patient that is changed must be forgotten.
#[derive(Debug, Default)]
pub(in crate::store) struct KnownTraits {
    recent: HashMap<i64, Option<Traits>>,
    /// Held until `recent` is full again.
    earlier: HashMap<i64, Option<Traits>>,
}

impl KnownTraits {
    /// Holds the values of a patient.
    pub(super) fn keep(&mut self, id: i64, traits: Traits) {
        self.hold(id, Some(traits));
    }

    /// Forgets a patient whose record may have changed.
    pub(in crate::store) fn forget(&mut self, id: i64) {
        self.recent.remove(&id);
        self.earlier.remove(&id);
    }

    /// Compares two patients; none if they are not alike, or one of them is deleted.
    pub(super) fn likeness(
        &mut self,
        transaction: &Transaction<'_>,
        one: i64,
        other: i64,
    ) -> rusqlite::Result<Option<Likeness>> {
        self.load(transaction, one)?;
        self.load(transaction, other)?;
        let pair = self.get(one).zip(self.get(other));
        Ok(pair.and_then(|(one, other)| one.likeness(other)))
    }

    fn get(&self, id: i64) -> Option<&Traits> {
        let held = self.recent.get(&id).or_else(|| self.earlier.get(&id));
        held.and_then(Option::as_ref)
    }

    fn load(&mut self, transaction: &Transaction<'_>, id: i64) -> rusqlite::Result<()> {
        if self.recent.contains_key(&id) {
            return Ok(());
        }
        let traits = match self.earlier.remove(&id) {
            Some(held) => held,
            None => transaction
                .prepare_cached(
                    "SELECT number, full_name, date_of_birth, sex, notes, details FROM patient
                     WHERE id = ?1 AND deleted_at IS NULL",
                )?
                .query_row([id], |row| Ok(Traits::of(&described(row, 0)?)))
                .optional()?,
        };
        self.hold(id, traits);
        Ok(())
    }

    fn hold(&mut self, id: i64, traits: Option<Traits>) {
        if self.recent.len() >= HELD {
            self.earlier = std::mem::take(&mut self.recent);
        }
        self.recent.insert(id, traits);
    }
}
