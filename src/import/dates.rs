//! Dates as programs and spreadsheets write them, and the order of day and month that a column shows.

mod words;

use jiff::civil::Date;
use unicode_normalization::UnicodeNormalization;

use self::words::Word;
use super::cell;
use crate::clinical::date;
use crate::clinical::text::{fold, shown};
use crate::config::DateOrderChoice;

/// The order of the parts of a date.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DateOrder {
    DayFirst,
    MonthFirst,
    YearFirst,
}

impl From<DateOrderChoice> for DateOrder {
    fn from(choice: DateOrderChoice) -> Self {
        match choice {
            DateOrderChoice::Dmy => Self::DayFirst,
            DateOrderChoice::Mdy => Self::MonthFirst,
            DateOrderChoice::Ymd => Self::YearFirst,
        }
    }
}

impl DateOrder {
    /// In the order in which they are offered.
    pub const ALL: [Self; 3] = [Self::DayFirst, Self::MonthFirst, Self::YearFirst];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::DayFirst => "dmy",
            Self::MonthFirst => "mdy",
            Self::YearFirst => "ymd",
        }
    }

    /// The order as a part of a sentence.
    pub fn label(self) -> &'static str {
        match self {
            Self::DayFirst => "day first",
            Self::MonthFirst => "month first",
            Self::YearFirst => "year first",
        }
    }

    /// The order stated by a heading such as `DOB (dd/mm/yyyy)` or `Geburtsdatum (TT.MM.JJJJ)`.
    pub(super) fn of_heading(heading: &str) -> Option<Self> {
        let letters = fold(heading);
        let has_year = ["yyyy", "jjjj", "aaaa"]
            .iter()
            .any(|year| letters.contains(year));
        let month = letters.find("mm").filter(|_| has_year)?;
        // JJ is the day in French, and JJJJ the year in German.
        let is_german = letters.contains("jjjj");
        let day = ["dd", "tt", "jj"]
            .into_iter()
            .filter(|day| *day != "jj" || !is_german);
        let day = day.filter_map(|day| letters.find(day)).min()?;
        let year = ["yyyy", "jjjj", "aaaa"]
            .into_iter()
            .filter_map(|year| letters.find(year))
            .min()?;
        Some(match (year < month && year < day, day < month) {
            (true, _) => Self::YearFirst,
            (false, true) => Self::DayFirst,
            (false, false) => Self::MonthFirst,
        })
    }
}

/// Evidence for the order of dates in the cells of a column.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Evidence {
    /// The first lines whose dates are valid only day first, or month first.
    day_first: Option<u64>,
    month_first: Option<u64>,
    /// True if some date is valid in both orders.
    is_open: bool,
    of_heading: Option<DateOrder>,
}

impl Evidence {
    pub(super) fn of_heading(heading: &str) -> Self {
        Self {
            of_heading: DateOrder::of_heading(heading),
            ..Self::default()
        }
    }

    /// Adds a cell of the column to the evidence.
    pub(super) fn take(&mut self, cell: &str, line: u64) {
        if self.day_first.is_some() && self.month_first.is_some() {
            return;
        }
        let parsed_date = match of_last_century(cell, Date::MIN) {
            Some(written_out) => written_out,
            None => plain(cell),
        };
        let Some([first, second, _]) = numbers(day_part(&parsed_date).0) else {
            return;
        };
        let is_month = |number: u16| (1..=12).contains(&number);
        let is_day_only = |number: u16| (13..=31).contains(&number);
        if is_day_only(first) && is_month(second) {
            self.day_first.get_or_insert(line);
        }
        if is_month(first) && is_day_only(second) {
            self.month_first.get_or_insert(line);
        }
        self.is_open |= is_month(first) && is_month(second) && first != second;
    }

    /// True if the column has a date of two readings, and nothing that decides between them or contradicts itself.
    pub(super) fn is_open(&self) -> bool {
        self.is_open && self.order().is_none() && !self.is_mixed()
    }

    /// The order of the column, if its heading or its cells show one and none contradicts.
    pub(super) fn order(&self) -> Option<DateOrder> {
        let by_cells = match (self.day_first, self.month_first) {
            (Some(_), None) => Some(DateOrder::DayFirst),
            (None, Some(_)) => Some(DateOrder::MonthFirst),
            _ => None,
        };
        match (self.of_heading, by_cells, self.is_mixed()) {
            (_, _, true) => None,
            (Some(heading), Some(cells), _) => (heading == cells).then_some(cells),
            (heading, cells, _) => heading.or(cells),
        }
    }

    /// The line that shows the order; none if only the heading does.
    pub(super) fn line(&self) -> Option<u64> {
        self.day_first.or(self.month_first)
    }

