//! Follow-up: lists of exams that are due, overdue and done, closing and reopening, and the texts of letters.
//!
//! The rows of `follow_up` are derived ([`renew`]) whenever a patient, an exam or a nodule changes, in the transaction of that
//! change. The list of an open one follows from the day on which the list is read.

mod closing;
mod letters;
mod list;
mod overview;
mod renew;

pub use self::list::{FollowUpFilters, FollowUpPage, FollowUpQuery, FollowUpRow};
pub use self::overview::{FollowUpCounts, Overview};
pub(super) use self::renew::{rebuild, renew};
