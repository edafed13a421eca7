//! Dialogs that the lists of follow-ups and of planned exams share.

pub mod close_form;
pub mod export_form;
pub mod filter_form;
pub mod filter_parts;
pub mod form_dialog;

/// Folder of files that leave, within LUNNY's own.
pub const EXPORTS: &str = "exports";
