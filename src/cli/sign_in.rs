//! Signing in, for every command that touches records: with that account's rights, and with an entry in the audit log.

use std::env;
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use zeroize::Zeroizing;

use super::{passphrase, secret};
use crate::cli::output::caution;
use crate::config::Config;
use crate::named_file;
use crate::store::{FILE_NAME, Owner, SignIn, Store, StoreError};
use crate::text::scrub;

/// The environment variable that holds a token.
pub const TOKEN_VARIABLE: &str = "LUNNY_TOKEN";

/// Upper limit for a token, in bytes.
const LONGEST_TOKEN: u64 = 4096;

/// Account or token of the caller.
#[derive(Debug, clap::Args)]
#[command(next_help_heading = "Signing in (or a token in the environment variable LUNNY_TOKEN)")]
pub struct SignInArguments {
    /// Sign in to this account; the password is the first line of standard input, a code of the second factor the next
    #[arg(long, value_name = "EMAIL", conflicts_with = "token_file")]
    email: Option<String>,
    /// Sign in with the token in this file, which no other user may be able to read
    #[arg(long, value_name = "FILE")]
    token_file: Option<PathBuf>,
}

/// Existing records of this home.
pub fn records(config: &Config) -> anyhow::Result<Store> {
    // Opening would create a database, and a mistyped home must not do that.
    if !config.home.join(FILE_NAME).exists() {
        bail!(
            "there are no records in {}: give the folder that has them with --home or LUNNY_HOME",
            scrub(&config.home.to_string_lossy())
        );
    }
    let store = passphrase::open(config)?;
    if let Some(warning) = store.warning() {
        caution!("lunny: warning: {}", scrub(&warning));
    }
    Ok(store)
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

/// Rights of an owner of the installation; signs out again if the account is not an owner.
pub fn owner_or_out(store: &Store, sign_in: &SignIn) -> anyhow::Result<Owner> {
    or_out(store, sign_in, store.as_owner(&sign_in.access))
}

/// `owner`; signs out again if that is a refusal.
pub fn or_out(
    store: &Store,
    sign_in: &SignIn,
    owner: Result<Owner, StoreError>,
) -> anyhow::Result<Owner> {
    owner.map_err(|refusal| {
        if let Err(error) = store.sign_out(&sign_in.access) {
            tracing::warn!(%error, "the sign-out was not recorded");
        }
        refusal.into()
    })
}

/// Signs in as the arguments say; without arguments, with the token in the environment.
///
/// # Errors
/// If neither account nor token is given, if a token or a password cannot be read, and as the store answers.
pub fn enter(arguments: &SignInArguments, store: &Store) -> anyhow::Result<SignIn> {
    let store = store.clone().at_place(&place());
    if let Some(path) = &arguments.token_file {
        return Ok(store.sign_in_with_token(&token_in(path)?)?);
    }
    if let Some(email) = &arguments.email {
        return Ok(with_password(email, &store)?.0);
    }
    match env::var(TOKEN_VARIABLE).map(Zeroizing::new) {
        Ok(token) => Ok(store.sign_in_with_token(&token)?),
        Err(_) => bail!(
            "sign in: give --email and the password on standard input, or a token in {TOKEN_VARIABLE} or --token-file"
        ),
    }
}

/// Signs in with the password from standard input, and the code if one is needed. Returns the password too.
pub fn with_password(email: &str, store: &Store) -> anyhow::Result<(SignIn, Zeroizing<String>)> {
    let password = secret::ask("Password")?;
    let sign_in = match store.sign_in(email, &password) {
        Err(StoreError::SecondFactorNeeded) => {
            let code = secret::ask("Authenticator code or recovery code")?;
            store.sign_in_with_code(email, &password, code.trim())
        }
        other => other,
    };
    Ok((sign_in?, password))
}

/// Place of the user, for the history of sign-ins.
pub fn place() -> String {
    let client = env::var("SSH_CONNECTION").unwrap_or_default();
    match client.split_whitespace().next() {
        Some(address) => format!("{address}, command line"),
        None => "command line".to_owned(),
    }
}

fn token_in(path: &Path) -> anyhow::Result<Zeroizing<String>> {
    let shown = scrub(&path.to_string_lossy()).into_owned();
    let mut token = Zeroizing::new(String::new());
    let unreadable = || format!("the token in {shown} cannot be read");
    // Pipes and devices are refused, because reading them could block.
    let file = named_file::open(path).with_context(unreadable)?;
    let mode = (file
        .file()
        .metadata()
        .with_context(unreadable)?
        .permissions()
        .mode())
        & 0o7777;
    if mode & 0o077 != 0 {
        bail!(
            "other users can read the token file {shown} (mode {mode:04o}): run chmod 600 on it, and revoke the token if it may have been copied"
        );
    }
    file.take(LONGEST_TOKEN)
        .read_to_string(&mut token)
        .with_context(unreadable)?;
    Ok(token)
}
