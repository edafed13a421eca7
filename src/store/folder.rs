//! The folders that an account opened last.

use std::ffi::OsString;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::path::{Path, PathBuf};

use rusqlite::params;

use super::{Access, Store, StoreError, TokenScope};

/// Number of folders that are stored.
pub const RECENT_FOLDERS: usize = 8;

impl Store {
    /// The folders that this account opened last, newest first, at most [`RECENT_FOLDERS`].
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn recent_folders(&self, access: &Access) -> Result<Vec<PathBuf>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let mut newest = transaction.prepare_cached(
                "SELECT path FROM recent_folder WHERE account_id = ?1
                 ORDER BY used_at DESC, path LIMIT ?2",
            )?;
            let folders = newest
                .query_map(params![access.account, RECENT_FOLDERS as i64], |row| {
                    row.get(0).map(path_from_bytes)
                })?
                .collect::<Result<_, _>>()?;
            Ok(folders)
        })
    }

    /// Puts `folder` at the top of the folders opened last.
    ///
    /// # Errors
    /// [`StoreError::InvalidFolder`] for an empty path.
    pub fn add_recent_folder(&self, access: &Access, folder: &Path) -> Result<(), StoreError> {
        if folder.as_os_str().is_empty() {
            return Err(StoreError::InvalidFolder {
                path: folder.to_path_buf(),
            });
        }
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            // Later than every other one, even if the clock stopped or was set back.
            transaction
                .prepare_cached(
                    "INSERT INTO recent_folder (account_id, path, used_at)
                     SELECT ?1, ?2, max(?3, 1 + coalesce(max(used_at), 0))
                     FROM recent_folder WHERE account_id = ?1
                     ON CONFLICT (account_id, path) DO UPDATE SET used_at = excluded.used_at",
                )?
                .execute(params![access.account, path_bytes(folder), at])?;
            transaction
                .prepare_cached(
                    "DELETE FROM recent_folder WHERE account_id = ?1 AND path NOT IN (
                         SELECT path FROM recent_folder WHERE account_id = ?1
                         ORDER BY used_at DESC, path LIMIT ?2)",
                )?
                .execute(params![access.account, RECENT_FOLDERS as i64])?;
            Ok(())
        })
    }
}

/// A path as the file system knows it, UTF-8 or not.
pub(super) fn path_bytes(path: &Path) -> &[u8] {
    path.as_os_str().as_bytes()
}

/// The path made of the bytes of [`path_bytes`].
pub(super) fn path_from_bytes(bytes: Vec<u8>) -> PathBuf {
    PathBuf::from(OsString::from_vec(bytes))
}
