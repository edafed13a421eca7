//! Filters of the patient table besides the text: result, category, status and time of the newest exam, doctor, date of birth,
//! and choices of fields.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::grams::Tokens;
use super::key::Key;
use super::order::Column;
use super::phones;
use super::stored::{Entry, choices};
use crate::clinical::assessment::Classification;
use crate::clinical::lung_rads::{Category, SuggestedCategory};
use crate::clinical::patient::Field;
use crate::clinical::text::fold;

/// Patients that match all filters set. Without any filter, all patients match.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct PatientFilters {
    /// The network's result of the newest exam.
    pub result: Option<Classification>,
    /// The measured Lung-RADS category of the newest exam.
    pub category: Option<Category>,
    pub status: Option<ReportStatus>,
    /// The newest exam was saved at this instant or later.
    pub since: Option<Timestamp>,
    /// The newest exam was saved before this instant.
    pub before: Option<Timestamp>,
    /// Born on this day or later.
    pub born_from: Option<Date>,
    /// Born on this day or earlier.
    pub born_until: Option<Date>,
    /// The assigned doctor, without case and accents.
    pub doctor: Option<String>,
    /// Choices of fields: of each field that is listed, the record states one of the words listed with it.
    pub choices: Vec<(Field, &'static str)>,
}

/// Report status of a patient.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportStatus {
    /// No exam is stored.
    NoExam,
    /// The newest exam has no report, or one whose last version is not signed by a radiologist.
    Preliminary,
    /// The last version of the newest exam's report is signed.
    Final,
}

impl ReportStatus {
    /// In the order in which a list offers them.
    pub const ALL: [Self; 3] = [Self::NoExam, Self::Preliminary, Self::Final];

    /// The status as shown to the user.
    pub fn label(self) -> &'static str {
        match self {
            Self::NoExam => "no exam",
            Self::Preliminary => "preliminary",
            Self::Final => "final",
        }
    }

    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::NoExam => "none",
            Self::Preliminary => "preliminary",
            Self::Final => "final",
        }
    }
}

/// The filter words of a patient, including those for columns that are not stated.
pub(super) fn words(tokens: Tokens, entry: &Entry) -> Vec<String> {
    let mut words = Vec::new();
    for (field, value) in entry.values() {
        match (choices(field), value) {
            (_, "") if field.is_required() => {}
            (_, "") => words.push(unstated_word(tokens, field)),
            ([], _) => {}
            (_, word) => words.push(choice_word(tokens, field, word)),
        }
    }
    if let Ok(born) = entry.value(Field::DateOfBirth).parse::<Date>() {
        words.push(born_word(tokens, born));
        let born = born.clamp(FIRST_BIRTH, LAST_BIRTH);
        words.extend([birth_word(tokens, born), decade_word(tokens, born)]);
    }
    match entry.value(Field::Doctor) {
        "" => {}
        doctor => words.push(tokens.doctor(doctor)),
    }
    words.extend(entry.status().map(|status| status_word(tokens, status)));
    words.extend(entry.result().map(|result| result_word(tokens, result)));
    words.extend(
        entry
            .category()
            .map(|category| category_word(tokens, category)),
    );
    words.extend(
        entry
            .suggested()
            .map(|suggested| suggested_word(tokens, suggested)),
    );
    words.extend(phones::endings(entry).map(|ending| phone_word(tokens, &ending)));
    let examined_at = entry.examined_at().map(Timestamp::from_microsecond);
    if let Some(Ok(examined_at)) = examined_at {
        let day = day(examined_at);
        words.extend([year_word(tokens, day), month_word(tokens, day)]);
    }
    words
}

/// The word of records that state nothing in a sorted column; none for columns that every record states.
pub(super) fn unstated(tokens: Tokens, column: Column) -> Option<String> {
    match column {
        Column::Field(field) => (!field.is_required()).then(|| unstated_word(tokens, field)),
        Column::LastExam | Column::LastResult => Some(status_word(tokens, ReportStatus::NoExam)),
        Column::Exams | Column::LastActivity => None,
    }
}

impl PatientFilters {
    /// True if no filter is set.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Groups of words: a patient has at least one word of each group.
    pub(super) fn groups(&self, tokens: Tokens) -> Vec<Vec<String>> {
        let single = [
            self.result.map(|result| result_word(tokens, result)),
            (self.category).map(|category| category_word(tokens, category)),
            self.status.map(|status| status_word(tokens, status)),
            (self.doctor.as_deref()).map(|doctor| tokens.doctor(&fold(doctor))),
        ];
        let mut groups: Vec<Vec<String>> = single
            .into_iter()
            .flatten()
            .map(|word| vec![word])
            .collect();
        if self.since.is_some() || self.before.is_some() {
            groups.push(self.times(tokens));
        }
        if self.born_from.is_some() || self.born_until.is_some() {
            groups.push(self.births(tokens));
        }
        for field in Field::entered() {
            let named = self.choices.iter().filter(|(named, _)| *named == field);
            let words: Vec<String> = named
                .map(|(_, word)| choice_word(tokens, field, word))
                .collect();
            if !words.is_empty() {
                groups.push(words);
            }
        }
        groups
    }

    /// True if the words alone decide whether a patient matches.
    pub(super) fn is_exact(&self) -> bool {
        let days = [self.born_from.is_some(), self.born_until.is_some()];
        let instants = [self.since.is_some(), self.before.is_some()];
        !days.contains(&true) && !instants.contains(&true) && self.doctor.is_none()
    }

