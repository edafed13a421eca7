//! Ages as a de-identified copy may tell them.

use std::fmt;

use jiff::civil::Date;

use crate::clinical::date::age_years;

/// The age from which all people get the same age group (45 CFR 164.514(b)(2)(i)(C)).
const OLD: i16 = 90;

/// A completed age.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Age {
    /// Below 90.
    Years(u8),
    NinetyOrOver,
}

impl Age {
    /// Of somebody born on `born`, on a day; nothing for a day before.
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
    fn nobody_is_told_apart_from_the_ninetieth_birthday_on() {
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
