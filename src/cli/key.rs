//! `lunny key status` and `lunny key rotate`: where the key of the records comes from, and another one in its place.

use std::process::ExitCode;

use super::sign_in::{SignInArguments, enter, owner_or_out, records};
use super::{passphrase, print};
use crate::config::Config;
use crate::store::{KeySource, KeyState, NewKey, Store};
use crate::text::scrub;

/// The key that the records are encrypted with
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

/// Say where the key comes from, and who may read it
#[derive(Debug, clap::Args)]
struct Status {
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// Encrypt everything anew under another key
///
/// For owners of the installation, while nobody else has the records open. The old key opens only the backups that were made with it:
/// keep it with them. Keep a copy of the new key file elsewhere: nobody can read the records without it.
#[derive(Debug, clap::Args)]
struct Rotate {
    /// A passphrase that is asked for at every start, in place of a key file
    #[arg(long, conflicts_with = "to_file")]
    to_passphrase: bool,
    /// A new random key in the key file; this is what happens without an option
    #[arg(long)]
    to_file: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Does what was asked for.
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
    // Shows that the new key opens, and ends the session.
    let store = Store::open_with_key(&config.home, &source)?;
    store.sign_out(&sign_in.access)?;
    let key_file = scrub(&key_file.to_string_lossy()).into_owned();
    let mut said = match new {
        NewKey::File => format!(
            "The records have a new key, in {key_file}. Keep a copy of that file elsewhere: nobody reads them without it."
        ),
        NewKey::Passphrase(_) => "The records are locked with the passphrase now. Nobody reads them without it, and nobody can reset it.".into(),
    };
    said.push_str("\nBackups made before open with the old key only.");
    if config.key.given.is_some() {
        said.push_str("\nUnset the variable LUNNY_KEY: it still holds the old key.");
    }
    print(&said)
}
