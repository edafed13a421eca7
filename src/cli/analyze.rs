//! `lunny analyze PATH… [--json] [--heatmap PATH]`: the analysis for scripts, one line per file or series.

mod heatmap;
mod line;
mod series;

use std::collections::BTreeSet;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::time::Instant;

use heatmap::{HeatMapError, HeatMaps};
use line::{Line, row, table_line};
use series::SeriesFacts;

use crate::cli::output::{self, caution};
use crate::clinical::assessment::Assessment;
use crate::clinical::report::DISCLAIMER;
use crate::config::{Config, Prevalence};
use crate::imaging;
use crate::imaging::series::holds_many;
use crate::model::{self, Cancel, Engine, EngineError, Loaded, WeightsError};
use crate::serve::Call;
use crate::text::scrub;

/// Classify CT slices, and whole series
///
/// A file of one slice gives one line. A folder, a DICOMDIR or a file of many slices gives a line for each series in it.
///
/// Exits with 0 when every file was analysed, 2 when some were refused, 1 on an error.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    /// Files or folders to analyse
    #[arg(required = true, value_name = "PATH")]
    pub paths: Vec<PathBuf>,
    /// Write one JSON object a line
    #[arg(long)]
    pub json: bool,
    /// Write a heat map over each slice: one slice to a .png file, several to a folder; of a series only its most
    /// suspicious slices
    #[arg(long, value_name = "PATH")]
    pub heatmap: Option<PathBuf>,
}

/// Analyses every file in turn and writes each answer as soon as it is ready.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let target = arguments.heatmap.as_deref();
    let mut maps = target
        .map(|target| HeatMaps::new(target, &arguments.paths))
        .transpose()?;
    let loaded = model::load(config);
    if let Ok(Loaded {
        remark: Some(remark),
        ..
    }) = &loaded
    {
        caution!("lunny: {remark}");
    }
    let engine = loaded.map(|loaded| loaded.engine);
    if let Err(error) = &engine {
        caution!("lunny: {}", scrub(&error.to_string()));
        if !arguments.json {
            return Ok(ExitCode::FAILURE);
        }
    }
    let code = print(
        &arguments.paths,
        engine.as_deref(),
        maps.as_mut(),
        Form::new(
            arguments.json,
            config.reading.prevalence.map(Prevalence::share),
        ),
        &Cancel::default(),
        &mut output::out(),
    )?;
    Ok(ExitCode::from(code))
}

/// Analyses every file for a client of the server, and returns the exit code.
pub(super) fn for_client(paths: &[PathBuf], json: bool, call: &mut Call<'_>) -> io::Result<u8> {
    let engine = match (call.networks)() {
        Ok(loaded) => loaded.engine,
        Err(error) => {
            // The sentence names folders of the server.
            tracing::error!(%error, "the networks could not be loaded");
            let said = "the networks of this server cannot be loaded: tell its administrator";
            writeln!(call.err, "lunny: {said}")?;
            return Ok(1);
        }
    };
    let prevalence = call.config.reading.prevalence.map(Prevalence::share);
    let form = Form::new(json, prevalence);
    let mut out = output::Harmless::new(&mut *call.out);
    print(
        paths,
        Ok(engine.as_ref()),
        None,
        form,
        call.cancel,
        &mut out,
    )
}

/// Writes the answers, and returns the exit code.
fn print(
    paths: &[PathBuf],
    engine: Result<&dyn Engine, &WeightsError>,
    maps: Option<&mut HeatMaps>,
    form: Form,
    cancel: &Cancel,
    out: &mut impl Write,
) -> io::Result<u8> {
    let mut tally = Tally::default();
    match analyse(paths, engine, maps, (form, cancel), out, &mut tally) {
        // A closed pipe is no error: the reader has what it wanted.
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => {}
        written => written?,
    }
    Ok(tally.exit_code())
}

impl Form {
    fn new(json: bool, prevalence: Option<f64>) -> Self {
        Self {
            style: if json { Style::Json } else { Style::Table },
            prevalence,
        }
    }
}

/// Output format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Style {
    Json,
    Table,
}

/// Output format, and the prevalence that probabilities are restated for.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Form {
    style: Style,
    /// Share of people with lung cancer among those who are scanned, if the user gave it.
    prevalence: Option<f64>,
}

/// Number of files by outcome.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Tally {
    /// Models that answered.
    models: BTreeSet<String>,
    analysed: usize,
    refused: usize,
    errors: usize,
}

