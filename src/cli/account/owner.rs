//! `lunny account owners|appoint-owner|withdraw-owner|hospitals|approve-hospital|refuse-hospital`: what owners of the
//! installation do, besides backups and the key.

use std::process::ExitCode;

use anyhow::Context;
use serde_json::json;

use super::{Listing, Target, in_json};
use crate::cli::print;
use crate::cli::sign_in::signed_in;
use crate::clinical::text;
use crate::config::Config;
use crate::store::{Account, AccountId, AccountStatus, Owner, Store, StoreError};
use crate::text::scrub;

pub(super) fn owners(arguments: &Listing, config: &Config) -> anyhow::Result<ExitCode> {
    list(arguments, config, Store::owners, |account| {
        format!(
            "{}  {}  {}  {}",
            scrub(&account.email),
            account.standing.as_str(),
            scrub(&account.full_name),
            scrub(&account.hospital)
        )
    })
}

pub(super) fn hospitals(arguments: &Listing, config: &Config) -> anyhow::Result<ExitCode> {
    list(arguments, config, Store::waiting_hospitals, |account| {
        let how = match account.standing {
            AccountStatus::Disabled => "refused",
            _ => "waits",
        };
        format!(
            "{}  {how}  {}  {}",
            scrub(&account.email),
            scrub(&account.hospital),
            scrub(&account.full_name)
        )
    })
}

fn list(
    arguments: &Listing,
    config: &Config,
    read: impl FnOnce(&Store, &Owner) -> Result<Vec<Account>, StoreError>,
    in_words: impl Fn(&Account) -> String,
) -> anyhow::Result<ExitCode> {
    let accounts = signed_in(&arguments.sign_in, config, |store, sign_in| {
        let owner = store.as_owner(&sign_in.access)?;
        Ok(read(store, &owner)?)
    })?;
    let line = |account: &Account| match arguments.json {
        true => in_json(account).to_string(),
        false => in_words(account),
    };
    print(&accounts.iter().map(line).collect::<Vec<_>>().join("\n"))
}

pub(super) fn appoint(target: &Target, config: &Config) -> anyhow::Result<ExitCode> {
    set(target, config, Store::appoint_owner, true)
}

pub(super) fn withdraw(target: &Target, config: &Config) -> anyhow::Result<ExitCode> {
    set(target, config, Store::withdraw_owner, false)
}

fn set(
    target: &Target,
    config: &Config,
    work: impl FnOnce(&Store, &Owner, &str) -> Result<(), StoreError>,
    is_owner: bool,
) -> anyhow::Result<ExitCode> {
    let email = scrub(&target.account);
    signed_in(&target.sign_in, config, |store, sign_in| {
        let owner = store.as_owner(&sign_in.access)?;
        match work(store, &owner, &target.account) {
            Err(StoreError::NoSuchAccount) if is_owner => Err(StoreError::NoSuchAccount)
                .with_context(|| {
                    format!("{email} is not an active account, or is already an owner")
                }),
            Err(StoreError::NoSuchAccount) => {
                Err(StoreError::NoSuchAccount).with_context(|| format!("{email} is not an owner"))
            }
            done => Ok(done?),
        }
    })?;
    print(&match (target.json, is_owner) {
        (true, _) => json!({ "email": target.account, "owner": is_owner }).to_string(),
        (false, true) => format!("{email} is an owner of this installation."),
        (false, false) => format!("{email} is no longer an owner of this installation."),
    })
}

pub(super) fn approve(target: &Target, config: &Config) -> anyhow::Result<ExitCode> {
    decide(target, config, Store::approve_hospital, "approved")
}

pub(super) fn refuse(target: &Target, config: &Config) -> anyhow::Result<ExitCode> {
    decide(target, config, Store::refuse_hospital, "refused")
}

fn decide(
    target: &Target,
    config: &Config,
    work: impl FnOnce(&Store, &Owner, AccountId) -> Result<(), StoreError>,
    outcome: &str,
) -> anyhow::Result<ExitCode> {
    let account = signed_in(&target.sign_in, config, |store, sign_in| {
        let owner = store.as_owner(&sign_in.access)?;
        let key = text::key(&target.account);
        let waiting = store.waiting_hospitals(&owner)?;
        let found = (waiting.into_iter()).find(|account| text::key(&account.email) == key);
        let account = found.with_context(|| {
            let email = scrub(&target.account);
            format!("{email} does not ask for a hospital: `lunny account hospitals` lists the accounts that do")
        })?;
        work(store, &owner, account.id)?;
        Ok(account)
    })?;
    let (email, hospital) = (scrub(&account.email), scrub(&account.hospital));
    print(&match (target.json, outcome) {
        (true, _) => json!({
            "email": account.email,
            "hospital": account.hospital,
            "outcome": outcome,
        })
        .to_string(),
        (false, "approved") => format!("{hospital} is approved, and {email} administers it."),
        (false, _) => format!("{email} is refused, and {hospital} stays closed."),
    })
}
