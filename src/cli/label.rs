//! `lunny label PATIENT…`: labels for folders, tubes and films.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::bail;
use clap::ArgGroup;
use serde_json::json;

use super::sign_in::{SignInArguments, signed_in};
use super::words::one_of;
use super::{print, report};
use crate::config::Config;
use crate::export::{self, Requester};
use crate::report::pdf::LabelSize;
use crate::report::printing::{self, Delivery, Job};
use crate::report::saving;
use crate::text::{counted, scrub};

/// Write or print labels of patients
///
/// A label has the name, the date of birth and the ID, and the ID as a QR code for a barcode reader. Each label is entered in
/// the audit log before it is made.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("where").required(true).args(["to", "print", "printer"])))]
pub struct Arguments {
    /// IDs of patients
    #[arg(value_name = "PATIENT", required = true)]
    patients: Vec<String>,
    /// Write a PDF file into this folder; made when it is missing
    #[arg(long, value_name = "FOLDER")]
    to: Option<PathBuf>,
    /// Print on the default printer
    #[arg(long)]
    print: bool,
    /// Print on this printer
    #[arg(long, value_name = "NAME")]
    printer: Option<String>,
    /// Width and height of a label in millimetres
    #[arg(long, value_name = "SIZE", default_value = LabelSize::Small.as_str(), value_parser = one_of(&LabelSize::ALL, LabelSize::as_str))]
    size: LabelSize,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Makes the labels and says where they are.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    signed_in(&arguments.sign_in, config, |store, sign_in| {
        let asker = Requester {
            store,
            access: &sign_in.access,
            account: &sign_in.account,
        };
        let patients: Vec<_> = (arguments.patients.iter())
            .map(|number| report::patient(store, &sign_in.access, number))
            .collect::<Result<_, _>>()?;
        let pdf = export::labels(asker, &patients, arguments.size)?;
        let count = pdf.pages.len();
        if let Some(folder) = &arguments.to {
            let path = saving::save(folder, "labels", "pdf", &pdf.bytes)?;
            let path = scrub(&path.to_string_lossy()).into_owned();
            return print(&match arguments.json {
                true => json!({"file": path, "labels": count}).to_string(),
                false => format!("{path}: {}", counted(count, "label")),
            });
        }
        let job = Job {
            bytes: &pdf.bytes,
            printer: arguments.printer.as_deref(),
            media: Some(arguments.size.media()),
        };
        match printing::print(job)? {
            Delivery::NoPrinter => {
                bail!("no printer is set up: write the labels to a file with --to")
            }
            Delivery::Printed { printer } => {
                let printer = scrub(&printer).into_owned();
                print(&match arguments.json {
                    true => json!({"printer": printer, "labels": count}).to_string(),
                    false => format!("{} sent to {printer}", counted(count, "label")),
                })
            }
        }
    })
}
