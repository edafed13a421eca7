//! The built program on a real pseudo-terminal.

mod barcode;
mod drafts;
mod ends;
pub mod pseudo_terminal;
mod record;
mod story;
