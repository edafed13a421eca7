//! Patients out of a CSV file: reading it, which column is which field, what each row becomes, and the way into the
//! records.
//!
//! A file streams: what is in memory at a time is a few batches of rows, and in a dry run what it would have written.
//! The rules of what becomes of a row are the store's ([`crate::store::PatientImport`]).

mod broken;
mod cell;
mod codes;
mod dates;
mod encoding;
mod error;
mod facts;
mod headings;
mod layout;
mod mapping;
mod missing;
mod numbers;
mod quotes;
mod remark;
mod report;
mod row;
mod run;
mod source;
mod summary;
mod tokens;
mod values;
mod word_list;

pub use self::dates::DateOrder;
pub use self::encoding::Encoding;
pub use self::error::ImportError;
pub use self::mapping::{LeftOut, Mapping, Target};
pub use self::remark::{Reading, Remark};
pub use self::report::{ColumnReport, DatesRead};
pub use self::run::{Job, Mode, Progress, run};
pub use self::source::{Sample, Source, Title};
pub use self::summary::{Broken, Dropped, Duplicate, LISTED, Summary, Tally};
pub use self::values::ValueMap;
