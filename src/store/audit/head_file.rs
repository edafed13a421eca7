//! The head of the chain in a file beside the database, so that a write-ahead log that was removed, cut or changed is noticed.
//!
//! SQLite takes a damaged write-ahead log for one that ends earlier: the newest transactions are gone, and what is left is sound.
//! After every transaction that adds entries the head is therefore written to `lunny.head` too. The file is written after the
//! commit, so a process that is killed in between leaves a head that is behind the log, which is no fault; a head that the log
//! lacks is one.
//!
//! The file has one sector of a disk, which is written in place and synced: disks write a sector whole or not at all. Its content
//! is a line of JSON, as `lunny audit head --json` prints it, filled up with spaces.

use std::fmt;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io::{self, Read, Write};
use std::os::unix::fs::{FileExt, OpenOptionsExt, PermissionsExt};
use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension};
use rustix::fs::{FlockOperation, flock};

use super::seal::{AuditHead, Hash, SealKey, head};
use super::verify::AuditFault;
use crate::named_file;
use crate::store::key::file::sync_folder_of;

/// The name of the file inside the home.
pub const HEAD_FILE_NAME: &str = "lunny.head";

/// The name under which a head is kept that the log lacks.
pub const UNMATCHED_FILE_NAME: &str = "lunny.head.unmatched";

/// Size of the file: a sector.
const BYTES: usize = 512;

/// The newest changes are missing from the records: the log lacks a head that was written after it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LostChanges {
    pub fault: AuditFault,
}

impl LostChanges {
    /// Remedy, as a part of a sentence.
    pub const ADVICE: &'static str = "compare the records with the newest backup and restore it if they are incomplete, find out \
                                      who could write to the home, and then remove lunny.head.unmatched";
}

impl fmt::Display for LostChanges {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            formatter,
            "the newest changes of the records may be missing ({}): lunny.db-wal was removed, cut or changed, or lunny.db was \
             replaced by an older copy: {}",
            self.fault,
            Self::ADVICE
        )
    }
}

/// Content of a file that keeps a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::store) enum KeptHead {
    /// The file is missing or empty.
    Nothing,
    Head(AuditHead),
    /// The file has another content.
    Damaged,
}

impl KeptHead {
    /// Reads the head beside the database. To be read before the log that it is compared with: the log grows first.
    pub(in crate::store) fn of(home: &Path) -> Self {
        Self::read(&home.join(HEAD_FILE_NAME))
    }

    /// The head of an earlier start that the log lacked.
    fn unmatched(home: &Path) -> Self {
        Self::read(&home.join(UNMATCHED_FILE_NAME))
    }

    fn read(path: &Path) -> Self {
        let mut content = Vec::new();
        let read = named_file::open(path)
            .and_then(|file| file.take(2 * BYTES as u64).read_to_end(&mut content));
        match read {
            Ok(0) => Self::Nothing,
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::Nothing,
            _ => Self::parse(&content),
        }
    }

    fn parse(content: &[u8]) -> Self {
        match std::str::from_utf8(content) {
            Ok(text) if text.trim().is_empty() => Self::Nothing,
            Ok(text) => AuditHead::parse(text).map_or(Self::Damaged, Self::Head),
            Err(_) => Self::Damaged,
        }
    }

    /// The fault of the log in `connection` if this head is not on it, with the audit key `key`.
    pub(in crate::store) fn fault(
        &self,
        connection: &Connection,
        key: &[u8; 32],
    ) -> rusqlite::Result<Option<AuditFault>> {
        let Self::Head(kept) = self else {
            return Ok(None);
        };
        let key = SealKey::new(key);
        let is_genuine = kept.mac.is_some_and(|mac| key.made(&kept.hash, &mac));
        // A head under an earlier key cannot be checked; its hash must still be on the chain.
        if kept.key_id == Some(key.id) && !is_genuine {
            return Ok(Some(AuditFault::HeadChanged { seq: kept.seq }));
        }
        let found: Option<Hash> = connection
            .prepare_cached("SELECT hash FROM audit_seal WHERE seq = ?1")?
            .query_row([kept.seq], |row| row.get(0))
            .optional()?;
        match found {
            Some(hash) if hash == kept.hash => Ok(None),
            Some(_) => Ok(Some(AuditFault::OtherHead { seq: kept.seq })),
            None => {
                let last: i64 = connection.query_row(
                    "SELECT coalesce(max(seq), 0) FROM audit_seal",
                    [],
                    |row| row.get(0),
                )?;
                let seq = last + 1;
                let last = kept.seq;
                Ok(Some(AuditFault::Cut { seq, last }))
            }
        }
    }
}

/// The fault of the log compared with the heads that are kept in `home`, which were read before as `kept`.
pub(in crate::store) fn lost_changes(
    home: &Path,
    kept: &KeptHead,
    connection: &Connection,
    key: &[u8; 32],
) -> rusqlite::Result<Option<LostChanges>> {
    let fault = match kept.fault(connection, key)? {
        Some(fault) => Some(fault),
        None => KeptHead::unmatched(home).fault(connection, key)?,
    };
    Ok(fault.map(|fault| LostChanges { fault }))
}

/// The open file `lunny.head`.
#[derive(Debug)]
pub(in crate::store) struct HeadFile(Option<File>);