    /// True if some dates are valid only day first and others only month first.
    pub(super) fn is_mixed(&self) -> bool {
        self.day_first.is_some() && self.month_first.is_some()
    }

    /// The sentence for an ambiguous date, if the column does not settle the order.
    pub(super) fn why_not(&self) -> Option<String> {
        let (day, month) = (self.day_first?, self.month_first?);
        Some(format!(
            "The column has dates of both orders: day first in line {day}, month first in line {month}."
        ))
    }
}

/// A date read from a cell, or the reason why it cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum ParsedDate {
    Day(Date),
    /// The same, from the number by which a spreadsheet counts days.
    Serial(Date),
    /// The same, from a time other than midnight, which is dropped.
    Timed(Date),
    /// Unknown notation, to be read or refused as if typed.
    Other,
    /// Refused; the reason is a sentence.
    Refused(String),
}

/// Reads a cell. `order` is that of the column; `is_named` means that the user chose it. `is_birth` refuses an instant whose date
/// depends on the time zone.
pub(super) fn parsed_date(
    cell: &str,
    order: Option<DateOrder>,
    is_named: bool,
    is_birth: bool,
) -> ParsedDate {
    let plain = plain(cell);
    if let Some(day) = serial(&plain) {
        return day;
    }
    let (day, time) = day_part(&plain);
    let taken = match numbers(day) {
        Some([first, second, year]) => match by_order([first, second, year], order, is_named, cell)
        {
            Ok(found) => found,
            Err(refused) => return ParsedDate::Refused(refused.to_string()),
        },
        None => None,
    };
    let date = match taken {
        Some(date) => date,
        None => match date::parse(day) {
            Ok(date) => date,
            // The error sentence quotes the typed text, so it is made for the whole cell if no time follows.
            Err(_) if time.is_none() && day == cell.trim() => return ParsedDate::Other,
            Err(error) => {
                let as_written = date::parse(cell).err().filter(|_| time.is_none());
                return ParsedDate::Refused(as_written.unwrap_or(error).to_string());
            }
        },
    };
    match time {
        None
        | Some(Time {
            is_midnight: true, ..
        }) => ParsedDate::Day(date),
        Some(Time { has_zone: true, .. }) if is_birth => ParsedDate::Refused(format!(
            "“{}” is a time in another time zone, so that the date may differ: write only the date, like 1961-03-05.",
            shown(cell)
        )),
        Some(_) => ParsedDate::Timed(date),
    }
}

/// A date that can be read only in another order than the one that was stated for the file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "“{cell}” is not {order}, which is the stated order of this file's dates: correct it, or leave out --dates."
)]
struct OtherOrder {
    cell: String,
    order: &'static str,
}

/// The date by the order of its column; none if the order does not decide it.
fn by_order(
    [first, second, year]: [u16; 3],
    order: Option<DateOrder>,
    is_named: bool,
    cell: &str,
) -> Result<Option<Date>, OtherOrder> {
    let (day, month) = match order {
        Some(DateOrder::DayFirst) => (first, second),
        Some(DateOrder::MonthFirst) => (second, first),
        _ => return Ok(None),
    };
    let date = |day: u16, month: u16| {
        let date = Date::new(
            i16::try_from(year).ok()?,
            i8::try_from(month).ok()?,
            i8::try_from(day).ok()?,
        );
        date.ok()
    };
    match date(day, month) {
        Some(date) => Ok(Some(date)),
        None if is_named && date(month, day).is_some() => Err(OtherOrder {
            cell: shown(cell),
            order: order.map_or("", DateOrder::label),
        }),
        None => Ok(None),
    }
}

/// Least year of two digits that cannot be a day.
const LEAST_SHORT_YEAR: i16 = 32;

/// A date of birth with its year written out, where the last two digits cannot be a day and would be a year after `today` in this
/// century: `25/12/61` is of 1961. None for other text.
pub(super) fn of_last_century(cell: &str, today: Date) -> Option<String> {
    let plain = plain(cell);
    let separators = ['/', '-', '.', ' '];
    let (before, year) = plain.split_at_checked(plain.rfind(separators)? + 1)?;
    let is_short = year.len() == 2 && year.bytes().all(|byte| byte.is_ascii_digit());
    let number: i16 = year.parse().ok().filter(|_| is_short)?;
    let parts = before.split(separators).map(str::trim);
    let parts: Vec<&str> = parts.filter(|part| !part.is_empty()).collect();
    let is_part = |part: &&str| part.len() <= 2 || part.chars().all(char::is_alphabetic);
    (number >= LEAST_SHORT_YEAR
        && 2000 + number > today.year()
        && parts.len() == 2
        && parts.iter().all(is_part))
    .then(|| format!("{before}19{year}"))
}

