//! Preferences of an account: the columns of a table, the folder for exports.

use rusqlite::{OptionalExtension, params};

use super::{Access, Store, StoreError, TokenScope};

/// Maximum number of bytes of one preference.
pub const PREFERENCE_BYTES: usize = 64 << 10;

impl Store {
    /// The account's preference under this name; none if it was never set.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn preference(&self, access: &Access, name: &str) -> Result<Option<String>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            Ok(transaction
                .prepare_cached(
                    "SELECT content FROM preference WHERE account_id = ?1 AND name = ?2",
                )?
                .query_row(params![access.account, name], |row| row.get(0))
                .optional()?)
        })
    }

    /// Stores a preference of the account under a name of 1 to 64 characters, in place of an earlier one. It contains nothing
    /// about a patient, so the audit log has no entry for it.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database, also for more than [`PREFERENCE_BYTES`].
    pub fn prefer(&self, access: &Access, name: &str, content: &str) -> Result<(), StoreError> {
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            transaction
                .prepare_cached(
                    "INSERT INTO preference (account_id, name, content) VALUES (?1, ?2, ?3)
                     ON CONFLICT (account_id, name) DO UPDATE SET content = excluded.content",
                )?
                .execute(params![access.account, name, content])?;
            Ok(())
        })
    }
}
