//! A record as typed, field by field, before every field is checked.

use std::collections::BTreeMap;

use jiff::civil::Date;

use super::details::Details;
use super::field::Field;
use super::{Patient, Sex};
use crate::clinical::text;

/// The form as typed, or a row of a file as read; may contain anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PatientDraft(BTreeMap<Field, String>);

/// The problem with one field, in one sentence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldError {
    pub field: Field,
    pub message: String,
}

impl PatientDraft {
    /// The typed text; empty if there is none.
    pub fn get(&self, field: Field) -> &str {
        self.0.get(&field).map_or("", String::as_str)
    }

    /// Replaces the text of a field. It is not checked before the whole draft is.
    pub fn set(&mut self, field: Field, typed: impl Into<String>) {
        self.0.insert(field, typed.into());
    }

    /// Checks and tidies every field; dates are checked against `today` and against the date of birth.
    ///
    /// # Errors
    /// All fields that are wrong, in the order of the form.
    pub fn validate(&self, today: Date) -> Result<Patient, Vec<FieldError>> {
        let mut wrong = Vec::new();
        let mut kept = BTreeMap::new();
        for field in Field::entered() {
            match field.check(self.get(field), today) {
                Ok(value) => kept.insert(field, value),
                Err(error) => {
                    let message = error.to_string();
                    wrong.push(FieldError { field, message });
                    None
                }
            };
        }
        let mut take = |field| kept.remove(&field).unwrap_or_default();
        let (number, full_name, notes) = (
            take(Field::Number),
            take(Field::FullName),
            take(Field::Notes),
        );
        // Both were written by the check of their field, so they can be parsed.
        let date_of_birth: Option<Date> = take(Field::DateOfBirth).parse().ok();
        let sex = Sex::parse(&take(Field::Gender));
        let mut details = Details::default();
        for (field, value) in kept {
            if let Some(message) = before_birth(field, &value, date_of_birth) {
                wrong.push(FieldError { field, message });
            }
            details.keep(field, value);
        }
        if !wrong.is_empty() {
            wrong.sort_by_key(|error| error.field);
            return Err(wrong);
        }
        Ok(Patient {
            number,
            full_name,
            date_of_birth,
            sex,
            notes,
            details,
        })
    }

    /// As a JSON object by [`Field::key`], for storing an unsaved form.
    pub fn to_json(&self) -> String {
        let values: BTreeMap<&str, &str> = (self.0.iter())
            .map(|(field, typed)| (field.key(), typed.as_str()))
            .collect();
        serde_json::to_string(&values).unwrap_or_default()
    }

    /// Parses the output of [`PatientDraft::to_json`]; unknown keys are ignored.
    pub fn from_json(text: &str) -> Option<Self> {
        let values: BTreeMap<String, String> = serde_json::from_str(text).ok()?;
        let known = values
            .into_iter()
            .filter_map(|(key, typed)| Some((Field::parse(&key)?, typed)));
        Some(Self(known.collect()))
    }
}

/// The sentence for a date before the patient's birth.
fn before_birth(field: Field, kept: &str, born: Option<Date>) -> Option<String> {
    let day: Date = match field.kind() {
        super::Kind::Date(_) => kept.parse().ok()?,
        _ => return None,
    };
    let born = born.filter(|born| day < *born)?;
    let label = text::shown(field.label());
    Some(format!(
        "“{label}”, {day}, is before the date of birth, {born}."
    ))
}

impl From<&Patient> for PatientDraft {
    /// The form that shows a patient as stored.
    fn from(patient: &Patient) -> Self {
        let stated = Field::entered().filter_map(|field| {
            let value = patient.value(field);
            (!value.is_empty()).then(|| (field, value.into_owned()))
        });
        Self(stated.collect())
    }
}

#[cfg(test)]
mod tests {
    use super::super::NOTES_CHARACTERS;
    use super::*;

    const TODAY: Date = Date::constant(2024, 6, 15);

    fn draft() -> PatientDraft {
        typed(&[
            (Field::Number, "P-000001"),
            (Field::FullName, "Ada Byron"),
            (Field::DateOfBirth, "1961-03-05"),
            (Field::Gender, "female"),
        ])
    }

    fn typed(values: &[(Field, &str)]) -> PatientDraft {
        let mut draft = PatientDraft::default();
        for (field, value) in values {
            draft.set(*field, *value);
        }
        draft
    }

    fn with(field: Field, value: &str) -> PatientDraft {
        let mut draft = draft();
        draft.set(field, value);
        draft
    }

    fn wrong(draft: &PatientDraft) -> Vec<Field> {
        match draft.validate(TODAY) {
            Ok(_) => Vec::new(),
            Err(wrong) => wrong.into_iter().map(|error| error.field).collect(),
        }
    }

