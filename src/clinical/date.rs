//! Dates as people type them, and ages.

use jiff::civil::Date;

use super::text::shown;

/// The oldest age, in years, that a date of birth may state.
pub const OLDEST_YEARS: i16 = 130;

/// Reasons why typed text is not a date: a sentence that says how to write it instead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DateError {
    #[error("“{typed}” is not a date: write it like 1961-03-05.")]
    Unreadable { typed: String },
    #[error("Write the year of “{typed}” in full, like 1961-03-05.")]
    ShortYear { typed: String },
    /// Either part may be the month.
    #[error(
        "“{typed}” can be read in two ways: write it as {year:04}-{:02}-{:02} or {year:04}-{:02}-{:02}.",
        parts[1], parts[0], parts[0], parts[1]
    )]
    TwoReadings {
        typed: String,
        year: i16,
        parts: [i16; 2],
    },
    #[error("“{typed}” is not in the calendar.")]
    NotInCalendar { typed: String },
}

/// Completed years between `born` and `today`; negative if `born` is after `today`.
///
/// A person born on 29 February completes a year on 1 March in a common year.
pub fn age_years(born: Date, today: Date) -> i16 {
    let before_birthday = (today.month(), today.day()) < (born.month(), born.day());
    today.year() - born.year() - i16::from(before_birthday)
}

/// Reads a typed date.
///
/// Year first with any separator (`1961-03-05`, `1961/3/5`, `19610305`), day first with dots (`5.3.1961`), or with the month in
/// words (`5 March 1961`, `Mar 5, 1961`). With slashes or hyphens and the year last, day and month are accepted only if they
/// cannot be confused.
///
/// # Errors
/// The problem and the right notation.
pub fn parse(typed: &str) -> Result<Date, DateError> {
    let typed = typed.trim();
    let parts: Vec<&str> = typed
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    match parts[..] {
        [solid] if solid.len() == 8 && is_number(solid) => year_first(solid, typed),
        [first, second, third] => three_parts([first, second, third], typed),
        _ => Err(unreadable(typed)),
    }
}

/// Every day that a typed date can mean: for searches, where one reading too many does no harm.
///
/// As [`parse`], and in addition both orders of day and month where they can be confused, eight digits in any of the three orders,
/// and years of two digits in both centuries. Empty if the text is not a date.
pub fn readings(typed: &str) -> Vec<Date> {
    let typed = typed.trim();
    let parts: Vec<&str> = typed
        .split(|c: char| !c.is_alphanumeric())
        .filter(|part| !part.is_empty())
        .collect();
    let mut days = match parts[..] {
        [solid] if solid.len() == 8 && is_number(solid) => solid_readings(solid),
        [first, second, third] if is_number(third) && third.len() == 2 && first.len() < 4 => {
            let century = |century| format!("{first}/{second}/{century}{third}");
            let separated = |text: String| match typed.contains('.') {
                true => text.replace('/', "."),
                false => text,
            };
            let centuries = ["19", "20"].into_iter();
            let texts = centuries.map(|digits| separated(century(digits)));
            texts.flat_map(|text| ordered_readings(&text)).collect()
        }
        [_, _, _] => ordered_readings(typed),
        _ => Vec::new(),
    };
    days.sort_unstable();
    days.dedup();
    days
}

/// Readings of three parts with the year in full.
fn ordered_readings(typed: &str) -> Vec<Date> {
    match parse(typed) {
        Ok(day) => vec![day],
        Err(DateError::TwoReadings {
            year,
            parts: [first, second],
            ..
        }) => [(first, second), (second, first)]
            .into_iter()
            .filter_map(|(month, day)| calendar(year, month, day, typed).ok())
            .collect(),
        Err(_) => Vec::new(),
    }
}

