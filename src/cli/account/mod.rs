//! `lunny account …`: accounts for scripts. Passwords are read from standard input only.

mod own;
mod owner;
mod ssh_key;
mod terms;
mod token;

use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use serde_json::{Value, json};

use super::sign_in::{SignInArguments, signed_in};
use super::words::one_of;
use crate::clinical::text;
use crate::config::Config;
use crate::store::{Access, Account, AccountId, AccountStatus, Role, Store, StoreError};
use crate::text::scrub;

/// List and change accounts, register, make tokens for scripts
#[derive(Debug, clap::Args)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// List the accounts of your hospital, those that wait for approval first. For administrators
    List(Listing),
    /// Approve a waiting account. For administrators
    Approve(Approve),
    /// Refuse a waiting account. For administrators
    Refuse(Target),
    /// Close an account; its records stay. For administrators
    Disable(Target),
    /// Open a disabled account again. For administrators
    Enable(Target),
    /// Give an account another role. For administrators
    Role(ChangeRole),
    /// Print a code, once, with which a user chooses a new password within 24 hours. For administrators
    ResetCode(Target),
    /// List the owners of the installation. For owners
    Owners(Listing),
    /// Make an account of any hospital an owner of the installation: backups, the key, new hospitals. For owners
    AppointOwner(Target),
    /// Take the rights of an owner from an account; its role in its hospital stays. For owners
    WithdrawOwner(Target),
    /// List the accounts that ask for a new hospital. For owners
    Hospitals(Listing),
    /// Approve the new hospital that an account asks for; the account administers it. For owners
    ApproveHospital(Target),
    /// Refuse an account that asks for a new hospital. For owners
    RefuseHospital(Target),
    Register(own::Register),
    Password(own::Password),
    ResetPassword(own::ResetPassword),
    SshKey(ssh_key::Arguments),
    AcceptTerms(terms::AcceptTerms),
    Token(token::Arguments),
}

