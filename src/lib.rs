//! LUNNY: chest CT in the terminal.
//!
//! A technician signs in, picks a scan, looks at it, lets a ResNet-50 classify it and keeps the
//! patient's record. Research and teaching software, not a medical device.
//!
//! The rooms, from the outside in; arrows point downwards only:
//!
//! - [`tui`]: the full-screen application, one file a screen.
//! - [`cli`]: the same work from a script, one file a subcommand.
//! - [`dossier`]: a patient's whole record out of the store, as reports tell it.
//! - [`exchange`]: copies of records as files, whole or de-identified.
//! - [`intake`]: patients out of a CSV file into the store.
//! - [`report`]: what leaves the house: pages and text for the printer, a file and the clipboard.
//! - [`training`]: data sets, folds, the trainer and its metrics.
//! - [`store`]: accounts, patients and exams in SQLite. Knows no pixels.
//! - [`model`]: the network, its weights and the input gate. Knows no patients.
//! - [`imaging`]: files to pixels.
//! - [`clinical`]: the medicine, pure: no files, no clock, no terminal.
//! - [`cancel`]: asking work that is under way to stop.
//! - [`text`]: text for people: scrubbed, wrapped, in per cent.
//! - [`place`]: where the user of this process sits.
//! - [`named_file`]: reading files that somebody named, never pipes or devices.
//! - [`whole_file`]: files that are there whole or not at all.
//! - [`config`]: defaults, file, environment and flags in one typed value.

pub mod cancel;
pub mod cli;
pub mod clinical;
pub mod config;
pub mod dossier;
pub mod exchange;
pub mod imaging;
pub mod intake;
pub mod model;
pub mod named_file;
pub mod place;
pub mod report;
pub mod store;
pub mod text;
pub mod training;
pub mod tui;
pub mod whole_file;
