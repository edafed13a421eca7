//! `lunny attachment`: files attached to a record.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::{ArgGroup, Subcommand};
use serde_json::{Value, json};

use super::sign_in::{SignInArguments, signed_in};
use super::{print, report};
use crate::cli::output::caution;
use crate::config::Config;
use crate::export::{ExportError, save_attachment};
use crate::import::attach;
use crate::store::{Access, AttachedFile, AttachedFileId, Store, StoreError};
use crate::text::scrub;

/// Attach files to a record, list, copy, delete and restore them
///
/// PDF, JPEG and PNG files of at most 20 MB each and 200 MB a record (attachment_mb and record_attachments_mb in
/// config.toml). They are kept encrypted with the record; the files themselves stay where they are.
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(Add),
    List(List),
    Save(Save),
    Delete(Delete),
    Restore(Restore),
}

/// Attach files to a patient's record
///
/// Each is named on standard output with its number. Exits with 0 when all were attached, 2 when some were refused, 1 on an
/// error. A file that the record already has is not attached twice.
#[derive(Debug, clap::Args)]
struct Add {
    /// ID of the patient
    #[arg(value_name = "PATIENT")]
    patient: String,
    /// PDF, JPEG or PNG files
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// List the attachments of a record, newest first
#[derive(Debug, clap::Args)]
struct List {
    /// ID of the patient
    #[arg(value_name = "PATIENT")]
    patient: String,
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Save copies of attachments as new files
///
/// Only you may read them. Each copy is entered in the audit log before it is written.
#[derive(Debug, clap::Args)]
#[command(group(ArgGroup::new("which").required(true).args(["numbers", "all"])))]
struct Save {
    /// ID of the patient
    #[arg(value_name = "PATIENT")]
    patient: String,
    /// Numbers of the attachments, such as A-12
    #[arg(value_name = "A-12", value_parser = number)]
    numbers: Vec<AttachedFileId>,
    /// All attachments of the record
    #[arg(long)]
    all: bool,
    /// The folder of the copies; made when it is missing
    #[arg(long, value_name = "FOLDER")]
    to: PathBuf,
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Delete an attachment
///
/// It can be restored until an administrator deletes it for good, in the list of deleted records.
#[derive(Debug, clap::Args)]
struct Delete {
    /// Number of the attachment, such as A-12
    #[arg(value_name = "A-12", value_parser = number)]
    number: AttachedFileId,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Restore a deleted attachment to its record
#[derive(Debug, clap::Args)]
struct Restore {
    /// Number of the attachment, such as A-12
    #[arg(value_name = "A-12", value_parser = number)]
    number: AttachedFileId,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// A typed text is not the number of an attachment.
#[derive(Debug, thiserror::Error)]
#[error("write it as `lunny attachment list` does, such as A-12")]
struct NotANumber;

/// Reads the number of an attachment: `A-12` or `12`.
fn number(typed: &str) -> Result<AttachedFileId, NotANumber> {
    let digits = typed.strip_prefix(['A', 'a']).unwrap_or(typed);
    let digits = digits.strip_prefix('-').unwrap_or(digits);
    match digits.parse() {
        Ok(number @ 1..) => Ok(AttachedFileId(number)),
        _ => Err(NotANumber),
    }
}

fn shown(id: AttachedFileId) -> String {
    format!("A-{}", id.0)
}

/// Runs one of the commands.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Add(arguments) => add(arguments, config),
        Command::List(arguments) => list(arguments, config),
        Command::Save(arguments) => save(arguments, config),
        Command::Delete(Delete { number, sign_in }) => change(
            *number,
            sign_in,
            config,
            "deleted",
            Store::delete_attached_file,
        ),
        Command::Restore(Restore { number, sign_in }) => change(
            *number,
            sign_in,
            config,
            "restored",
            Store::restore_attached_file,
        ),
    }
}

fn add(arguments: &Add, config: &Config) -> anyhow::Result<ExitCode> {
    signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let patient = report::patient(store, access, &arguments.patient)?;
        let mut is_refused = false;
        for path in &arguments.files {
            let file = scrub(&path.to_string_lossy()).into_owned();
            match attach(store, access, patient, path) {
                Ok(id) => {
                    print(&match arguments.json {
                        true => json!({"attachment": shown(id), "file": file}).to_string(),
                        false => format!("{}: {file}", shown(id)),
                    })?;
                }
                Err(error) => {
                    is_refused = true;
                    caution!("lunny: {}", scrub(&error.to_string()));
                }
            }
        }
        Ok(match is_refused {
            true => ExitCode::from(2),
            false => ExitCode::SUCCESS,
        })
    })
}

fn list(arguments: &List, config: &Config) -> anyhow::Result<ExitCode> {
    let files = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let patient = report::patient(store, access, &arguments.patient)?;
        Ok(store.attached_files(access, patient)?)
    })?;
    let lines = files.iter().map(|file| match arguments.json {
        true => described(file).to_string(),
        false => format!(
            "{}  {:4}  {:>10}  {}  {}",
            shown(file.id),
            file.file_type.label(),
            file.bytes_len,
            file.created_at.strftime("%Y-%m-%dT%H:%M:%SZ"),
            scrub(&file.name)
        ),
    });
    let lines: Vec<String> = lines.collect();
    match (lines.is_empty(), arguments.json) {
        (true, true) => Ok(ExitCode::SUCCESS),
        (true, false) => print("The record has no attachments."),
        (false, _) => print(&lines.join("\n")),
    }
}

fn described(file: &AttachedFile) -> Value {
    json!({
        "attachment": shown(file.id),
        "name": scrub(&file.name),
        "media_type": file.file_type.as_str(),
        "bytes": file.bytes_len,
        "sha256": file.sha256,
        "attached_at": file.created_at.to_string(),
        "attached_by": scrub(&file.created_by),
    })
}

fn save(arguments: &Save, config: &Config) -> anyhow::Result<ExitCode> {
    signed_in(&arguments.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let patient = report::patient(store, access, &arguments.patient)?;
        let files = store.attached_files(access, patient)?;
        for id in &arguments.numbers {
            if !files.iter().any(|file| file.id == *id) {
                bail!(
                    "{} has no attachment {}: `lunny attachment list` shows those that it has",
                    scrub(&arguments.patient),
                    shown(*id)
                );
            }
        }
        let wanted = |file: &&AttachedFile| arguments.all || arguments.numbers.contains(&file.id);
        for file in files.iter().filter(wanted) {
            let path = save_attachment(store, access, file, &arguments.to);
            let path = path.map_err(|error: ExportError| {
                anyhow::Error::from(error).context(format!("{} was not saved", shown(file.id)))
            })?;
            let path = scrub(&path.to_string_lossy()).into_owned();
            print(&match arguments.json {
                true => json!({"attachment": shown(file.id), "file": path}).to_string(),
                false => path,
            })?;
        }
        Ok(ExitCode::SUCCESS)
    })
}

/// Changes an attachment and says so.
fn change(
    id: AttachedFileId,
    sign_in: &SignInArguments,
    config: &Config,
    done: &str,
    act: impl FnOnce(&Store, &Access, AttachedFileId) -> Result<(), StoreError>,
) -> anyhow::Result<ExitCode> {
    signed_in(sign_in, config, |store, sign_in| {
        act(store, &sign_in.access, id).with_context(|| format!("{} was not {done}", shown(id)))
    })?;
    print(&format!("{} {done}", shown(id)))
}
