//! Numbers as spreadsheets and laboratories write them.

use std::borrow::Cow;

use super::headings::bare;
use crate::clinical::patient::{Field, Kind};
use crate::clinical::text::shown;

/// Number of digits that a spreadsheet keeps of a number.
const SPREADSHEET_DIGITS: usize = 15;

/// True if a unit, in a heading or after a quantity, is the record's.
pub(super) fn is_unit_of(field: Field, unit: &str) -> bool {
    let unit = unit.trim();
    let Kind::Quantity(quantity) = field.kind() else {
        return false;
    };
    if unit.is_empty() || bare(unit) == bare(quantity.unit) {
        return true;
    }
    match field {
        // A microgram per litre is a nanogram per millilitre.
        Field::Cea => matches!(
            bare(unit).as_str(),
            "ugl" | "μgl" | "mcgl" | "ngperml" | "ngml"
        ),
        Field::PackYears => matches!(
            bare(unit).as_str(),
            "py" | "packyear"
                | "packyears"
                | "pkyr"
                | "pkyrs"
                | "years"
                | "packungsjahre"
                | "paquetsannees"
                | "paquetesano"
        ),
        _ => false,
    }
}

/// A quantity without the record's unit and without separators of thousands: `1.234,5 ng/mL` is `1234.5`. Ambiguous text is left
/// unchanged, to be refused.
pub(super) fn quantity(field: Field, cell: &str) -> Cow<'_, str> {
    let cell = cell.trim();
    let end = cell
        .rfind(|c: char| c.is_ascii_digit())
        .map_or(0, |last| last + 1);
    let (number, unit) = cell.split_at_checked(end).unwrap_or((cell, ""));
    match end > 0 && is_unit_of(field, unit) {
        true => ungrouped(number),
        false => cell.into(),
    }
}

/// A number without separators of thousands, if it has two kinds of separators or blanks between groups of three.
fn ungrouped(number: &str) -> Cow<'_, str> {
    let is_group = |c: char| matches!(c, '.' | ',' | '\'' | '’') || c.is_whitespace();
    let Some(place) = number.rfind(['.', ',']) else {
        return without_groups(number, is_group).map_or(number.into(), Cow::Owned);
    };
    let (whole, part) = (&number[..place], &number[place + 1..]);
    let separator = &number[place..place + 1];
    if !whole.contains(is_group) || whole.contains(separator) || !is_digits(part) {
        return number.into();
    }
    match without_groups(whole, is_group) {
        Some(whole) => format!("{whole}.{part}").into(),
        None => number.into(),
    }
}

/// The digits of a number whose groups, all but the first of three digits, are separated by the same character.
fn without_groups(number: &str, is_group: impl Fn(char) -> bool) -> Option<String> {
    let separator = number.chars().find(|c| is_group(*c))?;
    let mut groups = number.split(separator);
    let first = groups.next()?;
    let is_sound = is_digits(first)
        && first.len() <= 3
        && groups.all(|group| group.len() == 3 && is_digits(group));
    is_sound.then(|| number.replace(separator, ""))
}

fn is_digits(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// True if a spreadsheet has shortened a number to a power of ten, so that digits are lost: `1.23E+11`.
fn is_shortened(cell: &str) -> bool {
    let cell = cell.trim().trim_start_matches('+');
    let Some((mantissa, exponent)) = cell.split_once(['e', 'E']) else {
        return false;
    };
    let (whole, part) = mantissa.split_once(['.', ',']).unwrap_or((mantissa, ""));
    let has_point = whole.len() < mantissa.len();
    let is_number = is_digits(whole) && (!has_point || is_digits(part));
    let digits = exponent.strip_prefix('+');
    // A number such as 5E10 may be meant as written.
    is_number && (digits.is_some() || has_point) && is_digits(digits.unwrap_or(exponent))
}

/// True if a spreadsheet, which keeps 15 digits, has replaced the further digits of a number by zeros.
fn is_filled_up(cell: &str) -> bool {
    let cell = cell.trim();
    is_digits(cell) && cell.len() > SPREADSHEET_DIGITS + 1 && {
        let (kept, lost) = cell.split_at(SPREADSHEET_DIGITS);
        !kept.starts_with('0') && lost.bytes().all(|byte| byte == b'0')
    }
}

/// The sentence about a number whose digits a spreadsheet has lost; none for another text.
pub(super) fn lost_digits(cell: &str) -> Option<String> {
    let what = match (is_shortened(cell), is_filled_up(cell)) {
        (true, _) => "shortened this number to",
        (false, true) => "replaced the last digits of this number by zeros,",
        (false, false) => return None,
    };
    Some(format!(
        "a spreadsheet has {what} “{}”, so that digits are lost: make the column text in the spreadsheet and export it again.",
        shown(cell)
    ))
}

/// A number of which a spreadsheet may have made a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum MadeDate {
    /// With the name of a month, as in `2-Mar` for `2-3`.
    Named,
    /// In digits, as in `02/03/1961`: may also be the way in which a hospital numbers its patients.
    InDigits,
}