/// Readings of eight digits: year first, day first, month first. A year is one in which a living person can be born.
fn solid_readings(solid: &str) -> Vec<Date> {
    let part = |range: std::ops::Range<usize>| solid.get(range).and_then(number);
    let orders = [
        (part(0..4), part(4..6), part(6..8)),
        (part(4..8), part(2..4), part(0..2)),
        (part(4..8), part(0..2), part(2..4)),
    ];
    let day = |(year, month, day): (Option<i16>, Option<i16>, Option<i16>)| {
        let year = year.filter(|year| (1850..2200).contains(year))?;
        calendar(year, month?, day?, solid).ok()
    };
    orders.into_iter().filter_map(day).collect()
}

fn year_first(solid: &str, typed: &str) -> Result<Date, DateError> {
    let part = |range: std::ops::Range<usize>| solid.get(range).and_then(number);
    match (part(0..4), part(4..6), part(6..8)) {
        (Some(year), Some(month), Some(day)) => calendar(year, month, day, typed),
        _ => Err(unreadable(typed)),
    }
}

fn three_parts(parts: [&str; 3], typed: &str) -> Result<Date, DateError> {
    let [first, second, third] = parts;
    let year_is_first = first.len() == 4;
    let year = if year_is_first { first } else { third };
    if is_number(year) && year.len() < 4 {
        return Err(DateError::ShortYear {
            typed: shown(typed),
        });
    }
    let Some(year) = number(year).filter(|_| year.len() == 4) else {
        return Err(unreadable(typed));
    };
    if year_is_first {
        return match (number(second).or_else(|| month(second)), number(third)) {
            (Some(month), Some(day)) => calendar(year, month, day, typed),
            _ => Err(unreadable(typed)),
        };
    }
    if let (Some(month), Some(day)) = (month(first), number(second)) {
        return calendar(year, month, day, typed);
    }
    if let (Some(day), Some(month)) = (number(first), month(second)) {
        return calendar(year, month, day, typed);
    }
    let (Some(first), Some(second)) = (number(first), number(second)) else {
        return Err(unreadable(typed));
    };
    if typed.contains('.') || first == second || first > 12 {
        calendar(year, second, first, typed)
    } else if second > 12 {
        calendar(year, first, second, typed)
    } else {
        Err(DateError::TwoReadings {
            typed: shown(typed),
            year,
            parts: [first, second],
        })
    }
}

