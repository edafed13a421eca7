//! Likely duplicates among the patients of a hospital, and merging two records of one person.
//!
//! Pairs are found when a patient is indexed ([`renew`]): by the keys that alike records share, never by comparing all records.

mod known;
mod list;
mod merge;
mod pairs;
mod undo;

pub(super) use self::known::KnownTraits;
pub use self::list::{DuplicatePage, DuplicatePair, DuplicateSide};
pub(super) use self::merge::kept_of;
pub use self::merge::{MergeId, MergePlan, MergedPatients, PastMerge};
pub(super) use self::pairs::{Fresh, insert, rebuild, renew};
pub use self::undo::UndoneMerge;
