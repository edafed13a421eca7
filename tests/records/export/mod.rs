//! Copies of records that leave the system: their content, and what must not be in them.

mod copies;
mod deidentified;
mod everything;
mod fhir;
mod follow_up;
mod patients;
mod script;
mod table;
mod validator;
mod worklist;