impl Tally {
    fn count(&mut self, answer: &Answer) {
        self.errors += usize::from(answer.lost > 0);
        match &answer.outcome {
            Outcome::Analysed {
                heat_map,
                assessment,
                ..
            } => {
                self.models.insert(assessment.model.named());
                self.analysed += 1;
                self.errors += usize::from(matches!(heat_map, Some(Err(_))));
            }
            Outcome::Refused(_) => self.refused += 1,
            Outcome::Error(_) => self.errors += 1,
        }
    }

    fn exit_code(&self) -> u8 {
        match self {
            Self { errors: 1.., .. } => 1,
            Self { refused: 1.., .. } => 2,
            _ => 0,
        }
    }
}

/// Outcome of a file or a series.
struct Answer {
    /// Path that names it.
    path: PathBuf,
    outcome: Outcome,
    /// Remarks, a sentence each: gaps, files that were not read and the reason.
    remarks: Vec<String>,
    /// Number of files and slices that were not read.
    lost: usize,
}

impl Answer {
    /// An outcome without remarks.
    fn of(path: &Path, outcome: Outcome) -> Self {
        Self {
            path: path.to_owned(),
            outcome,
            remarks: Vec::new(),
            lost: 0,
        }
    }
}

/// Outcome of one file.
pub(super) enum Outcome {
    Analysed {
        assessment: Box<Assessment>,
        elapsed_ms: u64,
        /// Heat map file, or the reason why there is none; `None` if none was requested.
        heat_map: Option<Result<PathBuf, HeatMapError>>,
        /// Facts about a series; `None` for a single slice.
        series: Option<Box<SeriesFacts>>,
    },
    /// Readable, but not analysed; one sentence says why.
    Refused(String),
    /// Not read or not analysed; one sentence says why.
    Error(String),
}

/// Writes one line per file to `out`, counting in `tally`; stops at the first line that cannot be written. Without an
/// engine every file is an error with the reason in `engine`.
fn analyse(
    paths: &[PathBuf],
    engine: Result<&dyn Engine, &WeightsError>,
    mut maps: Option<&mut HeatMaps>,
    (form, cancel): (Form, &Cancel),
    out: &mut impl Write,
    tally: &mut Tally,
) -> io::Result<()> {
    let Form { style, prevalence } = form;
    if style == Style::Table {
        writeln!(
            out,
            "{}",
            row("Result", "Malignancy", "Score", "Lung-RADS", "File")
        )?;
    }
    for path in paths {
        if cancel.is_cancelled() {
            return Err(io::ErrorKind::BrokenPipe.into());
        }
        let answers = match engine {
            Ok(engine) if holds_many(path) => {
                series::analyse_all(path, engine, maps.as_deref_mut(), cancel)
            }
            Ok(engine) => {
                let outcome = analyse_file(path, engine, maps.as_deref_mut(), cancel);
                vec![Answer::of(path, outcome)]
            }
            Err(error) => vec![Answer::of(path, Outcome::Error(error.to_string()))],
        };
        for answer in answers {
            tally.count(&answer);
            match style {
                Style::Json => {
                    serde_json::to_writer(&mut *out, &Line::new(&answer, prevalence))?;
                    writeln!(out)?;
                }
                Style::Table => {
                    writeln!(out, "{}", table_line(&answer, prevalence))?;
                }
            }
            out.flush()?;
        }
    }
    if let (Style::Table, Ok(engine)) = (style, engine) {
        let Tally {
            models,
            analysed,
            refused,
            errors,
        } = tally;
        let mut models: Vec<String> = models.iter().cloned().collect();
        if models.is_empty() {
            models.push(engine.identity().named());
        }
        writeln!(
            out,
            "\n{analysed} analysed, {refused} refused, {errors} failed; model {}",
            scrub(&models.join(", "))
        )?;
        writeln!(out, "{DISCLAIMER}")?;
    }
    Ok(())
}

/// Reads one file and runs the network on it; draws its heat map if `maps` is given.
pub(super) fn analyse_file(
    path: &Path,
    engine: &dyn Engine,
    maps: Option<&mut HeatMaps>,
    cancel: &Cancel,
) -> Outcome {
    let start = Instant::now();
    let scan = match imaging::load(path) {
        Ok(scan) => scan,
        Err(error) if error.is_refusal() => return Outcome::Refused(error.to_string()),
        Err(error) => return Outcome::Error(error.to_string()),
    };
    match engine.classify(&scan, cancel) {
        Ok(analysis) => Outcome::Analysed {
            elapsed_ms: u64::try_from(start.elapsed().as_millis()).unwrap_or(u64::MAX),
            heat_map: maps.map(|maps| maps.write(&scan, &analysis)),
            assessment: Box::new(analysis.assessment),
            series: None,
        },
        Err(EngineError::Refused(reason)) => Outcome::Refused(reason),
        Err(error) => Outcome::Error(error.to_string()),
    }
}

#[cfg(test)]
mod tests;
