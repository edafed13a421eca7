//! What becomes of rows about somebody who is known: chosen for all, or for one.

use std::collections::BTreeMap;

/// What becomes of a row about a patient who has a record already.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum OnDuplicate {
    /// Fills what the record leaves empty.
    #[default]
    Merge,
    /// The record stays as it is.
    Skip,
    /// What the row states takes the place of what the record says. Where the row states nothing, the record stays.
    Overwrite,
    /// A record of its own; with another number where the row's is taken.
    Add,
}

impl OnDuplicate {
    pub const ALL: [Self; 4] = [Self::Merge, Self::Skip, Self::Overwrite, Self::Add];

    /// The word that scripts use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Merge => "merge",
            Self::Skip => "skip",
            Self::Overwrite => "overwrite",
            Self::Add => "add",
        }
    }
}

/// What becomes of duplicates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ImportChoices {
    /// Of all that nothing else was chosen for.
    pub all: OnDuplicate,
    /// Of single rows, by their line.
    pub lines: BTreeMap<u64, LineChoice>,
}

/// What becomes of one row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LineChoice {
    pub how: OnDuplicate,
    /// The revision of the record that somebody looked at when choosing. The row is refused if it is another by then.
    pub seen: Option<u32>,
}

/// What becomes of one row, and whether it was chosen for that row.
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
