//! Bytes of pictures and files in the database, read with their hash.

use rusqlite::{OptionalExtension, params};
use sha2::{Digest, Sha256};

use super::{Access, Store, StoreError, TokenScope};
use crate::text::hexadecimal;

/// SHA-256 of the bytes, lower-case hexadecimal.
pub(super) fn sha256(bytes: &[u8]) -> String {
    hexadecimal(&Sha256::digest(bytes))
}

impl Store {
    /// The bytes of row `id` of this hospital, verified against their hash. `sql` selects both by id and
    /// hospital; `scope` is what a token needs.
    ///
    /// # Errors
    /// `missing` if there is no such row, `damaged` if the bytes do not match the hash.
    pub(super) fn verified_bytes(
        &self,
        access: &Access,
        scope: TokenScope,
        sql: &str,
        id: i64,
        [missing, damaged]: [StoreError; 2],
    ) -> Result<Vec<u8>, StoreError> {
        // Reading and hashing megabytes must not block writers.
        let (bytes, kept) = self.read(|transaction| {
            access.require(transaction, scope)?;
            let found = transaction
                .prepare_cached(sql)?
                .query_row(params![id, access.hospital], |row| {
                    Ok((row.get::<_, Vec<u8>>(0)?, row.get::<_, String>(1)?))
                })
                .optional()?;
            Ok(found.ok_or(missing)?)
        })?;
        match sha256(&bytes) == kept {
            true => Ok(bytes),
            false => Err(damaged),
        }
    }
}
