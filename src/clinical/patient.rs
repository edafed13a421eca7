//! Who was scanned: the patient as the record keeps them, and the form that was typed.
//!
//! [`Field`] lists all that a record holds, its table says what each field is and takes. Whatever shows, reads or
//! writes a record goes through that list.

mod details;
mod draft;
mod field;
pub mod follow_up;
mod kind;
mod number;
mod table;

use std::borrow::Cow;

use jiff::civil::Date;

pub use self::details::Details;
pub use self::draft::{FieldError, PatientDraft};
pub use self::field::{Description, Field, Privacy, Section};
pub use self::kind::{Choice, Days, Kind, Quantity};
pub use super::date::age_years;

/// Most characters of a patient number.
pub const NUMBER_CHARACTERS: usize = 64;
/// Most characters of a full name.
pub const NAME_CHARACTERS: usize = 200;
/// Most characters of the notes.
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

    /// The word as the user reads it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Female => "Female",
            Self::Male => "Male",
            Self::Other => "Other",
        }
    }

    /// The word as scripts and the database keep it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Female => "female",
            Self::Male => "male",
            Self::Other => "other",
        }
    }

    /// The sex that [`Sex::as_str`] wrote.
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
    /// All that is stated in the other fields.
    pub details: Details,
}

impl Patient {
    /// The kept value of a field; "" where nothing is stated, and for what is no text of the record
    /// ([`Field::is_entered`]).
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
}
