//! Undoing an import as a whole: patients that it added become deleted records and free their numbers, records that it changed
//! get their earlier content back. Patients that were changed since stay, and are reported.

use rusqlite::{OptionalExtension, Transaction, params};

use super::history::ImportId;
use crate::clinical::patient::Patient;
use crate::store::audit::{self, Action, Object};
use crate::store::error::Stop;
use crate::store::patient::{PatientId, earlier, versions};
use crate::store::{Access, Store, StoreError, TokenScope, deletion, search, worklist};

/// Patients per transaction.
const BATCH: usize = 1000;
/// Maximum number of staying patients that are listed; the others are counted.
const LISTED: usize = 200;

/// Reason why a patient of an import stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UndoObstacle {
    /// The record was changed since.
    Changed,
    /// An exam, a planned exam or a picture was added to the record since.
    Used,
    /// The planned exam was changed, done or cancelled since.
    PlanChanged,
    /// The number that the record had before now belongs to another patient.
    NumberTaken,
}

impl UndoObstacle {
    /// The reason, as a part of a sentence.
    pub fn reason(self) -> &'static str {
        match self {
            Self::Changed => "the record was changed since",
            Self::Used => "an exam, a planned exam or a picture was added to it since",
            Self::PlanChanged => "its planned exam was changed, done or cancelled since",
            Self::NumberTaken => "its earlier number now belongs to another patient",
        }
    }
}

/// Result of undoing an import.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct UndoneImport {
    /// Number of patients that were moved to the deleted records.
    pub removed: u64,
    /// Number of records that got their earlier content back.
    pub restored: u64,
    /// Number of planned exams that were removed or got their earlier order back.
    pub plans: u64,
    /// Number of patients and planned exams that stay as they are.
    pub stays: u64,
    /// The first 200 of them, by number.
    pub listed: Vec<(String, UndoObstacle)>,
}

impl UndoneImport {
    fn stay(&mut self, number: String, reason: UndoObstacle) {
        self.stays += 1;
        if self.listed.len() < LISTED {
            self.listed.push((number, reason));
        }
    }
}

/// A patient of the import.
struct ImportedPatient {
    id: PatientId,
    /// Revision before the import; 0 if the import added the patient.
    before: u32,
    after: u32,
}

impl Store {
    /// Undoes an import. Patients that it added become deleted records, which can be restored; their numbers are free again, so
    /// that the corrected file can be imported. Records that it changed get their earlier content as a new version. If a record
    /// was changed or got an exam since, the patient stays, and the answer says so. Planned exams that it added are removed, and
    /// those that it changed get their earlier order, unless they were changed, done or cancelled since. The log has an entry for the whole and one
    /// for each patient.
    ///
    /// Works in batches; after an interruption, call it again to complete it.
    ///
    /// # Errors
    /// [`StoreError::NoSuchImport`] when it does not exist or is another hospital's, [`StoreError::ImportUndone`] when it
    /// was already undone.
    pub fn undo_import(&self, access: &Access, id: ImportId) -> Result<UndoneImport, StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            require(transaction, access, id)?;
            let object = Object::Import(id);
            audit::record_done(transaction, access, at, Action::UndoImport, object)?;
            Ok(())
        })?;
        let mut undone = UndoneImport::default();
        let mut behind = i64::MAX;
        loop {
            let of_plans = self.write(|transaction| {
                access.require(transaction, TokenScope::Write)?;
                worklist::undo_plans(transaction, access, id, (behind, BATCH), at)
            })?;
            undone.plans += of_plans.undone;
            for number in of_plans.stay {
                undone.stay(number, UndoObstacle::PlanChanged);
            }
            match of_plans.last {
                Some(last) => behind = last,
                None => break,
            }
        }
        behind = i64::MAX;
        loop {
            let left = self.write(|transaction| {
                access.require(transaction, TokenScope::Write)?;
                let next_patients = next_patients(transaction, id, behind)?;
                for one in &next_patients {
                    undo_patient(transaction, access, one, at, &mut undone)?;
                }
                Ok(next_patients.last().map(|one| one.id.0))
            })?;
            match left {
                Some(last) => behind = last,
                None => break,
            }
        }
        self.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            transaction
                .prepare_cached("UPDATE import SET undone_at = ?2, undone_by = ?3 WHERE id = ?1")?
                .execute(params![id.0, at, access.account])?;
            Ok(())
        })?;
        Ok(undone)
    }
}

