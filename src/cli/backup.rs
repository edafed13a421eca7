//! `lunny backup` and `lunny restore`: everything in one encrypted file, and back.

use std::path::PathBuf;
use std::process::ExitCode;

use super::sign_in::{SignInArguments, enter, signed_in};
use super::{passphrase, print};
use crate::config::Config;
use crate::store::{Contents, KeySource, Restoring, Store};
use crate::text::scrub;

/// Copy all records into one encrypted file, while others work, and check the copy
///
/// The file has the key of the records, and is worth nothing without it: keep the key file lunny.key, or the passphrase, too,
/// and in another place than the backup. For administrators.
#[derive(Debug, clap::Args)]
pub struct BackupArguments {
    /// A file that is not there yet
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Replace the file if it is there
    #[arg(long)]
    force: bool,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Put a backup in the place of the records
///
/// The backup is checked first, and you sign in to it, as an administrator whom it knows. Nobody may have the records open.
#[derive(Debug, clap::Args)]
pub struct RestoreArguments {
    /// The backup
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// The key file that was kept with it; without this, the key of the home opens it
    #[arg(long, value_name = "FILE")]
    key_file: Option<PathBuf>,
    /// Replace the records that are there; they are kept beside it as lunny.db.before-restore-…
    #[arg(long)]
    replace: bool,
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
        Ok(store.back_up(&sign_in.access, &file, arguments.force)?)
    })?;
    let path = file.to_string_lossy();
    if arguments.json {
        return print(&serde_json::to_string(&serde_json::json!({
            "file": path,
            "contents": in_json(&contents),
        }))?);
    }
    print(&format!(
        "Written   {}, {}\nHolds     {}\nChecked   the seal of every page, SQLite's integrity check, the references, the number of rows of every table\nKey       the key of the records opens it: keep that too, and in another place",
        scrub(&path),
        size(contents.bytes),
        in_words(&contents),
    ))
}

/// Restores a backup.
pub fn restore(arguments: &RestoreArguments, config: &Config) -> anyhow::Result<ExitCode> {
    let used = std::cell::RefCell::new(KeySource::default());
    let restoring = passphrase::with_key(&config.key, |source| {
        used.replace(source.clone());
        let key_file = arguments.key_file.as_deref();
        Restoring::begin(&config.home, &arguments.file, key_file, source)
    })?;
    let sign_in = enter(&arguments.sign_in, restoring.store())?;
    let restored = restoring.finish(&sign_in.access, arguments.replace)?;
    // Shows that what is in place opens, and ends the session.
    let store = Store::open_with_key(&config.home, &used.into_inner())?;
    store.sign_out(&sign_in.access)?;
    let path = |path: &PathBuf| path.to_string_lossy().into_owned();
    if arguments.json {
        return print(&serde_json::to_string(&serde_json::json!({
            "contents": in_json(&restored.contents),
            "kept": restored.kept.as_ref().map(path),
            "kept_key": restored.kept_key.as_ref().map(path),
        }))?);
    }
    let mut lines = vec![
        format!("Restored  {}", scrub(&path(&arguments.file))),
        format!("Holds     {}", in_words(&restored.contents)),
    ];
    for (label, kept) in [("Before", &restored.kept), ("Old key", &restored.kept_key)] {
        if let Some(kept) = kept {
            lines.push(format!("{label:<10}kept as {}", scrub(&path(kept))));
        }
    }
    print(&lines.join("\n"))
}

fn in_words(contents: &Contents) -> String {
    let counted = |count: i64, one: &str, many: &str| match count {
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
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

/// A size in the unit that a person would use.
pub(super) fn size(bytes: u64) -> String {
    match bytes {
        0..10_000 => format!("{bytes} bytes"),
        10_000..10_000_000 => format!("{} kB", bytes / 1000),
        10_000_000..10_000_000_000 => format!("{} MB", bytes / 1_000_000),
        _ => format!("{} GB", bytes / 1_000_000_000),
    }
}
