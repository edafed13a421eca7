//! `lunny backup` and `lunny restore`: all records in one encrypted file, and back.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;

use super::sign_in::{SignInArguments, enter, or_out, owner_or_out, records, signed_in};
use super::{passphrase, print};
use crate::cli::output::caution;
use crate::config::Config;
use crate::store::{
    Comparison, Consent, Contents, FILE_NAME, KeySource, Present, Restoring, Side, SignIn, Store,
};
use crate::text::scrub;

/// Copy all records into one encrypted file, while others work, and check the copy
///
/// The file is encrypted with the key of the records and is useless without it: keep the key file lunny.key, or the
/// passphrase, too, and in another place than the backup. For owners of the installation.
#[derive(Debug, clap::Args)]
pub struct BackupArguments {
    /// New backup file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace the file if it exists
    #[arg(long)]
    force: bool,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Restore the records from a backup
///
/// You sign in to the present records as an owner of the installation; if there are none yet, to the backup, as one of
/// its owners. The backup is checked, and the changes are shown: without --replace nothing is changed. No other program
/// may have the records open.
#[derive(Debug, clap::Args)]
pub struct RestoreArguments {
    /// Backup file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Key file that was kept with the backup; without this, the key of the home opens it
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Replace the present records; they are kept beside the new ones as lunny.db.before-restore-…
    #[arg(long)]
    replace: bool,
    /// Restore although the present records have changes that the backup lacks; these changes are lost
    #[arg(long)]
    older: bool,
    /// Restore the backup of another installation: its hospitals and accounts, and none of the present ones
    #[arg(long)]
    foreign: bool,
    /// The present records cannot be opened, because they are damaged or their key or passphrase is lost: sign in to
    /// the backup instead. Refused if the records can be opened. The log of the restored records has an entry about it
    #[arg(long)]
    records_unreadable: bool,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Makes a backup.
pub fn run(arguments: &BackupArguments, config: &Config) -> anyhow::Result<ExitCode> {
    let file = std::path::absolute(&arguments.file)?;
    let contents = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let owner = store.as_owner(&sign_in.access)?;
        Ok(store.back_up(&owner, &file, arguments.force)?)
    })?;
    let path = file.to_string_lossy();
    if arguments.json {
        return print(&serde_json::to_string(&serde_json::json!({
            "file": path,
            "contents": in_json(&contents),
        }))?);
    }
    print(&format!(
        "Written   {}, {}\nHolds     {}\nChecked   the seal of every page, SQLite's integrity check, the references, the number of rows of every table\nKey       the key of the records opens it: keep the key too, and in another place",
        scrub(&path),
        size(contents.bytes),
        in_words(&contents),
    ))
}

/// Restores a backup.
pub fn restore(arguments: &RestoreArguments, config: &Config) -> anyhow::Result<ExitCode> {
    let present = present(arguments, config)?;
    let used = std::cell::RefCell::new(KeySource::default());
    let restoring = passphrase::with_key(&config.key, |source| {
        used.replace(source.clone());
        let key_file = arguments.key_file.as_deref();
        Restoring::begin(&config.home, &present, &arguments.file, key_file, source)
    })?;
    let comparison = restoring.compare(&present)?;
    let sign_in = match present {
        Present::Records(..) => None,
        Present::Nothing | Present::Unreadable => {
            Some(enter(&arguments.sign_in, restoring.store())?)
        }
    };
    let of_the_backup = match &sign_in {
        Some(sign_in) => {
            let owner = restoring.owner(&sign_in.access);
            Some(or_out(restoring.store(), sign_in, owner)?)
        }
        None => None,
    };
    let consent = Consent {
        replace: arguments.replace,
        older: arguments.older,
        foreign: arguments.foreign,
    };
    let restored = match restoring.finish(present, of_the_backup.as_ref(), consent) {
        Ok(restored) => restored,
        Err(refusal) => {
            if !arguments.json {
                caution!("{}", changes_in_words(&comparison));
            }
            return Err(refusal.into());
        }
    };
    opens(arguments, config, &used.into_inner(), sign_in.as_ref())?;
    let path = |path: &PathBuf| path.to_string_lossy().into_owned();
    if arguments.json {
        return print(&serde_json::to_string(&serde_json::json!({
            "contents": in_json(&restored.contents),
            "before": restored.comparison.present.as_ref().map(side_in_json),
            "restored": side_in_json(&restored.comparison.backup),
            "foreign": restored.comparison.foreign,
            "changes_lost": restored.comparison.lost,
            "kept": restored.kept.as_ref().map(path),
            "kept_key": restored.kept_key.as_ref().map(path),
        }))?);
    }
    let mut lines = vec![
        format!("Restored  {}", scrub(&path(&arguments.file))),
        changes_in_words(&restored.comparison),
    ];
    for (label, kept) in [("Kept", &restored.kept), ("Old key", &restored.kept_key)] {
        if let Some(kept) = kept {
            lines.push(format!("{label:<10}{}", scrub(&path(kept))));
        }
    }
    print(&lines.join("\n"))
}

