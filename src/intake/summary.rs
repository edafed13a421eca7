//! What came of an import, or would come of it.

use crate::store::{Deed, ImportRow, RowOutcome, Twin};

/// Broken rows and duplicates that a summary lists; the others are counted.
pub const LISTED: usize = 2000;

/// How many rows became what.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// Records that are new.
    pub new: u64,
    /// Records that now say more, or other things.
    pub changed: u64,
    /// Rows that said nothing new.
    pub unchanged: u64,
    /// Duplicates that were passed over.
    pub skipped: u64,
    /// Rows that could not be taken in.
    pub broken: u64,
}

impl Tally {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.new + self.changed + self.unchanged + self.skipped + self.broken
    }
}

/// A row that could not be taken in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Where it begins in the file.
    pub line: u64,
    /// Why, in sentences.
    pub reason: String,
    /// As the file has it.
    pub cells: Vec<String>,
}

/// A row about somebody who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Twofold {
    pub row: ImportRow,
    pub twin: Twin,
    pub deed: Deed,
}

/// What came of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub tally: Tally,
    /// The first [`LISTED`] of them.
    pub broken: Vec<Broken>,
    /// The first [`LISTED`] of them.
    pub twofold: Vec<Twofold>,
    /// How many rows were about somebody who is known.
    pub twofold_rows: u64,
    /// Whether somebody stopped it: later rows of the file were not looked at.
    pub cancelled: bool,
}

impl Summary {
    pub(super) fn break_row(&mut self, broken: Broken) {
        self.tally.broken += 1;
        if self.broken.len() < LISTED {
            self.broken.push(broken);
        }
    }

    pub(super) fn take(&mut self, row: ImportRow, outcome: &RowOutcome) {
        match outcome.deed {
            Deed::Added => self.tally.new += 1,
            Deed::Changed => self.tally.changed += 1,
            Deed::Unchanged => self.tally.unchanged += 1,
            Deed::Skipped => self.tally.skipped += 1,
            // Counted where the row is kept.
            Deed::Refused(_) => {}
        }
        if let Some(twin) = &outcome.twin {
            self.twofold_rows += 1;
            if self.twofold.len() < LISTED {
                self.twofold.push(Twofold {
                    row,
                    twin: twin.clone(),
                    deed: outcome.deed.clone(),
                });
            }
        }
    }
}
