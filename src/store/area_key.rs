//! Keys of the files in the accounts' areas of a server.
//!
//! They are random and lie in the encrypted database, so the key of the database protects them, and a backup has them with the
//! records. A rotation of the database's key begins a new one for the files that are written from then on.

use rusqlite::{Transaction, params};
use zeroize::Zeroizing;

use super::Store;
use super::error::{Stop, StoreError};
use crate::sealed::{AreaKeys, KEY_BYTES};

impl Store {
    /// The keys of the areas; the first one is made if there is none.
    ///
    /// # Errors
    /// [`StoreError::NoRandomness`], or an error of the database, also where it can only be read and has no key yet.
    pub fn area_keys(&self) -> Result<AreaKeys, StoreError> {
        if let Some(keys) = self.read(read)? {
            return Ok(keys);
        }
        let key = fresh()?;
        self.write(|transaction| {
            // Another process may have been faster.
            match read(transaction)? {
                Some(keys) => Ok(keys),
                None => Ok(AreaKeys::first(add(transaction, &key)?, key)),
            }
        })
    }

    /// Begins a new key, where there is one.
    pub(super) fn renew_area_key(&self) -> Result<(), StoreError> {
        let key = fresh()?;
        self.write(|transaction| match read(transaction)? {
            Some(_) => add(transaction, &key).map(|_| ()),
            None => Ok(()),
        })
    }
}

fn fresh() -> Result<Zeroizing<[u8; KEY_BYTES]>, StoreError> {
    let mut key = Zeroizing::new([0; KEY_BYTES]);
    getrandom::fill(&mut key[..]).map_err(StoreError::NoRandomness)?;
    Ok(key)
}

/// Adds a key and returns its number.
fn add(transaction: &Transaction<'_>, key: &[u8; KEY_BYTES]) -> Result<u32, Stop> {
    let number = transaction
        .prepare_cached("INSERT INTO area_key (key) VALUES (?1) RETURNING number")?
        .query_row(params![&key[..]], |row| row.get(0))?;
    Ok(number)
}

fn read(transaction: &Transaction<'_>) -> Result<Option<AreaKeys>, Stop> {
    let keys = transaction
        .prepare_cached("SELECT number, key FROM area_key")?
        .query_map([], |row| {
            let key: Zeroizing<[u8; KEY_BYTES]> = Zeroizing::new(row.get(1)?);
            Ok((row.get(0)?, key))
        })?
        .collect::<Result<_, _>>()?;
    Ok(AreaKeys::new(keys))
}
