//! Records: the store and everything that goes in and out of it, by the library and as a script sees it.

mod audit;
mod dicom_objects;
#[path = "../support/dicom_series.rs"]
#[allow(dead_code, reason = "other tests write more kinds of series")]
mod dicom_series;
mod export;
mod import;
#[path = "../support/made_up.rs"]
mod made_up;
mod maintenance;
mod report;
mod store;
mod support;
