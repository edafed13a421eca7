//! `lunny export PATIENT… --to FOLDER --format pdf,fhir [--deidentified]`: copies of records for scripts.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ArgGroup;
use clap::builder::TypedValueParser;
use indicatif::{ProgressBar, ProgressStyle};

use super::caller::{Caller, locally};
use super::report;
use super::sign_in::SignInArguments;
use super::words::one_of;
use crate::cancel::Cancel;
use crate::config::{Config, FhirBase};
use crate::export::{self, ExportEvent, ExportOptions, Format, Selection};
use crate::report::fhir::{BundleKind, FhirOptions};
use crate::report::pdf::Paper;
use crate::text::{scrub, sentence};

/// Write copies of records into a folder
///
/// Every copy is entered in the audit log. Only you may read the new files; each is named on standard output as soon as
/// it is written. Exits with 0 when everything was written, 2 when some records or pictures were skipped, 1 on an
/// error.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Patients, and the copies to write.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["patients", "all"])))]
pub(super) struct Wanted {
    /// IDs of patients
    #[arg(value_name = "PATIENT")]
    patients: Vec<String>,
    /// Every patient of the hospital
    #[arg(long)]
    all: bool,
    /// Folder for the copies; created if it does not exist
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Formats to write, separated by commas
    #[arg(long = "format", value_name = "FORMAT", required = true, value_delimiter = ',', value_parser = formats())]
    formats: Vec<Format>,
    /// Remove names, dates, numbers, free text and the pictures that may show them
    #[arg(long)]
    deidentified: bool,
    /// Paper size of PDFs
    #[arg(long, value_name = "PAPER", default_value = Paper::A4.as_str(), value_parser = one_of(&Paper::ALL, Paper::as_str))]
    paper: Paper,
    /// Kind of FHIR bundles: a collection to be read, or a transaction that a FHIR server carries out
    #[arg(long, value_name = "BUNDLE", default_value = BundleKind::Collection.as_str(), value_parser = one_of(&BundleKind::ALL, BundleKind::as_str))]
    fhir: BundleKind,
    /// Address of your hospital that the systems of identifiers in FHIR begin with, such as https://hospital.example/fhir; usually
    /// fhir_base in config.toml
    #[arg(long, value_name = "URL")]
    fhir_base: Option<FhirBase>,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    one_of(&Format::ALL, Format::as_str)
}

/// Writes the copies and prints their paths.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let Arguments { wanted, sign_in } = arguments;
    locally(sign_in, config, |caller| write(wanted, caller))
}

/// Writes the copies for a caller.
pub(super) fn write(wanted: &Wanted, caller: &mut Caller<'_>) -> anyhow::Result<u8> {
    let asker = caller.requester();
    let selection = match wanted.all {
        true => Selection::All,
        false => Selection::Chosen(
            (wanted.patients.iter())
                .map(|number| report::patient(asker.store, asker.access, number))
                .collect::<Result<_, _>>()?,
        ),
    };
    let base = wanted
        .fhir_base
        .as_ref()
        .or(caller.config.fhir_base.as_ref());
    let options = ExportOptions {
        formats: without_twins(&wanted.formats),
        deidentified: wanted.deidentified,
        paper: wanted.paper,
        fhir: FhirOptions::new(wanted.fhir, base.map(FhirBase::as_str)),
        folder: caller.target(&wanted.to)?,
    };
    let cancel = caller.cancel;
    let mut teller = Teller::new(caller);
    let written = export::export(asker, &selection, &options, cancel, &mut |message| {
        teller.tell(message, cancel);
    });
    teller.bar.finish_and_clear();
    written?;
    Ok(match teller.left_out {
        false => 0,
        true => 2,
    })
}

fn without_twins(formats: &[Format]) -> Vec<Format> {
    let mut each = Vec::new();
    for &format in formats {
        if !each.contains(&format) {
            each.push(format);
        }
    }
    each
}

/// Reports the progress of an export.
struct Teller<'a> {
    bar: ProgressBar,
    left_out: bool,
    out: &'a mut dyn Write,
    err: &'a mut dyn Write,
}

impl<'a> Teller<'a> {
    fn new(caller: &'a mut Caller<'_>) -> Self {
        let style = ProgressStyle::with_template("copies [{bar:30}] {pos}/{len}");
        let bar = match caller.is_client() {
            true => ProgressBar::hidden(),
            false => ProgressBar::new(0),
        };
        let bar = match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        Self {
            bar,
            left_out: false,
            out: &mut *caller.out,
            err: &mut *caller.err,
        }
    }

    fn tell(&mut self, message: ExportEvent, cancel: &Cancel) {
        match message {
            ExportEvent::Progress { done, of } => {
                self.bar.set_length(of as u64);
                self.bar.set_position(done as u64);
            }
            ExportEvent::Written(path) => {
                let shown = scrub(&path.to_string_lossy()).into_owned();
                let out = &mut *self.out;
                let written = self.bar.suspend(|| writeln!(out, "{shown}"));
                if written.is_err() {
                    // The output is closed, so the paths of further copies would be lost.
                    cancel.cancel();
                }
            }
            ExportEvent::Withheld { whose, reason } => {
                let reason = sentence(&reason.to_string());
                self.complain(&format!(
                    "the pictures of {whose} were not exported: {reason}"
                ));
            }
            ExportEvent::Failed { whose, reason } => {
                self.complain(&format!("{whose} was not exported: {reason}"));
            }
        }
    }

    fn complain(&mut self, complaint: &str) {
        self.left_out = true;
        let err = &mut *self.err;
        self.bar.suspend(|| {
            // A closed standard error has no reader.
            let _ = writeln!(err, "lunny: {}", scrub(complaint));
        });
    }
}
