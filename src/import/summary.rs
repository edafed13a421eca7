//! Result of an import or a dry run.

use super::remark::Remark;
use super::report::ColumnReport;
use crate::store::{
    ConflictingValues, ImportAction, ImportId, ImportRow, ImportedPlan, RowMatch, RowOutcome,
};

/// Number of broken rows and duplicates that a summary lists; further ones are counted.
pub const LISTED: usize = 2000;

/// Number of rows by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct Tally {
    /// New records.
    pub new: u64,
    /// Changed records.
    pub changed: u64,
    /// Rows without new information.
    pub unchanged: u64,
    /// Duplicates that were skipped.
    pub skipped: u64,
    /// Rows that could not be imported.
    pub broken: u64,
}

impl Tally {
    /// All rows.
    pub fn rows(&self) -> u64 {
        self.new + self.changed + self.unchanged + self.skipped + self.broken
    }
}

/// Number of planned exams by outcome.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct PlanTally {
    pub new: u64,
    pub changed: u64,
    /// Planned already in this way, done or cancelled.
    pub unchanged: u64,
}

/// A row that could not be imported.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken {
    /// Line where it begins in the file.
    pub line: u64,
    /// The reason, in sentences.
    pub reason: String,
    /// Its cells; empty in a summary.
    pub cells: Vec<String>,
}

/// A row about a patient who already has a record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Duplicate {
    pub row: ImportRow,
    pub matched: RowMatch,
    pub action: ImportAction,
}

/// An imported row, and values of it or of the record that are not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UnusedValues {
    pub line: u64,
    /// The number of the record.
    pub number: String,
    pub values: Vec<ConflictingValues>,
}

/// Result for a file.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Summary {
    pub tally: Tally,
    /// None for a file of patients.
    pub plans: Option<PlanTally>,
    /// The meaning of each column.
    pub columns: Vec<ColumnReport>,
    /// Remarks on values that were read differently from the text in the file.
    pub remarks: Vec<Remark>,
    /// The first [`LISTED`] rows that contradict their record.
    pub dropped: Vec<UnusedValues>,
    /// Number of such rows.
    pub dropped_rows: u64,
    /// Identifies the import for undoing it; none for a dry run or if nothing was changed.
    pub import: Option<ImportId>,
    /// The first [`LISTED`] of them.
    pub broken: Vec<Broken>,
    /// The first [`LISTED`] of them.
    pub duplicates: Vec<Duplicate>,
    /// Number of rows about patients who already have a record.
    pub duplicate_rows: u64,
    /// True if the user stopped it: later rows of the file were not read.
    pub cancelled: bool,
}

impl Summary {
    /// True if a record or a planned exam was added or changed.
    pub(super) fn has_changes(&self) -> bool {
        let plans = self.plans.map_or(0, |plans| plans.new + plans.changed);
        self.tally.new + self.tally.changed + plans > 0
    }

    pub(super) fn break_row(&mut self, broken: Broken) {
        self.tally.broken += 1;
        if self.broken.len() < LISTED {
            // The cells of thousands of long rows would need too much memory; they are in the file of broken rows.
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
            // Counted where the row is stored.
            ImportAction::Refused(_) => {}
        }
        if let (Some(plans), Some(plan)) = (&mut self.plans, outcome.plan) {
            match plan {
                ImportedPlan::Added => plans.new += 1,
                ImportedPlan::Changed => plans.changed += 1,
                ImportedPlan::Unchanged => plans.unchanged += 1,
            }
        }
        if !outcome.contradicted.is_empty() {
            self.dropped_rows += 1;
            if self.dropped.len() < LISTED {
                self.dropped.push(UnusedValues {
                    line: outcome.line,
                    number: outcome.number.clone(),
                    values: outcome.contradicted.clone(),
                });
            }
        }
        // A row that only names its patient by number repeats nothing of the record.
        if let Some(matched) = outcome.matched.as_ref().filter(|_| row.is_named) {
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
