//! Commands that clients of the server run without a terminal: on the files of their account's area and on the records that the account
//! may read, without a change to them.

mod offered;

use std::io;
use std::path::PathBuf;

use clap::{Parser, Subcommand};

use crate::cli::caller::for_client;
use crate::cli::{analyze, export, follow_up, patients, report, scan, worklist};
use crate::serve::{Call, Commands};

/// Runs the commands.
pub(super) struct Remote;

/// LUNNY over SSH: commands on the files of your area and on records. Connect without a command for the application
#[derive(Debug, Parser)]
#[command(name = "lunny", no_binary_name = true, disable_version_flag = true)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

/// All commands that are offered. What is not here is refused.
#[derive(Debug, Subcommand)]
enum Command {
    Analyze(Analyze),
    /// Write copies of records into a folder of your outbox
    Export(export::Wanted),
    /// List follow-ups
    #[command(subcommand)]
    FollowUp(FollowUp),
    /// List patients, show a record
    #[command(subcommand)]
    Patients(Patients),
    /// Write a patient's whole record to files of your outbox
    Report(report::Wanted),
    Scan(scan::Arguments),
    /// List and export planned exams
    #[command(subcommand)]
    Worklist(Worklist),
}

/// Classify CT slices, and whole series
///
/// Exits with 0 when every file was analysed, 2 when some were refused, 1 on an error.
#[derive(Debug, clap::Args)]
struct Analyze {
    /// Files or folders of your area, such as inbox/series
    #[arg(required = true, value_name = "PATH")]
    paths: Vec<PathBuf>,
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum FollowUp {
    /// List the follow-ups of the hospital
    List(follow_up::Listing),
}

#[derive(Debug, Subcommand)]
enum Patients {
    /// List patients of the hospital
    List(patients::Listing),
    /// Print a patient's whole record as text
    Show(patients::Shown),
}

#[derive(Debug, Subcommand)]
enum Worklist {
    /// List the planned exams of the hospital
    List(worklist::Listing),
    /// Write a list of planned exams to a file of your outbox
    Export(worklist::Saving),
}

impl Commands for Remote {
    fn run(&self, mut call: Call<'_>) -> u8 {
        // An error of writing: the client is gone.
        run(&mut call).unwrap_or(1)
    }
}

fn run(call: &mut Call<'_>) -> io::Result<u8> {
    let Some(words) = shlex::split(call.line) else {
        writeln!(
            call.err,
            "lunny: a quotation mark of the command has no end"
        )?;
        return Ok(2);
    };
    let arguments = match Arguments::try_parse_from(words) {
        Ok(arguments) => arguments,
        Err(error) => {
            let is_help = !error.use_stderr();
            let words = error.render().to_string();
            match is_help {
                true => write!(call.out, "{words}")?,
                false => writeln!(call.err, "{words}\n{}", offered::sentence())?,
            }
            return Ok(if is_help { 0 } else { 2 });
        }
    };
    match &arguments.command {
        Command::Analyze(Analyze { paths, json }) => {
            let paths: Vec<PathBuf> = paths.iter().map(|path| (call.real)(path)).collect();
            analyze::for_client(&paths, *json, call)
        }
        Command::Scan(arguments) => scan::for_client(arguments, call),
        Command::Export(wanted) => for_client(call, |caller| export::write(wanted, caller)),
        Command::FollowUp(FollowUp::List(listing)) => {
            for_client(call, |caller| follow_up::show_list(listing, caller))
        }
        Command::Patients(Patients::List(listing)) => {
            for_client(call, |caller| patients::list(listing, caller))
        }
        Command::Patients(Patients::Show(shown)) => {
            for_client(call, |caller| patients::show(shown, caller))
        }
        Command::Report(wanted) => for_client(call, |caller| report::write_record(wanted, caller)),
        Command::Worklist(Worklist::List(listing)) => {
            for_client(call, |caller| worklist::show_list(listing, caller))
        }
        Command::Worklist(Worklist::Export(saving)) => {
            for_client(call, |caller| worklist::save(saving, caller))
        }
    }
}

#[cfg(test)]
mod tests;