/// Fails unless the import is this hospital's and was not undone yet.
fn require(transaction: &Transaction<'_>, access: &Access, id: ImportId) -> Result<(), Stop> {
    let undone: Option<bool> = transaction
        .prepare_cached(
            "SELECT undone_at IS NOT NULL FROM import WHERE id = ?1 AND hospital_id = ?2",
        )?
        .query_row(params![id.0, access.hospital], |row| row.get(0))
        .optional()?;
    match undone {
        Some(false) => Ok(()),
        Some(true) => Err(StoreError::ImportUndone.into()),
        None => Err(StoreError::NoSuchImport.into()),
    }
}

/// The next patients of the import, the latest first.
fn next_patients(
    transaction: &Transaction<'_>,
    import: ImportId,
    behind: i64,
) -> rusqlite::Result<Vec<ImportedPatient>> {
    transaction
        .prepare_cached(
            "SELECT patient_id, before, after FROM import_patient
             WHERE import_id = ?1 AND patient_id < ?2 ORDER BY patient_id DESC LIMIT ?3",
        )?
        .query_map(params![import.0, behind, BATCH as i64], |row| {
            Ok(ImportedPatient {
                id: PatientId(row.get(0)?),
                before: row.get(1)?,
                after: row.get(2)?,
            })
        })?
        .collect()
}

fn undo_patient(
    transaction: &Transaction<'_>,
    access: &Access,
    next_patients: &ImportedPatient,
    at: i64,
    undone: &mut UndoneImport,
) -> Result<(), Stop> {
    let ImportedPatient { id, before, after } = *next_patients;
    // The patient was deleted since.
    let Some((present, revision)) = versions::present(transaction, access, id)? else {
        return Ok(());
    };
    let stays = match before {
        _ if revision == after => undo_unchanged(transaction, access, next_patients, at, undone)?,
        // Already restored by an interrupted call.
        1.. if earlier(transaction, id, before)?.as_ref() == Some(&present) => {
            undone.restored += 1;
            None
        }
        _ => Some(UndoObstacle::Changed),
    };
    if let Some(reason) = stays {
        undone.stay(present.number, reason);
    }
    Ok(())
}

/// Undoes the import of a patient that is unchanged since; returns the reason if the patient stays.
fn undo_unchanged(
    transaction: &Transaction<'_>,
    access: &Access,
    next_patients: &ImportedPatient,
    at: i64,
    undone: &mut UndoneImport,
) -> Result<Option<UndoObstacle>, Stop> {
    let id = next_patients.id;
    if next_patients.before == 0 {
        if is_used(transaction, id)? {
            return Ok(Some(UndoObstacle::Used));
        }
        deletion::hide_and_free(transaction, access, id, at)?;
        undone.removed += 1;
        return Ok(None);
    }
    let Some(earlier) = earlier(transaction, id, next_patients.before)? else {
        return Ok(Some(UndoObstacle::Changed));
    };
    let stays = restore_version(transaction, access, next_patients, &earlier, at)?.err();
    undone.restored += u64::from(stays.is_none());
    Ok(stays)
}

/// Writes the earlier content as the newest version of the record.
fn restore_version(
    transaction: &Transaction<'_>,
    access: &Access,
    next_patients: &ImportedPatient,
    earlier: &Patient,
    at: i64,
) -> Result<Result<(), UndoObstacle>, Stop> {
    let ImportedPatient { id, before, after } = *next_patients;
    match versions::rewrite(transaction, access, id, earlier, at) {
        Err(Stop::Refused(StoreError::NumberTaken { .. } | StoreError::NumberOfDeleted { .. })) => {
            return Ok(Err(UndoObstacle::NumberTaken));
        }
        other => other?,
    }
    search::index(transaction, id)?;
    // An earlier import that led to this content can be undone next.
    transaction
        .prepare_cached(
            "UPDATE import_patient SET after = ?3 WHERE patient_id = ?1 AND after = ?2",
        )?
        .execute(params![id.0, before, after.saturating_add(1)])?;
    Ok(Ok(()))
}

/// True if other data than the record itself is stored of a patient, deleted or not.
fn is_used(transaction: &Transaction<'_>, id: PatientId) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached(
            "SELECT EXISTS (SELECT 1 FROM exam WHERE patient_id = ?1)
                 OR EXISTS (SELECT 1 FROM planned_exam WHERE patient_id = ?1)
                 OR EXISTS (SELECT 1 FROM patient WHERE merged_into = ?1)
                 OR EXISTS (SELECT 1 FROM attachment WHERE patient_id = ?1)
                 OR EXISTS (SELECT 1 FROM attached_file WHERE patient_id = ?1)",
        )?
        .query_row([id.0], |row| row.get(0))
}
