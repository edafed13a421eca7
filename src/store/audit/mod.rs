//! The audit log: who did what to which record, written in the same transaction as the action.
//!
//! Rows name records by id and contain no patient data. The table refuses changes and deletions; a change with another program is
//! detected by the chain of seals over the rows ([`seal`], [`verify`]).
//!
//! Every view of a patient's data writes an entry: opening a record or a reading. A search shows names as well, but it runs at
//! every letter that is typed, and an entry for each would flood the log; so a search writes none, and the entry of the record
//! that is then opened states who viewed which record.

mod export;
mod head_file;
mod of_patient;
mod query;
mod record;
mod seal;
#[cfg(test)]
mod tests;
mod verify;

pub use export::{AuditExport, AuditExportError, AuditSpan};
pub use head_file::{HEAD_FILE_NAME, LostChanges, UNMATCHED_FILE_NAME};
pub(super) use head_file::{
    HeadFile, KeptHead, forget as forget_head, lost_changes, present as present_head,
};
pub use of_patient::RecordEntry;
pub use query::{
    AuditEntry, AuditObject, AuditOutcome, AuditPage, AuditPlace, AuditPosition, AuditQuery,
};
pub(super) use record::{Action, Object, Outcome, record, record_done};
pub use seal::AuditHead;
pub(super) use seal::{Chain, begin_chain};
pub(super) use verify::examine;
pub use verify::{AuditFault, AuditVerification};
