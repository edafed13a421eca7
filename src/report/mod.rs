//! Reports of records: as text, PDF, FHIR, DICOM and tables, and their delivery to a printer or a file.

pub mod deidentified;
pub mod dicom;
pub mod document;
pub mod facts;
pub mod fhir;
pub mod follow_up;
pub mod lesions;
pub mod list;
pub mod listing;
pub mod nodules;
pub mod pdf;
pub mod printing;
pub mod record;
#[cfg(test)]
pub(crate) mod sample;
pub mod saving;
pub mod statistics;
pub mod table;
pub mod text;
pub mod worklist;
