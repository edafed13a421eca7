//! The screens, driven by keys and drawn into memory: real store, real files, and a network with the answers of the
//! test.

mod accounts;
mod analyses;
mod attachments;
mod audit_log;
mod authenticator;
mod bytes;
#[path = "../support/chest_series.rs"]
mod chest_series;
mod ct_slice;
mod dashboard;
mod deleted;
#[path = "../support/dicom_series.rs"]
#[allow(dead_code, reason = "other tests write more kinds of series")]
mod dicom_series;
mod drafts;
mod duplicates;
mod editing;
mod faults;
mod first_day;
mod flows;
mod follow_ups;
mod import;
mod lesions;
mod lock;
mod looks;
#[path = "../support/made_up.rs"]
mod made_up;
mod mouse;
mod nodules;
mod odd_terminals;
mod patient_form;
mod patients;
mod picker;
mod pictures;
mod plain;
mod preview;
mod proposals;
mod record;
mod reports;
mod screenshots;
mod series;
mod series_result;
mod server;
mod share;
mod sheets;
mod stage;
mod standing;
#[path = "../support/mod.rs"]
mod support;
mod themes;
mod waiting_keys;
mod whose_scan;
mod worklist;
