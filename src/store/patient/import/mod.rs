//! Import of many patients from a file: each row is a new patient, or is merged with an existing record.
//!
//! A batch of rows is one transaction, so that a process that is killed leaves whole batches behind, and other processes can
//! write between two of them. A dry run makes the same decisions ([`decide`]) and holds its changes apart ([`dry_run`]), so
//! that it shows exactly what the import would do.

mod choice;
mod decide;
mod dry_run;
mod hashed_ids;
mod history;
mod name_index;
mod scratch;
mod texts;
mod undo;
mod written;

pub use self::choice::{ImportChoices, LineChoice, OnDuplicate};
pub use self::decide::merged_draft;
pub use self::history::{ImportFile, ImportId, PastImport};
pub use self::undo::{UndoObstacle, UndoneImport};

use jiff::civil::Date;
use rusqlite::{Transaction, params};

use self::choice::RowChoice;
use self::dry_run::{DryRunRecords, Overlay};
use self::name_index::NameIndex;
use self::written::WrittenRecords;
use super::{Patient, PatientId};
use crate::clinical::patient::Field;
use crate::clinical::text;
use crate::clinical::worklist::ExamPlan;
use crate::store::audit::{self, Action, Object};
use crate::store::duplicate::KnownTraits;
use crate::store::{Access, ImportedPlan, Store, StoreError, TokenScope};

/// A row of the file, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportRow {
    /// Line in the file where the row begins, counted from 1. Identifies the row in [`ImportChoices`].
    pub line: u64,
    pub patient: Patient,
    /// True if the file states the number. Otherwise the number of `patient` has no meaning, and a new patient gets the
    /// hospital's next one.
    pub is_numbered: bool,
    /// True if the file states the name. Otherwise the name of `patient` has no meaning, and the number must be a record's.
    pub is_named: bool,
    /// The exam that the row plans for the patient.
    pub plan: Option<ExamPlan>,
}

/// Reason why a row matches a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum MatchedBy {
    /// The same number.
    Number,
    /// The same name, however it is spelled, and the same date of birth.
    Person,
    /// The same number, but another name, date of birth or gender: the number belongs to another person.
    OtherPerson,
    /// The same name and date of birth, but another number or gender: another person, who is reported.
    Namesake,
}

/// The patient that a row is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowMatch {
    pub matched_by: MatchedBy,
    pub with: MatchedWith,
}

/// Place of the matching patient.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MatchedWith {
    /// In the records, at this revision.
    Record(PatientId, u32),
    /// In earlier rows of the same file, which would lead to this patient. Only in a dry run.
    Row(Box<Patient>),
}

/// Action for a row, done or planned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ImportAction {
    Added,
    Changed,
    /// The record already states all of it.
    Unchanged,
    Skipped,
    /// Reason why it cannot be imported, in a sentence.
    Refused(String),
}

/// Outcome of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RowOutcome {
    pub line: u64,
    /// The number of the record; empty where there is none.
    pub number: String,
    pub matched: Option<RowMatch>,
    pub action: ImportAction,
    /// Pairs of values of which one is not used.
    pub contradicted: Vec<ConflictingValues>,
    /// Effect on the planned exams; none for a row without one.
    pub plan: Option<ImportedPlan>,
}

/// A field in which the record and the file differ.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ConflictingValues {
    pub field: Field,
    /// The record's value as shown, cut to [`ConflictingValues::CHARACTERS`].
    pub record: String,
    /// The file's value, likewise.
    pub file: String,
    /// True if the record's value stays; otherwise the file's replaces it.
    pub keeps_record: bool,
}

impl ConflictingValues {
    /// Maximum number of characters of a value.
    pub const CHARACTERS: usize = 200;
}

/// A running import or dry run.
pub struct PatientImport<'a> {
    store: &'a Store,
    access: &'a Access,
    today: Date,
    /// The first number for patients without one, unless the hospital has already passed it.
    first_number: i64,
    name_index: NameIndex,
    /// Patients that were compared in earlier batches.
    known: KnownTraits,
    /// The changes of a dry run.
    overlay: Option<Overlay>,
    /// The file that the rows are from.
    file: ImportFile,
    /// The import in the database, after its first batch is written.
    id: Option<ImportId>,
}

impl Store {
    /// Starts an import of patients from a file, in batches. Dates are checked against `today`.
    ///
    /// `numbered_to` is the highest of the file's numbers in LUNNY's own format: patients without a number get later ones, so
    /// that no later row of the file has a number that is taken. `file` is stored with the import, which can be undone as a
    /// whole: see [`Store::undo_import`].
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn import_patients<'a>(
        &'a self,
        access: &'a Access,
        today: Date,
        numbered_to: i64,
        file: ImportFile,
    ) -> Result<PatientImport<'a>, StoreError> {
        let name_index = self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            NameIndex::of(self, transaction, access)
        })?;
        Ok(PatientImport {
            store: self,
            access,
            today,
            first_number: numbered_to.saturating_add(1),
            name_index,
            known: KnownTraits::default(),
            overlay: None,
            file,
            id: None,
        })
    }

    /// As [`Store::import_patients`], but the records stay as they are: the changes are held apart until the dry run ends.
    ///
    /// # Errors
    /// As [`Store::import_patients`].
    pub fn dry_run_import<'a>(
        &'a self,
        access: &'a Access,
        today: Date,
        numbered_to: i64,
    ) -> Result<PatientImport<'a>, StoreError> {
        let file = ImportFile::default();
        let mut import = self.import_patients(access, today, numbered_to, file)?;
        import.overlay = Some(Overlay::beside(self.home()));
        Ok(import)
    }
}

