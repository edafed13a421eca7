//! An exam's DICOM objects, read back by another reader and by our own.

mod captures;
mod deidentified;
mod reading;
mod record;
mod reports;