/// The way in which a number looks like a date; none for another text.
pub(super) fn made_date(cell: &str) -> Option<MadeDate> {
    let cell = cell.trim();
    let day = cell.split([' ', 'T']).next().unwrap_or(cell);
    let parts: Vec<&str> = day.split(['-', '.', '/']).collect();
    let is_short = |part: &str| is_digits(part) && part.len() <= 2;
    let is_year = |part: &str| is_digits(part) && part.len() == 4 && part.starts_with(['1', '2']);
    match parts[..] {
        // 3-Feb, Feb-61
        [one, other] if is_short(one) && is_month(other) || is_month(one) && is_short(other) => {
            Some(MadeDate::Named)
        }
        [one, month, year]
            if is_short(one) && is_month(month) && (is_year(year) || is_short(year)) =>
        {
            Some(MadeDate::Named)
        }
        [one, other, year] | [year, one, other]
            if is_year(year) && is_short(one) && is_short(other) =>
        {
            let days = crate::clinical::date::readings(day);
            days.first().map(|_| MadeDate::InDigits)
        }
        _ => None,
    }
}

/// The sentence about a number of which a spreadsheet has made a date.
pub(super) fn about_made_date(cell: &str) -> String {
    format!(
        "a spreadsheet has made a date of this number, “{}”: make the column text in the spreadsheet, correct the number and export it again.",
        shown(cell)
    )
}

/// True for a month as spreadsheets write it in a few letters.
fn is_month(word: &str) -> bool {
    const MONTHS: [&str; 12] = [
        "jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec",
    ];
    const IN_GERMAN: [&str; 5] = ["mrz", "mär", "mai", "okt", "dez"];
    let word = word.trim_end_matches('.').to_lowercase();
    MONTHS.contains(&word.as_str()) || IN_GERMAN.contains(&word.as_str())
}

/// True for the signs in place of a value for which a spreadsheet's column is too narrow: `#####`.
pub(super) fn is_too_narrow(cell: &str) -> bool {
    let cell = cell.trim();
    cell.len() >= 3 && cell.bytes().all(|byte| byte == b'#')
}

/// The whole number before a point and zeros: `1017.0`.
pub(super) fn whole(cell: &str) -> Option<&str> {
    let (whole, zeros) = cell.trim().split_once('.')?;
    (is_digits(whole) && is_digits(zeros) && zeros.bytes().all(|byte| byte == b'0'))
        .then_some(whole)
}

/// True if a number has digits other than zeros after its point: `10.5`.
pub(super) fn has_a_fraction(cell: &str) -> bool {
    let parts = cell.trim().split_once('.');
    parts.is_some_and(|(whole, part)| is_digits(whole) && is_digits(part))
        && self::whole(cell).is_none()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unambiguous_separators_of_thousands_are_removed() {
        for (cell, number) in [
            ("1.234,5", "1234.5"),
            ("1,234.5", "1234.5"),
            ("1 234,5", "1234.5"),
            ("1\u{202f}234,5 ng/mL", "1234.5"),
            ("1'234.5", "1234.5"),
            ("12.345.678,9", "12345678.9"),
            ("12 345", "12345"),
            ("3,25", "3,25"),
            ("3.2 µg/L", "3.2"),
            ("3.2 NG/ML", "3.2"),
            // These are ambiguous, or not numbers.
            ("1.234", "1.234"),
            ("1,234", "1,234"),
            ("1.23,4", "1.23,4"),
            ("1.234.5", "1.234.5"),
            ("<0.5", "<0.5"),
            ("0.0032 mg/L", "0.0032 mg/L"),
            ("1 1/2", "1 1/2"),
            ("", ""),
            ("ng/mL", "ng/mL"),
        ] {
            assert_eq!(quantity(Field::Cea, cell), number, "{cell}");
        }
        assert_eq!(quantity(Field::PackYears, "30,5 PY"), "30,5");
    }

    #[test]
    fn a_power_of_ten_has_lost_digits() {
        for cell in ["1.23E+11", "1E+05", "4.9301e+11", "1,23E+11", " 1.5E11 "] {
            assert!(is_shortened(cell), "{cell}");
        }
        for cell in [
            "5E10", "E+5", "1E", "H1E+5", "12", "1.E+5", "", "ward e+1", "1E+5x",
        ] {
            assert!(!is_shortened(cell), "{cell}");
        }
    }

    #[test]
    fn a_long_number_that_ends_in_zeros_has_lost_digits() {
        for cell in ["123456789012345000", "12345678901234500"] {
            assert!(lost_digits(cell).is_some(), "{cell}");
        }
        for cell in [
            "1234567890123450",
            "123456789012345",
            "123456789012345678",
            "000000000000001000",
        ] {
            assert_eq!(lost_digits(cell), None, "{cell}");
        }
    }

    #[test]
    fn a_number_that_became_a_date_is_seen() {
        for cell in ["3-Feb", "Feb-61", "2-Mar-1961", "2-Mrz-61", "Okt-61"] {
            assert_eq!(made_date(cell), Some(MadeDate::Named), "{cell}");
        }
        for cell in ["2/3/1961", "02.03.1961", "1961-02-03 00:00:00"] {
            assert_eq!(made_date(cell), Some(MadeDate::InDigits), "{cell}");
        }
        for cell in [
            "12-34",
            "12-34-5678",
            "2023/17",
            "1961",
            "H-2-1961",
            "P-000012",
            "4-711-2020",
            "Mar-123",
            "",
        ] {
            assert_eq!(made_date(cell), None, "{cell}");
        }
    }

    #[test]
    fn a_point_and_zeros_are_dropped() {
        assert_eq!(whole("1017.0"), Some("1017"));
        assert_eq!(whole("0042.00"), Some("0042"));
        for cell in ["1017", "1017.5", "1017.", ".0", "a.0", "1.0.0"] {
            assert_eq!(whole(cell), None, "{cell}");
        }
        assert!(has_a_fraction("10.5"));
        assert!(!has_a_fraction("10.0") && !has_a_fraction("10") && !has_a_fraction("1.2.3"));
    }
}
