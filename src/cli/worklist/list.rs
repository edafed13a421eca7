//! `lunny worklist list` and `lunny worklist export`.

use std::io;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::builder::TypedValueParser;
use jiff::civil::Date;

use crate::cancel::Cancel;
use crate::cli::follow_up::list::printed;
use crate::cli::follow_up::{day, today};
use crate::cli::print;
use crate::cli::sign_in::{SignInArguments, signed_in};
use crate::cli::words::one_of;
use crate::clinical::worklist::PlannedList;
use crate::config::Config;
use crate::export::{ExportError, Requester, each_planned_exam, print_worklist, write_worklist};
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
    wanted: Wanted,
    /// Write a JSON array
    #[arg(long, conflicts_with = "csv")]
    json: bool,
    /// Write CSV
    #[arg(long)]
    csv: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Write a list of planned exams to a new file
///
/// Each row is entered in the log as a copy. Only you may read the file.
#[derive(Debug, clap::Args)]
pub(super) struct Export {
    #[command(flatten)]
    wanted: Wanted,
    /// Folder for the file
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Form of the file
    #[arg(long, value_name = "FORMAT", default_value = "csv", value_parser = one_of(&ListFormat::ALL, ListFormat::ending))]
    format: ListFormat,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Choice of rows.
#[derive(Debug, clap::Args)]
struct Wanted {
    /// List to show: planned for today, for a later day, missed, or done and cancelled
    #[arg(long, value_name = "LIST", default_value = PlannedList::Today.as_str(), value_parser = lists())]
    list: PlannedList,
    /// Of this assigned doctor, by the whole name
    #[arg(long, value_name = "NAME")]
    doctor: Option<String>,
    /// Planned for this day or later; done or cancelled then on the list done
    #[arg(long, value_name = "DAY", value_parser = day)]
    from: Option<Date>,
    /// The same, on this day or earlier
    #[arg(long, value_name = "DAY", value_parser = day)]
    until: Option<Date>,
    /// Words that occur in the patient's record, or a whole accession number
    #[arg(long, value_name = "TEXT", default_value = "")]
    search: String,
    /// Day for which the lists are made; today by default
    #[arg(long, value_name = "DAY", value_parser = day)]
    on: Option<Date>,
}

fn lists() -> impl TypedValueParser<Value = PlannedList> {
    one_of(&PlannedList::ALL, PlannedList::as_str)
}

impl Wanted {
    fn query(&self) -> PlannedQuery {
        PlannedQuery {
            text: self.search.clone(),
            filters: PlannedFilters {
                doctor: self.doctor.clone(),
                from: self.from,
                until: self.until,
            },
            ..PlannedQuery::of(self.list, today(self.on))
        }
    }
}

/// Prints the list.
pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let query = arguments.wanted.query();
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
                let mut take = |row: &Row| -> Result<_, ExportError> {
                    lines.push(line(row));
                    Ok(())
                };
                let count = each_planned_exam(asker, &query, &cancel, &mut take)?;
                let list = query.list.label().to_lowercase();
                lines.push(format!("{}, {list}", counted(count, "planned exam")));
                return print(&lines.join("\n"));
            }
        };
        printed(print_worklist(asker, &query, format, io::stdout().lock()))
    })
}

/// Writes the list to a file.
pub(super) fn export(arguments: &Export, config: &Config) -> anyhow::Result<ExitCode> {
    let query = arguments.wanted.query();
    let (path, count) = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let asker = Requester {
            store,
            access: &sign_in.access,
            account: &sign_in.account,
        };
        let cancel = Cancel::default();
        Ok(write_worklist(
            asker,
            &query,
            arguments.format,
            &arguments.to,
            &cancel,
        )?)
    })?;
    let path = scrub(&path.to_string_lossy()).into_owned();
    print(&format!("{path}: {}", counted(count, "row")))
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
