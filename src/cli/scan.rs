//! `lunny scan info PATH [--json]`: contents of a file or a folder, and the hash of its pixels.

mod answer;

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::Subcommand;
use indicatif::{ProgressBar, ProgressStyle};

use self::answer::{Answer, table};
use crate::cancel::Cancel;
use crate::cli::output;
use crate::imaging::series::{self, Progress};
use crate::serve::Call;
use crate::text::scrub;

/// Inspect scans
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Info(Info),
}

/// List what a file, a folder or a DICOMDIR holds, one series at a time, the one with most slices first
///
/// Every slice is decoded, for the range of its Hounsfield units and the hash of its pixels. Exits with 0 when all were
/// read, 2 when there is no picture, 1 on an error; when a file is damaged or cut short, the others are still described.
#[derive(Debug, clap::Args)]
struct Info {
    /// File, folder or DICOMDIR
    #[arg(value_name = "PATH")]
    path: PathBuf,
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let Command::Info(Info { path, json }) = &arguments.command;
    let mut out = output::out();
    match info(
        path,
        *json,
        &Cancel::default(),
        &mut out,
        &mut output::err(),
        bar,
    ) {
        // A closed pipe is no error: the reader has what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => Ok(ExitCode::SUCCESS),
        code => Ok(ExitCode::from(code?)),
    }
}

/// Describes a scan for a client of the server, and returns the exit code.
pub(super) fn for_client(arguments: &Arguments, call: &mut Call<'_>) -> io::Result<u8> {
    let Command::Info(Info { path, json }) = &arguments.command;
    let path = (call.real)(path);
    let mut out = output::Harmless::new(&mut *call.out);
    let mut err = output::Harmless::new(&mut *call.err);
    info(&path, *json, call.cancel, &mut out, &mut err, |_| {
        ProgressBar::hidden()
    })
}

/// Writes the description of every series at `path`, and returns the exit code.
/// Errors are written to `err`, and `bar` makes the bars of the progress.
fn info(
    path: &Path,
    json: bool,
    cancel: &Cancel,
    out: &mut dyn Write,
    err: &mut dyn Write,
    bar: impl Fn(&'static str) -> ProgressBar,
) -> io::Result<u8> {
    let headers = bar("headers");
    let opened = series::open(path, cancel, &|progress| show(&headers, progress));
    headers.finish_and_clear();
    let all = match opened {
        Ok(all) => all,
        Err(error) => {
            writeln!(err, "lunny: {}", scrub(&error.to_string()))?;
            return Ok(if error.is_refusal() { 2 } else { 1 });
        }
    };
    let (mut code, of) = (0, all.len());
    for (index, series) in all.into_iter().enumerate() {
        let progress = bar("slices");
        let pixels = series.summary(cancel, &|done| show(&progress, done));
        progress.finish_and_clear();
        let pixels = match pixels {
            Ok(pixels) => pixels,
            Err(error) => {
                writeln!(err, "lunny: {}", scrub(&error.to_string()))?;
                return Ok(1);
            }
        };
        if let Some(sentence) = series.not_read(&pixels.failed) {
            writeln!(err, "lunny: {}", scrub(&sentence))?;
        }
        if series.lost > 0 || !pixels.failed.is_empty() {
            code = 1;
        }
        let answer = Answer::new(&series, &pixels);
        if json {
            serde_json::to_writer(&mut *out, &answer)?;
            writeln!(out)?;
        } else {
            if of > 1 {
                let gap = if index > 0 { "\n" } else { "" };
                writeln!(out, "{gap}Series {} of {of}", index + 1)?;
            }
            writeln!(out, "{}", table(&answer))?;
        }
        out.flush()?;
    }
    Ok(code)
}

/// Progress bar on standard error, if that is a terminal.
fn bar(what: &'static str) -> ProgressBar {
    let style = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len}");
    let bar = ProgressBar::new(0).with_message(what);
    match style {
        Ok(style) => bar.with_style(style),
        Err(_) => bar,
    }
}

fn show(bar: &ProgressBar, Progress { done, of }: Progress) {
    bar.set_length(of as u64);
    bar.set_position(done as u64);
}
