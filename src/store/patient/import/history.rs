//! Stored facts of an import, for listing and undoing it: the name of its file, and the patients that it added or changed, from
//! which revision to which.

use std::path::Path;

use jiff::Timestamp;
use rusqlite::{Transaction, params};

use crate::store::account::instant;
use crate::store::{Access, PatientId, Store, StoreError, TokenScope};

/// Maximum number of imports that [`Store::imports`] returns.
const MAX_IMPORTS: u32 = 200;
/// Maximum number of characters of a file's name.
const NAME_CHARACTERS: usize = 255;

/// Identifies an import.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
#[serde(transparent)]
pub struct ImportId(pub i64);

/// The file of an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportFile(String);

impl ImportFile {
    /// The name of a file without its folder.
    pub fn named(file: &Path) -> Self {
        let name = file
            .file_name()
            .unwrap_or(file.as_os_str())
            .to_string_lossy();
        Self(name.chars().take(NAME_CHARACTERS).collect())
    }
}

/// A past import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PastImport {
    pub id: ImportId,
    /// The name of the file, without its folder.
    pub file: String,
    pub made_at: Timestamp,
    /// Full name of the user who imported the file.
    pub made_by: String,
    /// Number of patients added, and of records changed.
    pub added: u32,
    pub changed: u32,
    /// Number of planned exams added or changed.
    pub planned: u32,
    /// Time at which it was undone, and full name of the user.
    pub undone: Option<(Timestamp, String)>,
}

impl Store {
    /// The imports of this hospital, newest first; the newest 200.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn imports(&self, access: &Access) -> Result<Vec<PastImport>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let mut found = transaction.prepare_cached(
                "SELECT import.id, import.file, import.made_at, maker.full_name,
                        import.added, import.changed,
                        import.undone_at, undoer.full_name,
                        (SELECT count(*) FROM import_plan WHERE import_id = import.id)
                 FROM import
                 JOIN account AS maker ON maker.id = import.made_by
                 LEFT JOIN account AS undoer ON undoer.id = import.undone_by
                 WHERE import.hospital_id = ?1 ORDER BY import.id DESC LIMIT ?2",
            )?;
            let rows = found.query_map(params![access.hospital, MAX_IMPORTS], |row| {
                let undone_by: Option<String> = row.get(7)?;
                let undone = match undone_by {
                    Some(by) => Some((instant(row, 6)?, by)),
                    None => None,
                };
                Ok(PastImport {
                    id: ImportId(row.get(0)?),
                    file: row.get(1)?,
                    made_at: instant(row, 2)?,
                    made_by: row.get(3)?,
                    added: row.get(4)?,
                    changed: row.get(5)?,
                    planned: row.get(8)?,
                    undone,
                })
            })?;
            Ok(rows.collect::<Result<_, _>>()?)
        })
    }
}

/// Stores a new import.
pub(super) fn begin(
    transaction: &Transaction<'_>,
    access: &Access,
    file: &ImportFile,
    at: i64,
) -> rusqlite::Result<ImportId> {
    let id = transaction
        .prepare_cached(
            "INSERT INTO import (hospital_id, made_by, made_at, file) VALUES (?1, ?2, ?3, ?4)",
        )?
        .insert(params![access.hospital, access.account, at, file.0])?;
    Ok(ImportId(id))
}

/// Stores that an import changed a patient from one revision to another; 0 if it added the patient. Returns false for a patient of an
/// earlier row, who keeps the revision before that row.
pub(super) fn note(
    transaction: &Transaction<'_>,
    import: ImportId,
    patient: PatientId,
    before: u32,
    after: u32,
) -> rusqlite::Result<bool> {
    if before > 0 {
        let again = transaction
            .prepare_cached(
                "UPDATE import_patient SET after = ?3 WHERE import_id = ?1 AND patient_id = ?2",
            )?
            .execute(params![import.0, patient.0, after])?;
        if again > 0 {
            return Ok(false);
        }
    }
    transaction
        .prepare_cached(
            "INSERT INTO import_patient (import_id, patient_id, before, after) VALUES (?1, ?2, ?3, ?4)",
        )?
        .execute(params![import.0, patient.0, before, after])?;
    Ok(true)
}

/// Adds the patients of a batch to the numbers of an import.
pub(super) fn count(
    transaction: &Transaction<'_>,
    import: ImportId,
    added: usize,
    changed: usize,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE import SET added = added + ?2, changed = changed + ?3 WHERE id = ?1",
        )?
        .execute(params![import.0, added as i64, changed as i64])?;
    Ok(())
}
