//! `lunny follow-up`: exams that are due, closing and reopening, letters.

mod letters;
mod list;

use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use clap::builder::TypedValueParser;
use jiff::civil::Date;
use serde_json::json;

pub(super) use self::list::{Listing, list as show_list};
use super::dated_list::{day, today};
use super::sign_in::{SignInArguments, signed_in};
use super::words::one_of;
use super::{print, report};
use crate::clinical::follow_up::{ClosedBy, ClosingReason, List};
use crate::config::Config;
use crate::store::{Access, FollowUpRow, Store};
use crate::text::scrub;

/// List follow-ups, close or reopen one, write letters
///
/// The date due follows from the measured Lung-RADS category of the newest exam and the day of its scan: categories 1 and 2
/// in 12 months, 3 in 6, 4A in 3; 0 from the first month on and at the end of the third; 4B and 4X after 14 days
/// (work_up_days in config.toml). A newer exam or a date of diagnosis closes it by itself.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(list::Arguments),
    Close(Close),
    Reopen(Reopen),
    Letters(letters::Arguments),
    LetterText(letters::Text),
}

/// Close the follow-up of a patient for a reason
#[derive(Debug, clap::Args)]
struct Close {
    /// ID of the patient
    #[arg(value_name = "PATIENT")]
    patient: String,
    #[arg(long, value_name = "REASON", value_parser = reasons())]
    reason: ClosingReason,
    /// A line about it; needed for the reason other
    #[arg(long, value_name = "TEXT", default_value = "")]
    remark: String,
    /// Day that closes it, from the day of the scan until today; today without it
    #[arg(long, value_name = "DAY", value_parser = day)]
    on: Option<Date>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Reopen a follow-up of a patient that a person closed
#[derive(Debug, clap::Args)]
struct Reopen {
    /// ID of the patient
    #[arg(value_name = "PATIENT")]
    patient: String,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

pub(super) fn reasons() -> impl TypedValueParser<Value = ClosingReason> {
    one_of(&ClosingReason::ALL, ClosingReason::as_str)
}

fn lists() -> impl TypedValueParser<Value = List> {
    one_of(&List::ALL, List::as_str)
}

/// Runs one of the commands.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::List(arguments) => list::run(arguments, config),
        Command::Close(arguments) => close(arguments, config),
        Command::Reopen(arguments) => reopen(arguments, config),
        Command::Letters(arguments) => letters::run(arguments, config),
        Command::LetterText(arguments) => letters::text(arguments, config),
    }
}

fn close(arguments: &Close, config: &Config) -> anyhow::Result<ExitCode> {
    let on = today(arguments.on);
    if on > today(None) {
        bail!("the day {on} is in the future: a follow-up is closed today or before");
    }
    let row = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let open = newest(store, access, &arguments.patient, |row| {
            row.closed.is_none()
        });
        let open = open?.with_context(|| {
            let number = scrub(&arguments.patient).into_owned();
            format!(
                "{number} has no open follow-up: `lunny follow-up list` shows those that are open"
            )
        })?;
        let (reason, remark) = (arguments.reason, &arguments.remark);
        store.close_follow_up(access, open.exam, reason, remark, on)?;
        Ok(store.follow_up(access, open.exam)?)
    })?;
    tell(&row, arguments.json)
}

fn reopen(arguments: &Reopen, config: &Config) -> anyhow::Result<ExitCode> {
    let row = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let by_person = |row: &FollowUpRow| matches!(row.closed, Some((_, ClosedBy::Reason(_))));
        let closed = newest(store, access, &arguments.patient, by_person)?;
        let Some(closed) = closed else {
            bail!(
                "no follow-up was closed by a person: those of {} are open, or were closed by an exam or a diagnosis",
                scrub(&arguments.patient)
            );
        };
        store.reopen_follow_up(access, closed.exam)?;
        Ok(store.follow_up(access, closed.exam)?)
    })?;
    tell(&row, arguments.json)
}

/// The newest follow-up of a patient that meets a condition.
fn newest(
    store: &Store,
    access: &Access,
    number: &str,
    wanted: impl Fn(&FollowUpRow) -> bool,
) -> anyhow::Result<Option<FollowUpRow>> {
    let patient = report::patient(store, access, number)?;
    let rows = store.follow_ups_of(access, patient)?;
    Ok(rows.into_iter().find(wanted))
}

/// Present state of a follow-up.
fn tell(row: &FollowUpRow, in_json: bool) -> anyhow::Result<ExitCode> {
    let number = scrub(&row.patient.number).into_owned();
    if in_json {
        let closed = row.closed;
        let answer = json!({
            "patient_id": number,
            "exam": format!("E-{}", row.exam.0),
            "due_on": row.due.map(|due| due.to_string()),
            "closed_on": closed.map(|(on, _)| on.to_string()),
            "closed_by": closed.map(|(_, by)| by.as_str()),
            "remark": row.remark,
        });
        return print(&answer.to_string());
    }
    let due = row
        .due
        .map_or("without a date due".to_owned(), |due| format!("due {due}"));
    print(&match row.closed {
        None => format!("{number}: open, {due}"),
        Some((on, by)) => format!("{number}: closed on {on}: {}", by.label()),
    })
}