impl HeadFile {
    /// Opens or creates the file in `home`. A file that cannot be written is reported in the program's log: work goes on without it.
    pub(in crate::store) fn open(home: &Path) -> Self {
        let opened = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(home.join(HEAD_FILE_NAME))
            .and_then(closed_to_others);
        match opened {
            Ok(file) => Self(Some(file)),
            Err(error) => {
                tracing::warn!(%error, "the head of the audit log cannot be kept in a file");
                Self(None)
            }
        }
    }

    /// No file.
    pub(in crate::store) fn none() -> Self {
        Self(None)
    }

    /// Moves a head that the log lacks to another file, where it stays until a person removes it, and starts again. A head that is
    /// already there stays.
    pub(in crate::store) fn set_aside(&self, home: &Path) {
        let KeptHead::Head(kept) = KeptHead::of(home) else {
            return;
        };
        let aside = home.join(UNMATCHED_FILE_NAME);
        let created = OpenOptions::new()
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(aside);
        let moved = match created {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
            created => created.and_then(closed_to_others).and_then(|mut file| {
                file.write_all(&sector(&kept))?;
                file.sync_all()
            }),
        };
        // In place, because other processes have the file open.
        let emptied = moved.and_then(|()| match &self.0 {
            Some(file) => file.set_len(0),
            None => Ok(()),
        });
        if let Err(error) = emptied {
            tracing::warn!(%error, "the head that the log lacks could not be set aside");
        }
    }

    /// Writes `head` unless the file has a later one, which another process wrote.
    pub(in crate::store) fn advance(&self, head: &AuditHead) {
        let Some(file) = &self.0 else {
            return;
        };
        if let Err(error) = write_later(file, head) {
            tracing::warn!(%error, "the head of the audit log could not be written");
        }
    }
}

/// Mode 0600 under any umask.
fn closed_to_others(file: File) -> io::Result<File> {
    if file.metadata()?.permissions().mode() & 0o7777 != 0o600 {
        file.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(file)
}

fn write_later(file: &File, head: &AuditHead) -> io::Result<()> {
    // Ends with the next unlocking; a process that is killed gives the lock back.
    flock(file, FlockOperation::LockExclusive)?;
    let mut present = [0; BYTES];
    let written = read_from_start(file, &mut present).and_then(|length| {
        match KeptHead::parse(present.get(..length).unwrap_or_default()) {
            KeptHead::Head(kept) if kept.seq >= head.seq => Ok(()),
            _ => {
                file.write_all_at(&sector(head), 0)?;
                file.sync_data()
            }
        }
    });
    flock(file, FlockOperation::Unlock)?;
    written
}

fn read_from_start(file: &File, buffer: &mut [u8; BYTES]) -> io::Result<usize> {
    loop {
        match file.read_at(buffer, 0) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            read => return read,
        }
    }
}

/// The content of the file: one line, filled up with spaces to a sector.
fn sector(head: &AuditHead) -> Vec<u8> {
    let mut line = head.to_json(Timestamp::now()).into_bytes();
    line.resize(BYTES - 1, b' ');
    line.push(b'\n');
    line
}

/// Removes the heads that are kept in `home`, before another database takes the place of the records.
pub(in crate::store) fn forget(home: &Path) -> io::Result<()> {
    for name in [HEAD_FILE_NAME, UNMATCHED_FILE_NAME] {
        match fs::remove_file(home.join(name)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    // A name that comes back after a power cut would contradict the restored log.
    sync_folder_of(&home.join(HEAD_FILE_NAME))
}

/// The head of the log in `connection`.
pub(in crate::store) fn present(connection: &Connection) -> rusqlite::Result<Option<AuditHead>> {
    head(connection)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn head_at(seq: i64) -> AuditHead {
        AuditHead {
            seq,
            hash: [7; 32],
            mac: Some([8; 32]),
            key_id: Some([9; 8]),
        }
    }

    #[test]
    fn the_file_has_the_latest_head_in_one_sector() {
        let home = tempfile::tempdir().unwrap();
        assert_eq!(KeptHead::of(home.path()), KeptHead::Nothing);
        let file = HeadFile::open(home.path());
        let other = HeadFile::open(home.path());
        let later = head_at(i64::MAX);
        for (file, head) in [(&file, head_at(8)), (&other, later), (&file, head_at(9))] {
            file.advance(&head);
        }
        assert_eq!(KeptHead::of(home.path()), KeptHead::Head(later));
        let path = home.path().join(HEAD_FILE_NAME);
        assert_eq!(std::fs::read(&path).unwrap().len(), BYTES);
        std::fs::write(&path, "half a li").unwrap();
        assert_eq!(KeptHead::of(home.path()), KeptHead::Damaged);
        file.advance(&head_at(10));
        assert_eq!(KeptHead::of(home.path()), KeptHead::Head(head_at(10)));
    }

    #[test]
    fn a_head_that_was_set_aside_stays() {
        let home = tempfile::tempdir().unwrap();
        let file = HeadFile::open(home.path());
        for seq in [80, 90] {
            file.advance(&head_at(seq));
            file.set_aside(home.path());
            assert_eq!(KeptHead::of(home.path()), KeptHead::Nothing);
        }
        let kept = KeptHead::unmatched(home.path());
        assert_eq!(kept, KeptHead::Head(head_at(80)));
    }
}
