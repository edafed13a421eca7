//! `lunny import`: patients from a CSV file into the records.

mod undo;
mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};
use jiff::Zoned;

use super::print;
use super::sign_in::{SignInArguments, signed_in};
use super::words::one_of;
use crate::cancel::Cancel;
use crate::cli::output::caution;
use crate::config::Config;
use crate::import::{
    Content, DateOrder, Encoding, ImportError, Job, Mode, Progress, Source, Summary, Target,
    run as take_in,
};
use crate::store::{Access, OnDuplicate, Store};
use crate::text::scrub;

/// Import patients from a CSV file, list imports, undo one
///
/// Columns are recognised by their headings in English, German, French and Spanish, including those of OpenEMR and
/// REDCap; the output names every column that is not imported. --map assigns others, and is remembered for files with
/// the same headings. A row that cannot be imported is reported with its line number and does not stop the rest. A row
/// that states another number or gender is another person. Importing the same file again adds no patient twice. Exits
/// with 0 when every row was imported, 2 when some could not be, 1 on an error.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// CSV file, separated by commas, semicolons, tabs or bars. For a file called list or undo write ./list or ./undo
    #[arg(value_name = "FILE", required = true)]
    file: Option<PathBuf>,
    /// Handling of a row whose person already has a record: the same number, or the same name and date of birth
    ///
    /// merge fills empty fields of the record, overwrite replaces fields that the file states, skip leaves the record
    /// unchanged, add makes a separate record. Contradicting values are reported.
    #[arg(long, value_name = "HOW", default_value = "merge", value_parser = one_of(&OnDuplicate::ALL, OnDuplicate::as_str))]
    duplicates: OnDuplicate,
    #[command(flatten)]
    reading: Reading,
}

/// Settings of an import.
#[derive(Debug, clap::Args)]
pub(super) struct Reading {
    /// Dry run: print what would be imported, and change nothing
    #[arg(long)]
    dry_run: bool,
    /// Field of a column, given by heading or number: DOB=date_of_birth, 3=full_name, Remarks=- to ignore it
    ///
    /// Fields are named by their keys, which the message about an unknown one lists; first_name, middle_name, last_name
    /// and second_last_name together make a full name, and several columns can be address_part.
    #[arg(long = "map", value_name = "HEADING=FIELD")]
    map: Vec<String>,
    /// Meaning of a cell in a column: Sex:1=female
    ///
    /// Without it the codes of a gender are those of ISO/IEC 5218 and HL7: 1 and M male, 2 and F female, O other, 0, 9
    /// and U not known.
    #[arg(long = "value", value_name = "HEADING:CELL=VALUE")]
    value: Vec<String>,
    /// Order of day, month and year in dates that can be read in two ways; without it, other dates of the same column
    /// decide, or else date_order in config.toml
    #[arg(long, value_name = "ORDER", value_parser = one_of(&DateOrder::ALL, DateOrder::as_str))]
    dates: Option<DateOrder>,
    /// Character encoding: utf-8, utf-16le, windows-1252, windows-1254, gb18030 and others
    ///
    /// Without it, a byte order mark and the bytes decide. If they leave several encodings possible, the file is
    /// refused.
    #[arg(long, value_name = "NAME")]
    encoding: Option<String>,
    /// The first row is a patient, not headings
    #[arg(long)]
    no_headings: bool,
    /// Write the rows that could not be imported to this file, with the reason, to be corrected and imported again
    #[arg(long, value_name = "FILE")]
    broken: Option<PathBuf>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    List(undo::Listing),
    Undo(undo::Undo),
}

/// Runs the import, or its dry run.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Some(Command::List(listing)) => return undo::list(listing, config),
        Some(Command::Undo(undo)) => return undo::undo(undo, config),
        None => {}
    }
    let file = arguments
        .file
        .as_deref()
        .context("give the file to import")?;
    (arguments.reading).import(file, Content::Patients, arguments.duplicates, config)
}

impl Reading {
    /// Imports a file, or runs the import dry, and prints the result.
    pub(super) fn import(
        &self,
        file: &Path,
        content: Content,
        duplicates: OnDuplicate,
        config: &Config,
    ) -> anyhow::Result<ExitCode> {
        let (job, summary) = signed_in(&self.sign_in, config, |store, sign_in| {
            let mut job = self.job(file, content, store, &sign_in.access)?;
            job.usual_dates = config.date_order.map(DateOrder::from);
            job.choices.all = duplicates;
            let summary = self.take_in(store, &sign_in.access, &job)?;
            if !self.dry_run {
                job.remember(store, &sign_in.access)?;
            }
            Ok((job, summary))
        })?;
        let output = match self.json {
            true => words::in_json(&job.source, &summary, self.dry_run)?,
            false => words::for_people(&job.source, &summary, self.dry_run),
        };
        print(&output)?;
        Ok(match summary.tally.broken {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::from(2),
        })
    }

