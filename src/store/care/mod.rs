//! Looking after the database: copies of it, bringing one back, and what is wrong with an installation.

pub(super) mod backup;
pub(super) mod examination;
pub(super) mod restoring;
