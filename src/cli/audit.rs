//! `lunny audit verify|export|head`: checking the audit log, and exporting it.

use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::{Context, bail};
use clap::Subcommand;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};
use serde_json::json;

use super::sign_in::{SignInArguments, signed_in};
use crate::clinical::date;
use crate::config::Config;
use crate::named_file;
use crate::store::{AuditHead, AuditSpan, AuditVerification};
use crate::text::{hexadecimal, scrub, sentence};
use crate::whole_file::{self, Readers};

/// Upper limit for the last line of an export, in bytes.
const LAST_LINE: u64 = 4096;

/// Check and export the audit log
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Verify(Verify),
    Export(Export),
    Head(Head),
}

/// Check that no entry was changed, added or removed by anything but LUNNY
///
/// Checks the whole chain, of all hospitals, and prints nothing of what the entries hold. A tail that was cut off is
/// only certain to show against a head that was kept elsewhere. Exits with 0 when all is sound, 2 when something is
/// wrong, 1 when the check could not run. For administrators.
#[derive(Debug, clap::Args)]
struct Verify {
    /// Head kept elsewhere: an export, the output of `audit head --json`, or NUMBER:HASH
    #[arg(long, value_name = "FILE or NUMBER:HASH")]
    head: Option<String>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Write the entries of your hospital to a file, one JSON object a line, and the head of the chain as the last line
///
/// The file holds no patient data. Keep it where people who can change the database cannot change it. For
/// administrators.
#[derive(Debug, clap::Args)]
struct Export {
    /// New file; an existing one is not replaced
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// First day, local time
    #[arg(long, value_name = "DATE", value_parser = date::parse)]
    from: Option<Date>,
    /// Last day, local time
    #[arg(long, value_name = "DATE", value_parser = date::parse)]
    to: Option<Date>,
    /// Write one JSON object about the export
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Print the head of the chain, to be kept elsewhere. For administrators
#[derive(Debug, clap::Args)]
struct Head {
    /// Write one JSON object, with the signature of the head
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Verify(arguments) => verify(arguments, config),
        Command::Export(arguments) => export(arguments, config),
        Command::Head(arguments) => head(arguments, config),
    }
}

fn verify(arguments: &Verify, config: &Config) -> anyhow::Result<ExitCode> {
    let kept = arguments.head.as_deref().map(kept_head).transpose()?;
    let found = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.verify_audit_as(&sign_in.access, kept.as_ref())?)
    })?;
    super::print(&match arguments.json {
        true => in_json(&found),
        false => in_words(&found, kept.as_ref()),
    })?;
    Ok(match found.fault {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::from(2),
    })
}

fn in_words(found: &AuditVerification, kept: Option<&AuditHead>) -> String {
    if let Some(fault) = found.fault {
        let sound = match found.entries {
            0 => "There is no sound entry before it.".to_owned(),
            1 => "The entry before it is sound.".to_owned(),
            entries => format!("The {entries} entries before it are sound."),
        };
        return format!("{}\n{sound}", sentence(&fault.to_string()));
    }
    let mut lines = vec![format!("The log is sound: {} entries.", found.entries)];
    if let Some(head) = &found.head {
        lines.push(format!("Head: {}", short(head)));
    }
    if found.anchored > 0 {
        lines.push(format!(
            "{} of them were signed with earlier keys; the first signature with the present key confirms them.",
            found.anchored
        ));
    }
    lines.push(match kept {
        Some(kept) => format!("It continues from the head that was kept, entry {}.", kept.seq),
        None => {
            "A tail that was cut off is only certain to show against a head that was kept elsewhere: use --head.".to_owned()
        }
    });
    lines.join("\n")
}

fn in_json(found: &AuditVerification) -> String {
    let head = found
        .head
        .map(|head| json!({ "seq": head.seq, "hash": hexadecimal(&head.hash) }));
    let fault = found.fault.map(|fault| {
        json!({ "kind": fault.as_str(), "seq": fault.seq(), "message": sentence(&fault.to_string()) })
    });
    json!({
        "sound": found.fault.is_none(),
        "entries": found.entries,
        "anchored": found.anchored,
        "head": head,
        "fault": fault,
    })
    .to_string()
}

fn short(head: &AuditHead) -> String {
    format!("{}:{}", head.seq, hexadecimal(&head.hash))
}

/// Head that the argument gives, or that the named file ends with.
fn kept_head(argument: &str) -> anyhow::Result<AuditHead> {
    if let Some(head) = AuditHead::parse(argument) {
        return Ok(head);
    }
    let shown = scrub(argument);
    let last = last_line(Path::new(argument))
        .with_context(|| format!("{shown} is neither NUMBER:HASH nor a file that can be read"))?;
    AuditHead::parse(&last).with_context(|| {
        format!(
            "{shown} does not end with the head of an audit log: give a file that `lunny audit export` wrote"
        )
    })
}

fn last_line(path: &Path) -> std::io::Result<String> {
    let mut file = named_file::open(path)?;
    let length = file.length();
    file.seek(SeekFrom::Start(length.saturating_sub(LAST_LINE)))?;
    let mut end = Vec::new();
    file.take(LAST_LINE).read_to_end(&mut end)?;
    let end = String::from_utf8_lossy(&end);
    Ok(end.trim_end().lines().last().unwrap_or_default().to_owned())
}

fn export(arguments: &Export, config: &Config) -> anyhow::Result<ExitCode> {
    let Export { file, from, to, .. } = arguments;
    let shown = scrub(&file.to_string_lossy()).into_owned();
    if file.exists() {
        bail!("{shown} already exists, and an export never replaces a file: choose another name");
    }
    let until = to.map(|day| day.checked_add(1.day())).transpose()?;
    let span = AuditSpan {
        from: from.map(midnight).transpose()?,
        until: until.map(midnight).transpose()?,
    };
    let export = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let write = whole_file::write_with(file, Readers::Owner, |out| {
            store.export_audit(&sign_in.access, span, out)
        });
        write.with_context(|| format!("{shown} could not be written"))
    })?;
    let head = short(&export.head);
    super::print(&match arguments.json {
        true => json!({ "file": shown, "entries": export.entries, "head": head }).to_string(),
        false => format!(
            "{} entries were written to {shown}, with the head of the log {head}",
            export.entries
        ),
    })
}

/// Start of the day in the time zone of this computer.
fn midnight(day: Date) -> anyhow::Result<Timestamp> {
    Ok(day.to_zoned(TimeZone::system())?.timestamp())
}

fn head(arguments: &Head, config: &Config) -> anyhow::Result<ExitCode> {
    let head = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.audit_head(&sign_in.access)?)
    })?;
    super::print(&match arguments.json {
        true => head.to_json(Timestamp::now()),
        false => short(&head),
    })
}