impl PatientImport<'_> {
    /// Identifies the import for undoing it; none in a dry run, or before the first batch.
    pub fn id(&self) -> Option<ImportId> {
        self.id
    }

    /// Imports the next rows, all of them or, on an error, none; the refusal of a row is not an error.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn batch(
        &mut self,
        rows: &[ImportRow],
        choices: &ImportChoices,
    ) -> Result<Vec<RowOutcome>, StoreError> {
        match self.overlay.take() {
            Some(mut overlay) => {
                let outcomes = self.dry_run(rows, choices, &mut overlay);
                self.overlay = Some(overlay);
                outcomes
            }
            None => self.write(rows, choices),
        }
    }

    fn dry_run(
        &mut self,
        rows: &[ImportRow],
        choices: &ImportChoices,
        overlay: &mut Overlay,
    ) -> Result<Vec<RowOutcome>, StoreError> {
        let (access, first) = (self.access, self.first_number);
        let name_index = &mut self.name_index;
        let today = self.today;
        self.store.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            name_index.catch_up(transaction, access)?;
            overlay.begin(transaction, access, first)?;
            let mut records = DryRunRecords {
                transaction,
                access,
                overlay,
                today,
            };
            rows.iter()
                .map(|row| {
                    let choice: RowChoice = choices.of(row.line);
                    decide::settle(&mut records, name_index, row, choice, today)
                })
                .collect()
        })
    }

    fn write(
        &mut self,
        rows: &[ImportRow],
        choices: &ImportChoices,
    ) -> Result<Vec<RowOutcome>, StoreError> {
        let (access, today, at) = (self.access, self.today, self.store.now());
        // If the database refuses the batch, the memory must not contain it.
        let empty = NameIndex::empty(self.store);
        let mut name_index = std::mem::replace(&mut self.name_index, empty);
        let mut known = std::mem::take(&mut self.known);
        let (first, begun, file) = (self.first_number, self.id, &self.file);
        let written = self.store.write(|transaction| {
            access.require(transaction, TokenScope::Write)?;
            for id in name_index.catch_up(transaction, access)? {
                known.forget(id);
            }
            let id = match begun {
                Some(id) => id,
                None => begin(transaction, access, first, file, at)?,
            };
            let mut records = WrittenRecords::new(transaction, access, id, at);
            let outcomes = rows
                .iter()
                .map(|row| {
                    decide::settle(
                        &mut records,
                        &mut name_index,
                        row,
                        choices.of(row.line),
                        today,
                    )
                })
                .collect::<Result<Vec<_>, _>>()?;
            records.index(&mut known)?;
            name_index.is_up_to_date(transaction)?;
            Ok((id, outcomes))
        });
        match written {
            Ok((id, outcomes)) => {
                self.name_index = name_index;
                self.known = known;
                self.id = Some(id);
                Ok(outcomes)
            }
            Err(error) => {
                let read =
                    |transaction: &Transaction<'_>| NameIndex::of(self.store, transaction, access);
                if let Ok(name_index) = self.store.read(read) {
                    self.name_index = name_index;
                }
                Err(error)
            }
        }
    }
}

/// Records the import in the audit log and reserves the numbers of the file.
fn begin(
    transaction: &Transaction<'_>,
    access: &Access,
    first_number: i64,
    file: &ImportFile,
    at: i64,
) -> rusqlite::Result<ImportId> {
    let id = history::begin(transaction, access, file, at)?;
    let object = Object::Import(id);
    audit::record_done(transaction, access, at, Action::ImportPatients, object)?;
    transaction
        .prepare_cached("UPDATE hospital SET next_patient = max(next_patient, ?2) WHERE id = ?1")?
        .execute(params![access.hospital, first_number])?;
    Ok(id)
}

/// The digits of a number in LUNNY's own format, `P-000123`; none for other formats or more than nine digits.
pub fn own_number(number: &str) -> Option<i64> {
    let key = text::key(number);
    let digits = key.strip_prefix("p-")?;
    let fits = (6..=9).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|_| fits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_in_lunnys_own_format_are_reserved() {
        assert_eq!(own_number(" p-000123"), Some(123));
        assert_eq!(own_number("P-123456789"), Some(123_456_789));
        for other in [
            "P-12",
            "P-1234567890",
            "Q-000123",
            "P-00012x",
            "P-+00012",
            "",
        ] {
            assert_eq!(own_number(other), None, "{other}");
        }
    }
}
