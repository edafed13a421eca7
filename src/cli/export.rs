//! `lunny export PATIENT… --to FOLDER --format pdf,fhir [--deidentified]`: copies of records for scripts.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ArgGroup;
use clap::builder::TypedValueParser;
use indicatif::{ProgressBar, ProgressStyle};

use super::report;
use super::sign_in::{SignInArguments, signed_in};
use super::words::one_of;
use crate::cancel::Cancel;
use crate::cli::output::{self, caution};
use crate::config::{Config, FhirBase};
use crate::export::{self, ExportEvent, ExportOptions, Format, Requester, Selection};
use crate::report::fhir::{BundleKind, FhirOptions};
use crate::report::pdf::Paper;
use crate::text::{scrub, sentence};

/// Write copies of records into a folder
///
/// Every copy is entered in the audit log. Only you may read the new files; each is named on standard output as soon as
/// it is written. Exits with 0 when everything was written, 2 when some records or pictures were skipped, 1 on an
/// error.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["patients", "all"])))]
pub struct Arguments {
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
    #[command(flatten)]
    sign_in: SignInArguments,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    one_of(&Format::ALL, Format::as_str)
}

/// Writes the copies and prints their paths.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    signed_in(&arguments.sign_in, config, |store, sign_in| {
        let asker = Requester {
            store,
            access: &sign_in.access,
            account: &sign_in.account,
        };
        let selection = match arguments.all {
            true => Selection::All,
            false => Selection::Chosen(
                (arguments.patients.iter())
                    .map(|number| report::patient(store, &sign_in.access, number))
                    .collect::<Result<_, _>>()?,
            ),
        };
        let base = arguments.fhir_base.as_ref().or(config.fhir_base.as_ref());
        let wanted = ExportOptions {
            formats: without_twins(&arguments.formats),
            deidentified: arguments.deidentified,
            paper: arguments.paper,
            fhir: FhirOptions::new(arguments.fhir, base.map(FhirBase::as_str)),
            folder: arguments.to.clone(),
        };
        let mut teller = Teller::new();
        let cancel = Cancel::default();
        let written = export::export(asker, &selection, &wanted, &cancel, &mut |message| {
            teller.tell(message, &cancel);
        });
        teller.bar.finish_and_clear();
        written?;
        Ok(match teller.left_out {
            false => ExitCode::SUCCESS,
            true => ExitCode::from(2),
        })
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
struct Teller {
    bar: ProgressBar,
    left_out: bool,
}

impl Teller {
    fn new() -> Self {
        let style = ProgressStyle::with_template("copies [{bar:30}] {pos}/{len}");
        let bar = ProgressBar::new(0);
        let bar = match style {
            Ok(style) => bar.with_style(style),
            Err(_) => bar,
        };
        Self {
            bar,
            left_out: false,
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
                let written = self.bar.suspend(|| writeln!(output::out(), "{shown}"));
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
        self.bar.suspend(|| caution!("lunny: {}", scrub(complaint)));
    }
}