#[derive(Debug, clap::Args)]
struct Listing {
    /// Write one JSON object a line
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

/// Account that a subcommand changes.
#[derive(Debug, clap::Args)]
struct Target {
    /// Email of the account
    #[arg(value_name = "ACCOUNT")]
    account: String,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

// Not a documentation comment: clap would print it in place of the variant's.
#[derive(Debug, clap::Args)]
struct Numbered {
    /// Number in the list
    #[arg(value_name = "NUMBER")]
    id: i64,
    /// Write one JSON object
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    sign_in: SignInArguments,
}

impl Numbered {
    /// Prints that the item with this number, such as a `Key`, is `done`, such as `removed`.
    fn report(&self, what: &str, done: &str) -> anyhow::Result<ExitCode> {
        super::print(&match self.json {
            true => json!({ "id": self.id, done: true }).to_string(),
            false => format!("{what} {} is {done}.", self.id),
        })
    }
}

#[derive(Debug, clap::Args)]
struct Approve {
    /// Role of the account
    #[arg(long, value_name = "ROLE", default_value = "technician", value_parser = one_of(&Role::ALL, Role::as_str))]
    role: Role,
    #[command(flatten)]
    target: Target,
}

#[derive(Debug, clap::Args)]
struct ChangeRole {
    #[command(flatten)]
    target: Target,
    /// New role of the account
    #[arg(value_name = "ROLE", value_parser = one_of(&Role::ALL, Role::as_str))]
    role: Role,
}

/// Runs the subcommand.
pub fn run(arguments: &Arguments, config: &Config) -> anyhow::Result<ExitCode> {
    match &arguments.command {
        Command::List(arguments) => list(arguments, config),
        Command::Approve(Approve { role, target }) => {
            change(target, config, |store, access, id| {
                store.approve_account(access, id, *role)
            })
        }
        Command::Refuse(target) => change(target, config, Store::refuse_account),
        Command::Disable(target) => change(target, config, Store::disable_account),
        Command::Enable(target) => change(target, config, Store::enable_account),
        Command::Role(ChangeRole { target, role }) => {
            change(target, config, |store, access, id| {
                store.change_role(access, id, *role)
            })
        }
        Command::ResetCode(target) => reset_code(target, config),
        Command::Owners(arguments) => owner::owners(arguments, config),
        Command::AppointOwner(target) => owner::appoint(target, config),
        Command::WithdrawOwner(target) => owner::withdraw(target, config),
        Command::Hospitals(arguments) => owner::hospitals(arguments, config),
        Command::ApproveHospital(target) => owner::approve(target, config),
        Command::RefuseHospital(target) => owner::refuse(target, config),
        Command::Register(arguments) => own::register(arguments, config),
        Command::Password(arguments) => own::password(arguments, config),
        Command::ResetPassword(arguments) => own::reset_password(arguments, config),
        Command::SshKey(arguments) => ssh_key::run(arguments, config),
        Command::AcceptTerms(arguments) => terms::accept(arguments, config),
        Command::Token(arguments) => token::run(arguments, config),
    }
}

fn list(arguments: &Listing, config: &Config) -> anyhow::Result<ExitCode> {
    let accounts = signed_in(&arguments.sign_in, config, |store, sign_in| {
        Ok(store.accounts(&sign_in.access)?)
    })?;
    let line = |account: &Account| match arguments.json {
        true => in_json(account).to_string(),
        false => format!(
            "{}  {}  {}  {}",
            scrub(&account.email),
            account.standing.as_str(),
            account.role.as_str(),
            scrub(&account.full_name)
        ),
    };
    super::print(&accounts.iter().map(line).collect::<Vec<_>>().join("\n"))
}

/// Applies `work` to an account, and prints its new state.
fn change(
    target: &Target,
    config: &Config,
    work: impl FnOnce(&Store, &Access, AccountId) -> Result<(), StoreError>,
) -> anyhow::Result<ExitCode> {
    let account = signed_in(&target.sign_in, config, |store, sign_in| {
        let access = &sign_in.access;
        let account = named(store, access, &target.account)?;
        work(store, access, account.id)?;
        // The administrator may have just lost the role or the account through this very command.
        Ok(named(store, access, &target.account).ok())
    })?;
    super::print(&match account {
        Some(account) => described(&account, target.json),
        None if target.json => json!({ "email": target.account }).to_string(),
        None => "Done. You no longer administer this hospital.".to_owned(),
    })
}

fn reset_code(target: &Target, config: &Config) -> anyhow::Result<ExitCode> {
    let code = signed_in(&target.sign_in, config, |store, sign_in| {
        let account = named(store, &sign_in.access, &target.account)?;
        Ok(store.issue_reset_code(&sign_in.access, account.id)?)
    })?;
    super::print(&match target.json {
        true => json!({ "email": target.account, "code": *code }).to_string(),
        false => (*code).clone(),
    })
}

/// Account of the administrator's hospital with that email.
fn named(store: &Store, access: &Access, email: &str) -> anyhow::Result<Account> {
    let key = text::key(email);
    let accounts = store.accounts(access)?;
    let found = accounts
        .into_iter()
        .find(|account| text::key(&account.email) == key);
    found.with_context(|| format!("{} is not an account of your hospital", scrub(email)))
}

fn described(account: &Account, json: bool) -> String {
    if json {
        return in_json(account).to_string();
    }
    let email = scrub(&account.email);
    match account.standing {
        AccountStatus::Active => format!(
            "The account {email} is active with the role {}.",
            account.role.as_str()
        ),
        AccountStatus::Disabled => format!("The account {email} is disabled."),
        AccountStatus::Pending if account.hospital_waits => format!(
            "The account {email} waits until an owner of this installation approves the new hospital {}.",
            scrub(&account.hospital)
        ),
        AccountStatus::Pending => format!(
            "The account {email} waits until an administrator of {} approves it.",
            scrub(&account.hospital)
        ),
    }
}

fn in_json(account: &Account) -> Value {
    json!({
        "email": account.email,
        "full_name": account.full_name,
        "hospital": account.hospital,
        "admin_id": account.admin_id,
        "hospital_waits": account.hospital_waits,
        "role": account.role.as_str(),
        "owner": account.owner,
        "standing": account.standing.as_str(),
        "second_factor": account.second_factor,
        "created_at": account.created_at.to_string(),
        "last_sign_in": account.last_sign_in.map(|at| at.to_string()),
    })
}
