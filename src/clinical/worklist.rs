//! Planned exams: the text of an order, and the lists of planned exams.

use jiff::civil::Date;

use super::stated_text::StatedTextError;
use super::text;

/// Maximum number of characters of an accession number.
pub const ACCESSION_CHARACTERS: usize = 64;
/// Maximum number of characters of the reason for an exam.
pub const REASON_CHARACTERS: usize = 500;

/// The order of an exam, checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExamPlan {
    pub on: Date,
    /// The accession number; "" for none.
    pub accession: String,
    /// Reason for the exam, of one line; "" for none.
    pub reason: String,
}

impl ExamPlan {
    /// Checks an order as it was typed.
    ///
    /// # Errors
    /// A text that is too long or has characters that cannot be shown.
    pub fn new(on: Date, accession: &str, reason: &str) -> Result<Self, StatedTextError> {
        let line = |what: &str, typed: &str, most| match typed.trim() {
            "" => Ok(String::new()),
            typed => text::line(typed, most).map_err(|fault| StatedTextError::of(what, fault)),
        };
        Ok(Self {
            on,
            accession: line("The accession number", accession, ACCESSION_CHARACTERS)?,
            reason: line("The reason", reason, REASON_CHARACTERS)?,
        })
    }

    /// The form of the accession number in which two spellings are equal; none without a number.
    pub fn accession_key(&self) -> Option<String> {
        accession_key(&self.accession)
    }
}

/// The form of an accession number in which two spellings are equal: no case, no spaces. None for a blank one.
pub fn accession_key(accession: &str) -> Option<String> {
    let key = text::fold(accession).replace(' ', "");
    (!key.is_empty()).then_some(key)
}

/// The lists of planned exams.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PlannedList {
    Today,
    /// On a later day.
    Next,
    /// The day has passed, and no exam was saved.
    Missed,
    /// Done or cancelled.
    Done,
}

impl PlannedList {
    /// In the order in which screens offer them.
    pub const ALL: [Self; 4] = [Self::Today, Self::Next, Self::Missed, Self::Done];

    /// The list as scripts name it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Today => "today",
            Self::Next => "next",
            Self::Missed => "missed",
            Self::Done => "done",
        }
    }

    /// The list as the user reads it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Today => "Today",
            Self::Next => "Next days",
            Self::Missed => "Missed",
            Self::Done => "Done",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: Date = Date::constant(2026, 3, 2);

    #[test]
    fn an_order_is_tidied_and_needs_only_its_day() {
        let plan = ExamPlan::new(DAY, "  ACC  1 ", " annual   screening ").unwrap();
        assert_eq!(
            (&*plan.accession, &*plan.reason),
            ("ACC 1", "annual screening")
        );
        let bare = ExamPlan::new(DAY, " ", "").unwrap();
        assert_eq!((&*bare.accession, bare.accession_key()), ("", None));
        assert!(ExamPlan::new(DAY, &"x".repeat(65), "").is_err());
        assert!(ExamPlan::new(DAY, "", "a\u{1b}b").is_err());
    }

    #[test]
    fn an_accession_number_is_the_same_in_any_case_and_spacing() {
        assert_eq!(accession_key("acc 4711"), accession_key("ACC4711"));
        assert_ne!(accession_key("ACC-4711"), accession_key("ACC4711"));
        assert_eq!(accession_key("  "), None);
    }
}
