//! `lunny worklist list` and `lunny worklist export`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::TypedValueParser;

use crate::cli::caller::{Caller, locally};
use crate::cli::dated_list::{Filters, Output};
use crate::cli::sign_in::SignInArguments;
use crate::cli::words::one_of;
use crate::clinical::worklist::PlannedList;
use crate::config::Config;
use crate::export::{each_planned_exam, print_worklist, write_worklist};
use crate::report::list::ListFormat;
use crate::report::worklist::Row;
use crate::store::{PlannedFilters, PlannedQuery};
use crate::text::{counted, scrub};

/// List the planned exams of the hospital
///
/// Each row is entered in the log as a copy.
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
    #[command(flatten)]
    rows: RowChoice,
    #[command(flatten)]
    output: Output,
}

/// Write a list of planned exams to a new file
///
/// Each row is entered in the log as a copy. Only you may read the file.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    #[command(flatten)]
    saving: Saving,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Choice of rows, and the file for them.
#[derive(Debug, clap::Args)]
pub(crate) struct Saving {
    #[command(flatten)]
    rows: RowChoice,
    /// Folder for the file
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Form of the file
    #[arg(long, value_name = "FORMAT", default_value = "csv", value_parser = one_of(&ListFormat::ALL, ListFormat::as_str))]
    format: ListFormat,
}

/// Choice of rows.
#[derive(Debug, clap::Args)]
struct RowChoice {
    /// List to show: planned for today, for a later day, missed, or done and cancelled
    #[arg(long, value_name = "LIST", default_value = PlannedList::Today.as_str(), value_parser = lists())]
    list: PlannedList,
    #[command(flatten)]
    filters: Filters,
    /// Words that occur in the patient's record, or a whole accession number
    #[arg(long, value_name = "TEXT", default_value = "")]
    search: String,
}

fn lists() -> impl TypedValueParser<Value = PlannedList> {
    one_of(&PlannedList::ALL, PlannedList::as_str)
}

impl RowChoice {
    fn query(&self) -> PlannedQuery {
        PlannedQuery {
            text: self.search.clone(),
            filters: PlannedFilters {
                doctor: self.filters.doctor.clone(),
                from: self.filters.from,
                until: self.filters.until,
            },
            ..PlannedQuery::of(self.list, self.filters.today())
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
    let query = wanted.rows.query();
    let (asker, cancel) = (caller.requester(), caller.cancel);
    wanted.output.show(
        |format, out| print_worklist(asker, &query, format, out),
        |take| each_planned_exam(asker, &query, cancel, take),
        line,
        ("planned exam", query.list.label()),
        caller,
    )
}

/// Writes the list to a file.
pub(super) fn export(arguments: &Export, config: &Config) -> anyhow::Result<ExitCode> {
    let Export { saving, sign_in } = arguments;
    locally(sign_in, config, |caller| save(saving, caller))
}

/// Writes the list to a file for a caller.
pub(crate) fn save(wanted: &Saving, caller: &mut Caller<'_>) -> anyhow::Result<u8> {
    let (query, folder) = (wanted.rows.query(), caller.target(&wanted.to)?);
    let (path, count) = write_worklist(
        caller.requester(),
        &query,
        wanted.format,
        &folder,
        caller.cancel,
    )?;
    let path = scrub(&path.to_string_lossy()).into_owned();
    caller.print(&format!("{path}: {}", counted(count, "row")))
}

/// A row for a person.
fn line(row: &Row) -> String {
    let state = match (&row.done, &row.cancelled) {
        (_, Some((on, reason, _))) => format!("cancelled on {on}: {reason}"),
        (Some((exam, on)), None) => format!("done on {on}: {exam}"),
        (None, None) => row.planned_on.to_string(),
    };
    let parts = [
        row.planned.as_str(),
        &state,
        &row.accession,
        &row.number,
        &row.full_name,
        &row.reason,
    ];
    let stated = parts.into_iter().filter(|part| !part.is_empty());
    let told = stated.collect::<Vec<_>>().join("  ");
    scrub(&told).into_owned()
}
