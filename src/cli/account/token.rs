//! `lunny account token …`: tokens with which scripts sign in.

use std::process::ExitCode;

use clap::Subcommand;
use jiff::Timestamp;
use serde_json::json;

use super::{Listing, Numbered};
use crate::cli::output::caution;
use crate::cli::print;
use crate::cli::sign_in::{SignInArguments, TOKEN_VARIABLE, signed_in};
use crate::cli::words::one_of;
use crate::config::Config;
use crate::store::{Token, TokenId, TokenScope, TokenScopes};
use crate::text::scrub;

/// Make, list and revoke the tokens of your account
#[derive(Debug, clap::Args)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    Make(Make),
    /// List the tokens that are not revoked, newest first
    List(Listing),
    /// Revoke a token: it gives no access any more
    Revoke(Numbered),
}

/// Make a token and print it, once
///
/// It gives access to the records that your account can open, without the second factor, until it expires, is revoked
/// or you change your password, and only for the kinds of work in its scope. It cannot administer: no accounts, no final
/// deletion, no backup, no key, no tokens.
#[derive(Debug, clap::Args)]
struct Make {
    /// Name that says what the token is for
    #[arg(value_name = "NAME")]
    name: String,
    /// Days until the token expires
    #[arg(long, value_name = "DAYS", default_value_t = 90)]
    days: u32,
    /// Kinds of work that the token allows: read finds and views records, write adds, changes and deletes them, export makes copies
    /// that leave LUNNY
    #[arg(long, value_name = "SCOPE", value_delimiter = ',', default_value = "read", value_parser = one_of(&TokenScope::ALL, TokenScope::as_str))]
    scope: Vec<TokenScope>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Makes, lists or revokes access tokens.
pub(super) fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::Make(arguments) => make(arguments, config),
        Command::List(arguments) => list(arguments, config),
        Command::Revoke(arguments) => revoke(arguments, config),
    }
}

fn make(arguments: &Make, config: &Config) -> anyhow::Result<ExitCode> {
    let Make { name, days, .. } = arguments;
    let scopes = TokenScopes::of(&arguments.scope);
    let token = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.make_token(&sign_in.access, name, *days, scopes)?)
    })?;
    if !arguments.json {
        // On standard error, so that a script reads the token alone from standard output.
        caution!(
            "Store the token now: it is not shown again. Scripts pass it in {TOKEN_VARIABLE} or with --token-file."
        );
    }
    print(&match arguments.json {
        true => json!({ "name": name, "token": *token, "days": days, "scopes": words(scopes) })
            .to_string(),
        false => (*token).clone(),
    })
}

fn list(arguments: &Listing, config: &Config) -> anyhow::Result<ExitCode> {
    let tokens = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.tokens(&sign_in.access)?)
    })?;
    let used = |token: &Token| token.last_used_at.map(|at| at.to_string());
    let line = |token: &Token| match arguments.json {
        true => json!({
            "id": token.id.0,
            "name": token.name,
            "scopes": words(token.scopes),
            "created_at": token.created_at.to_string(),
            "last_used_at": used(token),
            "expires_at": token.expires_at.to_string(),
        })
        .to_string(),
        false => format!(
            "{}  {}  {}  {} {}, last used {}",
            token.id.0,
            scrub(&token.name),
            token.scopes,
            if token.expires_at <= Timestamp::now() {
                "expired"
            } else {
                "expires"
            },
            token.expires_at,
            used(token).unwrap_or_else(|| "never".to_owned())
        ),
    };
    print(&tokens.iter().map(line).collect::<Vec<_>>().join("\n"))
}

fn words(scopes: TokenScopes) -> Vec<&'static str> {
    scopes.each().map(TokenScope::as_str).collect()
}

fn revoke(arguments: &Numbered, config: &Config) -> anyhow::Result<ExitCode> {
    signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.revoke_token(&sign_in.access, TokenId(arguments.id))?)
    })?;
    arguments.report("Token", "revoked")
}
