//! Files attached to a patient's record: PDF, JPEG and PNG. They are kept in the encrypted database, so that a backup, a change of
//! the key and final deletion include them. Only their first bytes are checked; the store does not decode them.

mod content;
mod deletion;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Row, Transaction, params};

pub use self::content::{FileFault, FileLimits, FileType};

use super::account::instant;
use super::audit::{self, Action, Object, Outcome};
use super::error::Stop;
use super::patient::{self, unreadable};
use super::stored_bytes::sha256;
use super::{Access, PatientId, Store, StoreError, TokenScope};

/// Maximum number of files of one patient that are not deleted.
const MAX_FILES: u32 = 500;

/// Maximum number of characters of a name; a longer one loses its middle, never its ending.
const NAME_CHARACTERS: usize = 200;

/// Identifies an attached file. Grants nothing by itself: every query checks the hospital.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AttachedFileId(pub i64);

/// An attached file without its bytes, which [`Store::attached_file`] returns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AttachedFile {
    pub id: AttachedFileId,
    pub patient: PatientId,
    /// The name that the file had. Text as stored: scrub it before it is shown.
    pub name: String,
    pub file_type: FileType,
    pub bytes_len: u64,
    /// SHA-256 of the bytes, lower-case hexadecimal.
    pub sha256: String,
    /// Full name of the user who attached it.
    pub created_by: String,
    pub created_at: Timestamp,
}

impl Store {
    /// Attaches a file to a patient's record under its name, without the folders before it. If the record has the same file already,
    /// that one is returned and nothing is added.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when the patient does not exist, is deleted or belongs to another hospital,
    /// [`StoreError::InvalidFile`] for a file that is empty, of another type, or beyond the [`FileLimits`] of this store.
    pub fn attach_file(
        &self,
        access: &Access,
        patient: PatientId,
        name: &str,
        bytes: &[u8],
    ) -> Result<AttachedFileId, StoreError> {
        let limits = self.file_limits();
        let file_type = FileType::check(bytes, limits)?;
        let (name, sha256) = (own_name(name), sha256(bytes));
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            patient::require(transaction, access, patient)?;
            let there = transaction
                .prepare_cached(
                    "SELECT id FROM attached_file
                     WHERE patient_id = ?1 AND sha256 = ?2 AND deleted_at IS NULL",
                )?
                .query_row(params![patient.0, sha256], |row| row.get(0))
                .optional()?;
            if let Some(there) = there {
                return Ok(AttachedFileId(there));
            }
            require_room(transaction, patient, bytes.len() as u64, limits)?;
            let id = transaction
                .prepare_cached(
                    "INSERT INTO attached_file (patient_id, hospital_id, name, media_type, sha256,
                                                created_by, created_at, bytes)
                     VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)",
                )?
                .insert(params![
                    patient.0,
                    access.hospital,
                    name,
                    file_type.as_str(),
                    sha256,
                    access.account,
                    at,
                    bytes
                ])
                .map(AttachedFileId)?;
            record(transaction, access, at, Action::AddAttachment, id)?;
            Ok(id)
        })
    }

    /// The files attached to a patient's record, newest first. Viewing the list is recorded in the audit log.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when the patient does not exist, is deleted or belongs to another hospital.
    pub fn attached_files(
        &self,
        access: &Access,
        patient: PatientId,
    ) -> Result<Vec<AttachedFile>, StoreError> {
        let at = self.now();
        self.note(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            patient::require(transaction, access, patient)?;
            let found = transaction
                .prepare_cached(
                    "SELECT attached_file.id, patient_id, name, media_type, length(bytes), sha256,
                            account.full_name, attached_file.created_at
                     FROM attached_file JOIN account ON account.id = attached_file.created_by
                     WHERE patient_id = ?1 AND deleted_at IS NULL
                     ORDER BY attached_file.id DESC",
                )?
                .query_map([patient.0], read)?
                .collect::<Result<_, _>>()?;
            let (who, object) = (Some(access.account), Object::Patient(patient));
            let (action, outcome) = (Action::ViewAttachments, Outcome::Done);
            audit::record(transaction, at, who, action, object, outcome)?;
            Ok(found)
        })
    }

    /// The bytes of an attached file for viewing, verified against their hash.
    ///
    /// # Errors
    /// [`StoreError::NoSuchFile`] when the file does not exist or is deleted, or its patient is deleted or of another hospital,
    /// [`StoreError::FileDamaged`] when the bytes do not match the hash.
    pub fn attached_file(
        &self,
        access: &Access,
        id: AttachedFileId,
    ) -> Result<Vec<u8>, StoreError> {
        self.give_out(access, id, TokenScope::Read, Action::ViewAttachment)
    }

    /// As [`Store::attached_file`], for a copy that leaves LUNNY, which is recorded in the audit log as such.
    ///
    /// # Errors
    /// Those of [`Store::attached_file`].
    pub fn copy_attached_file(
        &self,
        access: &Access,
        id: AttachedFileId,
    ) -> Result<Vec<u8>, StoreError> {
        self.require_writing()?;
        self.give_out(access, id, TokenScope::Export, Action::CopyAttachment)
    }

    fn give_out(
        &self,
        access: &Access,
        id: AttachedFileId,
        scope: TokenScope,
        action: Action,
    ) -> Result<Vec<u8>, StoreError> {
        let bytes = self.verified_bytes(
            access,
            scope,
            "SELECT bytes, sha256 FROM attached_file
             JOIN patient ON patient.id = attached_file.patient_id
             WHERE attached_file.id = ?1 AND attached_file.hospital_id = ?2
               AND patient.deleted_at IS NULL AND attached_file.deleted_at IS NULL",
            id.0,
            [StoreError::NoSuchFile, StoreError::FileDamaged { id: id.0 }],
        )?;
        let at = self.now();
        self.note(|transaction| {
            access.require(transaction, scope)?;
            record(transaction, access, at, action, id)
        })?;
        Ok(bytes)
    }
}

