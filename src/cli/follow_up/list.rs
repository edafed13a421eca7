//! `lunny follow-up list`.

use std::io;
use std::process::ExitCode;

use jiff::civil::Date;

use super::{day, lists, today};
use crate::cancel::Cancel;
use crate::cli::print;
use crate::cli::sign_in::{SignInArguments, signed_in};
use crate::cli::words::one_of;
use crate::clinical::follow_up::List;
use crate::clinical::lung_rads::Category;
use crate::config::Config;
use crate::export::{ExportError, Requester, each_follow_up, print_follow_ups};
use crate::report::follow_up::Row;
use crate::report::list::ListFormat;
use crate::store::{FollowUpFilters, FollowUpQuery};
use crate::text::{counted, scrub};

/// List the follow-ups of the hospital
///
/// Each row is entered in the log as a copy. Overdue is what is more than 30 days past; a follow-up is due from 30 days
/// before its date.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    /// List to show: due now, overdue, due on a later day, without a category yet, or closed
    #[arg(long, value_name = "LIST", default_value = List::Due.as_str(), value_parser = lists())]
    list: List,
    /// Of this measured category
    #[arg(long, value_name = "CATEGORY", value_parser = one_of(&Category::ALL, Category::as_str))]
    category: Option<Category>,
    /// Of this assigned doctor, by the whole name
    #[arg(long, value_name = "NAME")]
    doctor: Option<String>,
    /// Due on this day or later; scanned then without a category, closed then when done
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Date>,
    /// The same, on this day or earlier
    #[arg(long, value_name = "DAY", value_parser = day)]
    until: Option<Date>,
    /// Words that occur in the patient's record
    #[arg(long, value_name = "TEXT", default_value = "")]
    search: String,
    /// Day for which the lists are made; today by default
    #[arg(long, value_name = "DAY", value_parser = day)]
    on: Option<Date>,
    /// Write a JSON array
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write CSV
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

impl Arguments {
    fn query(&self) -> FollowUpQuery {
        FollowUpQuery {
            text: self.search.clone(),
            filters: FollowUpFilters {
                category: self.category,
                doctor: self.doctor.clone(),
                from: self.from,
                until: self.until,
            },
            ..FollowUpQuery::of(self.list, today(self.on))
        }
    }
}

/// Prints the list.
pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    signed_in(&arguments.sign_in, config, |store, sign_in| {
        let asker = Requester {
            store,
            access: &sign_in.access,
            account: &sign_in.account,
        };
        let format = match (arguments.json, arguments.csv) {
            (true, _) => ListFormat::Json,
            (_, true) => ListFormat::Csv,
            (false, false) => {
                let mut lines = Vec::new();
                let cancel = Cancel::default();
                let count = each_follow_up(
                    asker,
                    &arguments.query(),
                    &cancel,
                    &mut |row| -> Result<_, ExportError> {
                        lines.push(line(row));
                        Ok(())
                    },
                )?;
                let list = arguments.list.label().to_lowercase();
                lines.push(format!("{}, {list}", counted(count, "follow-up")));
                return print(&lines.join("\n"));
            }
        };
        printed(print_follow_ups(
            asker,
            &arguments.query(),
            format,
            io::stdout().lock(),
        ))
    })
}

/// The exit code of a list on standard output. A reader that closes it is no error.
pub(in crate::cli) fn printed(written: Result<usize, ExportError>) -> anyhow::Result<ExitCode> {
    match written {
        Err(ExportError::Write { source, .. }) if source.kind() == io::ErrorKind::BrokenPipe => {}
        written => _ = written?,
    }
    Ok(ExitCode::SUCCESS)
}

/// A row for a person.
fn line(row: &Row) -> String {
    let category = row.category.map_or("none", Category::label);
    let when = match (row.closed, row.due, row.days_past) {
        (Some((on, by)), _, _) => format!("closed on {on}: {}", by.label()),
        (None, Some(due), Some(days)) if days > 0 => {
            format!(
                "due {due}, {} past",
                counted(days.unsigned_abs() as usize, "day")
            )
        }
        (None, Some(due), _) => format!("due {due}"),
        (None, None, _) => format!("scanned on {}", row.scanned_on),
    };
    let phone = match row.phone.is_empty() {
        true => String::new(),
        false => format!("  {}", row.phone),
    };
    let line = format!(
        "{}  {}  category {category}  {when}{phone}",
        row.number, row.full_name
    );
    scrub(&line).into_owned()
}
