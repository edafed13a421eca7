//! Who was scanned: the patient as the record keeps them, and the form that was typed.

use jiff::civil::Date;

pub use super::date::age_years;
use super::{date, text};

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
}

/// The form as typed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatientDraft {
    pub number: String,
    pub full_name: String,
    /// Any spelling that [`date::parse`] reads; blank when unknown.
    pub date_of_birth: String,
    pub sex: Option<Sex>,
    pub notes: String,
}

/// A field of the form that can be typed wrongly.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PatientField {
    Number,
    FullName,
    DateOfBirth,
    Notes,
}

/// What is wrong with one field, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: PatientField,
    pub message: String,
}

impl PatientDraft {
    /// Checks and tidies every field, with dates held against `today`.
    ///
    /// # Errors
    /// Every field that is wrong, in the order of the form.
    pub fn validate(&self, today: Date) -> Result<Patient, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut keep = |field, message| wrong.push(FieldError { field, message });

        let number = text::line(&self.number, NUMBER_CHARACTERS)
            .map_err(|fault| keep(PatientField::Number, fault.sentence("The patient number")));
        let full_name = text::line(&self.full_name, NAME_CHARACTERS)
            .map_err(|fault| keep(PatientField::FullName, fault.sentence("The full name")));
        let date_of_birth = birth(&self.date_of_birth, today)
            .map_err(|message| keep(PatientField::DateOfBirth, message));
        let notes = text::paragraphs(&self.notes, NOTES_CHARACTERS)
            .map_err(|fault| keep(PatientField::Notes, fault.sentence("The text of the notes")));

        match (number, full_name, date_of_birth, notes) {
            (Ok(number), Ok(full_name), Ok(date_of_birth), Ok(notes)) => Ok(Patient {
                number,
                full_name,
                date_of_birth,
                sex: self.sex,
                notes,
            }),
            _ => Err(wrong),
        }
    }
}

impl From<&Patient> for PatientDraft {
    /// The form that shows a patient as kept.
    fn from(patient: &Patient) -> Self {
        Self {
            number: patient.number.clone(),
            full_name: patient.full_name.clone(),
            date_of_birth: patient
                .date_of_birth
                .map_or_else(String::new, |date| date.to_string()),
            sex: patient.sex,
            notes: patient.notes.clone(),
        }
    }
}

fn birth(typed: &str, today: Date) -> Result<Option<Date>, String> {
    if typed.trim().is_empty() {
        return Ok(None);
    }
    let born = date::parse(typed)?;
    if born > today {
        return Err(format!("The date of birth {born} lies in the future."));
    }
    if age_years(born, today) > date::OLDEST_YEARS {
        return Err(format!(
            "The date of birth {born} lies more than {} years ago.",
            date::OLDEST_YEARS
        ));
    }
    Ok(Some(born))
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Date = Date::constant(2024, 6, 15);

    fn draft() -> PatientDraft {
        PatientDraft {
            number: "P-000001".into(),
            full_name: "Ada Byron".into(),
            date_of_birth: "1961-03-05".into(),
            sex: Some(Sex::Female),
            notes: String::new(),
        }
    }

    fn fields(draft: &PatientDraft) -> Vec<PatientField> {
        match draft.validate(TODAY) {
            Ok(_) => Vec::new(),
            Err(wrong) => wrong.into_iter().map(|error| error.field).collect(),
        }
    }

    #[test]
    fn a_sound_draft_becomes_a_tidied_patient() {
        let patient = PatientDraft {
            number: " P-1 ".into(),
            full_name: " Ada  Byron\n".into(),
            date_of_birth: "5.3.1961".into(),
            notes: "first\r\nsecond\n".into(),
            ..draft()
        }
        .validate(TODAY);
        assert_eq!(
            patient,
            Ok(Patient {
                number: "P-1".into(),
                full_name: "Ada Byron".into(),
                date_of_birth: Some(Date::constant(1961, 3, 5)),
                sex: Some(Sex::Female),
                notes: "first\nsecond".into(),
            })
        );
    }

    #[test]
    fn a_date_of_birth_may_be_unknown() {
        let unknown = PatientDraft {
            date_of_birth: "  ".into(),
            ..draft()
        };
        assert_eq!(unknown.validate(TODAY).map(|p| p.date_of_birth), Ok(None));
    }

    #[test]
    fn every_wrong_field_is_named_in_the_order_of_the_form() {
        let wrong = PatientDraft {
            number: String::new(),
            full_name: "\u{1b}[2J".into(),
            date_of_birth: "soon".into(),
            sex: None,
            notes: "x".repeat(NOTES_CHARACTERS + 1),
        };
        assert_eq!(
            fields(&wrong),
            [
                PatientField::Number,
                PatientField::FullName,
                PatientField::DateOfBirth,
                PatientField::Notes
            ]
        );
    }

    #[test]
    fn birth_lies_neither_in_the_future_nor_beyond_a_lifetime() {
        let born = |typed: &str| {
            fields(&PatientDraft {
                date_of_birth: typed.into(),
                ..draft()
            })
        };
        assert_eq!(born("2024-06-15"), []);
        assert_eq!(born("2024-06-16"), [PatientField::DateOfBirth]);
        assert_eq!(born("1893-06-16"), []);
        assert_eq!(born("1893-06-15"), [PatientField::DateOfBirth]);
    }

    #[test]
    fn a_name_of_ten_thousand_characters_is_refused() {
        let long = PatientDraft {
            full_name: "x".repeat(10_000),
            ..draft()
        };
        assert_eq!(fields(&long), [PatientField::FullName]);
    }

    #[test]
    fn names_of_any_script_are_kept_as_typed() {
        for name in [
            "Łucja Ørsted",
            "محمد علي",
            "李 小龙",
            "अनिल कुमार",
            "O'Brien-Smith; -- 🙂",
        ] {
            let draft = PatientDraft {
                full_name: name.into(),
                ..draft()
            };
            assert_eq!(
                draft.validate(TODAY).map(|p| p.full_name),
                Ok(name.to_owned())
            );
        }
    }

    #[test]
    fn every_message_is_one_sentence() {
        let wrong = PatientDraft {
            number: "\0".into(),
            full_name: "x".repeat(201),
            date_of_birth: "05/03/1961".into(),
            sex: None,
            notes: "\u{202e}".into(),
        };
        for error in wrong.validate(TODAY).unwrap_err() {
            assert!(error.message.ends_with('.'), "{}", error.message);
            assert!(!error.message.contains('\n'));
            assert!(!error.message.contains('\0'));
        }
    }

    #[test]
    fn a_kept_patient_fills_a_form_that_validates_to_itself() {
        let patient = draft().validate(TODAY).unwrap();
        assert_eq!(PatientDraft::from(&patient).validate(TODAY), Ok(patient));
    }

    #[test]
    fn every_sex_is_read_back_from_its_word() {
        for sex in Sex::ALL {
            assert_eq!(Sex::parse(sex.as_str()), Some(sex));
        }
        assert_eq!(Sex::parse("Female "), None);
    }
}
