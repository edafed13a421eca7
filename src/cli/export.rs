//! `lunny export PATIENT… --to FOLDER --format pdf,fhir [--deidentified]`: copies of records from a script.

use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

use clap::ArgGroup;
use clap::builder::TypedValueParser;
use indicatif::{ProgressBar, ProgressStyle};

use super::report;
use super::sign_in::{SignInArguments, signed_in};
use super::words::one_of;
use crate::cancel::Cancel;
use crate::config::Config;
use crate::export::{self, ExportEvent, ExportOptions, Format, Requester, Selection};
use crate::report::pdf::Paper;
use crate::text::{scrub, sentence};

/// Write copies of records into a folder
///
/// Every copy is entered in the log. Files are new ones that their owner alone may read; each is named on standard
/// output as soon as it is there. Exits with 0 when everything was written, 2 when some records or pictures were left
/// out, 1 on an error.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("whose").required(true).args(["patients", "all"])))]
pub struct Arguments {
    /// IDs of patients
    #[arg(value_name = "PATIENT")]
    patients: Vec<String>,
    /// Every patient of the hospital
    #[arg(long)]
    all: bool,
    /// Where the copies go; made when it is missing
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// What to write, with commas between
    #[arg(long = "format", value_name = "FORMAT", required = true, value_delimiter = ',', value_parser = formats())]
    formats: Vec<Format>,
    /// Leave out names, dates, numbers, free text and the pictures that may show them
    #[arg(long)]
    deidentified: bool,
    /// The sheets of PDFs
    #[arg(long, value_name = "PAPER", default_value = Paper::A4.as_str(), value_parser = one_of(&Paper::ALL, Paper::as_str))]
    paper: Paper,
    #[command(flatten)]
    sign_in: SignInArguments,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    one_of(&Format::ALL, Format::as_str)
}

/// Writes the copies and says where they are.
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
        let wanted = ExportOptions {
            formats: without_twins(&arguments.formats),
            deidentified: arguments.deidentified,
            paper: arguments.paper,
            folder: arguments.to.clone(),
        };
        let mut teller = Teller::new();
        let cancel = Cancel::default();
        let written = export::export(asker, &selection, &wanted, &cancel, &mut |told| {
            teller.tell(told, &cancel);
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

/// Says what comes of an export as it comes.
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

    fn tell(&mut self, told: ExportEvent, cancel: &Cancel) {
        match told {
            ExportEvent::Progress { done, of } => {
                self.bar.set_length(of as u64);
                self.bar.set_position(done as u64);
            }
            ExportEvent::Written(path) => {
                let shown = scrub(&path.to_string_lossy()).into_owned();
                let written = self
                    .bar
                    .suspend(|| writeln!(io::stdout().lock(), "{shown}"));
                if written.is_err() {
                    // Nobody reads any more where the copies go.
                    cancel.cancel();
                }
            }
            ExportEvent::Withheld { whose, reason } => {
                let reason = sentence(&reason.to_string());
                self.complain(&format!("the pictures of {whose} are withheld: {reason}"));
            }
            ExportEvent::Failed { whose, reason } => {
                self.complain(&format!("{whose} is left out: {reason}"));
            }
        }
    }

    fn complain(&mut self, complaint: &str) {
        self.left_out = true;
        self.bar
            .suspend(|| eprintln!("lunny: {}", scrub(complaint)));
    }
}
