//! Copies of records that leave the house: what they hold, and what they do not.

mod copies;
mod deidentified;
mod everything;
mod fhir;
mod script;
mod table;
mod validator;

#[path = "../support/dicom_series.rs"]
#[allow(dead_code, reason = "other tests write more kinds of series")]
mod dicom_series;
#[path = "../support/made_up.rs"]
mod made_up;
#[path = "../store/support.rs"]
#[allow(dead_code, reason = "other tests ask more of a house")]
mod support;