    /// The minimum and maximum of a column's value for a matching patient.
    pub(super) fn range(&self, column: Column) -> (Key, Key) {
        let (mut least, mut most) = (Key::Least, Key::Most);
        match column {
            Column::Field(Field::DateOfBirth) => {
                least = self.born_from.map_or(least, Key::day);
                most = self.born_until.map_or(most, Key::day);
            }
            Column::Field(Field::Doctor) => {
                let doctor = (self.doctor.as_deref()).and_then(|doctor| Key::text(&fold(doctor)));
                (least, most) = doctor.map_or((least, most), |doctor| (doctor, doctor));
            }
            Column::LastExam => {
                let number = |at: Timestamp| Key::Number(at.as_microsecond());
                least = self.since.map_or(least, number);
                most = self.before.map_or(most, number);
            }
            Column::LastResult => {
                (least, most) = self.result.map_or((least, most), Key::results);
            }
            _ => {}
        }
        (least, most)
    }

    /// The years of birth to search for, with whole decades as one word.
    fn births(&self, tokens: Tokens) -> Vec<String> {
        let from = self.born_from.unwrap_or(FIRST_BIRTH);
        let until = self.born_until.unwrap_or(LAST_BIRTH);
        let (from, until) = (
            from.clamp(FIRST_BIRTH, LAST_BIRTH),
            until.clamp(FIRST_BIRTH, LAST_BIRTH),
        );
        let mut words = Vec::new();
        let mut year = from.first_of_year();
        while year <= until {
            let is_whole = year.year() % 10 == 0 && year.year() + 9 <= until.year();
            let (word, next) = match is_whole {
                true => (decade_word(tokens, year), 10.years()),
                false => (birth_word(tokens, year), 1.year()),
            };
            words.push(word);
            match year.checked_add(next) {
                Ok(later) => year = later,
                Err(_) => break,
            }
        }
        if words.is_empty() {
            words.push(tokens.filter('b', NEVER));
        }
        words
    }

    /// The months to search for, with whole years as one word.
    fn times(&self, tokens: Tokens) -> Vec<String> {
        let since = self.since.map_or(FIRST, day);
        let before = self.before.map_or(LAST, day);
        let mut words = Vec::new();
        let mut month = since.first_of_month();
        while month <= before {
            let year_ends = month.last_of_year();
            let (word, next) = if month.month() == 1 && year_ends <= before {
                (year_word(tokens, month), 1.year())
            } else {
                (month_word(tokens, month), 1.month())
            };
            words.push(word);
            match month.checked_add(next) {
                Ok(later) => month = later,
                Err(_) => break,
            }
        }
        if words.is_empty() {
            // The range ends before it starts: search for a word that no record has.
            words.push(tokens.filter('y', NEVER));
        }
        words
    }
}

/// The range of days that have words, few enough to search for each year. Days outside, from an exam saved with a wrong clock,
/// have the word of the nearest day.
const FIRST: Date = Date::constant(2020, 1, 1);
const LAST: Date = Date::constant(2079, 12, 31);

/// The range of birth dates that have words; dates outside have the word of the nearest.
const FIRST_BIRTH: Date = Date::constant(1890, 1, 1);
const LAST_BIRTH: Date = Date::constant(2099, 12, 31);

/// Part of a word that no record has.
const NEVER: &str = "never";

/// The day in UTC: months only narrow the search, the instant decides.
fn day(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date().clamp(FIRST, LAST)
}

fn year_word(tokens: Tokens, day: Date) -> String {
    tokens.filter('y', format_args!("{:04}", day.year()))
}

fn month_word(tokens: Tokens, day: Date) -> String {
    tokens.filter('m', format_args!("{:04}{:02}", day.year(), day.month()))
}

fn status_word(tokens: Tokens, status: ReportStatus) -> String {
    tokens.filter('s', status.as_str())
}

/// The word of a birth date.
pub(super) fn born_word(tokens: Tokens, born: Date) -> String {
    tokens.filter(
        'j',
        format_args!("{:04}{:02}{:02}", born.year(), born.month(), born.day()),
    )
}

/// The word of the last digits of a telephone number.
pub(super) fn phone_word(tokens: Tokens, ending: &str) -> String {
    tokens.filter('p', ending)
}

/// The word of a category that the model suggests.
pub(super) fn suggested_word(tokens: Tokens, suggested: SuggestedCategory) -> String {
    let label = suggested.label().replace(['-', '/'], "").to_lowercase();
    tokens.filter('g', label)
}

pub(super) fn category_word(tokens: Tokens, category: Category) -> String {
    tokens.filter('c', category.as_str().replace('-', "").to_lowercase())
}

pub(super) fn result_word(tokens: Tokens, result: Classification) -> String {
    tokens.filter('r', result.as_str())
}

fn birth_word(tokens: Tokens, born: Date) -> String {
    tokens.filter('b', format_args!("{:04}", born.year()))
}

fn decade_word(tokens: Tokens, born: Date) -> String {
    tokens.filter('d', format_args!("{:03}", born.year() / 10))
}

/// The word of records that state this choice.
pub(super) fn choice_word(tokens: Tokens, field: Field, word: &str) -> String {
    tokens.filter(
        'v',
        format_args!("{}x{}", field as i64, word.replace('-', "")),
    )
}

fn unstated_word(tokens: Tokens, field: Field) -> String {
    tokens.filter('u', field as i64)
}
