//! Database and key from before a restore: each is kept under a name of its own beside the new one.

use std::path::{Path, PathBuf};
use std::{fs, io};

use jiff::Timestamp;

use crate::store::cipher;
use crate::store::error::StoreError;
use crate::store::key::file::{self, KeyFile, next_path_in, path_in};

/// `suffix`, with a number if another restore within the same second already used it.
pub(super) fn free_suffix(home: &Path, file: &Path, suffix: &str) -> String {
    let key = path_in(home);
    let is_free = |suffix: &String| {
        [file, &key]
            .iter()
            .all(|path| fs::symlink_metadata(cipher::beside(path, suffix)).is_err())
    };
    std::iter::once(suffix.to_owned())
        .chain((2_u32..).map(|number| format!("{suffix}-{number}")))
        .find(is_free)
        .unwrap_or_default()
}

/// Gives the existing database a second name, including its write-ahead log, and removes the log from the first.
pub(super) fn keep_database(file: &Path, suffix: &str) -> io::Result<PathBuf> {
    let kept = cipher::beside(file, suffix);
    for part in ["", "-wal"] {
        let from = cipher::beside(file, part);
        if fs::symlink_metadata(&from).is_ok() {
            second_name(&from, &cipher::beside(&kept, part))?;
        }
    }
    file::sync_folder_of(file)?;
    for part in ["-wal", "-shm", "-journal"] {
        match fs::remove_file(cipher::beside(file, part)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    Ok(kept)
}

/// Writes the backup's key beside the existing one, for [`take_place`](crate::store::rotation::take_place); stores the existing one under another name and returns
/// its path. None if both are equal.
pub(super) fn replace_key(
    home: &Path,
    content: &KeyFile,
    suffix: &str,
) -> Result<Option<PathBuf>, StoreError> {
    let path = path_in(home);
    let unusable = |source| StoreError::key_file(&path, source);
    let there = match file::read(&path) {
        // A damaged one is stored as well; its content may still be of use.
        Err(StoreError::KeyFileDamaged { .. } | StoreError::KeyFileExposed { .. }) => None,
        there => match there? {
            Some(there) if there == *content => return Ok(None),
            there => there,
        },
    };
    let kept = match there.is_some() || fs::symlink_metadata(&path).is_ok() {
        true => {
            let kept = cipher::beside(&path, suffix);
            second_name(&path, &kept).map_err(unusable)?;
            Some(kept)
        }
        false => None,
    };
    file::replace(&next_path_in(home), content)?;
    Ok(kept)
}

/// A second name for a file, or a copy if the file system has no hard links.
fn second_name(from: &Path, to: &Path) -> io::Result<()> {
    fs::hard_link(from, to).or_else(|error| match error.kind() {
        io::ErrorKind::AlreadyExists => Err(error),
        _ => fs::copy(from, to).map(|_| ()),
    })
}

/// The time in a file's name, such as `20260131T120000Z`.
pub(super) fn stamp(at: i64) -> String {
    let moment = Timestamp::from_microsecond(at).unwrap_or_default();
    moment.strftime("%Y%m%dT%H%M%SZ").to_string()
}
