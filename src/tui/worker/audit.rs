//! The log: reading it, checking it, taking it out.

use std::path::PathBuf;

use crate::store::{
    Access, AuditExport, AuditExportError, AuditPage, AuditQuery, AuditSpan, AuditVerification,
    Store, StoreError,
};
use crate::text::scrub;
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

/// Outcome of the work.
pub enum Answer {
    Entries(Result<AuditPage, StoreError>),
    Verified(Result<AuditVerification, StoreError>),
    /// With the file that it is in.
    Exported(Result<(AuditExport, PathBuf), String>),
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
            let shown = scrub(&file.to_string_lossy()).into_owned();
            let written = match file.exists() {
                true => Err(format!("{shown} is there already: try again in a second")),
                false => store.map_err(|error| error.to_string()).and_then(|store| {
                    whole_file::write_with(&file, Readers::Owner, |out| {
                        store.export_audit(&access, span, out)
                    })
                    .map_err(|error: AuditExportError| format!("{shown} was not written: {error}"))
                }),
            };
            Answer::Exported(written.map(|export| (export, file)))
        }
    }
}
