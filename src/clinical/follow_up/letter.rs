//! Letters that ask a patient to come to a follow-up: their text with placeholders, and the values of these.

use jiff::civil::Date;

use crate::clinical::lung_rads::Category;
use crate::clinical::stated_text::{self, StatedTextError};

/// Most characters of the text of a letter.
pub const LETTER_CHARACTERS: usize = 4000;

/// Purpose of a letter.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LetterKind {
    /// The follow-up is due.
    Recall,
    /// The follow-up is overdue.
    Overdue,
}

impl LetterKind {
    /// In the order of the form.
    pub const ALL: [Self; 2] = [Self::Recall, Self::Overdue];

    /// The kind as scripts and the database keep it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Recall => "recall",
            Self::Overdue => "overdue",
        }
    }

    /// The kind as the user reads it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Recall => "Recall",
            Self::Overdue => "Overdue",
        }
    }

    /// The text of a hospital that set none.
    pub fn default_text(self) -> &'static str {
        match self {
            Self::Recall => {
                "Dear {name},\n\nYour next chest scan in our screening programme is due on {date}.\n\nYour last scan on \
                 {scan_date} showed {category}.\n\nPlease call us to make an appointment.\n\nYours sincerely\n\n{hospital}"
            }
            Self::Overdue => {
                "Dear {name},\n\nYour chest scan in our screening programme was due on {date}, and we have no record that \
                 it was made.\n\nYour last scan on {scan_date} showed {category}.\n\nPlease call us to make an appointment, \
                 or tell us if you had the scan elsewhere or do not want to take part any more.\n\nYours \
                 sincerely\n\n{hospital}"
            }
        }
    }
}

/// Placeholders of a text for details of the patient.
pub const PLACEHOLDERS: [(&str, &str); 7] = [
    ("name", "full name of the patient"),
    ("id", "patient ID"),
    ("birth_date", "date of birth"),
    ("date", "date due"),
    ("scan_date", "day of the last scan"),
    ("category", "result of the last scan in words"),
    ("hospital", "name of the hospital"),
];

/// Patient of a letter and the date of the appointment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recipient {
    pub full_name: String,
    pub number: String,
    pub born: Option<Date>,
    /// Lines of the address; may be empty.
    pub address: String,
    pub due: Date,
    pub scanned_on: Date,
    pub category: Category,
    pub hospital: String,
}

/// The category in words for the patient: what it means for the next step, without a number and without naming a disease.
pub fn plain_words(category: Category) -> &'static str {
    match category {
        Category::One | Category::Two => {
            "nothing that needs attention before the next regular scan"
        }
        Category::Three => {
            "a small spot that is very likely harmless and that we would like to look at again"
        }
        Category::FourA => "a small spot that we would like to look at again soon",
        Category::FourB | Category::FourX => {
            "a spot that we would like to examine more closely; please come as soon as you can"
        }
        Category::Zero => "pictures that we could not assess completely",
        Category::NeedsRadiologist => "pictures that a radiologist still has to assess",
    }
}

/// The tidied text of a letter.
///
/// # Errors
/// The text is empty or too long, or has a placeholder that does not exist.
pub fn check(typed: &str) -> Result<String, StatedTextError> {
    let kept = stated_text::required("The text of the letter", typed, LETTER_CHARACTERS)?;
    stated_text::check_placeholders(&kept, &PLACEHOLDERS)?;
    Ok(kept)
}

/// The text with the patient's data in place of the placeholders.
pub fn fill(text: &str, recipient: &Recipient) -> String {
    stated_text::fill(text, |placeholder| value(placeholder, recipient))
}

fn value(placeholder: &str, recipient: &Recipient) -> String {
    match placeholder {
        "name" => recipient.full_name.clone(),
        "id" => recipient.number.clone(),
        "birth_date" => recipient
            .born
            .map_or_else(String::new, |born| born.to_string()),
        "date" => recipient.due.to_string(),
        "scan_date" => recipient.scanned_on.to_string(),
        "category" => plain_words(recipient.category).to_owned(),
        "hospital" => recipient.hospital.clone(),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn recipient() -> Recipient {
        Recipient {
            full_name: "Ada {id} Example".into(),
            number: "P-0042".into(),
            born: None,
            address: String::new(),
            due: Date::constant(2026, 3, 5),
            scanned_on: Date::constant(2025, 3, 5),
            category: Category::Two,
            hospital: "St. Example".into(),
        }
    }

    #[test]
    fn placeholders_are_filled_once() {
        let text = "{name}, {id}, {birth_date}: {date} after {scan_date} at {hospital}.";
        assert_eq!(
            fill(text, &recipient()),
            "Ada {id} Example, P-0042, : 2026-03-05 after 2025-03-05 at St. Example."
        );
    }

    #[test]
    fn an_unknown_placeholder_is_refused_with_those_that_there_are() {
        for typed in ["Dear {nmae}", "Dear {name", "{}"] {
            let refused = check(typed).unwrap_err().to_string();
            assert!(refused.contains("{scan_date}"), "{typed}: {refused}");
        }
        assert!(check("  ").is_err());
        assert!(check(&"x".repeat(LETTER_CHARACTERS + 1)).is_err());
    }

    #[test]
    fn the_default_texts_pass_the_check_and_name_date_and_patient() {
        for kind in LetterKind::ALL {
            let kept = check(kind.default_text()).unwrap();
            let filled = fill(&kept, &recipient());
            assert!(
                filled.contains("2026-03-05") && filled.contains("Ada"),
                "{filled}"
            );
            assert!(!filled.replace("{id}", "").contains('{'), "{filled}");
        }
    }

    #[test]
    fn no_patient_reads_a_category_number_or_the_name_of_a_disease() {
        for category in Category::ALL {
            let words = plain_words(category).to_lowercase();
            for alarming in ["cancer", "malign", "tumour", "4", "suspicious", "lung-rads"] {
                assert!(!words.contains(alarming), "{words}");
            }
        }
    }
}
