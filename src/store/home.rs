//! The folder and the files of the database, accessible only to their owner, under any umask.

use std::fs::{self, DirBuilder, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use super::cipher;
use super::error::StoreError;

/// The name of the database inside the home.
pub const FILE_NAME: &str = "lunny.db";

const FOLDER_MODE: u32 = 0o700;
const FILE_MODE: u32 = 0o600;

/// Creates the home if it is missing, and an empty database file in it if it has none. Returns the path of that file.
///
/// A folder that is created here, or was empty, gets mode 0700. One with other files keeps its mode, because it may be shared on
/// purpose; the database in it has mode 0600 in any case.
pub(super) fn prepare(home: &Path) -> Result<PathBuf, StoreError> {
    prepare_folder(home)?;
    let unusable = |source| StoreError::home(home, source);
    let file = home.join(FILE_NAME);
    create_file(&file).map_err(unusable)?;
    if !fs::metadata(&file).map_err(unusable)?.is_file() {
        return Err(StoreError::NotADatabase { file });
    }
    Ok(file)
}

/// Creates the home if it is missing, as [`prepare`] does.
pub(super) fn prepare_folder(home: &Path) -> Result<(), StoreError> {
    let unusable = |source| StoreError::home(home, source);
    match fs::metadata(home) {
        Ok(found) if !found.is_dir() => {
            return Err(StoreError::HomeIsAFile {
                home: home.to_path_buf(),
            });
        }
        Ok(_) if is_empty(home).map_err(unusable)? => restrict(home, FOLDER_MODE),
        Ok(_) => Ok(()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => create_folder(home),
        Err(error) => Err(error),
    }
    .map_err(unusable)
}

/// Removes the rights of others from the database and from SQLite's files beside it.
pub(super) fn close_to_others(file: &Path) -> Result<(), StoreError> {
    for suffix in ["", "-wal", "-shm"] {
        let name = cipher::beside(file, suffix);
        match restrict(&name, FILE_MODE) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                return Err(StoreError::ReadOnly { file: name });
            }
            _ => {}
        }
    }
    Ok(())
}

/// Path at which a database is created that is to replace `file`.
pub(super) fn next_database(file: &Path) -> PathBuf {
    cipher::beside(file, ".next")
}

fn is_empty(folder: &Path) -> io::Result<bool> {
    Ok(fs::read_dir(folder)?.next().is_none())
}

fn create_folder(home: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(FOLDER_MODE)
        .create(home)?;
    restrict(home, FOLDER_MODE)
}

fn create_file(file: &Path) -> io::Result<()> {
    // Closing any descriptor of a file drops this process's POSIX locks on it, including those of SQLite. So a file is opened
    // here only before SQLite can have it open, by one thread at a time.
    static CREATING: Mutex<()> = Mutex::new(());
    let _alone = CREATING.lock().unwrap_or_else(PoisonError::into_inner);
    let created = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(FILE_MODE)
        .open(file);
    match created {
        Ok(created) => created.set_permissions(Permissions::from_mode(FILE_MODE)),
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        Err(error) => Err(error),
    }
}

fn restrict(path: &Path, mode: u32) -> io::Result<()> {
    let found = fs::metadata(path)?.permissions().mode() & 0o7777;
    if found == mode {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode))
}
