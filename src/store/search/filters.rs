//! What the patients of a page have in common besides the text: the result, category, status and time of their
//! newest exam.

use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use super::grams::Tokens;
use crate::clinical::assessment::Classification;
use crate::clinical::lung_rads::Category;

/// Which patients are wanted, by their newest exam. Nothing set wants everybody.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct PatientFilters {
    /// The network's answer.
    pub result: Option<Classification>,
    /// The measured Lung-RADS category.
    pub category: Option<Category>,
    pub status: Option<ReportStatus>,
    /// Saved at this instant or later.
    pub since: Option<Timestamp>,
    /// Saved before this instant.
    pub before: Option<Timestamp>,
}

/// How far a patient has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ReportStatus {
    /// No exam is kept.
    NoExam,
    /// The newest exam has no report, or one whose last version no radiologist signed.
    Preliminary,
    /// The last version of the newest exam's report is signed.
    Final,
}

impl ReportStatus {
    /// In the order in which a list offers them.
    pub const ALL: [Self; 3] = [Self::NoExam, Self::Preliminary, Self::Final];

    /// The status as the user reads it.
    pub fn label(self) -> &'static str {
        match self {
            Self::NoExam => "no exam",
            Self::Preliminary => "preliminary",
            Self::Final => "final",
        }
    }

    fn as_str(self) -> &'static str {
        match self {
            Self::NoExam => "none",
            Self::Preliminary => "preliminary",
            Self::Final => "final",
        }
    }
}

/// What the index keeps of a patient's newest exam.
#[derive(Debug, Clone, Copy)]
pub(super) struct Newest {
    pub(super) saved_at: i64,
    pub(super) result: Classification,
    pub(super) category: Option<Category>,
    /// Whether the last version of its report is signed.
    pub(super) is_final: bool,
}

/// The words that a patient with this newest exam is filtered by.
pub(super) fn words(tokens: Tokens, newest: Option<Newest>) -> Vec<String> {
    let Some(newest) = newest else {
        return vec![status_word(tokens, ReportStatus::NoExam)];
    };
    let status = match newest.is_final {
        true => ReportStatus::Final,
        false => ReportStatus::Preliminary,
    };
    let mut words = vec![
        status_word(tokens, status),
        tokens.filter('r', newest.result.as_str()),
    ];
    words.extend(
        newest
            .category
            .map(|category| category_word(tokens, category)),
    );
    if let Ok(saved_at) = Timestamp::from_microsecond(newest.saved_at) {
        let day = day(saved_at);
        words.extend([year_word(tokens, day), month_word(tokens, day)]);
    }
    words
}

impl PatientFilters {
    /// Whether everybody is wanted.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
    }

    /// Groups of words: of each group a patient has at least one.
    pub(super) fn groups(&self, tokens: Tokens) -> Vec<Vec<String>> {
        let result = self
            .result
            .map(|result| tokens.filter('r', result.as_str()));
        let category = self
            .category
            .map(|category| category_word(tokens, category));
        let status = self.status.map(|status| status_word(tokens, status));
        let mut groups: Vec<Vec<String>> = [result, category, status]
            .into_iter()
            .flatten()
            .map(|word| vec![word])
            .collect();
        if self.since.is_some() || self.before.is_some() {
            groups.push(self.times(tokens));
        }
        groups
    }

    /// Whether the words alone say that a patient is wanted.
    pub(super) fn is_exact(&self) -> bool {
        self.since.is_none() && self.before.is_none()
    }

    /// Whether an exam saved at this instant lies in the wanted time.
    pub(super) fn admit(&self, saved_at: Option<i64>) -> bool {
        let since = self.since.map(Timestamp::as_microsecond);
        let before = self.before.map(Timestamp::as_microsecond);
        match saved_at {
            Some(at) => since.is_none_or(|since| at >= since) && before.is_none_or(|b| at < b),
            None => self.is_exact(),
        }
    }

    /// The months of the wanted time, whole years as one.
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
            // From a later day to an earlier one: a word that nobody has.
            words.push(tokens.filter('y', "never"));
        }
        words
    }
}

/// The days that words are made for: few enough years to ask for each. What lies outside, a wrong clock's exam, has
/// the word of the nearest.
const FIRST: Date = Date::constant(2020, 1, 1);
const LAST: Date = Date::constant(2079, 12, 31);

/// The day in Greenwich: months are only a sieve, the instant decides.
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

fn category_word(tokens: Tokens, category: Category) -> String {
    tokens.filter('c', category.as_str().replace('-', "").to_lowercase())
}
