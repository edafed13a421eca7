//! The typed text, and what its words can mean besides themselves: a birth date, a telephone number, a category, a result.
//!
//! Every such meaning is a [`Reading`] of the whole text. The records that one of them fits are found in addition to those in which
//! the words themselves occur.

use std::collections::HashSet;

use jiff::civil::Date;

use super::filters;
use super::grams::Tokens;
use super::phones;
use super::stored::Entry;
use crate::clinical::assessment::Classification;
use crate::clinical::date;
use crate::clinical::lung_rads::{Category, SuggestedCategory};
use crate::clinical::patient::Field;
use crate::clinical::text::fold;

/// Maximum number of words of a text that has readings.
const MAX_WORDS: usize = 12;
/// Maximum number of words of a date: `12 March 1950`.
const DATE_WORDS: usize = 3;

/// The typed text, folded.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// Words with single spaces between them.
    pub(super) whole: String,
    /// Each word once, in the order of typing.
    words: Vec<String>,
    pub(super) readings: Vec<Reading>,
}

/// A meaning of the text: words that occur in the record, and facts that hold for it.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Reading {
    pub(super) words: Vec<String>,
    pub(super) facts: Vec<Fact>,
}

/// A fact that typed words state.
#[derive(Debug, PartialEq)]
pub(super) enum Fact {
    /// Born on one of these days.
    Born(Vec<Date>),
    /// The significant digits of a telephone number.
    Phone(String),
    /// The Lung-RADS category of the newest exam, measured or suggested; true with the modifier S.
    Category(Category, bool),
    /// The model's result of the newest exam.
    Result(Classification),
}

impl Typed {
    pub(super) fn new(text: &str) -> Self {
        let whole = fold(text);
        let mut seen = HashSet::new();
        let words = whole.split(' ').filter(|word| !word.is_empty());
        let words = words.filter(|&word| seen.insert(word));
        let words = words.map(str::to_owned).collect();
        let all: Vec<&str> = whole.split(' ').filter(|word| !word.is_empty()).collect();
        let readings = match all.len() {
            1..=MAX_WORDS => [of_facts(&all), of_phone(&all)]
                .into_iter()
                .filter(|reading| !reading.facts.is_empty())
                .collect(),
            _ => Vec::new(),
        };
        Self {
            whole,
            words,
            readings,
        }
    }

    pub(super) fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }
}

impl Reading {
    pub(super) fn words(&self) -> Vec<&str> {
        self.words.iter().map(String::as_str).collect()
    }

    /// True if all facts hold.
    pub(super) fn is_met_by(&self, entry: &Entry) -> bool {
        self.facts.iter().all(|fact| fact.is_met_by(entry))
    }
}

impl Fact {
    fn is_met_by(&self, entry: &Entry) -> bool {
        match self {
            Self::Born(days) => {
                let born = entry.value(Field::DateOfBirth).parse::<Date>();
                born.is_ok_and(|born| days.contains(&born))
            }
            Self::Phone(digits) => phones::has(entry, digits),
            Self::Category(category, modifier_s) => {
                let is_measured =
                    entry.category() == Some(*category) && (!modifier_s || entry.has_modifier_s());
                let is_suggested = entry
                    .suggested()
                    .is_some_and(|suggested| !modifier_s && may_be(suggested, *category));
                is_measured || is_suggested
            }
            Self::Result(result) => entry.result() == Some(*result),
        }
    }

    /// The words of the index of which every patient that meets the fact has one.
    pub(super) fn tokens(&self, tokens: Tokens) -> Vec<String> {
        match self {
            Self::Born(days) => {
                let words = days.iter().map(|day| filters::born_word(tokens, *day));
                words.collect()
            }
            Self::Phone(digits) => vec![filters::phone_word(tokens, phones::ending(digits))],
            Self::Category(category, _) => {
                let suggested = SuggestedCategory::ALL.into_iter();
                let suggested = suggested.filter(|suggested| may_be(*suggested, *category));
                let suggested = suggested.map(|word| filters::suggested_word(tokens, word));
                let measured = filters::category_word(tokens, *category);
                suggested.chain([measured]).collect()
            }
            Self::Result(result) => vec![filters::result_word(tokens, *result)],
        }
    }
}

/// True if a suggestion names the category, alone or with another one.
fn may_be(suggested: SuggestedCategory, category: Category) -> bool {
    suggested
        .label()
        .split(['-', '/'])
        .any(|label| label == category.as_str())
}

