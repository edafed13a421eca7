//! An exam's DICOM objects, read back by another reader and by our own.

#[path = "../support/made_up.rs"]
mod made_up;

mod captures;
mod deidentified;
mod reading;
mod record;
mod reports;
