//! `lunny account ssh-key …`: public keys with which an account signs in to `lunny serve`.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use serde_json::json;

use super::{Listing, Numbered};
use crate::cli::print;
use crate::cli::sign_in::{SignInArguments, signed_in};
use crate::config::Config;
use crate::named_file;
use crate::serve::public_key;
use crate::store::{SshKey, SshKeyId};
use crate::text::scrub;

/// Upper limit for the file of a public key, in bytes.
const LONGEST: u64 = 16 << 10;

/// Add, list and remove the public keys with which your account signs in over SSH
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Add(Add),
    /// List the public keys of your account, newest first
    List(Listing),
    /// Remove a public key from your account
    Remove(Numbered),
}

/// Add a public key to your account
///
/// The owner of its private half signs in to `lunny serve` as you, with the code of your second factor if you have one. A new
/// password removes all keys of an account.
#[derive(Debug, clap::Args)]
struct Add {
    /// File of the public key, such as ~/.ssh/id_ed25519.pub
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Name of the key instead of the comment in the file
    #[arg(long, value_name = "NAME")]
    name: Option<String>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Adds, lists or removes public keys.
pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Add(arguments) => add(arguments, config),
        Command::List(arguments) => list(arguments, config),
        Command::Remove(arguments) => remove(arguments, config),
    }
}

fn add(arguments: &Add, config: &Config) -> anyhow::Result<ExitCode> {
    let shown = scrub(&arguments.file.to_string_lossy()).into_owned();
    let text = named_file::text(&arguments.file, LONGEST)
        .with_context(|| format!("the public key in {shown} cannot be read"))?;
    let key = public_key::read(&text).with_context(|| shown.clone())?;
    let name = arguments.name.as_deref().unwrap_or(key.name());
    let id = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.add_ssh_key(&sign_in.access, name, &key.bytes)?)
    })?;
    print(&match arguments.json {
        true => json!({ "id": id.0, "name": name, "fingerprint": key.fingerprint }).to_string(),
        false => format!("Key {} is added: {}", id.0, key.fingerprint),
    })
}

fn list(arguments: &Listing, config: &Config) -> anyhow::Result<ExitCode> {
    let keys = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.ssh_keys(&sign_in.access)?)
    })?;
    let used = |key: &SshKey| key.last_used_at.map(|at| at.to_string());
    let line = |key: &SshKey| match arguments.json {
        true => json!({
            "id": key.id.0,
            "name": key.name,
            "fingerprint": key.fingerprint,
            "added_at": key.added_at.to_string(),
            "last_used_at": used(key),
        })
        .to_string(),
        false => format!(
            "{}  {}  {}  added {}, last used {}",
            key.id.0,
            scrub(&key.name),
            key.fingerprint,
            key.added_at,
            used(key).unwrap_or_else(|| "never".to_owned())
        ),
    };
    print(&keys.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn remove(arguments: &Numbered, config: &Config) -> anyhow::Result<ExitCode> {
    signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.remove_ssh_key(&sign_in.access, SshKeyId(arguments.id))?)
    })?;
    arguments.report("Key", "removed")
}
