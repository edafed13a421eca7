//! Reading records whose disk is full or read-only: from a copy in memory.
//!
//! SQLite needs room beside a database even to read it, and signing in writes. So the encrypted database and its write-ahead log are
//! copied to a folder in memory, or else to the system's temporary folder, and opened there. Records can then be viewed and backed up to another disk; every
//! change is refused, and entries of the audit log go with the copy.

use std::fmt;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use rustix::fs::{StatVfsMountFlags, statvfs};
use tempfile::TempDir;

use super::error::{Stop, StoreError};
use super::key::{DatabaseKey, KeySource};
use super::lock::{Presence, Turn};
use super::unlocking::{KeyMatch, look};
use super::{FILE_NAME, cipher};

/// File system in memory, where there is one.
const IN_MEMORY: &str = "/dev/shm";

/// Free bytes that signing in and its entries need, with some to spare.
const NEEDED: u64 = 256 << 10;

/// Reason why nothing can be written beside the records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DiskState {
    Full,
    ReadOnly,
}

impl DiskState {
    /// State of the disk that holds `path` or, if it does not exist, its folder; none if it can be written.
    pub(super) fn of(path: &Path) -> Option<Self> {
        let there = path.ancestors().find(|path| path.exists())?;
        let disk = statvfs(there).ok()?;
        if disk.f_flag.contains(StatVfsMountFlags::RDONLY) {
            return Some(Self::ReadOnly);
        }
        // Some file systems keep blocks for the system's administrator.
        let free = match rustix::process::geteuid().is_root() {
            true => disk.f_bfree,
            false => disk.f_bavail,
        };
        (free.saturating_mul(disk.f_frsize) < NEEDED).then_some(Self::Full)
    }
}

impl fmt::Display for DiskState {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Self::Full => "the disk that holds the records is full",
            Self::ReadOnly => "the disk that holds the records is read-only",
        })
    }
}

/// A copy of the records, which is removed when this is dropped.
#[derive(Debug)]
pub(super) struct ReadingMode {
    pub(super) because: DiskState,
    _copy: TempDir,
    /// Keeps other processes from changing the original meanwhile, where the disk allows it.
    _alone: Option<Presence>,
}

/// A copy with its file and the key that opens it.
pub(super) struct Copied {
    pub(super) mode: ReadingMode,
    pub(super) file: PathBuf,
    pub(super) key: DatabaseKey,
}

/// Copies the database of `home`, which cannot be opened because of the state of its disk.
pub(super) fn copy(
    home: &Path,
    source: &KeySource,
    because: DiskState,
) -> Result<Copied, StoreError> {
    let original = home.join(FILE_NAME);
    let turn = Turn::take(home)?;
    let alone = match because {
        // No process can write there.
        DiskState::ReadOnly => None,
        DiskState::Full => Some(turn.alone(home)?),
    };
    let folder = folder().map_err(|source| StoreError::home(home, source))?;
    let file = folder.path().join(FILE_NAME);
    for suffix in ["", "-wal"] {
        let from = cipher::beside(&original, suffix);
        let to = cipher::beside(&file, suffix);
        match copy_file(&from, &to) {
            Err(error) if error.kind() == io::ErrorKind::NotFound && !suffix.is_empty() => {}
            copied => copied.map_err(|error| StoreError::home(folder.path(), error))?,
        }
    }
    let found = look(home, &file, source, cipher::connect_to_work)
        .map_err(|stop: Stop| stop.explain(&original))?;
    let key = match found {
        KeyMatch::Key(key) | KeyMatch::NextKey(key) => key,
        KeyMatch::Nothing => {
            return Err(StoreError::WrongKey {
                file: original,
                tried: "the key".into(),
            });
        }
    };
    Ok(Copied {
        mode: ReadingMode {
            because,
            _copy: folder,
            _alone: alone,
        },
        file,
        key,
    })
}

/// A new folder that only this user can read, in memory if possible.
fn folder() -> io::Result<TempDir> {
    let mut builder = tempfile::Builder::new();
    builder.prefix("lunny-reading-");
    builder.tempdir_in(IN_MEMORY).or_else(|_| builder.tempdir())
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let mut original = File::open(from)?;
    cipher::create_empty(to)?;
    let mut copy = fs::OpenOptions::new().write(true).open(to)?;
    io::copy(&mut original, &mut copy).map(|_| ())
}
