//! LUNNY: chest CT in the terminal.
//!
//! A technician signs in, chooses a scan, views it, lets a network analyse it and stores the patient's record. Research and
//! teaching software, not a medical device.
//!
//! The modules, from the top down. A module knows only modules below it; `tests/repository/layers.rs` checks that, and
//! ARCHITECTURE.md describes how they work together.
//!
//! - [`cli`]: one file for each subcommand.
//! - [`serve`]: the application for several users over SSH.
//! - [`tui`]: the full-screen application.
//! - [`import`]: import of patients from a CSV file into the store.
//! - [`export`]: export of records as files, whole or de-identified.
//! - [`record_report`]: a patient's whole record from the store, as reports tell it.
//! - [`report`]: records as text, PDF, FHIR, DICOM and tables; printing.
//! - [`store`]: accounts, patients and exams in an encrypted SQLite file. Knows no pixels.
//! - [`training`]: data sets, folds, trainers and metrics.
//! - [`model`]: the networks, their weights and the input gate. Knows no patients.
//! - [`imaging`]: files to pixels.
//! - [`decode`]: child processes of this program that decode hostile input under limits.
//! - [`config`]: defaults, file, environment and flags in one typed value.
//! - [`clinical`]: the medicine, pure: no files, no clock, no terminal.
//! - [`text`]: text for people: scrubbed, wrapped, in per cent.
//! - [`cancel`]: a flag that asks running work to stop.
//! - [`place`]: the place that the user of this process sits at.
//! - [`named_file`]: reading files that a person named, never pipes or devices.
//! - [`whole_file`]: writing files whole or not at all.
//! - [`sealed`]: files that lie encrypted on the disk, on a server.

// Help texts are documentation, and show addresses as they are typed.
#![allow(rustdoc::bare_urls)]
// Tests share modules with programs of their own.
#![cfg_attr(not(test), warn(unreachable_pub))]

#[cfg(not(unix))]
compile_error!("LUNNY runs on Unix only: on Windows use it in WSL");

pub mod cancel;
pub mod cli;
pub mod clinical;
pub mod config;
pub mod decode;
pub mod export;
pub mod imaging;
pub mod import;
pub mod model;
pub mod named_file;
pub mod place;
pub mod record_report;
pub mod report;
pub mod sealed;
pub mod serve;
pub mod store;
pub mod terminal;
pub mod text;
pub mod training;
pub mod tui;
pub mod whole_file;
