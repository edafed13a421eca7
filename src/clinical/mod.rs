//! Clinical rules and values: results, categories, patients. Pure; no files, no clock, no terminal.

pub mod assessment;
pub mod brock;
pub mod date;
pub mod duplicate;
pub mod eligibility;
pub mod examined;
pub mod follow_up;
pub mod growth;
pub mod identity;
pub mod lung_rads;
pub mod measurement;
pub mod merge;
pub mod nodule;
pub mod patient;
pub mod programme;
pub mod reading;
pub mod report;
pub mod scanned_study;
pub mod series_assessment;
pub mod shipped_model;
pub mod stated_text;
pub mod terms;
pub mod text;
pub mod worklist;
