//! The label of a request: the screen that asked, the kind of work, and the request's number among those of its kind.

use super::{Kind, Request};
use crate::cancel::Cancel;

/// Identifies a request. Of several requests of one kind from one asker only the answer to the newest counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ticket {
    /// Number of the screen that asked.
    pub asker: u64,
    pub kind: Kind,
    /// Counts the asker's requests of this kind from 1.
    pub number: u64,
}

/// A request on its way to the worker.
pub struct Job {
    pub ticket: Ticket,
    pub request: Request,
    /// Set when the answer is no longer wanted.
    pub cancel: Cancel,
}
