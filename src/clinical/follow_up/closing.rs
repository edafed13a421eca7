//! The reasons for which a person closes a follow-up.

use crate::clinical::stated_text::StatedTextError;
use crate::clinical::text;

/// Most characters of the remark on a closing.
pub const REMARK_CHARACTERS: usize = 500;

/// Why a follow-up was closed without the exam that was due.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ClosingReason {
    Moved,
    Declined,
    Died,
    Treated,
    /// Stated in the remark.
    Other,
}

impl ClosingReason {
    /// In the order in which a form offers them.
    pub const ALL: [Self; 5] = [
        Self::Moved,
        Self::Declined,
        Self::Died,
        Self::Treated,
        Self::Other,
    ];

    /// The reason as scripts and the database keep it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Moved => "moved",
            Self::Declined => "declined",
            Self::Died => "died",
            Self::Treated => "treated",
            Self::Other => "other",
        }
    }

    /// The reason as the user reads it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Moved => "moved away",
            Self::Declined => "declined",
            Self::Died => "died",
            Self::Treated => "treated elsewhere",
            Self::Other => "other reason",
        }
    }

    /// The reason that [`ClosingReason::as_str`] wrote.
    pub fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|reason| reason.as_str() == word)
    }
}

/// The tidied remark on a closing; [`ClosingReason::Other`] needs one.
///
/// # Errors
/// The remark is missing, too long or cannot be shown.
pub fn check_remark(reason: ClosingReason, typed: &str) -> Result<String, StatedTextError> {
    if typed.trim().is_empty() && reason != ClosingReason::Other {
        return Ok(String::new());
    }
    text::line(typed, REMARK_CHARACTERS).map_err(|fault| StatedTextError::of("The remark", fault))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_reason_has_to_be_stated() {
        assert_eq!(check_remark(ClosingReason::Moved, "  "), Ok(String::new()));
        assert!(check_remark(ClosingReason::Other, " ").is_err());
        assert_eq!(
            check_remark(ClosingReason::Other, " asked  elsewhere "),
            Ok("asked elsewhere".into())
        );
        assert!(check_remark(ClosingReason::Died, "a\u{1b}").is_err());
        assert!(check_remark(ClosingReason::Died, &"x".repeat(501)).is_err());
    }
}