fn calendar(year: i16, month: i16, day: i16, typed: &str) -> Result<Date, DateError> {
    let date = match (i8::try_from(month), i8::try_from(day)) {
        (Ok(month), Ok(day)) => Date::new(year, month, day).ok(),
        _ => None,
    };
    date.ok_or_else(|| DateError::NotInCalendar {
        typed: shown(typed),
    })
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(part: &str) -> Option<i16> {
    part.parse().ok().filter(|_| is_number(part))
}

/// The number of a month from its English name; three letters are enough.
fn month(word: &str) -> Option<i16> {
    const NAMES: [&str; 12] = [
        "january",
        "february",
        "march",
        "april",
        "may",
        "june",
        "july",
        "august",
        "september",
        "october",
        "november",
        "december",
    ];
    let word = word.to_lowercase();
    if word.len() < 3 {
        return None;
    }
    (1..)
        .zip(NAMES)
        .find(|(_, name)| name.starts_with(&word))
        .map(|(number, _)| number)
}

fn unreadable(typed: &str) -> DateError {
    DateError::Unreadable {
        typed: shown(typed),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn date(year: i16, month: i8, day: i8) -> Date {
        Date::constant(year, month, day)
    }

    #[test]
    fn every_plain_spelling_of_a_day_is_read() {
        for typed in [
            "1961-03-05",
            " 1961-3-5 ",
            "1961/03/05",
            "1961.03.05",
            "19610305",
            "5.3.1961",
            "05.03.1961",
            "5. 3. 1961",
            "5 March 1961",
            "5-Mar-1961",
            "March 5, 1961",
            "mar 5 1961",
            "1961 mar 5",
        ] {
            assert_eq!(parse(typed), Ok(date(1961, 3, 5)), "{typed}");
        }
    }

    #[test]
    fn a_day_that_could_be_a_month_is_asked_for_again() {
        let answer = parse("05/03/1961").unwrap_err().to_string();
        assert!(answer.contains("1961-03-05") && answer.contains("1961-05-03"));
        assert!(parse("5-3-1961").is_err());
    }

    #[test]
    fn a_day_above_twelve_settles_the_order() {
        assert_eq!(parse("25/03/1961"), Ok(date(1961, 3, 25)));
        assert_eq!(parse("03/25/1961"), Ok(date(1961, 3, 25)));
        assert_eq!(parse("5/5/1961"), Ok(date(1961, 5, 5)));
    }

    #[test]
    fn a_short_year_is_asked_for_in_full() {
        assert!(parse("5.3.61").unwrap_err().to_string().contains("in full"));
    }

    #[test]
    fn dates_outside_the_calendar_are_refused() {
        for typed in [
            "1961-02-29",
            "31.4.1961",
            "1961-13-01",
            "1961-00-10",
            "0.1.1961",
        ] {
            let answer = parse(typed).unwrap_err().to_string();
            assert!(answer.contains("calendar"), "{typed}: {answer}");
        }
        assert_eq!(parse("29.2.1960"), Ok(date(1960, 2, 29)));
    }

    #[test]
    fn text_that_is_not_a_date_is_refused_with_an_example() {
        for typed in [
            "",
            "yesterday",
            "1961",
            "1-2",
            "1961-03-05-06",
            "٥.٣.1961",
            "99999-1-1",
            "5 Foo 1961",
            "+5.3.1961x",
        ] {
            let answer = parse(typed).unwrap_err().to_string();
            assert!(answer.contains("1961-03-05"), "{typed}: {answer}");
        }
    }

    #[test]
    fn long_and_hostile_text_is_not_echoed_whole() {
        let answer = parse(&"\u{1b}[2J9".repeat(500)).unwrap_err().to_string();
        assert!(answer.chars().count() < 80);
        assert!(!answer.contains('\u{1b}'));
    }

    #[test]
    fn a_search_reads_a_date_in_every_order_that_it_can_have() {
        let (march, december) = (date(1950, 3, 12), date(1950, 12, 3));
        for typed in [
            "12.3.1950",
            "12. 3. 1950",
            "1950-03-12",
            "12 mar 1950",
            "march 12, 1950",
            "19500312",
        ] {
            assert_eq!(readings(typed), [march], "{typed}");
        }
        for typed in ["03/12/1950", "12-3-1950", "12031950"] {
            assert_eq!(readings(typed), [march, december], "{typed}");
        }
        assert_eq!(readings("25/03/1950"), [date(1950, 3, 25)]);
        assert_eq!(readings("12.3.50"), [march, date(2050, 3, 12)]);
        for typed in ["", "1950", "31.2.1950", "99999999", "12.3", "ada may lee"] {
            assert_eq!(readings(typed), [], "{typed}");
        }
    }

    #[test]
    fn a_year_is_completed_on_the_birthday() {
        let born = date(1961, 3, 5);
        assert_eq!(age_years(born, date(2024, 3, 4)), 62);
        assert_eq!(age_years(born, date(2024, 3, 5)), 63);
        assert_eq!(age_years(born, born), 0);
        assert_eq!(age_years(born, date(1961, 3, 4)), -1);
    }

    #[test]
    fn a_person_born_on_a_leap_day_completes_a_common_year_on_the_first_of_march() {
        let born = date(2000, 2, 29);
        assert_eq!(age_years(born, date(2001, 2, 28)), 0);
        assert_eq!(age_years(born, date(2001, 3, 1)), 1);
        assert_eq!(age_years(born, date(2004, 2, 29)), 4);
    }

    proptest::proptest! {
        #[test]
        fn no_text_makes_reading_a_date_fail_otherwise(typed in ".{0,40}") {
            let _ = parse(&typed);
            let _ = readings(&typed);
        }

        #[test]
        fn iso_dates_are_parsed_unchanged(year in 1..=9999_i16, month in 1..=12_i8, day in 1..=28_i8) {
            let written = date(year, month, day);
            proptest::prop_assert_eq!(parse(&written.to_string()), Ok(written));
        }
    }
}
