//! `lunny audit verify|export|head`: whether the log is as LUNNY wrote it, and taking it out.

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

/// More than the last line of an export has, in bytes.
const LAST_LINE: u64 = 4096;

/// Check and take out the log of who did what
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

/// Check that no entry was changed, added or taken away by anything but LUNNY
///
/// Walks the whole chain, of all hospitals, and says nothing of what the entries hold. A tail that was cut off shows for
/// certain only against a head that was kept elsewhere. Exits with 0 when all is sound, 2 when something is wrong, 1 when
/// it could not look. For administrators.
#[derive(Debug, clap::Args)]
struct Verify {
    /// A head kept elsewhere: an export, what `audit head --json` wrote, or NUMBER:HASH
    #[arg(long, value_name = "FILE or NUMBER:HASH")]
    head: Option<String>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Write the entries of your hospital to a file, a line of JSON each, and the head of the chain as the last line
///
/// The file holds no patient's data. Keep it where whoever can change the database cannot. For administrators.
#[derive(Debug, clap::Args)]
struct Export {
    /// A file that is not there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// From this day on, local time
    #[arg(long, value_name = "DATE", value_parser = date::parse)]
    from: Option<Date>,
    /// Up to this day and with it, local time
    #[arg(long, value_name = "DATE", value_parser = date::parse)]
    to: Option<Date>,
    /// Write one JSON object about it
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Write the head of the chain, to be kept elsewhere. For administrators
#[derive(Debug, clap::Args)]
struct Head {
    /// Write one JSON object, with the signature of the head
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Runs what was asked for.
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
            0 => "No entry before it was found sound.".to_owned(),
            1 => "The entry before it is sound.".to_owned(),
            entries => format!("The {entries} entries before it are sound."),
        };
        return format!("{}\n{sound}", sentence(&fault.to_string()));
    }
    let mut lines = vec![format!("The log is sound: {} entries.", found.entries)];
    if let Some(head) = &found.head {
        lines.push(format!("Its head is {}", short(head)));
    }
    if found.anchored > 0 {
        lines.push(format!(
            "{} of them were signed under earlier keys, and the first signature under the present one vouches for them.",
            found.anchored
        ));
    }
    lines.push(match kept {
        Some(kept) => format!("It goes on from the head that was kept, entry {}.", kept.seq),
        None => {
            "Whether its tail was cut off shows for certain only against a head that was kept elsewhere: --head.".to_owned()
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

/// The head that the argument names, or that stands in the file that it names.
fn kept_head(argument: &str) -> anyhow::Result<AuditHead> {
    if let Some(head) = AuditHead::parse(argument) {
        return Ok(head);
    }
    let shown = scrub(argument);
    let last = last_line(Path::new(argument))
        .with_context(|| format!("{shown} is neither NUMBER:HASH nor a file that can be read"))?;
    AuditHead::parse(&last).with_context(|| {
        format!(
            "{shown} does not end in the head of a log: give a file that `lunny audit export` wrote"
        )
    })
}

fn last_line(path: &Path) -> std::io::Result<String> {
    let mut file = named_file::open(path)?;
    let length = file.metadata()?.len();
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
        bail!("{shown} is there already, and an export is never written over: name another file");
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
        write.with_context(|| format!("{shown} was not written"))
    })?;
    let head = short(&export.head);
    super::print(&match arguments.json {
        true => json!({ "file": shown, "entries": export.entries, "head": head }).to_string(),
        false => format!(
            "{} entries are in {shown}, and the head of the log {head}",
            export.entries
        ),
    })
}

/// When the day begins where this machine is.
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
