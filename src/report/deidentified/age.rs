//! Ages as a de-identified copy may state them.

use std::fmt;

use jiff::civil::Date;

use crate::clinical::date::age_years;

/// The age from which all people get the same age group (45 CFR 164.514(b)(2)(i)(C)).
const OLD: i16 = 90;

/// A completed age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Age {
    /// An age below 90.
    Years(u8),
    NinetyOrOver,
}

impl Age {
    /// Age on `day` of a person born on `born`; none for a day before the birth.
    pub fn of(born: Date, day: Date) -> Option<Self> {
        match age_years(born, day) {
            OLD.. => Some(Self::NinetyOrOver),
            years => u8::try_from(years).ok().map(Self::Years),
        }
    }
}

impl fmt::Display for Age {
    /// As `63` or `90+`.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Years(years) => write!(formatter, "{years}"),
            Self::NinetyOrOver => formatter.write_str("90+"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_from_ninety_on_are_one_group() {
        let born = Date::constant(1934, 6, 15);
        let age =
            |year, day| Age::of(born, Date::constant(year, 6, day)).map(|age| age.to_string());
        assert_eq!(age(2024, 14).as_deref(), Some("89"));
        assert_eq!(age(2024, 15).as_deref(), Some("90+"));
        assert_eq!(age(2044, 15).as_deref(), Some("90+"));
        assert_eq!(age(1934, 15).as_deref(), Some("0"));
        assert_eq!(age(1934, 14), None);
    }
}
