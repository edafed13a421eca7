//! `lunny key status` and `lunny key rotate`: the source of the key of the records, and replacing the key.

use std::process::ExitCode;

use super::sign_in::{SignInArguments, enter, owner_or_out, records};
use super::{passphrase, print};
use crate::config::Config;
use crate::store::{KeySource, KeyState, NewKey, Store};
use crate::text::scrub;

/// Show or replace the key that encrypts the records
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, clap::Subcommand)]
enum What {
    Status(Status),
    Rotate(Rotate),
}

/// Show where the key comes from, and who may read it
#[derive(Debug, clap::Args)]
struct Status {
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// Encrypt all records again with a new key
///
/// For owners of the installation, while no other program has the records open. The old key opens only the backups that
/// were made with it: keep it with them. Keep a copy of the new key file elsewhere: without it the records cannot be
/// read by anyone.
#[derive(Debug, clap::Args)]
struct Rotate {
    /// Use a passphrase that is asked for at every start, instead of a key file
    #[arg(long, conflicts_with = "to_file")]
    to_passphrase: bool,
    /// Use a new random key in the key file; this is the default
    #[arg(long)]
    to_file: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.what {
        What::Status(arguments) => status(arguments, config),
        What::Rotate(arguments) => rotate(arguments, config),
    }
}

fn status(arguments: &Status, config: &Config) -> anyhow::Result<ExitCode> {
    let state = KeyState::of(&config.home, &config.key);
    if arguments.json {
        print(&serde_json::to_string(&serde_json::json!({
            "source": state.source(),
            "file": state.file.to_string_lossy(),
            "mode": state.mode.map(|mode| format!("{mode:04o}")),
            "problem": state.problem,
        }))?)?;
    } else {
        let mut lines = vec![format!("Key       {}", state.source())];
        lines.push(format!(
            "Key file  {}",
            scrub(&state.file.to_string_lossy())
        ));
        lines.push(match state.mode {
            Some(mode) => format!("Mode      {mode:04o}"),
            None => "Mode      there is no such file".into(),
        });
        lines.extend(
            state
                .problem
                .as_deref()
                .map(|problem| format!("Problem   {}", scrub(problem))),
        );
        print(&lines.join("\n"))?;
    }
    Ok(match state.problem {
        None => ExitCode::SUCCESS,
        Some(_) => ExitCode::FAILURE,
    })
}

fn rotate(arguments: &Rotate, config: &Config) -> anyhow::Result<ExitCode> {
    let store = records(config)?;
    let sign_in = enter(&arguments.sign_in, &store)?;
    let owner = owner_or_out(&store, &sign_in)?;
    let (new, source) = match arguments.to_passphrase {
        true => {
            let passphrase = passphrase::ask_for_new()?;
            let source = passphrase::with(&KeySource::default(), passphrase.clone());
            (NewKey::Passphrase(passphrase), source)
        }
        false => (NewKey::File, KeySource::default()),
    };
    let key_file = KeyState::of(&config.home, &source).file;
    store.rotate_key(&owner, &new)?;
    // Opening proves that the new key works, and ends the session.
    let store = Store::open_with_key(&config.home, &source)?;
    store.sign_out(&sign_in.access)?;
    let key_file = scrub(&key_file.to_string_lossy()).into_owned();
    let mut said = match new {
        NewKey::File => format!(
            "The records have a new key, in {key_file}. Keep a copy of that file elsewhere: without it the records cannot be read."
        ),
        NewKey::Passphrase(_) => "The records are now locked with the passphrase. Without it they cannot be read, and it cannot be reset.".into(),
    };
    said.push_str("\nEarlier backups open only with the old key.");
    if config.key.given.is_some() {
        said.push_str("\nUnset the variable LUNNY_KEY: it still holds the old key.");
    }
    print(&said)
}
