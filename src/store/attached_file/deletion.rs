//! Deleting attached files: a deleted file can be restored until an administrator deletes it finally.

use rusqlite::{OptionalExtension, params};

use super::{AttachedFileId, record};
use crate::store::audit::Action;
use crate::store::error::is_duplicate;
use crate::store::{Access, Store, StoreError, TokenScope};

/// The file's patient is not deleted.
const OF_A_PATIENT: &str = "EXISTS (SELECT 1 FROM patient
     WHERE patient.id = attached_file.patient_id AND patient.deleted_at IS NULL)";

impl Store {
    /// Deletes an attached file. It stays in the database, and [`Store::restore_attached_file`] restores it.
    ///
    /// # Errors
    /// [`StoreError::NoSuchFile`] when the file does not exist or is deleted, or its patient is deleted or of another hospital.
    pub fn delete_attached_file(
        &self,
        access: &Access,
        id: AttachedFileId,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let deleted = transaction
                .prepare_cached(&format!(
                    "UPDATE attached_file SET deleted_at = ?3, deleted_by = ?4
                     WHERE id = ?1 AND hospital_id = ?2 AND deleted_at IS NULL AND {OF_A_PATIENT}"
                ))?
                .execute(params![id.0, access.hospital, at, access.account])?;
            match deleted {
                0 => Err(StoreError::NoSuchFile.into()),
                _ => record(transaction, access, at, Action::DeleteAttachment, id),
            }
        })
    }

    /// Restores a deleted file to its record, regardless of the present limits.
    ///
    /// # Errors
    /// [`StoreError::NoSuchFile`] when this hospital has no such deleted file, or when its patient is deleted: restore the patient
    /// first. [`StoreError::FileAttachedAgain`] when the record has the same file again.
    pub fn restore_attached_file(
        &self,
        access: &Access,
        id: AttachedFileId,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            let restored = transaction
                .prepare_cached(&format!(
                    "UPDATE attached_file SET deleted_at = NULL, deleted_by = NULL
                     WHERE id = ?1 AND hospital_id = ?2 AND deleted_at IS NOT NULL
                       AND {OF_A_PATIENT}"
                ))?
                .execute(params![id.0, access.hospital]);
            match restored {
                Ok(0) => return Err(StoreError::NoSuchFile.into()),
                Err(error) if is_duplicate(&error) => {
                    return Err(StoreError::FileAttachedAgain.into());
                }
                other => other?,
            };
            record(transaction, access, at, Action::RestoreAttachment, id)
        })
    }

    /// Finally deletes a deleted file: nothing of it can be read from the database file any more.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, [`StoreError::NoSuchFile`] when the file does not exist
    /// or belongs to another hospital, [`StoreError::NotDeleted`] for one that was not deleted before.
    pub fn purge_attached_file(
        &self,
        access: &Access,
        id: AttachedFileId,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require_administrator(transaction)?;
            let is_deleted: Option<bool> = transaction
                .prepare_cached(
                    "SELECT deleted_at IS NOT NULL FROM attached_file
                     WHERE id = ?1 AND hospital_id = ?2",
                )?
                .query_row(params![id.0, access.hospital], |row| row.get(0))
                .optional()?;
            match is_deleted {
                None => return Err(StoreError::NoSuchFile.into()),
                Some(false) => return Err(StoreError::NotDeleted.into()),
                Some(true) => {}
            }
            transaction
                .prepare_cached("DELETE FROM attached_file WHERE id = ?1")?
                .execute([id.0])?;
            record(transaction, access, at, Action::PurgeAttachment, id)
        })?;
        self.empty_log();
        Ok(())
    }
}
