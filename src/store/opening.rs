//! Opening the database of a home: for work, or as a copy that can only be read.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use rusqlite::{Connection, OpenFlags};

use super::audit::{self, HeadFile, KeptHead, LostChanges};
use super::connection::{Clock, LOCK_TIMEOUT, Store, is_busy, wait_for_others};
use super::error::{Stop, StoreError};
use super::key::{DatabaseKey, KeySource};
use super::lock::{Presence, Turn};
use super::migration::ChainStart;
use super::reading_mode::{self, Copied, DiskState, ReadingMode};
use super::{cipher, home, migration, unlocking};

/// An opened database: its files and keys, and the connection that writes.
pub(super) struct Opened {
    pub(super) file: PathBuf,
    pub(super) key: DatabaseKey,
    pub(super) writer: Connection,
    /// The head of the audit log outside the database.
    pub(super) head: HeadFile,
    pub(super) lost_changes: Option<LostChanges>,
    /// None in a copy for reading.
    pub(super) presence: Option<Presence>,
    /// Set for a copy for reading.
    pub(super) reading_mode: Option<ReadingMode>,
}

impl Store {
    /// Opens `lunny.db` in `home` with the key beside it. Creates all three if they are missing, encrypts the plain database of
    /// an earlier version, and migrates an older database to this version.
    ///
    /// # Errors
    /// When the home is not a folder or cannot be written, when the key is missing, damaged, readable by others or
    /// belongs to another database, and when the file is damaged or belongs to another program or a newer LUNNY. Such a file
    /// is not changed.
    pub fn open(home: &Path) -> Result<Self, StoreError> {
        Self::open_with_key(home, &KeySource::default())
    }

    /// As [`Store::open`], with the key from `source`.
    ///
    /// # Errors
    /// As [`Store::open`], and [`StoreError::PassphraseNeeded`] when the database is locked with a passphrase that `source`
    /// lacks.
    pub fn open_with_key(home: &Path, source: &KeySource) -> Result<Self, StoreError> {
        Self::open_with(home, source, Arc::new(Timestamp::now))
    }

    /// As [`Store::open`], with the time from `clock`.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_with_clock(home: &Path, clock: Clock) -> Result<Self, StoreError> {
        Self::open_with(home, &KeySource::default(), clock)
    }

    /// As [`Store::open_with_key`], with the time from `clock`.
    ///
    /// # Errors
    /// As [`Store::open_with_key`].
    pub fn open_with(home: &Path, source: &KeySource, clock: Clock) -> Result<Self, StoreError> {
        // Opening may need no room, but signing in does. With another process at work the records stay open for writing.
        let full = DiskState::of(home).filter(|state| *state == DiskState::Full);
        let exists = std::fs::metadata(home.join(home::FILE_NAME));
        if let Some(full) = full
            && exists.is_ok_and(|file| file.len() > 0)
            && let Ok(store) = Self::open_to_read(home, source, Arc::clone(&clock), full)
        {
            return Ok(store);
        }
        match Self::open_to_work(home, source, Arc::clone(&clock)) {
            Err(error) => match error.disk_state(home) {
                Some(because) if home.join(home::FILE_NAME).is_file() => {
                    tracing::warn!(%error, "the records are opened for reading only");
                    Self::open_to_read(home, source, clock, because)
                }
                _ => Err(error),
            },
            opened => opened,
        }
    }

    /// Opens a copy of the records, which cannot be written because of the state of their disk.
    fn open_to_read(
        home: &Path,
        source: &KeySource,
        clock: Clock,
        because: DiskState,
    ) -> Result<Self, StoreError> {
        let kept = KeptHead::of(home);
        let Copied { mode, file, key } = reading_mode::copy(home, source, because)?;
        let original = home.join(home::FILE_NAME);
        let writer = open_writer(&file, &key, &clock).map_err(|stop| stop.explain(&original))?;
        let lost_changes = audit::lost_changes(home, &kept, &writer, &key.audit_key())
            .map_err(|error| Stop::from(error).explain(&original))?;
        let opened = Opened {
            file,
            key,
            writer,
            head: HeadFile::none(),
            lost_changes,
            presence: None,
            reading_mode: Some(mode),
        };
        Ok(Self::of(home, clock, opened))
    }

    fn open_to_work(home: &Path, source: &KeySource, clock: Clock) -> Result<Self, StoreError> {
        let file = home::prepare(home)?;
        let turn = Turn::take(home)?;
        // Before the log, which grows first.
        let kept = KeptHead::of(home);
        // The file may have been moved away while this process waited.
        home::prepare(home)?;
        let (key, presence) =
            unlocking::unlock(home, &file, source, &turn).map_err(|stop| stop.explain(&file))?;
        let writer = open_writer(&file, &key, &clock).map_err(|stop| stop.explain(&file))?;
        home::close_to_others(&file)?;
        let (head, lost_changes) = keep_head(home, &kept, &writer, &key)
            .map_err(|error| Stop::from(error).explain(&file))?;
        let opened = Opened {
            file,
            key,
            writer,
            head,
            lost_changes,
            presence: Some(presence),
            reading_mode: None,
        };
        Ok(Self::of(home, clock, opened))
    }
}

