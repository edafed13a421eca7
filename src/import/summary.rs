//! What came of an import, or would come of it.

use super::remark::Remark;
use super::report::ColumnReport;
use crate::store::{Contradicted, ImportAction, ImportId, ImportRow, RowMatch, RowOutcome};

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
    /// As the file has it; empty in a summary.
    pub cells: Vec<String>,
}

/// A row about somebody who is known.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    pub row: ImportRow,
    pub matched: RowMatch,
    pub action: ImportAction,
}

/// A row that was taken in, and values of it or of the record that were not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dropped {
    pub line: u64,
    /// The number of the record.
    pub number: String,
    pub values: Vec<Contradicted>,
}

/// What came of a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub tally: Tally,
    /// What each column is.
    pub columns: Vec<ColumnReport>,
    /// What was read otherwise than it stands in the file.
    pub remarks: Vec<Remark>,
    /// The first [`LISTED`] rows that contradict the record that they are about.
    pub dropped: Vec<Dropped>,
    /// Number of rows that do.
    pub dropped_rows: u64,
    /// Names the import, so that it can be undone; none for a dry run or where nothing was written.
    pub import: Option<ImportId>,
    /// The first [`LISTED`] of them.
    pub broken: Vec<Broken>,
    /// The first [`LISTED`] of them.
    pub duplicates: Vec<Duplicate>,
    /// How many rows were about somebody who is known.
    pub duplicate_rows: u64,
    /// Whether somebody stopped it: later rows of the file were not looked at.
    pub cancelled: bool,
}

impl Summary {
    pub(super) fn break_row(&mut self, broken: Broken) {
        self.tally.broken += 1;
        if self.broken.len() < LISTED {
            // The cells of thousands of long rows are too much for memory, and in the file of broken rows.
            let cells = Vec::new();
            self.broken.push(Broken { cells, ..broken });
        }
    }

    pub(super) fn take(&mut self, row: ImportRow, outcome: &RowOutcome) {
        match outcome.action {
            ImportAction::Added => self.tally.new += 1,
            ImportAction::Changed => self.tally.changed += 1,
            ImportAction::Unchanged => self.tally.unchanged += 1,
            ImportAction::Skipped => self.tally.skipped += 1,
            // Counted where the row is kept.
            ImportAction::Refused(_) => {}
        }
        if !outcome.contradicted.is_empty() {
            self.dropped_rows += 1;
            if self.dropped.len() < LISTED {
                self.dropped.push(Dropped {
                    line: outcome.line,
                    number: outcome.number.clone(),
                    values: outcome.contradicted.clone(),
                });
            }
        }
        if let Some(matched) = &outcome.matched {
            self.duplicate_rows += 1;
            if self.duplicates.len() < LISTED {
                self.duplicates.push(Duplicate {
                    row,
                    matched: matched.clone(),
                    action: outcome.action.clone(),
                });
            }
        }
    }
}
