//! Handling of rows about patients who already have a record: chosen for all rows, or for one.

use std::collections::BTreeMap;

/// Handling of a row about a patient who already has a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnDuplicate {
    /// Fills the empty fields of the record.
    #[default]
    Merge,
    /// The record stays as it is.
    Skip,
    /// Values of the row replace those of the record. Fields that the row does not state stay.
    Overwrite,
    /// A new record, with another number if the row's is taken.
    Add,
}

impl OnDuplicate {
    /// In the order in which they are offered.
    pub const ALL: [Self; 4] = [Self::Merge, Self::Skip, Self::Overwrite, Self::Add];

    /// The word in scripts.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Skip => "skip",
            Self::Overwrite => "overwrite",
            Self::Add => "add",
        }
    }
}

/// Handling of duplicates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportChoices {
    /// For all rows without a choice.
    pub all: OnDuplicate,
    /// For single rows, by their line.
    pub lines: BTreeMap<u64, LineChoice>,
}

/// Handling of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineChoice {
    pub how: OnDuplicate,
    /// The revision of the record that the user saw when choosing. The row is refused if the revision has changed.
    pub seen: Option<u32>,
}

/// Handling of one row, and whether it was chosen for that row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct RowChoice {
    pub line: LineChoice,
    pub is_own: bool,
}

impl ImportChoices {
    pub(super) fn of(&self, line: u64) -> RowChoice {
        let all = LineChoice {
            how: self.all,
            seen: None,
        };
        let own = self.lines.get(&line).copied();
        RowChoice {
            line: own.unwrap_or(all),
            is_own: own.is_some(),
        }
    }
}
