//! Signing in, for every command that touches records: with that account's rights, and in the audit log.

use std::env;
use std::fs::File;
use std::io::Read;
use std::path::PathBuf;

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use super::secret;
use crate::config::Config;
use crate::store::{FILE_NAME, SignIn, Store, StoreError};
use crate::text::scrub;

/// The environment variable that holds a token.
pub const TOKEN_VARIABLE: &str = "LUNNY_TOKEN";

/// More than any token has, in bytes.
const LONGEST_TOKEN: u64 = 4096;

/// Who asks.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Signing in (or a token in the environment variable LUNNY_TOKEN)")]
pub struct SignInArguments {
    /// Sign in to this account; the password is the first line of standard input, a code of the second factor the next
    #[arg(long, value_name = "EMAIL", conflicts_with = "token_file")]
    email: Option<String>,
    /// Sign in with the token in this file
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// The records of this home, which have to be there.
pub fn records(config: &Config) -> anyhow::Result<Store> {
    // Opening makes a database, and a mistyped home is no reason for that.
    if !config.home.join(FILE_NAME).exists() {
        bail!(
            "there are no records in {}: name the folder that has them with --home or LUNNY_HOME",
            scrub(&config.home.to_string_lossy())
        );
    }
    Ok(Store::open(&config.home)?)
}

/// Opens the records, signs in, does `work` and signs out again.
pub fn signed_in<T>(
    arguments: &SignInArguments,
    config: &Config,
    work: impl FnOnce(&Store, &SignIn) -> anyhow::Result<T>,
) -> anyhow::Result<T> {
    let store = records(config)?;
    let sign_in = enter(arguments, &store)?;
    let answer = work(&store, &sign_in);
    match store.sign_out(&sign_in.access) {
        // The work itself may have ended the session.
        Ok(()) | Err(StoreError::SignedOut) => answer,
        Err(error) => answer.and(Err(error.into())),
    }
}

/// Signs in as the arguments say.
///
/// # Errors
/// When nothing says who asks, and what the store answers.
pub fn enter(arguments: &SignInArguments, store: &Store) -> anyhow::Result<SignIn> {
    if let Some(email) = &arguments.email {
        let password = secret::ask("Password")?;
        return Ok(store.sign_in(email, &password)?);
    }
    bail!("say who asks: give --email and the password on standard input");
}
