//! The patient as the record stores it, and the form as typed.
//!
//! [`Field`] lists all fields of a record; its table describes each of them. All code that shows, reads or writes a record uses
//! that list.

mod details;
mod draft;
mod field;
pub mod follow_up;
mod kind;
mod name;
mod number;
mod phone;
mod table;
mod value_error;

use std::borrow::Cow;

use jiff::civil::Date;

pub use self::details::{Details, DetailsError};
pub use self::draft::{FieldError, PatientDraft};
pub use self::field::{Description, Field, Privacy, Section};
pub use self::kind::{Choice, Days, Kind, Quantity};
pub use self::name::NameParts;
pub use self::value_error::ValueError;
pub use super::date::age_years;

/// Maximum number of characters of a patient number.
pub const NUMBER_CHARACTERS: usize = 64;
/// Maximum number of characters of a full name.
pub const NAME_CHARACTERS: usize = 200;
/// Maximum number of characters of the notes.
pub const NOTES_CHARACTERS: usize = 10_000;

/// Sex as the record states it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Sex {
    Female,
    Male,
    Other,
}

impl Sex {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 3] = [Self::Female, Self::Male, Self::Other];

    /// The word shown to the user.
    pub fn label(self) -> &'static str {
        match self {
            Self::Female => "Female",
            Self::Male => "Male",
            Self::Other => "Other",
        }
    }

    /// The word in scripts and in the database.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
        }
    }

    /// Parses the word written by [`Sex::as_str`].
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|sex| sex.as_str() == word)
    }
}

/// A patient whose fields were checked by [`PatientDraft::validate`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patient {
    /// The hospital's own number for the patient.
    pub number: String,
    pub full_name: String,
    pub date_of_birth: Option<Date>,
    pub sex: Option<Sex>,
    /// Free text of several lines; may be empty.
    pub notes: String,
    /// The values of all other fields.
    pub details: Details,
}

impl Patient {
    /// The stored value of a field; empty if not stated, and for fields that are not text of the record ([`Field::is_entered`]).
    pub fn value(&self, field: Field) -> Cow<'_, str> {
        match field {
            Field::Number => Cow::Borrowed(&self.number),
            Field::FullName => Cow::Borrowed(&self.full_name),
            Field::DateOfBirth => match self.date_of_birth {
                Some(date) => Cow::Owned(date.to_string()),
                None => Cow::Borrowed(""),
            },
            Field::Gender => Cow::Borrowed(self.sex.map_or("", Sex::as_str)),
            Field::Notes => Cow::Borrowed(&self.notes),
            detail => Cow::Borrowed(self.details.get(detail)),
        }
    }

    /// Replaces the value of a field by one that another version of a record stores.
    pub fn restore(&mut self, field: Field, stored: &str) {
        match field {
            Field::Number => self.number = stored.to_owned(),
            Field::FullName => self.full_name = stored.to_owned(),
            Field::DateOfBirth => self.date_of_birth = stored.parse().ok(),
            Field::Gender => self.sex = Sex::parse(stored),
            Field::Notes => self.notes = stored.to_owned(),
            detail => self.details.keep(detail, stored.to_owned()),
        }
    }
}
