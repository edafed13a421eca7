//! The built program: its subcommands as a script sees them, and its screens on a real pseudo-terminal.

mod analyze;
mod bench;
mod brock;
#[path = "../support/dicom_series.rs"]
mod dicom_series;
mod evaluate;
mod hostile_names;
mod lung_rads;
mod model;
mod sample;
mod scan;
#[path = "../support/script.rs"]
mod script;
mod serve;
#[path = "../support/mod.rs"]
mod support;
mod terminal;
