//! An exam's DICOM objects, read back by an independent reader and by LUNNY.

mod captures;
mod deidentified;
mod joined;
mod reading;
mod record;
mod reports;
