//! Encrypting the plain database of an earlier version, once.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::path::Path;

use rusqlite::{Connection, OpenFlags};

use super::cipher;
use super::key::DatabaseKey;
use super::key::file::sync_folder_of;
use super::lock::Presence;
use crate::store::error::{Stop, StoreError};
use crate::store::{home, migration};

/// True if `file` is an unencrypted SQLite database.
pub(in crate::store) fn is_plain(file: &Path) -> rusqlite::Result<bool> {
    let connection = cipher::connect(file, None, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    Ok(cipher::answer(&connection)? == cipher::Answer::Opens)
}

/// Replaces the plain database `file` by an encrypted copy and overwrites the plain one. A process that is killed in between
/// leaves one or the other.
///
/// # Errors
/// If the file belongs to another program or a newer LUNNY, is damaged, or is open in a LUNNY of an earlier version. It
/// is then unchanged.
pub(in crate::store) fn encrypt(
    file: &Path,
    key: &DatabaseKey,
    _alone: &Presence,
) -> Result<(), Stop> {
    let plain = cipher::connect(file, None, OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    migration::inspect(&plain, file)?;
    lock_exclusively(&plain, file)?;
    let aside = home::next_database(file);
    let rows = cipher::copy(&plain, &aside, key, StoreError::home)?;
    let in_place = cipher::verify(&aside, key, Some(&rows)).and_then(|()| {
        let moved = || -> io::Result<File> {
            // Stays open until SQLite has closed the file, because closing it earlier would drop SQLite's lock.
            let old = OpenOptions::new().write(true).open(file)?;
            fs::rename(&aside, file)?;
            sync_folder_of(file)?;
            Ok(old)
        };
        moved().map_err(|error| StoreError::home(file, error).into())
    });
    if in_place.is_err() {
        cipher::remove(&aside);
    }
    let old = in_place?;
    drop(plain);
    // The records are safe by now. If the disk refuses, the old blocks are merely free.
    let _ = overwrite(old);
    Ok(())
}

/// Takes the file's exclusive lock, which an earlier version respects, with all of its log written back into the file.
fn lock_exclusively(plain: &Connection, file: &Path) -> Result<(), Stop> {
    let not_alone = |error: rusqlite::Error| match crate::store::connection::is_busy(&error) {
        true => Stop::from(StoreError::NotAlone {
            file: file.to_path_buf(),
        }),
        false => error.into(),
    };
    cipher::answer(plain)?;
    cipher::run(plain, "PRAGMA journal_mode = DELETE").map_err(not_alone)?;
    cipher::run(plain, "PRAGMA locking_mode = EXCLUSIVE")?;
    plain
        .execute_batch("BEGIN EXCLUSIVE; COMMIT")
        .map_err(not_alone)?;
    let mode: String = plain.pragma_query_value(None, "journal_mode", |row| row.get(0))?;
    match mode.as_str() {
        "delete" => Ok(()),
        _ => Err(StoreError::NotAlone {
            file: file.to_path_buf(),
        }
        .into()),
    }
}

fn overwrite(mut file: File) -> io::Result<()> {
    let zeros = [0; 65_536];
    let mut left = file.metadata()?.len();
    while left > 0 {
        let now = left.min(zeros.len() as u64) as usize;
        file.write_all(&zeros[..now])?;
        left -= now as u64;
    }
    file.sync_all()
}
