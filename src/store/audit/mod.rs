//! The log of who did what to which record, written in the transaction that does it.
//!
//! Rows name records by id and hold no patient's data. The table refuses changes and deletions; whoever goes round
//! that with another program is found out by the chain of seals over the rows ([`seal`], [`verify`]).
//!
//! Whatever shows a patient's data writes an entry: opening a record, a reading. A search shows names as well, but
//! it runs at every letter that is typed, and an entry a letter would drown the log; so a search writes none, and the
//! entry of the record that is opened from it tells who looked at whom.

mod export;
mod of_patient;
mod query;
mod record;
mod seal;
#[cfg(test)]
mod tests;
mod verify;

pub use export::{AuditExport, AuditExportError, AuditSpan};
pub use of_patient::RecordEntry;
pub use query::{
    AuditEntry, AuditObject, AuditOutcome, AuditPage, AuditPlace, AuditPosition, AuditQuery,
};
pub(super) use record::{Action, Object, Outcome, record};
pub use seal::AuditHead;
pub(super) use seal::{Chain, begin_chain};
pub(super) use verify::examine;
pub use verify::{AuditFault, AuditVerification};