/// The reading in which every date, category and result is one.
fn of_facts(words: &[&str]) -> Reading {
    let mut reading = Reading::default();
    let mut rest = words;
    while let Some((first, others)) = rest.split_first() {
        let (fact, behind) = match (born(rest), category(rest)) {
            (Some((days, behind)), _) => (Fact::Born(days), behind),
            (None, Some((category, modifier_s, behind))) => {
                (Fact::Category(category, modifier_s), behind)
            }
            (None, None) => match Classification::parse(first) {
                Some(result) => (Fact::Result(result), others),
                None => {
                    reading.words.push((*first).to_owned());
                    rest = others;
                    continue;
                }
            },
        };
        reading.facts.push(fact);
        rest = behind;
    }
    reading
}

/// The days that the first words mean, and the words behind them.
fn born<'a, 'w>(words: &'a [&'w str]) -> Option<(Vec<Date>, &'a [&'w str])> {
    (1..=DATE_WORDS.min(words.len())).rev().find_map(|count| {
        let (date, behind) = words.split_at(count);
        let days = date::readings(&date.join(" "));
        (!days.is_empty()).then_some((days, behind))
    })
}

/// The category that the first words name, whether it has the modifier S, and the words behind. A category of one digit is one only
/// behind `Lung-RADS` or `category`: a digit alone is a part of a number or a name.
fn category<'a, 'w>(words: &'a [&'w str]) -> Option<(Category, bool, &'a [&'w str])> {
    let is_introduced = matches!(
        words.first(),
        Some(&("lung-rads" | "lungrads" | "category" | "cat" | "cat."))
    );
    let (word, behind) = match is_introduced {
        true => words.get(1).zip(words.get(2..))?,
        false => words.first().zip(words.get(1..))?,
    };
    let (name, modifier_s) = match word.strip_suffix('s') {
        Some(name) => (name, true),
        None => (*word, false),
    };
    let category = Category::ALL
        .into_iter()
        .find(|category| category.as_str().to_lowercase() == name)?;
    let is_clear = is_introduced || name.len() == 2 || modifier_s;
    is_clear.then_some((category, modifier_s, behind))
}

/// The reading in which the longest run of digits and signs is a telephone number.
fn of_phone(words: &[&str]) -> Reading {
    let mut runs = Vec::new();
    let mut start = 0;
    while let Some(from) = (start..words.len()).find(|&at| phones::is_part(words[at])) {
        let to = (from..words.len()).find(|&at| !phones::is_part(words[at]));
        let to = to.unwrap_or(words.len());
        let digits = phones::significant(&words[from..to].join(" "));
        runs.extend(digits.map(|digits| (digits, from, to)));
        start = to;
    }
    let longest = runs.into_iter().max_by_key(|(digits, ..)| digits.len());
    let Some((digits, from, to)) = longest else {
        return Reading::default();
    };
    let others = words[..from].iter().chain(&words[to..]);
    Reading {
        words: others.map(|&word| word.to_owned()).collect(),
        facts: vec![Fact::Phone(digits)],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts(text: &str) -> Vec<Fact> {
        let typed = Typed::new(text);
        typed
            .readings
            .into_iter()
            .flat_map(|reading| reading.facts)
            .collect()
    }

    #[test]
    fn words_are_read_as_dates_categories_and_results() {
        let born = || Fact::Born(vec![Date::constant(1950, 3, 12)]);
        assert_eq!(facts("12 Mar 1950"), [born()]);
        let typed = Typed::new("Ada 12. März 4A positive");
        assert_eq!(typed.readings.len(), 1);
        assert_eq!(typed.readings[0].words(), ["ada", "12.", "marz"]);
        assert_eq!(
            facts("4b POSITIVE 1950-03-12")[..3],
            [
                Fact::Category(Category::FourB, false),
                Fact::Result(Classification::Positive),
                born(),
            ]
        );
        assert_eq!(facts("2S"), [Fact::Category(Category::Two, true)]);
        assert_eq!(
            facts("Lung-RADS 3"),
            [Fact::Category(Category::Three, false)]
        );
        for text in ["3", "ada", "", "posit", "category", "4c", "rads"] {
            assert_eq!(facts(text), [], "{text}");
        }
    }

    #[test]
    fn digits_are_read_as_a_telephone_number_with_or_without_spaces() {
        let phone = |digits: &str| vec![Fact::Phone(digits.to_owned())];
        assert_eq!(facts("+44 20 7946 0018"), phone("442079460018"));
        assert_eq!(facts("ada 020-7946-0018"), phone("2079460018"));
        assert_eq!(Typed::new("ada 02079460018").readings[0].words(), ["ada"]);
        assert_eq!(facts("0018"), []);
    }

    #[test]
    fn endless_text_has_no_readings() {
        assert!(Typed::new(&"12.3.1950 ".repeat(1000)).readings.is_empty());
    }
}
