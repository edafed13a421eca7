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
    pub by: OrderBy,
}

/// Source of the order of day and month.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrderBy {
    /// The user stated it for the file.
    Stated,
    /// A date that is valid only in this order is in this line.
    Line(u64),
    Heading,
    /// `date_order` in the settings, because the file does not decide it.
    Setting,
}

/// Every column of a job.
pub(super) fn columns(job: &Job, facts: &Facts) -> Vec<ColumnReport> {
    let columns = job.headings.iter().zip(job.mapping.targets()).enumerate();
    columns
        .map(|(place, (heading, target))| {
            let shown = facts.column(place);
            let evidence = shown.and_then(|column| column.dates.as_ref());
            let dates = evidence.and_then(|evidence| {
                let by_file = || match (evidence.order()?, evidence.line()) {
                    (order, Some(line)) => Some((order, OrderBy::Line(line))),
                    (order, None) => Some((order, OrderBy::Heading)),
                };
                let by_setting = || {
                    let order = job.usual_dates.filter(|_| evidence.is_open())?;
                    Some((order, OrderBy::Setting))
                };
                let stated = job.dates.map(|order| (order, OrderBy::Stated));
                let (order, by) = stated.or_else(by_file).or_else(by_setting)?;
                Some(DatesRead { order, by })
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
        let why = match dates.by {
            OrderBy::Stated => "as stated".to_owned(),
            OrderBy::Line(line) => format!("as line {line} shows"),
            OrderBy::Heading => "as the heading says".to_owned(),
            OrderBy::Setting => "as date_order in the settings says".to_owned(),
        };
        Some(format!("{name}: dates were read {label}, {why}."))
    }
}
