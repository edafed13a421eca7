//! `lunny follow-up list`.

use std::process::ExitCode;

use super::lists;
use crate::cli::caller::{Caller, locally};
use crate::cli::dated_list::{Filters, Output};
use crate::cli::sign_in::SignInArguments;
use crate::cli::words::one_of;
use crate::clinical::follow_up::List;
use crate::clinical::lung_rads::Category;
use crate::config::Config;
use crate::export::{each_follow_up, print_follow_ups};
use crate::report::follow_up::Row;
use crate::store::{FollowUpFilters, FollowUpQuery};
use crate::text::{counted, scrub};

/// List the follow-ups of the hospital
///
/// Each row is entered in the log as a copy. Overdue is what is more than 30 days past; a follow-up is due from 30 days
/// before its date.
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(flatten)]
    listing: Listing,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Choice of rows, and the form of the list.
#[derive(Debug, clap::Args)]
pub(crate) struct Listing {
    /// List to show: due now, overdue, due on a later day, without a category yet, or closed
    #[arg(long, value_name = "LIST", default_value = List::Due.as_str(), value_parser = lists())]
    list: List,
    /// Of this measured category
    #[arg(long, value_name = "CATEGORY", value_parser = one_of(&Category::ALL, Category::as_str))]
    category: Option<Category>,
    #[command(flatten)]
    filters: Filters,
    /// Words that occur in the patient's record
    #[arg(long, value_name = "TEXT", default_value = "")]
    search: String,
    #[command(flatten)]
    output: Output,
}

impl Listing {
    fn query(&self) -> FollowUpQuery {
        FollowUpQuery {
            text: self.search.clone(),
            filters: FollowUpFilters {
                category: self.category,
                doctor: self.filters.doctor.clone(),
                from: self.filters.from,
                until: self.filters.until,
            },
            ..FollowUpQuery::of(self.list, self.filters.today())
        }
    }
}

/// Prints the list.
pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let Arguments { listing, sign_in } = arguments;
    locally(sign_in, config, |caller| list(listing, caller))
}

/// Prints the list for a caller.
pub(crate) fn list(wanted: &Listing, caller: &mut Caller<'_>) -> anyhow::Result<u8> {
    let query = wanted.query();
    let (asker, cancel) = (caller.requester(), caller.cancel);
    wanted.output.show(
        |format, out| print_follow_ups(asker, &query, format, out),
        |take| each_follow_up(asker, &query, cancel, take),
        line,
        ("follow-up", query.list.label()),
        caller,
    )
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
