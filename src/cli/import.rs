//! `lunny import`: patients out of a CSV file into the records.

mod words;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Zoned;

use super::print;
use super::sign_in::{SignInArguments, signed_in};
use super::words::one_of;
use crate::cancel::Cancel;
use crate::config::Config;
use crate::intake::{Encoding, Job, Mode, Progress, Source, Summary, Target, run as take_in};
use crate::store::{Access, OnDuplicate, Store};
use crate::text::scrub;

/// Take patients in from a CSV file
///
/// Columns are known by their headings; --map names others, and is remembered for files with the same headings. A row
/// that cannot be taken in is named with its line and stops nothing else. The same file again adds nobody twice. Exits
/// with 0 when every row was taken in, 2 when some were broken, 1 on an error.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// The file; separated by commas, semicolons, tabs or bars, in UTF-8 or Windows-1252
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Say what would be done, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// What a column is, by its heading or its number: DOB=date_of_birth, 3=full_name, Remarks=- to leave it out
    ///
    /// Fields are named by their keys, which an unknown one lists; first_name and last_name make a full name together.
    #[arg(long = "map", value_name = "HEADING=FIELD")]
    map: Vec<String>,
    /// The first row is a patient already, not headings
    #[arg(long)]
    no_headings: bool,
    /// What becomes of rows about somebody who has a record: the same number, or the same name and date of birth
    ///
    /// merge fills what the record leaves empty, overwrite lets the file win where it states something, skip leaves the
    /// record alone, add makes a record of its own.
    #[arg(long, value_name = "HOW", default_value = "merge", value_parser = one_of(&OnDuplicate::ALL, OnDuplicate::as_str))]
    duplicates: OnDuplicate,
    /// Write the rows that could not be taken in to this file, with the reason, to be mended and taken in again
    #[arg(long, value_name = "FILE")]
    broken: Option<PathBuf>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Runs the import, or its rehearsal.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let summary = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let job = arguments.job(store, &sign_in.access)?;
        let summary = arguments.take_in(store, &sign_in.access, &job)?;
        if !arguments.dry_run {
            job.remember(store, &sign_in.access)?;
        }
        Ok(summary)
    })?;
    let told = match arguments.json {
        true => words::in_json(&summary, arguments.dry_run)?,
        false => words::for_people(&summary, arguments.dry_run),
    };
    print(&told)?;
    Ok(match summary.tally.broken {
        0 => ExitCode::SUCCESS,
        _ => ExitCode::from(2),
    })
}

impl Arguments {
    fn job(&self, store: &Store, access: &Access) -> anyhow::Result<Job> {
        let mut source = Source::open(&self.file)?;
        source.has_headings &= !self.no_headings;
        if source.encoding == Encoding::Windows1252 {
            eprintln!(
                "lunny: the file is no UTF-8 and is read as Windows-1252: look whether the names are right"
            );
        }
        let mut job = Job::new(source, store, access, Zoned::now().date())?;
        job.choices.all = self.duplicates;
        for typed in &self.map {
            let (column, target) = mapped(typed, &job.headings)?;
            job.mapping.set(column, target);
        }
        Ok(job)
    }

    fn take_in(&self, store: &Store, access: &Access, job: &Job) -> anyhow::Result<Summary> {
        let bar = bar();
        let heard = |Progress { done, of }| {
            bar.set_length(of);
            bar.set_position(done);
        };
        let mode = match self.dry_run {
            true => Mode::Rehearsal,
            false => Mode::Import,
        };
        let broken = self.broken.as_deref();
        let cancel = Cancel::default();
        let summary = take_in(store, access, job, mode, &heard, &cancel, broken);
        bar.finish_and_clear();
        Ok(summary?)
    }
}

/// A column and what it is, from `DOB=date_of_birth` or `3=full_name`.
fn mapped(typed: &str, headings: &[String]) -> anyhow::Result<(usize, Target)> {
    let Some((heading, key)) = typed.rsplit_once('=') else {
        bail!("{} is no HEADING=FIELD", scrub(typed));
    };
    let folded = crate::clinical::text::fold(heading);
    let named = headings
        .iter()
        .position(|other| crate::clinical::text::fold(other) == folded);
    let numbered = heading.trim().parse::<usize>().ok();
    let numbered = numbered
        .and_then(|number| number.checked_sub(1))
        .filter(|column| *column < headings.len());
    let Some(column) = named.or(numbered) else {
        let all: Vec<&str> = headings.iter().map(String::as_str).collect();
        bail!(
            "no column is called {}: there are {}",
            scrub(heading),
            scrub(&all.join(", "))
        );
    };
    match Target::parse(key.trim()) {
        Some(target) => Ok((column, target)),
        None => {
            let all: Vec<&str> = Target::all().map(Target::key).collect();
            bail!(
                "{} names no field: there are {}",
                scrub(key),
                all.join(", ")
            )
        }
    }
}

/// A bar on standard error, when that is a terminal.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {elapsed}");
    let bar = ProgressBar::new(0).with_message("rows");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
