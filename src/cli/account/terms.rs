//! `lunny account accept-terms`: accepting the terms of use without the application.

use std::process::ExitCode;

use serde_json::json;

use crate::cli::print;
use crate::cli::sign_in::{SignInArguments, signed_in};
use crate::clinical::terms;
use crate::config::Config;

/// Print the terms of use, and accept them for your account
///
/// Without --accept the terms are printed and nothing is accepted (exit code 2). Until an account has accepted the present
/// version, it can read and change nothing, neither in the application nor with a subcommand or token.
#[derive(Debug, clap::Args)]
pub(super) struct AcceptTerms {
    /// I have read the terms of use of this version, which is printed above them, and accept them
    #[arg(long, value_name = "VERSION")]
    accept: Option<String>,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Prints the terms, or accepts the version that was named.
pub(super) fn accept(arguments: &AcceptTerms, config: &Config) -> anyhow::Result<ExitCode> {
    let Some(version) = &arguments.accept else {
        print(&asked(arguments.json))?;
        return Ok(ExitCode::from(2));
    };
    if version != terms::VERSION {
        anyhow::bail!(
            "the present terms of use are version {}: read them with `lunny account accept-terms`, and accept that version",
            terms::VERSION
        );
    }
    let account = signed_in(&arguments.sign_in, config, |store, sign_in| {
        store.accept_terms(&sign_in.access, terms::VERSION)?;
        Ok(sign_in.account.email.clone())
    })?;
    print(&match arguments.json {
        true => {
            json!({ "email": account, "version": terms::VERSION, "accepted": true }).to_string()
        }
        false => format!(
            "{} accepted the terms of use, version {}.",
            crate::text::scrub(&account),
            terms::VERSION
        ),
    })
}

fn asked(json: bool) -> String {
    match json {
        true => {
            json!({ "version": terms::VERSION, "accepted": false, "text": terms::TEXT }).to_string()
        }
        false => format!(
            "Terms of use, version {version}\n\n{}\n\nNothing was accepted. To accept: lunny account accept-terms --accept {version} --email EMAIL",
            terms::TEXT.trim_end(),
            version = terms::VERSION
        ),
    }
}
