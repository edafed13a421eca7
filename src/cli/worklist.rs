//! `lunny worklist`: planned exams, from a file or one by one.

mod list;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Subcommand;
use jiff::civil::Date;
use serde_json::json;

pub(super) use self::list::{Listing, Saving, list as show_list, save};
use super::dated_list::{day, today};
use super::follow_up::reasons;
use super::import::Reading;
use super::sign_in::{SignInArguments, signed_in};
use super::{print, report};
use crate::clinical::follow_up::ClosingReason;
use crate::clinical::worklist::ExamPlan;
use crate::config::Config;
use crate::import::Content;
use crate::store::{Access, OnDuplicate, PlannedId, PlannedRow, PlannedState, Store, StoreError};
use crate::text::scrub;

/// Plan exams, list, cancel and export them
///
/// Saving the result of a scan finishes its planned exam: the one with the accession number of the scan, or else one of
/// its patient and day.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Arguments),
    Add(Add),
    Import(Import),
    Cancel(Cancel),
    Reopen(Reopen),
    Export(list::Export),
}

/// Plan an exam of a patient who has a record
#[derive(Debug, clap::Args)]
struct Add {
    /// ID of the patient
    #[arg(value_name = "PATIENT")]
    patient: String,
    /// Day of the exam
    #[arg(long, value_name = "DAY", value_parser = day)]
    on: Date,
    /// Accession number of the order
    #[arg(long, value_name = "NUMBER", default_value = "")]
    accession: String,
    /// Reason for the exam, in a line
    #[arg(long, value_name = "TEXT", default_value = "")]
    reason: String,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Plan the exams of a CSV file
///
/// Each row has the day of the exam and the ID of a patient, or name and date of birth; accession number and reason are
/// optional. Columns are recognised by their headings, dates and codes are read, and patients are found or added by the
/// rules of `lunny import`. A row whose accession number is planned for another patient is not imported. Importing the
/// same file again plans no exam twice; a changed row changes its exam, unless that is done or cancelled.
/// `lunny import undo` undoes the import as a whole.
#[derive(Debug, clap::Args)]
struct Import {
    /// CSV file, separated by commas, semicolons, tabs or bars
    #[arg(value_name = "FILE")]
    file: PathBuf,
    #[command(flatten)]
    reading: Reading,
}

/// Cancel a planned exam for a reason
#[derive(Debug, clap::Args)]
struct Cancel {
    /// Number of the planned exam, such as W-12, or its accession number
    #[arg(value_name = "EXAM")]
    exam: String,
    #[arg(long, value_name = "REASON", value_parser = reasons())]
    reason: ClosingReason,
    /// A line about it; needed for the reason other
    #[arg(long, value_name = "TEXT", default_value = "")]
    remark: String,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Plan a cancelled exam again
#[derive(Debug, clap::Args)]
struct Reopen {
    /// Number of the planned exam, such as W-12, or its accession number
    #[arg(value_name = "EXAM")]
    exam: String,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Runs one of the commands.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::List(arguments) => list::run(arguments, config),
        Command::Add(arguments) => add(arguments, config),
        Command::Import(Import { file, reading }) => {
            reading.import(file, Content::Worklist, OnDuplicate::Merge, config)
        }
        Command::Cancel(arguments) => cancel(arguments, config),
        Command::Reopen(arguments) => reopen(arguments, config),
        Command::Export(arguments) => list::export(arguments, config),
    }
}

fn add(arguments: &Add, config: &Config) -> anyhow::Result<ExitCode> {
    let plan = ExamPlan::new(arguments.on, &arguments.accession, &arguments.reason)?;
    let row = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let patient = report::patient(store, access, &arguments.patient)?;
        let id = store.plan_exam(access, patient, &plan)?;
        Ok(store.planned_exam(access, id)?)
    })?;
    tell(&row, arguments.json)
}

fn cancel(arguments: &Cancel, config: &Config) -> anyhow::Result<ExitCode> {
    let row = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let id = planned(store, access, &arguments.exam)?;
        let (reason, remark) = (arguments.reason, &arguments.remark);
        store.cancel_plan(access, id, reason, remark, today(None))?;
        Ok(store.planned_exam(access, id)?)
    })?;
    tell(&row, arguments.json)
}

fn reopen(arguments: &Reopen, config: &Config) -> anyhow::Result<ExitCode> {
    let row = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let id = planned(store, access, &arguments.exam)?;
        store.reopen_plan(access, id)?;
        Ok(store.planned_exam(access, id)?)
    })?;
    tell(&row, arguments.json)
}

/// The planned exam that is named by accession number, or as `W-12`. An accession number goes before.
fn planned(store: &Store, access: &Access, named: &str) -> Result<PlannedId, StoreError> {
    match store.planned_by_accession(access, named) {
        Err(StoreError::NoSuchPlan) => {}
        found => return found.map(|row| row.id),
    }
    let number = named.trim().to_ascii_uppercase();
    let number = number
        .strip_prefix("W-")
        .and_then(|digits| digits.parse().ok());
    let id = number.map(PlannedId).ok_or(StoreError::NoSuchPlan)?;
    store.planned_exam(access, id).map(|row| row.id)
}

/// Present state of a planned exam.
fn tell(row: &PlannedRow, in_json: bool) -> anyhow::Result<ExitCode> {
    let (id, on) = (row.id.0, row.plan.on);
    let text = match in_json {
        true => {
            let (state, closed_on) = match &row.state {
                PlannedState::Planned => ("planned", None),
                PlannedState::Done { on, .. } => ("done", Some(*on)),
                PlannedState::Cancelled { on, .. } => ("cancelled", Some(*on)),
            };
            json!({
                "planned_exam": format!("W-{id}"),
                "patient_id": row.patient.number,
                "planned_on": on.to_string(),
                "accession": row.plan.accession,
                "reason": row.plan.reason,
                "state": state,
                "done_or_cancelled_on": closed_on.map(|on| on.to_string()),
            })
            .to_string()
        }
        false => {
            let accession = match row.plan.accession.as_str() {
                "" => String::new(),
                accession => format!(", accession {accession}"),
            };
            let state = match &row.state {
                PlannedState::Planned => format!("planned for {on}"),
                PlannedState::Done { exam, on } => format!("done on {on} by E-{}", exam.0),
                PlannedState::Cancelled { reason, on, .. } => {
                    format!("cancelled on {on}: {}", reason.label())
                }
            };
            let told = format!("W-{id}  {}: {state}{accession}", row.patient.number);
            scrub(&told).into_owned()
        }
    };
    print(&text)
}