/// The numbers of a date with the year last, with any separators.
fn numbers(day: &str) -> Option<[u16; 3]> {
    let mut parts = day
        .split(['/', '-', '.', ' '])
        .map(str::trim)
        .filter(|part| !part.is_empty());
    let (first, second, year) = (parts.next()?, parts.next()?, parts.next()?);
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let is_date = parts.next().is_none()
        && first.len() <= 2
        && second.len() <= 2
        && year.len() == 4
        && [first, second, year].into_iter().all(is_number);
    match is_date {
        true => Some([
            first.parse().ok()?,
            second.parse().ok()?,
            year.parse().ok()?,
        ]),
        false => None,
    }
}

/// The date from a spreadsheet's day number, which counts from the end of 1899 and treats 1900 as a leap year; from March 1900
/// on.
fn serial(cell: &str) -> Option<ParsedDate> {
    let (days, part) = cell.split_once('.').unwrap_or((cell, "0"));
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    if !is_number(days) || !is_number(part) || days.starts_with('0') || !matches!(days.len(), 4 | 5)
    {
        return None;
    }
    let days: i32 = days.parse().ok()?;
    // A year alone is not a date.
    if (1850..=2150).contains(&days) {
        return None;
    }
    let zero = Date::constant(1899, 12, 30);
    let date = zero.checked_add(jiff::Span::new().days(days)).ok()?;
    Some(ParsedDate::Serial(date))
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Time {
    is_midnight: bool,
    has_zone: bool,
}

/// The date part of a cell, and the time after it if there is one.
fn day_part(cell: &str) -> (&str, Option<Time>) {
    let Some(colon) = cell.find(':') else {
        return match cell.strip_suffix(['Z', 'z']) {
            Some(day) if day.ends_with(|c: char| c.is_ascii_digit()) => (day, None),
            _ => (cell, None),
        };
    };
    let before = &cell[..colon];
    let Some(gap) = before.rfind(['T', 't', ' ']) else {
        return (cell, None);
    };
    let (day, time) = (cell[..gap].trim_end(), cell[gap + 1..].trim());
    // "at 10:00 o'clock" is not a time that programs write.
    let zone = time.find(|c: char| !(c.is_ascii_digit() || matches!(c, ':' | '.' | ',')));
    let (clock, zone) = time
        .split_at_checked(zone.unwrap_or(time.len()))
        .unwrap_or((time, ""));
    let zone = zone.trim();
    let half = fold(zone).replace('.', "");
    let is_half = matches!(half.as_str(), "am" | "pm");
    let has_zone = !zone.is_empty() && !is_half;
    let begins_like_a_zone = zone.starts_with(['Z', 'z', '+', '-'])
        || zone.starts_with("UTC")
        || zone.starts_with("GMT");
    if has_zone && !begins_like_a_zone {
        return (cell, None);
    }
    let mut parts = clock.split([':', '.', ',']);
    let hour = parts.next().unwrap_or_default();
    let is_first_hour = hour.bytes().all(|byte| byte == b'0') || (half == "am" && hour == "12");
    let is_midnight = is_first_hour && parts.all(|part| part.bytes().all(|byte| byte == b'0'));
    (
        day,
        Some(Time {
            is_midnight,
            has_zone,
        }),
    )
}

/// Digits of any width as ASCII, names of months in English, no names of weekdays and no invisible characters.
fn plain(cell: &str) -> String {
    let text: String = cell::visible(cell).nfkc().collect();
    let text = text
        .trim()
        .replace(['年', '月', '년', '월'], "-")
        .replace(['日', '일'], "");
    if !text.chars().any(char::is_alphabetic) {
        return text;
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_str();
    while let Some(start) = rest.find(char::is_alphabetic) {
        let (before, word) = rest.split_at(start);
        let end = word.find(|c: char| !c.is_alphabetic());
        let (word, after) = word.split_at(end.unwrap_or(word.len()));
        plain.push_str(before);
        rest = after;
        let folded = fold(word);
        let follows_digit = before.ends_with(|c: char| c.is_ascii_digit());
        // 1er mars, 1st March.
        let is_ending = matches!(folded.as_str(), "er" | "st" | "nd" | "rd" | "th");
        match words::word(&folded) {
            _ if is_ending && follows_digit => {}
            Some(Word::Month(english)) => plain.push_str(english),
            Some(Word::Weekday) if plain.trim().is_empty() => {
                rest = rest.trim_start_matches(['.', ',', ' ']);
            }
            // 3 de febrero de 1961, 3 of March 1961.
            Some(Word::Nothing) => {}
            Some(Word::Weekday) | None => plain.push_str(word),
        }
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests;
