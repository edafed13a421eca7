//! The records that an account opened or saved last, found in the audit log.

use rusqlite::{OptionalExtension, params};

use super::{Access, PatientId, Store, StoreError, TokenScope};

/// Number of the newest entries of an account's log that are searched: about a day of work.
const SEARCHED_ENTRIES: i64 = 2000;

/// A record that an account opened or saved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecentPatient {
    pub id: PatientId,
    pub number: String,
    pub full_name: String,
}

impl Store {
    /// The records that this account opened or saved last, the newest first, at most `limit`. Deleted ones are left out; a merged
    /// one is the record that it was merged into. Only names that the account has seen already, so it writes no entry.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn recent_patients(
        &self,
        access: &Access,
        limit: usize,
    ) -> Result<Vec<RecentPatient>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let mut entries = transaction.prepare_cached(
                "SELECT CASE object_kind
                            WHEN 'patient' THEN object_id
                            ELSE (SELECT patient_id FROM exam WHERE exam.id = object_id)
                        END
                 FROM (SELECT seq, at, action, object_kind, object_id, outcome FROM audit
                       WHERE hospital_id = ?1 AND account_id = ?2 ORDER BY at DESC, seq DESC LIMIT ?3)
                 WHERE outcome = 'done'
                   AND (object_kind = 'patient'
                            AND action IN ('view patient', 'create patient', 'change patient')
                        OR object_kind = 'exam' AND action = 'save exam')
                 ORDER BY at DESC, seq DESC",
            )?;
            let mut present = transaction.prepare_cached(
                "SELECT id, number, full_name FROM patient
                 WHERE id = (SELECT coalesce(merged_into, id) FROM patient WHERE id = ?1)
                   AND hospital_id = ?2 AND deleted_at IS NULL",
            )?;
            let mut seen: Vec<i64> = Vec::new();
            let mut recent: Vec<RecentPatient> = Vec::new();
            let mut rows = entries.query(params![access.hospital, access.account, SEARCHED_ENTRIES])?;
            while recent.len() < limit
                && let Some(row) = rows.next()?
            {
                // The exam of an entry may have been purged.
                let Some(id) = row.get::<_, Option<i64>>(0)? else {
                    continue;
                };
                if seen.contains(&id) {
                    continue;
                }
                seen.push(id);
                let patient = present
                    .query_row(params![id, access.hospital], |row| {
                        Ok(RecentPatient {
                            id: PatientId(row.get(0)?),
                            number: row.get(1)?,
                            full_name: row.get(2)?,
                        })
                    })
                    .optional()?;
                if let Some(patient) = patient
                    && recent.iter().all(|other| other.id != patient.id)
                {
                    recent.push(patient);
                }
            }
            Ok(recent)
        })
    }
}
