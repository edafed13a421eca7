//! The radiologist's own words on an exam: findings, impression and recommendation before signing, addenda after it.

use jiff::Timestamp;

use crate::clinical::stated_text::{self, StatedTextError};
use crate::clinical::text;

/// Most characters of each part, and of an addendum.
pub const WORDS_CHARACTERS: usize = 10_000;

/// The radiologist's text of an exam, as stored: it is scrubbed where it is shown.
#[derive(Debug, Clone, PartialEq, Eq, Default, Hash)]
pub struct ReportWords {
    pub findings: String,
    pub impression: String,
    pub recommendation: String,
}

/// Addendum to a signed report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Addendum {
    pub text: String,
    /// By full name, as stored.
    pub written_by: String,
    pub written_at: Timestamp,
}

impl ReportWords {
    /// The headings of the parts, in order.
    pub const HEADINGS: [&str; 3] = ["Findings", "Impression", "Recommendation"];

    /// True if no part has text.
    pub fn is_empty(&self) -> bool {
        self.parts().all(|(_, text)| text.is_empty())
    }

    /// Each part with its heading, in order.
    pub fn parts(&self) -> impl Iterator<Item = (&'static str, &str)> {
        let texts = [&self.findings, &self.impression, &self.recommendation];
        let parts = Self::HEADINGS.into_iter().zip(texts);
        parts.map(|(heading, text)| (heading, text.as_str()))
    }

    /// The parts that say something.
    pub fn stated(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.parts().filter(|(_, text)| !text.is_empty())
    }

    /// The same, tidied.
    ///
    /// # Errors
    /// The first part that is too long or cannot be shown.
    pub fn check(&self) -> Result<Self, StatedTextError> {
        let tidy = |heading: &str, text: &str| {
            let what = format!("The part “{heading}”");
            text::paragraphs(text, WORDS_CHARACTERS)
                .map_err(|fault| StatedTextError::of(&what, fault))
        };
        let [findings, impression, recommendation] = Self::HEADINGS;
        Ok(Self {
            findings: tidy(findings, &self.findings)?,
            impression: tidy(impression, &self.impression)?,
            recommendation: tidy(recommendation, &self.recommendation)?,
        })
    }
}

impl Addendum {
    /// The tidied text of an addendum.
    ///
    /// # Errors
    /// It is empty, too long or cannot be shown.
    pub fn check(typed: &str) -> Result<String, StatedTextError> {
        stated_text::required("The addendum", typed, WORDS_CHARACTERS)
    }

    /// Author and time: `by Rosa Lind on 2026-03-02 10:00 UTC`.
    pub fn signature(&self) -> String {
        let at = self.written_at.strftime("%Y-%m-%d %H:%M UTC");
        format!("by {} on {at}", self.written_by)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_that_is_too_long_is_named() {
        let words = ReportWords {
            impression: "x".repeat(WORDS_CHARACTERS + 1),
            ..ReportWords::default()
        };
        let refused = words.check().unwrap_err().to_string();
        assert!(refused.contains("Impression"), "{refused}");
        let hostile = ReportWords {
            findings: "a\u{1b}b".into(),
            ..ReportWords::default()
        };
        assert!(hostile.check().is_err());
    }

    #[test]
    fn only_stated_parts_are_told_in_their_order() {
        let words = ReportWords {
            findings: " two\r\nlines ".into(),
            recommendation: "come again".into(),
            ..ReportWords::default()
        };
        let words = words.check().unwrap();
        let stated: Vec<_> = words.stated().collect();
        assert_eq!(
            stated,
            [("Findings", "two\nlines"), ("Recommendation", "come again")]
        );
        assert!(ReportWords::default().is_empty() && !words.is_empty());
    }

    #[test]
    fn an_addendum_says_something() {
        assert!(Addendum::check(" \n ").is_err());
        assert_eq!(Addendum::check(" seen again "), Ok("seen again".into()));
    }
}
