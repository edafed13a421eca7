//! Kinds of fields: how their values are typed, checked, stored and shown.

use jiff::civil::Date;

use super::field::Field;
use super::value_error::ValueError;
use super::{follow_up, number, phone};
use crate::clinical::{date, text};

/// Kind of a field. A stored value is one text in one notation, empty if not stated.
#[derive(Debug, Clone, Copy)]
pub enum Kind {
    /// One line of at most so many characters.
    Line(usize),
    /// Several lines of at most so many characters.
    Paragraphs(usize),
    /// Stored in ISO 8601.
    Date(Days),
    /// One of a list, stored by its word.
    Choice(&'static [Choice]),
    /// A quantity, stored with a decimal point and without unnecessary zeros.
    Quantity(Quantity),
    Phone,
    Email,
    /// Dates with a remark each, one per line: see [`follow_up`].
    FollowUps,
    /// A picture that is stored with the record.
    Photo,
    /// Computed from the patient's newest exam; cannot be entered.
    Computed,
}

/// Allowed range of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Days {
    /// Of a birth: today or before, within a lifetime.
    Birth,
    /// Within the patient's life until today.
    Past,
    /// Within the patient's life or after today.
    Any,
}

/// One of a list.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Choice {
    /// Stored word; never changes.
    pub word: &'static str,
    /// Label shown to the user.
    pub label: &'static str,
}

/// The limits of a quantity, from 0 up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quantity {
    pub most: u32,
    /// Maximum number of digits after the decimal point.
    pub decimals: u8,
    /// Unit after the quantity: `ng/mL`.
    pub unit: &'static str,
}

/// Maximum number of characters of an email address (RFC 5321, 4.5.3.1.3).
const EMAIL_CHARACTERS: usize = 254;
/// Maximum number of characters of a telephone number.
const PHONE_CHARACTERS: usize = 64;

impl Field {
    /// The value to store, from a typed text or a file; empty for blank. A choice may be given by its word or its label, in any
    /// case.
    ///
    /// # Errors
    /// The problem, in one sentence.
    pub fn check(self, typed: &str, today: Date) -> Result<String, ValueError> {
        let what = format!("“{}”", self.label());
        if typed.trim().is_empty() {
            return match self.is_required() {
                true => Err(ValueError::Missing { what }),
                false => Ok(String::new()),
            };
        }
        let refused = |fault| ValueError::Text {
            what: what.clone(),
            fault,
        };
        match self.kind() {
            Kind::Line(most) => text::line(typed, most).map_err(refused),
            Kind::Paragraphs(most) => text::paragraphs(typed, most).map_err(refused),
            Kind::Date(days) => {
                let date = date::parse(typed)?;
                allowed(date, days, self, today)?;
                Ok(date.to_string())
            }
            Kind::Choice(choices) => {
                let folded = text::fold(typed);
                let is_meant = |choice: &&Choice| {
                    text::fold(choice.word) == folded || text::fold(choice.label) == folded
                };
                match choices.iter().find(is_meant) {
                    Some(choice) => Ok(choice.word.to_owned()),
                    None => Err(ValueError::Choice {
                        typed: text::shown(typed),
                        what,
                        choices: labels(choices),
                    }),
                }
            }
            Kind::Quantity(quantity) => number::tidy(typed, quantity, &what),
            Kind::Phone => {
                let line = text::line(typed, PHONE_CHARACTERS).map_err(refused)?;
                match phone::is_phone(&line) {
                    true => Ok(line),
                    false => Err(ValueError::Phone {
                        typed: text::shown(&line),
                    }),
                }
            }
            Kind::Email => {
                let line = text::line(typed, EMAIL_CHARACTERS).map_err(refused)?;
                let parts = line.split_once('@').map(|(name, host)| (name.len(), host));
                match parts {
                    Some((1.., host)) if host.contains('.') && !line.contains(' ') => Ok(line),
                    _ => Err(ValueError::Email { what }),
                }
            }
            Kind::FollowUps => follow_up::tidy(typed),
            Kind::Photo | Kind::Computed => Err(ValueError::NotTyped { what }),
        }
    }

    /// A stored value as shown to the user: the label of a choice, a quantity with its unit.
    pub fn shown(self, kept: &str) -> String {
        match self.kind() {
            Kind::Choice(choices) => {
                let choice = choices.iter().find(|choice| choice.word == kept);
                choice.map_or(kept, |choice| choice.label).to_owned()
            }
            Kind::Quantity(quantity) if !kept.is_empty() && !quantity.unit.is_empty() => {
                format!("{kept} {}", quantity.unit)
            }
            _ => kept.to_owned(),
        }
    }
}

fn labels(choices: &[Choice]) -> String {
    let labels: Vec<&str> = choices.iter().map(|choice| choice.label).collect();
    labels.join(", ")
}

