//! Export: copies of records as files, of one patient, of a selection or of all, whole or de-identified.
//!
//! The same for a script ([`crate::cli::export`]) and the share screen. Every copy is entered in the log before it is
//! made; files are new ones, readable by their owner alone, and there whole or not at all.

mod error;
mod format;
mod new_file;
mod records;
mod rows;
mod source;
mod summary;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use self::error::ExportError;
pub use self::format::Format;
pub use self::summary::{MOST_COPIED, summary};

use self::format::Table;
use crate::cancel::Cancel;
use crate::report::deidentified::{Pseudonyms, Withheld};
use crate::report::delivery;
use crate::report::pdf::Paper;
use crate::store::{Access, Account, Disclosure, PatientId, Store, StoreError};
use crate::text::sentence;

/// Entries of the log that are written in one transaction, so that others who write get their turn.
const TOGETHER: usize = 500;

/// The patients whose records are copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    Chosen(Vec<PatientId>),
    /// Every patient of the hospital.
    All,
}

/// The copies that are wanted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// At least one.
    pub formats: Vec<Format>,
    pub deidentified: bool,
    /// Of PDFs.
    pub paper: Paper,
    /// Made when it is missing.
    pub folder: PathBuf,
}

/// The account that asks, and the store it asks.
#[derive(Clone, Copy)]
pub struct Requester<'a> {
    pub store: &'a Store,
    pub access: &'a Access,
    pub account: &'a Account,
}

/// Events of an export that is under way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportEvent {
    /// Steps done, and how many there are.
    Progress { done: usize, of: usize },
    /// A file is there, whole.
    Written(PathBuf),
    /// Pictures of an exam are left out of the copies of this patient, who is named as the copies do.
    Withheld { whose: String, reason: Withheld },
    /// There is no copy of this patient's record, or not in every format; why, in a sentence.
    Failed { whose: String, reason: String },
}

/// State that the parts of one export share.
struct Export<'a> {
    asker: Requester<'a>,
    folder: &'a Path,
    /// Of a de-identified export.
    pseudonyms: Option<Pseudonyms>,
    today: Date,
    cancel: &'a Cancel,
    tell: &'a mut dyn FnMut(ExportEvent),
    done: usize,
    of: usize,
}

/// Writes the copies and tells what comes of it. Blocks until all are there.
///
/// # Errors
/// Why it went no further: the database, the disk, or that it was cancelled. What was told as written before stays.
pub fn export(
    asker: Requester<'_>,
    selection: &Selection,
    wanted: &ExportOptions,
    cancel: &Cancel,
    tell: &mut dyn FnMut(ExportEvent),
) -> Result<(), ExportError> {
    if wanted.formats.is_empty() {
        return Err(ExportError::NoFormat);
    }
    delivery::make_folder(&wanted.folder)?;
    let patients = match selection {
        Selection::Chosen(patients) => patients.clone(),
        Selection::All => rows::everybody(asker, cancel)?,
    };
    if patients.is_empty() {
        return Err(ExportError::NoPatient);
    }
    disclose(asker, &patients, wanted.deidentified, cancel)?;
    let tables: Vec<Table> = wanted
        .formats
        .iter()
        .filter_map(|format| format.table())
        .collect();
    let records = wanted.formats.len() > tables.len();
    let passes = tables.len() + usize::from(records);
    let mut export = Export {
        asker,
        folder: &wanted.folder,
        pseudonyms: match wanted.deidentified {
            true => Some(Pseudonyms::random()?),
            false => None,
        },
        today: Timestamp::now().to_zoned(TimeZone::UTC).date(),
        cancel,
        tell,
        done: 0,
        of: passes * patients.len(),
    };
    for table in tables {
        rows::write_table(&mut export, selection, table)?;
    }
    if records {
        for patient in patients {
            records::write(&mut export, patient, wanted)?;
            export.step()?;
        }
    }
    Ok(())
}

/// Enters in the log that copies leave.
fn disclose(
    asker: Requester<'_>,
    patients: &[PatientId],
    deidentified: bool,
    cancel: &Cancel,
) -> Result<(), ExportError> {
    let how = match deidentified {
        true => Disclosure::Deidentified,
        false => Disclosure::Exported,
    };
    for some in patients.chunks(TOGETHER) {
        if cancel.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
        asker.store.disclose(asker.access, some, how)?;
    }
    Ok(())
}

impl Export<'_> {
    /// Nothing can be copied of this patient's record.
    fn fail_to_read(&mut self, patient: PatientId, error: &StoreError) {
        self.fail(format!("record {}", patient.0), &error.to_string());
    }

    /// A copy of the record cannot be made.
    fn fail(&mut self, whose: String, reason: &str) {
        let reason = sentence(reason);
        (self.tell)(ExportEvent::Failed { whose, reason });
    }

    /// One more patient is done in one more pass.
    fn step(&mut self) -> Result<(), ExportError> {
        self.done += 1;
        let (done, of) = (self.done, self.of.max(self.done));
        (self.tell)(ExportEvent::Progress { done, of });
        match self.cancel.is_cancelled() {
            true => Err(ExportError::Cancelled),
            false => Ok(()),
        }
    }
}
