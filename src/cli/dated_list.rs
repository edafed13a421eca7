//! Flags and output that the lists of follow-ups and of planned exams share.

use std::io::{self, Write};

use jiff::Zoned;
use jiff::civil::Date;

use super::caller::Caller;
use crate::clinical::date::{self, DateError};
use crate::export::ExportError;
use crate::report::list::ListFormat;
use crate::text::counted;

/// Filters of a list, and the day for which it is made.
#[derive(Debug, clap::Args)]
pub(super) struct Filters {
    /// Of this assigned doctor, by the whole name
    #[arg(long, value_name = "NAME")]
    pub doctor: Option<String>,
    /// On this day or later: the day of the list, such as the date due or the day planned; on the list done, the day of closing, of
    /// the scan or of cancelling
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub from: Option<Date>,
    /// The same, on this day or earlier
    #[arg(long, value_name = "DAY", value_parser = day)]
    pub until: Option<Date>,
    /// Day for which the lists are made; today by default
    #[arg(long, value_name = "DAY", value_parser = day)]
    on: Option<Date>,
}

impl Filters {
    /// The day for which the list is made.
    pub(super) fn today(&self) -> Date {
        today(self.on)
    }
}

/// Form of a list on standard output.
#[derive(Debug, clap::Args)]
pub(super) struct Output {
    /// Write a JSON array
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write CSV
    #[arg(long)]
    csv: bool,
}

impl Output {
    /// None for lines that a person reads.
    fn format(&self) -> Option<ListFormat> {
        match (self.json, self.csv) {
            (true, _) => Some(ListFormat::Json),
            (false, true) => Some(ListFormat::Csv),
            (false, false) => None,
        }
    }

    /// Prints a list: as a file by `write`, or each row that `each` passes as a `line`, with the count of `rows` below them.
    pub(super) fn show<Row>(
        &self,
        write: impl FnOnce(ListFormat, &mut dyn Write) -> Result<usize, ExportError>,
        each: impl FnOnce(&mut dyn FnMut(&Row) -> Result<(), ExportError>) -> Result<usize, ExportError>,
        line: fn(&Row) -> String,
        (rows, list): (&str, &str),
        caller: &mut Caller<'_>,
    ) -> anyhow::Result<u8> {
        if let Some(format) = self.format() {
            return printed(write(format, &mut *caller.out));
        }
        let mut lines = Vec::new();
        let count = each(&mut |row| {
            lines.push(line(row));
            Ok(())
        })?;
        lines.push(format!("{}, {}", counted(count, rows), list.to_lowercase()));
        caller.print(&lines.join("\n"))
    }
}

/// The exit code of a list on standard output. A reader that closes it is no error.
fn printed(written: Result<usize, ExportError>) -> anyhow::Result<u8> {
    match written {
        Err(ExportError::Write { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => {}
        written => _ = written?,
    }
    Ok(0)
}

/// Reads a day on the command line.
pub(super) fn day(text: &str) -> Result<Date, DateError> {
    date::parse(text)
}

/// The stated day, or today.
pub(super) fn today(stated: Option<Date>) -> Date {
    stated.unwrap_or_else(|| Zoned::now().date())
}
