//! Records: the store, import, export and reports, by the library and by scripts.

mod attachment;
mod audit;
mod borders;
mod dicom_objects;
#[path = "../support/dicom_series.rs"]
#[allow(dead_code, reason = "other tests write more kinds of series")]
mod dicom_series;
mod export;
mod import;
mod label;
#[path = "../support/made_up.rs"]
mod made_up;
mod maintenance;
mod report;
mod report_words;
mod store;
mod support;
