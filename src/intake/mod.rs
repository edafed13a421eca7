//! Patients out of a CSV file: reading it, which column is which field, what each row becomes, and the way into the
//! records.
//!
//! A file streams: what is in memory at a time is a few batches of rows, and in a rehearsal what it would have written.
//! The rules of what becomes of a row are the store's ([`crate::store::PatientImport`]).

mod broken;
mod encoding;
mod error;
mod mapping;
mod row;
mod run;
mod source;
mod summary;
mod tokens;

pub use self::encoding::Encoding;
pub use self::error::IntakeError;
pub use self::mapping::{Mapping, Target};
pub use self::run::{Job, Mode, Progress, run};
pub use self::source::{Sample, Source};
pub use self::summary::{Broken, LISTED, Summary, Tally, Twofold};
