//! Copies of records that leave the house: what they hold, and what they do not.

mod copies;
mod deidentified;
mod everything;
mod fhir;
mod script;
mod table;
mod validator;
