//! The audit log: reading, verifying, exporting.

use std::path::PathBuf;

use crate::store::{
    Access, AuditExport, AuditExportError, AuditPage, AuditQuery, AuditSpan, AuditVerification,
    Store, StoreError,
};
use crate::whole_file::{self, Readers};

/// Work on the log for a background thread.
pub enum Request {
    Entries {
        access: Access,
        query: Box<AuditQuery>,
    },
    Verify(Access),
    Export {
        access: Access,
        span: AuditSpan,
        /// Must not be there yet.
        file: PathBuf,
    },
}

/// Reason why the log is not in a file.
#[derive(Debug, thiserror::Error)]
pub enum AuditFileError {
    #[error("{} exists already: try again in a second", .0.display())]
    Exists(PathBuf),
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error("{} was not written: {source}", path.display())]
    Export {
        path: PathBuf,
        source: AuditExportError,
    },
}

/// Outcome of the work.
pub enum Answer {
    Entries(Result<AuditPage, StoreError>),
    Verified(Result<AuditVerification, StoreError>),
    /// With the file that it is in.
    Exported(Result<(AuditExport, PathBuf), AuditFileError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::Entries { .. })
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Entries { access, query } => {
            Answer::Entries(store.and_then(|store| store.audit_entries(&access, &query)))
        }
        Request::Verify(access) => {
            Answer::Verified(store.and_then(|store| store.verify_audit_as(&access, None)))
        }
        Request::Export { access, span, file } => {
            let written = match file.exists() {
                true => Err(AuditFileError::Exists(file.clone())),
                false => store.map_err(Into::into).and_then(|store| {
                    whole_file::write_with(&file, Readers::Owner, |out| {
                        store.export_audit(&access, span, out)
                    })
                    .map_err(|source| AuditFileError::Export {
                        path: file.clone(),
                        source,
                    })
                }),
            };
            Answer::Exported(written.map(|export| (export, file)))
        }
    }
}
