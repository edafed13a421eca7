//! What a summary tells of the columns: which field each is, why one is left out, how its dates were read.

use super::dates::DateOrder;
use super::facts::Facts;
use super::mapping::{LeftOut, Target};
use super::run::Job;

/// Most columns of a terminal that a heading takes.
const NAME_COLUMNS: usize = 60;

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnReport {
    /// Counted from 1.
    pub column: usize,
    pub heading: String,
    pub target: Target,
    /// Why nothing is taken from it; none where something is.
    pub left_out: Option<LeftOut>,
    /// Whether no cell of it holds anything.
    pub is_empty: bool,
    /// How its dates were read, where day and month could be told apart in two ways.
    pub dates: Option<DatesRead>,
}

/// The order of day and month in a column, and where it comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatesRead {
    pub order: DateOrder,
    /// Whether somebody stated it.
    pub is_stated: bool,
    /// The line that shows it; none where the heading does, or somebody stated it.
    pub line: Option<u64>,
}

/// Every column of a job.
pub(super) fn columns(job: &Job, facts: &Facts) -> Vec<ColumnReport> {
    let columns = job.headings.iter().zip(job.mapping.targets()).enumerate();
    columns
        .map(|(place, (heading, target))| {
            let shown = facts.column(place);
            let evidence = shown.and_then(|column| column.dates.as_ref());
            let dates = evidence.and_then(|evidence| {
                let order = job.dates.or(evidence.order())?;
                Some(DatesRead {
                    order,
                    is_stated: job.dates.is_some(),
                    line: evidence.line().filter(|_| job.dates.is_none()),
                })
            });
            ColumnReport {
                column: place + 1,
                heading: heading.clone(),
                target: *target,
                left_out: job.mapping.left_out(place, &job.headings),
                is_empty: shown.is_none_or(|column| !column.is_filled),
                dates,
            }
        })
        .collect()
}

impl ColumnReport {
    /// The heading, or the number of a column without one.
    pub fn name(&self) -> String {
        match self.heading.trim() {
            "" => format!("column {}", self.column),
            heading => crate::text::clipped(heading, NAME_COLUMNS).into_owned(),
        }
    }

    /// What was done with its dates, in a sentence; none where nothing was to be decided.
    pub fn dates_sentence(&self) -> Option<String> {
        let dates = self.dates?;
        let label = dates.order.label();
        let name = self.name();
        Some(match (dates.is_stated, dates.line) {
            (true, _) => format!("{name}: dates are read {label}, as was stated."),
            (false, Some(line)) => format!("{name}: dates are read {label}, as line {line} shows."),
            (false, None) => format!("{name}: dates are read {label}, as the heading says."),
        })
    }
}
