//! Columns in a summary: the field of each, the reason why one is left out, the reading of its dates.

use super::dates::DateOrder;
use super::facts::Facts;
use super::mapping::{LeftOut, Target};
use super::run::Job;

/// Maximum width of a heading in terminal columns.
const NAME_COLUMNS: usize = 60;

/// A column of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ColumnReport {
    /// Counted from 1.
    pub column: usize,
    pub heading: String,
    pub target: Target,
    /// Reason why it is not imported; none if it is.
    pub left_out: Option<LeftOut>,
    /// True if all of its cells are blank.
    pub is_empty: bool,
    /// Reading of its dates, if the order of day and month was ambiguous.
    pub dates: Option<DatesRead>,
}

/// The order of day and month in a column, and its source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DatesRead {
    pub order: DateOrder,
    /// True if the user stated it.
    pub is_stated: bool,
    /// The line that shows it; none if the heading does, or the user stated it.
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

    /// The reading of its dates, in a sentence; none if nothing was ambiguous.
    pub fn dates_sentence(&self) -> Option<String> {
        let dates = self.dates?;
        let label = dates.order.label();
        let name = self.name();
        Some(match (dates.is_stated, dates.line) {
            (true, _) => format!("{name}: dates were read {label}, as stated."),
            (false, Some(line)) => {
                format!("{name}: dates were read {label}, as line {line} shows.")
            }
            (false, None) => format!("{name}: dates were read {label}, as the heading says."),
        })
    }
}
