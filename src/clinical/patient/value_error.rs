//! Reasons why a field refuses a typed value.

use jiff::civil::Date;

use crate::clinical::date::{DateError, OLDEST_YEARS};
use crate::clinical::text::TextFault;

/// Reason why a field refuses a value: one sentence for the form. `what` names the field, in quotation marks or as the
/// beginning of the sentence; `typed` is short and printable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ValueError {
    #[error("{what} is missing.")]
    Missing { what: String },
    #[error("{}", fault.sentence(what))]
    Text { what: String, fault: TextFault },
    #[error(transparent)]
    Date(#[from] DateError),
    #[error("{what} {date} is in the future.")]
    Future { what: String, date: Date },
    #[error("{what} {date} is more than {OLDEST_YEARS} years ago.")]
    LongAgo { what: String, date: Date },
    #[error("{what} {date} is more than {OLDEST_YEARS} years ahead.")]
    FarAhead { what: String, date: Date },
    #[error("“{typed}” is not one of the choices of {what}: {choices}.")]
    Choice {
        typed: String,
        what: String,
        choices: String,
    },
    #[error("“{typed}” is not a number for {what}.")]
    NotANumber { typed: String, what: String },
    #[error("{what} may have at most {max} digit{} after the decimal point.", if *max == 1 { "" } else { "s" })]
    Decimals { what: String, max: u8 },
    #[error("{what} is more than {max}.")]
    TooMuch { what: String, max: u32 },
    #[error("“{typed}” is not a telephone number: write 3 to 15 digits, such as +44 20 7946 0018.")]
    Phone { typed: String },
    #[error("Write {what} like name@example.org.")]
    Email { what: String },
    #[error("A follow-up scan begins with its date, like 2026-03-05 no change: “{typed}”.")]
    FollowUp { typed: String },
    #[error("There are more than {max} follow-up scans.")]
    FollowUps { max: usize },
    #[error("{what} cannot be entered.")]
    NotTyped { what: String },
}
