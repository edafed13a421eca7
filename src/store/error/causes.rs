//! Errors of the operating system and of SQLite as errors of the store.

use std::io;
use std::path::Path;

use rusqlite::ErrorCode;

use super::{Stop, StoreError};
use crate::store::reading_mode::DiskState;

impl StoreError {
    /// The error for `source` at the home or one of its files; a full disk has a separate one.
    pub(in crate::store) fn home(home: &Path, source: io::Error) -> Self {
        let path = home.to_path_buf();
        match of_disk(&source) {
            Some(DiskState::Full) => Self::DiskFull { file: path },
            Some(DiskState::ReadOnly) => Self::ReadOnlyDisk { file: path },
            None => Self::HomeUnusable { home: path, source },
        }
    }

    /// As [`StoreError::home`], at a backup.
    pub(in crate::store) fn backup(file: &Path, source: io::Error) -> Self {
        let file = file.to_path_buf();
        match of_disk(&source) {
            Some(DiskState::Full) => Self::DiskFull { file },
            Some(DiskState::ReadOnly) => Self::ReadOnlyDisk { file },
            None => Self::BackupUnusable { file, source },
        }
    }

    /// As [`StoreError::home`], at the key file.
    pub(in crate::store) fn key_file(file: &Path, source: io::Error) -> Self {
        let file = file.to_path_buf();
        match of_disk(&source) {
            Some(DiskState::Full) => Self::DiskFull { file },
            Some(DiskState::ReadOnly) => Self::ReadOnlyDisk { file },
            None => Self::KeyFileUnusable { file, source },
        }
    }

    /// The state of the disk that holds `home` if this error comes from it.
    pub(in crate::store) fn disk_state(&self, home: &Path) -> Option<DiskState> {
        match self {
            Self::DiskFull { file } if file.starts_with(home) => Some(DiskState::Full),
            Self::ReadOnlyDisk { file } if file.starts_with(home) => Some(DiskState::ReadOnly),
            _ => None,
        }
    }
}

/// The state of the disk that the system's error is about: full, or this user's quota is used up; mounted read-only.
fn of_disk(error: &io::Error) -> Option<DiskState> {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Some(DiskState::Full),
        io::ErrorKind::ReadOnlyFilesystem => Some(DiskState::ReadOnly),
        _ => None,
    }
}

impl Stop {
    /// The error for the user, about the database `file`.
    pub(in crate::store) fn explain(self, file: &Path) -> StoreError {
        let source = match self {
            Self::Refused(error) => return error,
            Self::Sqlite(source) => source,
        };
        let file = file.to_path_buf();
        match source.sqlite_error_code() {
            Some(ErrorCode::NotADatabase) => StoreError::NotADatabase { file },
            Some(ErrorCode::DatabaseCorrupt) => StoreError::Damaged { file },
            Some(ErrorCode::DiskFull) => StoreError::DiskFull { file },
            Some(
                ErrorCode::ReadOnly
                | ErrorCode::CannotOpen
                | ErrorCode::PermissionDenied
                | ErrorCode::SystemIoFailure,
            ) => match DiskState::of(&file) {
                Some(DiskState::Full) => StoreError::DiskFull { file },
                Some(DiskState::ReadOnly) => StoreError::ReadOnlyDisk { file },
                None if source.sqlite_error_code() == Some(ErrorCode::SystemIoFailure) => {
                    StoreError::DiskError { file, source }
                }
                None => StoreError::ReadOnly { file },
            },
            Some(ErrorCode::OperationInterrupted) => StoreError::Cancelled,
            Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => StoreError::Busy { file },
            _ if is_unreadable(&source) => StoreError::Damaged { file },
            _ => StoreError::Database { file, source },
        }
    }
}

/// True if a row contains data that no version of LUNNY writes.
fn is_unreadable(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType};
    matches!(
        error,
        FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..)
    )
}
