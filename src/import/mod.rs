//! Import of patients from a CSV file: reading it, mapping its columns to fields, and adding its rows to the records. Also
//! attaches files to a record ([`attach`]).
//!
//! A file is streamed: memory holds a few batches of rows. The store has the
//! rules for each row ([`crate::store::PatientImport`]).

mod attachment;
mod broken;
mod cell;
mod codes;
mod dates;
mod encoding;
mod entities;
mod error;
mod facts;
mod headings;
mod layout;
mod mapping;
mod missing;
mod numbers;
mod person;
mod phones;
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

pub use self::attachment::{AttachError, attach};
pub use self::dates::DateOrder;
pub use self::encoding::Encoding;
pub use self::error::ImportError;
pub use self::mapping::{Content, LeftOut, Mapping, Target};
pub use self::remark::{Reading, Remark};
pub use self::report::{ColumnReport, DatesRead, OrderBy};
pub use self::run::{Job, Mode, Progress, run};
pub use self::source::{Sample, Source, Title};
pub use self::summary::{Broken, Duplicate, LISTED, PlanTally, Summary, Tally, UnusedValues};
pub use self::values::ValueMap;
