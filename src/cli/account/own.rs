//! Actions of a user on their own account: registering, and changing the password.

use std::process::ExitCode;

use serde_json::json;

use super::described;
use crate::cli::sign_in::{place, records, with_password};
use crate::cli::{passphrase, print, secret};
use crate::config::Config;
use crate::store::{Registration, StoreError};
use crate::text::scrub;

/// Register an account; the password is the first line of standard input
///
/// The first account of an installation owns it and administers its hospital. A new hospital waits until an owner
/// approves it, and a later account of a hospital until an administrator does.
#[derive(Debug, clap::Args)]
pub(super) struct Register {
    /// Name of the hospital
    #[arg(long, value_name = "NAME")]
    hospital: String,
    /// ID that the hospital gave this person
    #[arg(long, value_name = "ID")]
    admin_id: String,
    /// Full name of the person
    #[arg(long, value_name = "NAME")]
    full_name: String,
    /// Email to sign in with
    #[arg(long, value_name = "EMAIL")]
    email: String,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// Change your password
///
/// Standard input has the present password, the code of the second factor if there is one, and the new password, one
/// per line. All other sessions of the account end, and its tokens are revoked.
#[derive(Debug, clap::Args)]
pub(super) struct Password {
    /// Email of the account
    #[arg(long, value_name = "EMAIL")]
    email: String,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// Choose a new password with the code that an administrator printed
///
/// Standard input has the code and the new password, one per line.
#[derive(Debug, clap::Args)]
pub(super) struct ResetPassword {
    /// Email of the account
    #[arg(long, value_name = "EMAIL")]
    email: String,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
}

/// Registers an account; an administrator or owner has to approve it unless registration is open.
pub(super) fn register(arguments: &Register, config: &Config) -> anyhow::Result<ExitCode> {
    let registration = Registration {
        hospital: arguments.hospital.clone(),
        admin_id: arguments.admin_id.clone(),
        full_name: arguments.full_name.clone(),
        email: arguments.email.clone(),
        password: secret::ask("New password")?,
    };
    let account = passphrase::open(config)?.register(&registration)?;
    print(&described(&account, arguments.json))
}

/// Changes the password of an account, and ends its other sessions.
pub(super) fn password(arguments: &Password, config: &Config) -> anyhow::Result<ExitCode> {
    let store = records(config)?.at_place(&place());
    let (sign_in, current) = with_password(&arguments.email, &store)?;
    let changed = secret::ask("New password").and_then(|new_password| {
        Ok(store.change_password(&sign_in.access, &current, &new_password)?)
    });
    match store.sign_out(&sign_in.access) {
        Ok(()) | Err(StoreError::SignedOut) => changed?,
        Err(error) => changed.and(Err(error.into()))?,
    }
    print(&chosen(&arguments.email, arguments.json))
}

/// Sets a new password with the reset code of an administrator.
pub(super) fn reset_password(
    arguments: &ResetPassword,
    config: &Config,
) -> anyhow::Result<ExitCode> {
    let store = records(config)?.at_place(&place());
    let code = secret::ask("Code")?;
    let new_password = secret::ask("New password")?;
    store.reset_password(&arguments.email, code.trim(), &new_password)?;
    print(&chosen(&arguments.email, arguments.json))
}

fn chosen(email: &str, json: bool) -> String {
    match json {
        true => json!({ "email": email, "password_changed": true }).to_string(),
        false => format!("The password of {} was changed.", scrub(email)),
    }
}