    fn job(
        &self,
        file: &Path,
        content: Content,
        store: &Store,
        access: &Access,
    ) -> anyhow::Result<Job> {
        let named = self.encoding.as_deref().map(encoding).transpose()?;
        let mut source = Source::open_in(file, named)?;
        source.has_headings &= !self.no_headings;
        if !source.encoding_is_sure {
            return Err(ImportError::UnsureEncoding {
                file: source.file,
                guess: source.encoding.candidates(),
            }
            .into());
        }
        if named.is_none() && source.encoding.name() == "windows-1252" {
            caution!(
                "lunny: the file is not UTF-8 and is read as windows-1252: check the names, or give another encoding with --encoding"
            );
        }
        let mut job = Job::new(source, content, store, access, Zoned::now().date())?;
        job.dates = self.dates;
        for typed in &self.map {
            let (column, target) = mapped(typed, content, &job.headings)?;
            job.mapping.set(column, target);
        }
        for typed in &self.value {
            let (column, cell, value) = meant(typed, &job.headings)?;
            job.values.state(column, cell, value);
        }
        Ok(job)
    }

    fn take_in(&self, store: &Store, access: &Access, job: &Job) -> anyhow::Result<Summary> {
        let bar = bar();
        let heard = |progress: Progress| {
            bar.set_length(progress.of);
            bar.set_position(progress.done);
            bar.set_message(match progress.is_waiting {
                true => "waiting for others who change the records",
                false => "rows",
            });
        };
        let mode = match self.dry_run {
            true => Mode::DryRun,
            false => Mode::Import,
        };
        let broken = self.broken.as_deref();
        let cancel = Cancel::default();
        let summary = take_in(store, access, job, mode, &heard, &cancel, broken);
        bar.finish_and_clear();
        Ok(summary?)
    }
}

fn encoding(name: &str) -> anyhow::Result<Encoding> {
    Encoding::named(name).with_context(|| {
        format!(
            "{} is not a supported encoding: use {} or another one of the WHATWG Encoding Standard",
            scrub(name),
            Encoding::offered().join(", ")
        )
    })
}

/// Column and target field, from `DOB=date_of_birth` or `3=full_name`.
fn mapped(typed: &str, content: Content, headings: &[String]) -> anyhow::Result<(usize, Target)> {
    let Some((heading, key)) = typed.rsplit_once('=') else {
        bail!("{} is not HEADING=FIELD", scrub(typed));
    };
    let column = column(heading, headings)?;
    let mut offered = Target::of(content);
    match offered.find(|target| target.key() == key.trim()) {
        Some(target) => Ok((column, target)),
        None => {
            let all: Vec<&str> = Target::of(content).map(Target::key).collect();
            bail!(
                "{} is not a field: the fields are {}",
                scrub(key),
                all.join(", ")
            )
        }
    }
}

/// Column, cell and meaning, from `Sex:1=female`.
fn meant<'a>(typed: &'a str, headings: &[String]) -> anyhow::Result<(usize, &'a str, &'a str)> {
    let parts = typed.rsplit_once('=').and_then(|(left, value)| {
        let (heading, cell) = left.rsplit_once(':')?;
        Some((heading, cell, value))
    });
    let Some((heading, cell, value)) = parts else {
        bail!("{} is not HEADING:CELL=VALUE", scrub(typed));
    };
    Ok((column(heading, headings)?, cell, value))
}

/// Column by heading or number.
fn column(heading: &str, headings: &[String]) -> anyhow::Result<usize> {
    let folded = crate::clinical::text::fold(heading);
    let named = headings
        .iter()
        .position(|other| crate::clinical::text::fold(other) == folded);
    let numbered = heading.trim().parse::<usize>().ok();
    let numbered = numbered
        .and_then(|number| number.checked_sub(1))
        .filter(|column| *column < headings.len());
    named.or(numbered).with_context(|| {
        let all: Vec<&str> = headings.iter().map(String::as_str).collect();
        format!(
            "there is no column {}: the columns are {}",
            scrub(heading),
            scrub(&all.join(", "))
        )
    })
}

/// Progress bar on standard error, if that is a terminal.
fn bar() -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {elapsed}");
    let bar = ProgressBar::new(0).with_message("rows");
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}