/// The present records, with an owner signed in to them.
fn present(arguments: &RestoreArguments, config: &Config) -> anyhow::Result<Present> {
    let file = config.home.join(FILE_NAME);
    if !std::fs::metadata(file).is_ok_and(|found| found.len() > 0) {
        return Ok(Present::Nothing);
    }
    if arguments.records_unreadable {
        return Ok(Present::Unreadable);
    }
    let store = records(config)
        .context("the present records cannot be opened; if they are damaged or their key is lost, --records-unreadable restores without them")?;
    let sign_in = enter(&arguments.sign_in, &store)?;
    let owner = owner_or_out(&store, &sign_in)?;
    Ok(Present::Records(store, owner))
}

/// Checks that the restored records open, and ends the session that was begun in the backup.
fn opens(
    arguments: &RestoreArguments,
    config: &Config,
    used: &KeySource,
    sign_in: Option<&SignIn>,
) -> anyhow::Result<()> {
    // The named key file has become the key file of the home.
    let given = used.given.clone().filter(|_| arguments.key_file.is_none());
    let source = KeySource {
        given,
        ..used.clone()
    };
    let store = Store::open_with_key(&config.home, &source)?;
    if let Some(sign_in) = sign_in {
        store.sign_out(&sign_in.access)?;
    }
    if arguments.key_file.is_some() && config.key.given.is_some() {
        caution!(
            "Unset the variable LUNNY_KEY: it holds the key of the records that were replaced."
        );
    }
    Ok(())
}

/// Contents before and after, one line each.
fn changes_in_words(comparison: &Comparison) -> String {
    let side = |label: &str, side: &Side| {
        let newest = match side.newest_change {
            Some(at) => format!("newest change {at:.0}"),
            None => "no change in its log".to_owned(),
        };
        format!("{label:<10}{}; {newest}", in_words(&side.contents))
    };
    let mut lines = Vec::new();
    match &comparison.present {
        Some(present) => lines.push(side("Records", present)),
        None => lines.push("Records   none that can be opened".to_owned()),
    }
    lines.push(side("Backup", &comparison.backup));
    if comparison.foreign {
        lines.push("Origin    backup of another installation: it holds none of the present accounts and records".to_owned());
    } else if comparison.lost > 0 {
        lines.push(format!(
            "Lost      {} to the present records, not in the backup",
            counted(comparison.lost, "change", "changes")
        ));
    }
    lines.join("\n")
}

fn side_in_json(side: &Side) -> serde_json::Value {
    serde_json::json!({
        "contents": in_json(&side.contents),
        "newest_change": side.newest_change.map(|at| at.to_string()),
    })
}

fn counted(count: i64, one: &str, many: &str) -> String {
    format!("{count} {}", if count == 1 { one } else { many })
}

fn in_words(contents: &Contents) -> String {
    [
        counted(contents.patients, "patient", "patients"),
        counted(contents.exams, "exam", "exams"),
        counted(contents.accounts, "account", "accounts"),
        counted(contents.hospitals, "hospital", "hospitals"),
        counted(
            contents.audit_entries,
            "entry of the log",
            "entries of the log",
        ),
    ]
    .join(", ")
}

fn in_json(contents: &Contents) -> serde_json::Value {
    serde_json::json!({
        "bytes": contents.bytes,
        "patients": contents.patients,
        "exams": contents.exams,
        "accounts": contents.accounts,
        "hospitals": contents.hospitals,
        "audit_entries": contents.audit_entries,
    })
}

/// Size in the unit that a person would use.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        10_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}