/// Fails if a record has no room for one more file of so many bytes.
fn require_room(
    transaction: &Transaction<'_>,
    patient: PatientId,
    more: u64,
    limits: FileLimits,
) -> Result<(), Stop> {
    let (count, bytes): (u32, i64) = transaction
        .prepare_cached(
            "SELECT count(*), coalesce(sum(length(bytes)), 0) FROM attached_file
             WHERE patient_id = ?1 AND deleted_at IS NULL",
        )?
        .query_row([patient.0], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let fault = if count >= MAX_FILES {
        FileFault::TooMany
    } else if bytes.unsigned_abs().saturating_add(more) > limits.record_bytes {
        FileFault::RecordFull {
            megabytes: limits.record_bytes >> 20,
        }
    } else {
        return Ok(());
    };
    Err(StoreError::InvalidFile(fault).into())
}

fn record(
    transaction: &Transaction<'_>,
    access: &Access,
    at: i64,
    action: Action,
    id: AttachedFileId,
) -> Result<(), Stop> {
    let (who, object) = (Some(access.account), Object::AttachedFile(id));
    audit::record(transaction, at, who, action, object, Outcome::Done)?;
    Ok(())
}

/// The last part of a path, without control characters, cut in its middle.
fn own_name(name: &str) -> String {
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let letters: Vec<char> = name
        .trim()
        .chars()
        .filter(|letter| !letter.is_control())
        .collect();
    let cut = letters.len().saturating_sub(NAME_CHARACTERS);
    let half = NAME_CHARACTERS / 2;
    let name: String = match cut {
        0 => letters.iter().collect(),
        _ => letters
            .iter()
            .take(half)
            .chain(letters.iter().skip(half + cut))
            .collect(),
    };
    match name.is_empty() {
        true => "file".to_owned(),
        false => name,
    }
}

fn read(row: &Row<'_>) -> rusqlite::Result<AttachedFile> {
    let media_type: String = row.get(3)?;
    let file_type = FileType::parse(&media_type)
        .ok_or_else(|| unreadable(3, format!("{media_type} is not a type of attached files")))?;
    Ok(AttachedFile {
        id: AttachedFileId(row.get(0)?),
        patient: PatientId(row.get(1)?),
        name: row.get(2)?,
        file_type,
        bytes_len: row.get::<_, i64>(4)?.unsigned_abs(),
        sha256: row.get(5)?,
        created_by: row.get(6)?,
        created_at: instant(row, 7)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_no_folders_and_keeps_its_ending() {
        assert_eq!(own_name("/scans/letter.pdf"), "letter.pdf");
        assert_eq!(own_name("C:\\scans\\letter.pdf"), "letter.pdf");
        assert_eq!(own_name("../../etc/\u{1b}[2Jx.png"), "[2Jx.png");
        for blank in ["", "/", "\u{7f}", " "] {
            assert_eq!(own_name(blank), "file", "{blank:?}");
        }
        let long = own_name(&format!("{}.jpeg", "ä".repeat(500)));
        assert_eq!(long.chars().count(), NAME_CHARACTERS);
        assert!(long.ends_with("ä.jpeg"));
    }
}
