//! `lunny report`: a patient's record as a PDF, as text or as a FHIR bundle; the radiologist's text of an exam.

mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::print;
use super::sign_in::{SignInArguments, signed_in};
use super::words::one_of;
use crate::config::{Config, FhirBase};
use crate::record_report;
use crate::report::document::{self, Document};
use crate::report::fhir::{self, BundleKind, FhirOptions};
use crate::report::pdf::{self, Fonts, Paper};
use crate::report::record::Extent;
use crate::report::text;
use crate::store::{Access, Disclosure, PatientId, Store, StoreError};
use crate::text::scrub;
use crate::whole_file::{self, Readers};

/// Width of a text file, in characters.
const COLUMNS: usize = 80;

/// Write a patient's whole record as a PDF, as text or as a FHIR bundle
///
/// Only you may read the files. The copy is entered in the audit log before it is written.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    /// Patient ID, such as P-000123
    #[arg(value_name = "PATIENT", required = true)]
    patient: Option<String>,
    /// Write a PDF to this file
    #[arg(long, value_name = "FILE", required_unless_present_any = ["text", "fhir"])]
    pdf: Option<PathBuf>,
    /// Write text to this file
    #[arg(long, value_name = "FILE")]
    text: Option<PathBuf>,
    /// Write a FHIR R4 bundle to this file
    #[arg(long, value_name = "FILE")]
    fhir: Option<PathBuf>,
    /// Kind of the FHIR bundle: a collection to be read, or a transaction that a FHIR server carries out
    #[arg(long, value_name = "BUNDLE", default_value = BundleKind::Collection.as_str(), value_parser = one_of(&BundleKind::ALL, BundleKind::as_str))]
    bundle: BundleKind,
    /// Address of your hospital that the systems of identifiers in FHIR begin with, such as https://hospital.example/fhir; usually
    /// fhir_base in config.toml
    #[arg(long, value_name = "URL")]
    fhir_base: Option<FhirBase>,
    /// Paper size of the PDF
    #[arg(long, value_name = "PAPER", default_value = Paper::A4.as_str(), value_parser = one_of(&Paper::ALL, Paper::as_str))]
    paper: Paper,
    /// Exams to include: all, the newest, or one by its number, such as E-12
    #[arg(long, value_name = "E-12|newest|all", default_value = "all")]
    exam: String,
    /// Replace existing files
    #[arg(long)]
    force: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

#[derive(Debug, Subcommand)]
enum Command {
    Words(words::Words),
    Addendum(words::Addendum),
}

/// Writes the files, or runs one of the commands.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        None => write_record(arguments, config),
        Some(Command::Words(arguments)) => words::words(arguments, config),
        Some(Command::Addendum(arguments)) => words::addendum(arguments, config),
    }
}

fn write_record(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    let files = [&arguments.pdf, &arguments.text, &arguments.fhir];
    for file in files.into_iter().flatten() {
        free(file, arguments.force)?;
    }
    let lines = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let number = arguments.patient.as_deref().unwrap_or_default();
        let patient = patient(store, access, number)?;
        let report = record_report::gather(store, access, &sign_in.account, patient)?;
        let report = report.only(&Extent::parse(&arguments.exam));
        let report = report.with_context(|| {
            let exam = scrub(&arguments.exam).into_owned();
            format!("the record has no exam {exam}: give one of its exams, newest or all")
        })?;
        let document = document::document(&report);
        let mut copies = copies(arguments, &document)?;
        if let Some(file) = &arguments.fhir {
            let base = arguments.fhir_base.as_ref().or(config.fhir_base.as_ref());
            let options = FhirOptions::new(arguments.bundle, base.map(FhirBase::as_str));
            let bundle = fhir::bundle(&report, &options);
            copies.push(Copy {
                file,
                bytes: serde_json::to_vec_pretty(&bundle)?,
                remark: format!("FHIR bundle, {}", arguments.bundle.as_str()),
            });
        }
        store.disclose(access, &[patient], Disclosure::Exported)?;
        write(copies)
    })?;
    print(&lines.join("\n"))
}

/// Copy before it is written.
struct Copy<'a> {
    file: &'a Path,
    bytes: Vec<u8>,
    /// Remark that is printed after its path.
    remark: String,
}

/// Makes all copies before any is written.
fn copies<'a>(arguments: &'a Arguments, document: &Document) -> anyhow::Result<Vec<Copy<'a>>> {
    let mut copies = Vec::new();
    if let Some(file) = &arguments.pdf {
        let pdf = pdf::draw(document, arguments.paper, Fonts::System)?;
        let pages = crate::text::counted(pdf.pages.len(), "page");
        let lacking: Vec<&str> = pdf.lacking.iter().copied().collect();
        let lacking = match lacking.is_empty() {
            true => String::new(),
            false => format!(
                "; no installed font has these scripts: {}",
                lacking.join(", ")
            ),
        };
        copies.push(Copy {
            file,
            bytes: pdf.bytes,
            remark: format!("{pages} of {} paper{lacking}", arguments.paper.label()),
        });
    }
    if let Some(file) = &arguments.text {
        let text = text::record(document, COLUMNS);
        copies.push(Copy {
            file,
            remark: crate::text::counted(text.lines.len(), "line"),
            bytes: (text.lines.join("\n") + "\n").into_bytes(),
        });
    }
    Ok(copies)
}

fn write(copies: Vec<Copy<'_>>) -> anyhow::Result<Vec<String>> {
    copies
        .into_iter()
        .map(|copy| {
            let shown = scrub(&copy.file.to_string_lossy()).into_owned();
            whole_file::write(copy.file, &copy.bytes, Readers::Owner).with_context(|| {
                format!("{shown} could not be written: free some space or choose another folder")
            })?;
            Ok(format!("{shown}: {}", copy.remark))
        })
        .collect()
}

/// Refuses an existing file, unless it may be replaced.
fn free(file: &Path, force: bool) -> anyhow::Result<()> {
    if !force && file.symlink_metadata().is_ok() {
        bail!(
            "{} already exists: choose another file, or replace it with --force",
            scrub(&file.to_string_lossy())
        );
    }
    Ok(())
}

/// Patient with that number, ignoring case and white space, or into whose record the one with that number was merged.
pub(super) fn patient(store: &Store, access: &Access, number: &str) -> anyhow::Result<PatientId> {
    match store.patient_with_number(access, number) {
        Ok((id, _)) => Ok(id),
        Err(StoreError::NoSuchPatient) => bail!(
            "no patient of your hospital has the ID {}: look it up in the patient table",
            scrub(number)
        ),
        Err(error) => Err(error.into()),
    }
}
