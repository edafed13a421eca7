//! Copies of records: files in a folder, and summaries for the clipboard.

use std::path::PathBuf;
use std::sync::Arc;

use crate::cancel::Cancel;
use crate::config::Config;
use crate::export::{self, ExportError, ExportEvent, ExportOptions, Requester, Selection};
use crate::report::fhir::FhirOptions;
use crate::store::{Access, Account, PatientId, Store, StoreError};
use crate::tui::folder;
use crate::tui::widgets::progress::Progress;

/// Name of the preference that stores the account's last folder.
const FOLDER: &str = "export folder";

/// Work on copies for a background thread.
pub enum Request {
    /// The folder of the account's last export.
    Folder(Access),
    Export {
        access: Access,
        account: Box<Account>,
        patients: Vec<PatientId>,
        /// With the folder as it was typed: `~` is the user's own.
        wanted: Box<ExportOptions>,
        progress: Arc<Progress>,
    },
    Summary {
        access: Access,
        account: Box<Account>,
        patients: Vec<PatientId>,
        deidentified: bool,
    },
}

/// Outcome of the work.
pub enum Answer {
    Folder(Result<Option<String>, StoreError>),
    Exported(Box<Exported>),
    /// For the clipboard.
    Summary(Result<String, ExportError>),
}

/// Result of an export.
#[derive(Debug, Default)]
pub struct Exported {
    /// Files that were written completely.
    pub files: Vec<PathBuf>,
    /// Missing contents with the reason, a sentence each.
    pub left_out: Vec<String>,
    /// Error that ended the export early, if any.
    pub error: Option<ExportError>,
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::Folder(_))
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(
    config: &Config,
    store: Result<Store, StoreError>,
    request: Request,
    cancel: &Cancel,
) -> Answer {
    match request {
        Request::Folder(access) => {
            Answer::Folder(store.and_then(|store| store.preference(&access, FOLDER)))
        }
        Request::Export {
            access,
            account,
            patients,
            wanted,
            progress,
        } => {
            let mut exported = Exported::default();
            let mut tell = |told| match told {
                ExportEvent::Progress { done, of } => progress.set(done, of),
                ExportEvent::Written(path) => exported.files.push(path),
                ExportEvent::Withheld { whose, reason } => {
                    let sentence = format!("The pictures of {whose} are withheld: {reason}.");
                    exported.left_out.push(sentence);
                }
                ExportEvent::Failed { whose, reason } => {
                    exported.left_out.push(format!("{whose}: {reason}"));
                }
            };
            let ended = store.map_err(Into::into).and_then(|store| {
                remember(&store, &access, &wanted);
                let base = config.fhir_base.as_ref();
                let wanted = ExportOptions {
                    folder: folder::expanded(&wanted.folder),
                    fhir: FhirOptions {
                        base: base.map(|base| base.as_str().to_owned()),
                        ..wanted.fhir
                    },
                    ..*wanted
                };
                let asker = Requester {
                    store: &store,
                    access: &access,
                    account: &account,
                };
                let selection = Selection::Chosen(patients);
                export::export(asker, &selection, &wanted, cancel, &mut tell)
            });
            exported.error = ended.err();
            Answer::Exported(Box::new(exported))
        }
        Request::Summary {
            access,
            account,
            patients,
            deidentified,
        } => {
            let summary = store.map_err(Into::into).and_then(|store| {
                let asker = Requester {
                    store: &store,
                    access: &access,
                    account: &account,
                };
                export::summary(asker, &patients, deidentified)
            });
            Answer::Summary(summary)
        }
    }
}

/// Stores the folder for the next export.
fn remember(store: &Store, access: &Access, wanted: &ExportOptions) {
    let kept = match wanted.folder.to_str() {
        Some(folder) => store.prefer(access, FOLDER, folder),
        None => Ok(()),
    };
    // Failing to store the folder must not prevent the export.
    if let Err(error) = kept {
        tracing::warn!(%error, "the folder of the export was not remembered");
    }
}
