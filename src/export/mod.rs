//! Export: copies of records as files, of one patient, of a selection or of all, complete or de-identified.
//!
//! Used by scripts ([`crate::cli::export`]) and by the share screen. Every copy is recorded in the audit log before it is made;
//! files are always new, readable by their owner only, and appear complete or not at all.

mod attachments;
mod error;
mod follow_ups;
mod format;
mod labels;
mod list;
mod lists;
mod new_file;
mod records;
mod rows;
mod source;
mod summary;
mod worklist;

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;

pub use self::attachments::save_attachment;
pub use self::error::ExportError;
pub use self::follow_ups::{
    Letters, MOST_LETTERS, each_follow_up, letters, print_follow_ups, write_follow_ups,
};
pub use self::format::Format;
pub use self::labels::{MOST_LABELS, labels};
pub use self::lists::{MOST_LISTED, follow_up_list, patient_list};
pub use self::summary::{MAX_COPIED, summary};
pub use self::worklist::{each_planned_exam, print_worklist, write_worklist};

use self::format::Table;
use crate::cancel::Cancel;
use crate::report::deidentified::{Pseudonyms, Withheld};
use crate::report::fhir::FhirOptions;
use crate::report::pdf::Paper;
use crate::report::saving;
use crate::store::{Access, Account, Disclosure, PatientId, Store, StoreError};
use crate::text::sentence;

/// Number of audit entries that are written in one transaction, so that other writers get their turn.
const ENTRIES_PER_TRANSACTION: usize = 500;

/// The patients whose records are copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Selection {
    Chosen(Vec<PatientId>),
    /// Every patient of the hospital.
    All,
}

/// Settings of an export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExportOptions {
    /// Formats, at least one.
    pub formats: Vec<Format>,
    pub deidentified: bool,
    /// Paper size of PDFs.
    pub paper: Paper,
    /// Settings of FHIR bundles.
    pub fhir: FhirOptions,
    /// Target folder, created if missing.
    pub folder: PathBuf,
}

/// The requesting account, and its store.
#[derive(Clone, Copy)]
pub struct Requester<'a> {
    pub store: &'a Store,
    pub access: &'a Access,
    pub account: &'a Account,
}

/// Events of a running export.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExportEvent {
    /// Number of steps done, and of all steps.
    Progress { done: usize, of: usize },
    /// A file is complete.
    Written(PathBuf),
    /// Pictures of an exam are left out of this patient's copies; `whose` is the name used in the copies.
    Withheld { whose: String, reason: Withheld },
    /// There is no copy of this patient's record, or not in every format; the reason is a sentence.
    Failed { whose: String, reason: String },
}

/// State that the parts of one export share.
struct Export<'a> {
    asker: Requester<'a>,
    folder: &'a Path,
    /// Only for a de-identified export.
    pseudonyms: Option<Pseudonyms>,
    today: Date,
    cancel: &'a Cancel,
    tell: &'a mut dyn FnMut(ExportEvent),
    done: usize,
    of: usize,
}

/// Writes the copies and reports events. Blocks until all are written.
///
/// # Errors
/// The reason for ending early: the database, the disk, or cancellation. Files reported as written stay.
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
    saving::make_folder(&wanted.folder)?;
    let patients = match selection {
        Selection::Chosen(patients) => patients.clone(),
        Selection::All => rows::all_patients(asker, cancel)?,
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

/// Records the copies in the audit log.
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
    // Also without a patient only those who may make copies go on.
    asker.store.disclose(asker.access, &[], how)?;
    for some in patients.chunks(ENTRIES_PER_TRANSACTION) {
        if cancel.is_cancelled() {
            return Err(ExportError::Cancelled);
        }
        asker.store.disclose(asker.access, some, how)?;
    }
    Ok(())
}

impl Export<'_> {
    /// This patient's record cannot be read.
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
