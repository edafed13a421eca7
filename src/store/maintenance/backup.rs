//! Backup of the database into one encrypted file, while other processes work.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use rusqlite::{Connection, OpenFlags};

use crate::store::audit::Action;
use crate::store::connection::{LOCK_TIMEOUT, wait_for_others};
use crate::store::error::{Stop, StoreError};
use crate::store::key::DatabaseKey;
use crate::store::key::file::sync_folder_of;
use crate::store::{HEAD_FILE_NAME, Owner, Store, cipher};
use crate::whole_file;

/// Content of a backup, as read back from the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Size of the file in bytes.
    pub bytes: u64,
    pub hospitals: i64,
    pub accounts: i64,
    pub patients: i64,
    pub exams: i64,
    /// Rows of the audit log.
    pub audit_entries: i64,
}

impl Store {
    /// Copies the present database into the new file `target`, under the same key, and verifies the copy: every page's seal,
    /// SQLite's integrity check, the foreign keys and the number of rows of every table. The file appears complete or not at all.
    /// Others can read and write meanwhile.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`] when the right was withdrawn; [`StoreError::BackupExists`] when the file exists and `replace` is
    /// not set; [`StoreError::BackupUnusable`] when the place cannot be written.
    pub fn back_up(
        &self,
        owner: &Owner,
        target: &Path,
        replace: bool,
    ) -> Result<Contents, StoreError> {
        if is_file_of_home(self.home(), self.file(), target) {
            return Err(StoreError::BackupUnusable {
                file: target.to_path_buf(),
                source: io::Error::other("it is the database itself"),
            });
        }
        whole_file::require_replaceable(target)
            .map_err(|source| StoreError::backup(target, source))?;
        if !replace && fs::symlink_metadata(target).is_ok() {
            return Err(StoreError::BackupExists {
                file: target.to_path_buf(),
            });
        }
        // First, so that the copy contains the entry about itself.
        self.log_maintenance(owner, Action::BackUp)?;
        let aside = cipher::beside(target, &format!(".partial-{}", std::process::id()));
        let made = self.fill(&aside).and_then(|contents| {
            publish(&aside, target, replace)?;
            Ok(contents)
        });
        cipher::remove(&aside);
        made.map_err(|stop| stop.explain(target))
    }

    /// Reads every page of the database and checks its seal, then SQLite's own structures.
    ///
    /// # Errors
    /// [`StoreError::Damaged`] if any check fails.
    pub fn check_every_page(&self) -> Result<(), StoreError> {
        cipher::verify(self.file(), self.key(), None).map_err(|stop| stop.explain(self.file()))
    }

    fn fill(&self, aside: &Path) -> Result<Contents, Stop> {
        let mut source = cipher::connect(
            self.file(),
            Some(self.key()),
            OpenFlags::SQLITE_OPEN_READ_WRITE,
        )?;
        wait_for_others(&mut source, LOCK_TIMEOUT)?;
        let rows = cipher::copy(&source, aside, self.key(), StoreError::backup)?;
        cipher::verify(aside, self.key(), Some(&rows))?;
        contents(aside, self.key())
    }
}

/// Content of the database `file`.
pub(in crate::store) fn contents(file: &Path, key: &DatabaseKey) -> Result<Contents, Stop> {
    let connection = cipher::connect(file, Some(key), OpenFlags::SQLITE_OPEN_READ_ONLY)?;
    let count = |table: &str| -> rusqlite::Result<i64> { rows(&connection, table) };
    Ok(Contents {
        bytes: fs::metadata(file)
            .map_err(|error| StoreError::backup(file, error))?
            .len(),
        hospitals: count("hospital")?,
        accounts: count("account")?,
        patients: count("patient")?,
        exams: count("exam")?,
        audit_entries: count("audit")?,
    })
}

fn rows(connection: &Connection, table: &str) -> rusqlite::Result<i64> {
    connection.query_row(&format!("SELECT count(*) FROM {table}"), [], |row| {
        row.get(0)
    })
}

/// Renames the finished copy.
fn publish(aside: &Path, target: &Path, replace: bool) -> Result<(), StoreError> {
    let unusable = |source| StoreError::backup(target, source);
    if replace {
        fs::rename(aside, target).map_err(unusable)?;
    } else {
        match fs::hard_link(aside, target) {
            Ok(()) => {}
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
                return Err(StoreError::BackupExists {
                    file: target.to_path_buf(),
                });
            }
            // Some file systems of memory sticks have no hard links.
            Err(_) => fs::rename(aside, target).map_err(unusable)?,
        }
    }
    sync_folder_of(target).map_err(unusable)
}

/// True if `target` is one of the home's own files, under any name.
fn is_file_of_home(home: &Path, file: &Path, target: &Path) -> bool {
    let same = |ours: PathBuf| match (fs::metadata(ours), fs::metadata(target)) {
        (Ok(ours), Ok(other)) => (ours.dev(), ours.ino()) == (other.dev(), other.ino()),
        _ => false,
    };
    let ours = ["", "-wal", "-shm"].map(|suffix| cipher::beside(file, suffix));
    let others =
        ["lunny.key", "lunny.lock", "config.toml", HEAD_FILE_NAME].map(|name| home.join(name));
    ours.into_iter().chain(others).any(same)
}