    #[test]
    fn a_sound_draft_becomes_a_tidied_patient() {
        let patient = typed(&[
            (Field::Number, " P-1 "),
            (Field::FullName, " Ada  Byron\n"),
            (Field::DateOfBirth, "5.3.1961"),
            (Field::Gender, "Female"),
            (Field::Notes, "first\r\nsecond\n"),
            (Field::Doctor, " Dr  Q "),
            (Field::Phone, "  "),
        ])
        .validate(TODAY);
        let mut details = Details::default();
        details.keep(Field::Doctor, "Dr Q".into());
        assert_eq!(
            patient,
            Ok(Patient {
                number: "P-1".into(),
                full_name: "Ada Byron".into(),
                date_of_birth: Some(Date::constant(1961, 3, 5)),
                sex: Some(Sex::Female),
                notes: "first\nsecond".into(),
                details,
            })
        );
    }

    #[test]
    fn a_date_of_birth_may_be_unknown() {
        let unknown = with(Field::DateOfBirth, "  ");
        assert_eq!(unknown.validate(TODAY).map(|p| p.date_of_birth), Ok(None));
    }

    #[test]
    fn every_wrong_field_is_named_in_the_order_of_the_form() {
        let draft = typed(&[
            (Field::FullName, "\u{1b}[2J"),
            (Field::DateOfBirth, "soon"),
            (Field::Email, "nowhere"),
            (Field::Cea, "high"),
            (Field::Notes, &"x".repeat(NOTES_CHARACTERS + 1)),
        ]);
        assert_eq!(
            wrong(&draft),
            [
                Field::Number,
                Field::FullName,
                Field::DateOfBirth,
                Field::Email,
                Field::Cea,
                Field::Notes
            ]
        );
    }

    #[test]
    fn a_date_of_birth_is_neither_in_the_future_nor_beyond_a_lifetime() {
        let born = |typed: &str| wrong(&with(Field::DateOfBirth, typed));
        assert_eq!(born("2024-06-15"), []);
        assert_eq!(born("2024-06-16"), [Field::DateOfBirth]);
        assert_eq!(born("1893-06-16"), []);
        assert_eq!(born("1893-06-15"), [Field::DateOfBirth]);
    }

    #[test]
    fn dates_before_the_date_of_birth_are_refused() {
        assert_eq!(
            wrong(&with(Field::DiagnosisDate, "1961-03-04")),
            [Field::DiagnosisDate]
        );
        assert_eq!(wrong(&with(Field::DiagnosisDate, "1961-03-05")), []);
    }

    #[test]
    fn a_name_of_ten_thousand_characters_is_refused() {
        let long = with(Field::FullName, &"x".repeat(10_000));
        assert_eq!(wrong(&long), [Field::FullName]);
    }

    #[test]
    fn names_of_any_script_are_stored_as_typed() {
        for name in [
            "Łucja Ørsted",
            "محمد علي",
            "李 小龙",
            "अनिल कुमार",
            "O'Brien-Smith; -- 🙂",
        ] {
            let draft = with(Field::FullName, name);
            assert_eq!(
                draft.validate(TODAY).map(|p| p.full_name),
                Ok(name.to_owned())
            );
        }
    }

    #[test]
    fn every_message_is_one_sentence() {
        let draft = typed(&[
            (Field::Number, "\0"),
            (Field::FullName, &"x".repeat(201)),
            (Field::DateOfBirth, "05/03/1961"),
            (Field::FollowUps, "later"),
            (Field::Notes, "\u{202e}"),
        ]);
        for error in draft.validate(TODAY).unwrap_err() {
            assert!(error.message.ends_with('.'), "{}", error.message);
            assert!(!error.message.contains('\n'));
            assert!(!error.message.contains('\0'));
        }
    }

    #[test]
    fn a_stored_patient_fills_a_form_that_validates_to_itself() {
        let mut draft = draft();
        draft.set(Field::FollowUps, "2025-09-01\n2024-03-05 no change");
        draft.set(Field::CancerStage, "Stage IA2");
        let patient = draft.validate(TODAY).unwrap();
        assert_eq!(PatientDraft::from(&patient).validate(TODAY), Ok(patient));
    }

    #[test]
    fn a_draft_is_read_as_it_was_written() {
        let draft = with(Field::Address, "\u{1b} 5\nLane");
        assert_eq!(PatientDraft::from_json(&draft.to_json()), Some(draft));
        assert_eq!(PatientDraft::from_json("[]"), None);
        let unknown = PatientDraft::from_json("{\"shoe_size\":\"43\"}");
        assert_eq!(unknown, Some(PatientDraft::default()));
    }

    #[test]
    fn every_sex_is_parsed_from_its_word_and_is_among_the_choices() {
        for sex in Sex::ALL {
            assert_eq!(Sex::parse(sex.as_str()), Some(sex));
            assert_eq!(Field::Gender.shown(sex.as_str()), sex.label());
        }
        assert_eq!(Sex::parse("Female "), None);
    }
}