fn allowed(date: Date, days: Days, field: Field, today: Date) -> Result<(), ValueError> {
    let what = match field {
        Field::DateOfBirth => "The date of birth".to_owned(),
        _ => format!("“{}”,", field.label()),
    };
    if days != Days::Any && date > today {
        return Err(ValueError::Future { what, date });
    }
    if date::age_years(date, today) > date::OLDEST_YEARS {
        return Err(ValueError::LongAgo { what, date });
    }
    if date::age_years(today, date) > date::OLDEST_YEARS {
        return Err(ValueError::FarAhead { what, date });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::table::TABLE;
    use super::*;

    const TODAY: Date = Date::constant(2026, 3, 9);

    #[test]
    fn blank_is_refused_only_for_required_fields() {
        for field in Field::entered() {
            assert_eq!(field.check(" \n", TODAY).is_err(), field.is_required());
        }
    }

    #[test]
    fn a_choice_is_named_by_its_word_or_its_label_in_any_case() {
        for typed in ["former", "Former smoker", " FORMER SMOKER "] {
            let kept = Field::SmokingStatus.check(typed, TODAY);
            assert_eq!(kept.as_deref(), Ok("former"), "{typed}");
        }
        let refused = Field::SmokingStatus
            .check("chimney", TODAY)
            .unwrap_err()
            .to_string();
        assert!(refused.contains("Never smoked"), "{refused}");
        assert_eq!(Field::SmokingStatus.shown("former"), "Former smoker");
    }

    #[test]
    fn dates_are_within_the_range_of_their_field() {
        let check = |field: Field, typed| field.check(typed, TODAY);
        assert_eq!(
            check(Field::ScanDate, "9.3.2026").as_deref(),
            Ok("2026-03-09")
        );
        assert!(check(Field::ScanDate, "2026-03-10").is_err());
        assert!(check(Field::DateOfBirth, "2026-03-10").is_err());
        assert!(check(Field::DateOfBirth, "1893-01-01").is_err());
        assert_eq!(
            check(Field::NextAppointment, "2027-01-05").as_deref(),
            Ok("2027-01-05")
        );
        assert!(check(Field::NextAppointment, "2727-01-05").is_err());
    }

    #[test]
    fn quantities_are_stored_in_one_notation_and_shown_with_their_unit() {
        assert_eq!(Field::PackYears.check(" 30.0 ", TODAY).as_deref(), Ok("30"));
        assert_eq!(Field::Cea.check("3,25", TODAY).as_deref(), Ok("3.25"));
        assert_eq!(Field::Cea.shown("3.25"), "3.25 ng/mL");
        for typed in ["-1", "1e3", "many", "3.14159", "400"] {
            assert!(Field::PackYears.check(typed, TODAY).is_err(), "{typed}");
        }
    }

    #[test]
    fn telephone_numbers_and_email_addresses_are_checked() {
        assert_eq!(
            Field::Phone.check("+44 20 7946 0018", TODAY).as_deref(),
            Ok("+44 20 7946 0018")
        );
        assert!(Field::Phone.check("at home", TODAY).is_err());
        assert!(Field::Email.check("ana@example.org", TODAY).is_ok());
        for typed in ["ana", "@example.org", "ana@example", "a b@example.org"] {
            assert!(Field::Email.check(typed, TODAY).is_err(), "{typed}");
        }
    }

    #[test]
    fn a_stored_value_is_checked_to_itself() {
        let typed = |kind: Kind| match kind {
            Kind::Line(_) => " Ana  Pérez",
            Kind::Paragraphs(_) => "one\r\ntwo ",
            Kind::Date(_) => "5 March 2001",
            Kind::Choice(choices) => choices[0].label,
            Kind::Quantity(_) => "12,50",
            Kind::Phone => "020 7946 0018",
            Kind::Email => "ana@example.org",
            Kind::FollowUps => "5.3.2026 LDCT, no change\n2026-09-01",
            Kind::Photo | Kind::Computed => "",
        };
        for field in Field::entered() {
            let kept = field.check(typed(field.kind()), TODAY).unwrap();
            assert_eq!(field.check(&kept, TODAY).as_deref(), Ok(kept.as_str()));
        }
    }

    #[test]
    fn the_words_and_labels_of_a_choice_differ() {
        for description in &TABLE {
            let Kind::Choice(choices) = description.kind else {
                continue;
            };
            for (place, choice) in choices.iter().enumerate() {
                let others = choices.iter().skip(place + 1);
                let mut names = others.flat_map(|other| [other.word, other.label]);
                let taken = |name: &str| text::fold(name) == text::fold(choice.label);
                assert!(!names.any(taken), "{}", choice.label);
            }
        }
    }

    proptest::proptest! {
        #[test]
        fn a_failed_check_of_any_text_is_a_sentence(typed in ".{0,60}") {
            for field in Field::entered() {
                if let Err(error) = field.check(&typed, TODAY) {
                    let sentence = error.to_string();
                    proptest::prop_assert!(sentence.ends_with('.'), "{}", sentence);
                    let commands = ['\0', '\u{1b}', '\n'];
                    proptest::prop_assert!(!sentence.contains(commands));
                }
            }
        }
    }
}
