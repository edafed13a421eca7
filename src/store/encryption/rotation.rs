//! Changing the key of the database.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use rusqlite::{Connection, OpenFlags};

use super::cipher;
use super::key::file::{self, KeyFile, next_path_in, path_in};
use super::key::{DatabaseKey, Passphrase};
use super::lock::Turn;
use crate::store::error::{Stop, StoreError};
use crate::store::{Owner, Store, home};

/// The new key of a database.
#[derive(Debug, Clone)]
pub enum NewKey {
    /// A new random key in the key file.
    File,
    /// This passphrase.
    Passphrase(Passphrase),
}

impl Store {
    /// Encrypts the whole database under another key. The old key then opens only the backups that were made with it.
    ///
    /// A process that is killed in between leaves the old key or the new one in use, and the next start finds out which.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] when the right was withdrawn; [`StoreError::NotAlone`] when another process, or
    /// another clone of this store, has the database open.
    pub fn rotate_key(self, owner: &Owner, new: &NewKey) -> Result<(), StoreError> {
        self.read(|transaction| owner.require(transaction))?;
        let old = self.key().clone();
        let (home, file) = (self.home().to_path_buf(), self.file().to_path_buf());
        if Arc::strong_count(&self.shared) > 1 {
            return Err(StoreError::NotAlone { file });
        }
        let (key, content) = match new {
            NewKey::File => {
                let key = DatabaseKey::fresh()?;
                (key.clone(), KeyFile::Key(key))
            }
            NewKey::Passphrase(passphrase) => (
                DatabaseKey::fresh_from_passphrase(passphrase)?,
                KeyFile::Passphrase,
            ),
        };
        let turn = Turn::take(&home)?;
        self.shared.presence()?.alone(&home, &turn)?;
        self.renew_area_key()?;
        self.hand_over_audit_log(Some(owner.account()), &key.audit_key())?;
        let Some(shared) = Arc::into_inner(self.shared) else {
            return Err(StoreError::NotAlone { file });
        };
        // Ends the connections and lets no other process in.
        let _alone = shared.close();
        replace_database(&home, &file, &old, &key, &content).map_err(|stop| stop.explain(&file))
    }
}

/// The caller is alone with the database.
fn replace_database(
    home: &Path,
    file: &Path,
    old: &DatabaseKey,
    key: &DatabaseKey,
    content: &KeyFile,
) -> Result<(), Stop> {
    file::replace(&next_path_in(home), content)?;
    let aside = home::next_database(file);
    if let Err(error) = copy_under(key, old, file, &aside) {
        cipher::remove(&aside);
        // The next start removes it if this fails.
        let _ = fs::remove_file(next_path_in(home));
        return Err(error);
    }
    take_place(home, file, &aside).map_err(|error| StoreError::home(home, error))?;
    Ok(())
}

fn copy_under(key: &DatabaseKey, old: &DatabaseKey, file: &Path, aside: &Path) -> Result<(), Stop> {
    let source = cipher::connect(file, Some(old), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    fold_log(&source, file)?;
    let contents = cipher::copy(&source, aside, key, StoreError::home)?;
    cipher::verify(aside, key, Some(&contents))
}

/// Writes all of the write-ahead log back into the file itself. A remaining log would be taken for the new file's.
pub(in crate::store) fn fold_log(source: &Connection, file: &Path) -> Result<(), Stop> {
    let mode: String =
        source.pragma_update_and_check(None, "journal_mode", "DELETE", |row| row.get(0))?;
    match mode.as_str() {
        "delete" => Ok(()),
        _ => Err(StoreError::Busy {
            file: file.to_path_buf(),
        }
        .into()),
    }
}

/// Renames the new files to the names of database and key: the database first, so that the present key or the next key opens it.
pub(in crate::store) fn take_place(home: &Path, file: &Path, aside: &Path) -> std::io::Result<()> {
    fs::rename(aside, file)?;
    file::sync_folder_of(file)?;
    if next_path_in(home).exists() {
        fs::rename(next_path_in(home), path_in(home))?;
        file::sync_folder_of(file)?;
    }
    Ok(())
}
