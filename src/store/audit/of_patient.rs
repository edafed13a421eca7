//! The audit entries of one patient's record, for users who may see that record.

use jiff::Timestamp;
use rusqlite::params;

use super::query::AuditOutcome;
use crate::store::account::instant;
use crate::store::{Access, PatientId, Store, StoreError, TokenScope, patient};

/// Maximum number of entries that [`Store::patient_log`] returns.
const MAX_ENTRIES: u32 = 500;

/// One entry of the log as the record shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordEntry {
    pub at: Timestamp,
    /// Full name of the user; none without a sign-in.
    pub full_name: Option<String>,
    /// The action, in the words of the log: `save exam`.
    pub action: String,
    pub outcome: AuditOutcome,
}

/// The record itself and the objects that belong to it. Each is found by the log's index on objects.
const OBJECTS: [(&str, &str); 7] = [
    (
        "patient",
        "SELECT ?1 UNION SELECT id FROM patient WHERE merged_into = ?1",
    ),
    ("exam", "SELECT id FROM exam WHERE patient_id = ?1"),
    (
        "attachment",
        "SELECT id FROM attachment WHERE patient_id = ?1",
    ),
    ("file", "SELECT id FROM attached_file WHERE patient_id = ?1"),
    (
        "nodule",
        "SELECT nodule.id FROM nodule JOIN exam ON exam.id = nodule.exam_id WHERE patient_id = ?1",
    ),
    (
        "report",
        "SELECT report.id FROM report JOIN exam ON exam.id = report.exam_id WHERE patient_id = ?1",
    ),
    (
        "planned exam",
        "SELECT id FROM planned_exam WHERE patient_id = ?1",
    ),
];

impl Store {
    /// The newest entries of the log on a patient and on the patient's exams, pictures, attached files, nodules and reports, newest first: at
    /// most `limit`, and never more than 500. It names only staff, and opening the record is already an entry, so viewing the log
    /// writes none.
    ///
    /// # Errors
    /// [`StoreError::NoSuchPatient`] when the patient does not exist, is deleted or belongs to another hospital.
    pub fn patient_log(
        &self,
        access: &Access,
        id: PatientId,
        limit: u32,
    ) -> Result<Vec<RecordEntry>, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            patient::require(transaction, access, id)?;
            let arms = OBJECTS.map(|(kind, ids)| {
                format!(
                    "SELECT seq, at, account_id, action, outcome FROM audit
                     WHERE object_kind = '{kind}' AND object_id IN ({ids}) AND +hospital_id = ?2"
                )
            });
            let sql = format!(
                "SELECT entry.at, full_name, action, outcome
                 FROM ({}) AS entry LEFT JOIN account ON account.id = entry.account_id
                 ORDER BY entry.at DESC, entry.seq DESC LIMIT ?3",
                arms.join(" UNION ALL ")
            );
            let entries = transaction
                .prepare_cached(&sql)?
                .query_map(
                    params![id.0, access.hospital, limit.min(MAX_ENTRIES)],
                    |row| {
                        let outcome = match row.get_ref(3)?.as_str()? {
                            "refused" => AuditOutcome::Refused,
                            _ => AuditOutcome::Done,
                        };
                        Ok(RecordEntry {
                            at: instant(row, 0)?,
                            full_name: row.get(1)?,
                            action: row.get(2)?,
                            outcome,
                        })
                    },
                )?
                .collect::<Result<_, _>>()?;
            Ok(entries)
        })
    }
}
