//! `lunny report`: a patient's record as a PDF, as text or as a FHIR bundle; the radiologist's text of an exam.

mod words;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;

use super::caller::{Caller, locally};
use super::sign_in::SignInArguments;
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
pub(super) const COLUMNS: usize = 80;

/// Write a patient's whole record as a PDF, as text or as a FHIR bundle
///
/// Only you may read the files. The copy is entered in the audit log before it is written.
#[derive(Debug, clap::Args)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Arguments {
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    wanted: Wanted,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Patient, and the files to write.
#[derive(Debug, clap::Args)]
pub(super) struct Wanted {
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
}

#[derive(Debug, Subcommand)]
enum Command {
    Words(words::Words),
    Addendum(words::Addendum),
}

/// Writes the files, or runs one of the commands.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        None => locally(&arguments.sign_in, config, |caller| {
            write_record(&arguments.wanted, caller)
        }),
        Some(Command::Words(arguments)) => words::words(arguments, config),
        Some(Command::Addendum(arguments)) => words::addendum(arguments, config),
    }
}

/// Writes the files of a caller.
pub(super) fn write_record(wanted: &Wanted, caller: &mut Caller<'_>) -> anyhow::Result<u8> {
    let target = |named: &Option<PathBuf>| -> anyhow::Result<Option<PathBuf>> {
        let file = named
            .as_deref()
            .map(|file| caller.target(file))
            .transpose()?;
        if let Some(file) = &file {
            free(file, wanted.force)?;
        }
        Ok(file)
    };
    let (pdf, text, bundle) = (
        target(&wanted.pdf)?,
        target(&wanted.text)?,
        target(&wanted.fhir)?,
    );
    let (store, access) = (caller.store, caller.access);
    let number = wanted.patient.as_deref().unwrap_or_default();
    let patient = patient(store, access, number)?;
    let report = record_report::gather(store, access, caller.account, patient)?;
    let report = report.only(&Extent::parse(&wanted.exam));
    let report = report.with_context(|| {
        let exam = scrub(&wanted.exam).into_owned();
        format!("the record has no exam {exam}: give one of its exams, newest or all")
    })?;
    let document = document::document(&report);
    let mut copies = copies(pdf, text, wanted.paper, &document)?;
    if let Some(file) = bundle {
        let base = wanted
            .fhir_base
            .as_ref()
            .or(caller.config.fhir_base.as_ref());
        let options = FhirOptions::new(wanted.bundle, base.map(FhirBase::as_str));
        let bundle = fhir::bundle(&report, &options);
        copies.push(Copy {
            file,
            bytes: serde_json::to_vec_pretty(&bundle)?,
            remark: format!("FHIR bundle, {}", wanted.bundle.as_str()),
        });
    }
    store.disclose(access, &[patient], Disclosure::Exported)?;
    let lines = write(copies)?;
    caller.print(&lines.join("\n"))
}

/// Copy before it is written.
struct Copy {
    file: PathBuf,
    bytes: Vec<u8>,
    /// Remark that is printed after its path.
    remark: String,
}

/// Makes all copies before any is written.
fn copies(
    pdf: Option<PathBuf>,
    text: Option<PathBuf>,
    paper: Paper,
    document: &Document,
) -> anyhow::Result<Vec<Copy>> {
    let mut copies = Vec::new();
    if let Some(file) = pdf {
        let pdf = pdf::draw(document, paper, Fonts::System)?;
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
            remark: format!("{pages} of {} paper{lacking}", paper.label()),
        });
    }
    if let Some(file) = text {
        let text = text::record(document, COLUMNS);
        copies.push(Copy {
            file,
            remark: crate::text::counted(text.lines.len(), "line"),
            bytes: (text.lines.join("\n") + "\n").into_bytes(),
        });
    }
    Ok(copies)
}

fn write(copies: Vec<Copy>) -> anyhow::Result<Vec<String>> {
    copies
        .into_iter()
        .map(|copy| {
            let shown = scrub(&copy.file.to_string_lossy()).into_owned();
            whole_file::write(&copy.file, &copy.bytes, Readers::Owner).with_context(|| {
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