/// A connection that waits for the locks of others and checks its key.
pub(super) fn connect(file: &Path, key: &DatabaseKey) -> rusqlite::Result<Connection> {
    let mut connection = cipher::connect(file, Some(key), OpenFlags::SQLITE_OPEN_READ_WRITE)?;
    wait_for_others(&mut connection, LOCK_TIMEOUT)?;
    cipher::guard(&connection)?;
    Ok(connection)
}

fn open_writer(file: &Path, key: &DatabaseKey, clock: &Clock) -> Result<Connection, Stop> {
    let mut connection = connect(file, key)?;
    migration::inspect(&connection, file)?;
    use_write_ahead_log(&connection, file)?;
    // An acknowledged write survives a power cut: SQLite syncs the write-ahead log at every commit.
    connection.pragma_update(None, "synchronous", "FULL")?;
    let audit_key = key.audit_key();
    let beginning = ChainStart {
        clock,
        audit_key: &audit_key,
    };
    // Deleted data is overwritten, so that it cannot be read from the file.
    connection.pragma_update(None, "secure_delete", true)?;
    migration::migrate(&mut connection, file, beginning)?;
    Ok(connection)
}

/// Compares the log with the head that was kept in `home`, and keeps its present head from now on.
fn keep_head(
    home: &Path,
    kept: &KeptHead,
    writer: &Connection,
    key: &DatabaseKey,
) -> rusqlite::Result<(HeadFile, Option<LostChanges>)> {
    let lost = audit::lost_changes(home, kept, writer, &key.audit_key())?;
    let file = HeadFile::open(home);
    if let Some(lost) = lost {
        tracing::error!(%lost, "the records were opened");
        if kept.fault(writer, &key.audit_key())?.is_some() {
            file.set_aside(home);
        }
    }
    if let Some(head) = audit::present_head(writer)? {
        file.advance(&head);
    }
    Ok((file, lost))
}

/// Switching the journal mode needs exclusive access for a moment, and SQLite does not wait for that when several processes start
/// on a new file at once.
fn use_write_ahead_log(connection: &Connection, file: &Path) -> Result<(), Stop> {
    let started = Instant::now();
    loop {
        let mode: rusqlite::Result<String> =
            connection.pragma_update_and_check(None, "journal_mode", "WAL", |row| row.get(0));
        match mode {
            Ok(mode) if mode.eq_ignore_ascii_case("wal") => return Ok(()),
            Ok(_) => {
                let file = file.to_path_buf();
                return Err(StoreError::NotShareable { file }.into());
            }
            Err(error) if is_busy(&error) && started.elapsed() < LOCK_TIMEOUT => {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error.into()),
        }
    }
}
