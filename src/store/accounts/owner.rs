//! Owners: the accounts with rights over the whole installation, apart from any role in a hospital.
//!
//! The first account of an installation is its owner. Functions that touch the records of all hospitals, such as backup and key
//! rotation, take an [`Owner`] and check in their own transaction that the right still exists.

use std::collections::HashMap;
use std::fmt;

use rusqlite::{OptionalExtension, Transaction, params};

use super::account::Account;
use super::sign_in::email_key;
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::error::Stop;
use crate::store::{Access, AccountId, Store, StoreError};

/// The right of an open session to act on the whole installation. Only [`Store::as_owner`] creates one.
#[derive(Clone, PartialEq, Eq)]
pub struct Owner {
    access: Access,
    /// True if the terms need not be accepted: a backup that is being restored may know older terms only.
    before_terms: bool,
}

impl fmt::Debug for Owner {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Owner").finish_non_exhaustive()
    }
}

impl Owner {
    /// Checks that the session is still open and that its account is an owner now.
    pub(in crate::store) fn require(&self, transaction: &Transaction<'_>) -> Result<(), Stop> {
        match self.before_terms {
            true => self.access.require_person_before_terms(transaction)?,
            false => self.access.require_person(transaction)?,
        }
        match is_owner(transaction, self.access.account)? {
            true => Ok(()),
            false => Err(StoreError::NotOwner.into()),
        }
    }

    pub(in crate::store) fn account(&self) -> i64 {
        self.access.account
    }
}

/// True if the account is an owner, active or not.
pub(in crate::store) fn is_owner(
    transaction: &Transaction<'_>,
    account: i64,
) -> rusqlite::Result<bool> {
    transaction
        .prepare_cached("SELECT 1 FROM account WHERE id = ?1 AND owner = 1")?
        .exists([account])
}

/// Checks that the installation still has an active owner. Called after every change to an owner's account.
pub(in crate::store) fn require_one(transaction: &Transaction<'_>) -> Result<(), Stop> {
    let is_owned = transaction
        .prepare_cached("SELECT 1 FROM account WHERE owner = 1 AND standing = 'active'")?
        .exists([])?;
    match is_owned {
        true => Ok(()),
        false => Err(StoreError::LastOwner.into()),
    }
}

/// Records in the audit log that the migration made the earliest administrator the owner. Does nothing without accounts.
pub(in crate::store) fn log_first_owner(
    transaction: &Transaction<'_>,
    at: i64,
) -> rusqlite::Result<()> {
    let owner: Option<i64> = transaction
        .query_row("SELECT id FROM account WHERE owner = 1", [], |row| {
            row.get(0)
        })
        .optional()?;
    match owner {
        Some(id) => {
            let (action, object) = (Action::AppointOwner, Object::Account(id));
            audit::record(transaction, at, None, action, object, Outcome::Done)
        }
        None => Ok(()),
    }
}

impl Store {
    /// The rights of an owner for the session of `access`. A refusal is recorded in the audit log.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`], [`StoreError::NotWithAToken`] for a session that was opened with a token,
    /// [`StoreError::TermsNotAccepted`], [`StoreError::SignedOut`].
    pub fn as_owner(&self, access: &Access) -> Result<Owner, StoreError> {
        self.owner_of(access, false)
    }

    /// As [`Store::as_owner`], with or without accepted terms.
    pub(in crate::store) fn as_owner_before_terms(
        &self,
        access: &Access,
    ) -> Result<Owner, StoreError> {
        self.owner_of(access, true)
    }

    fn owner_of(&self, access: &Access, before_terms: bool) -> Result<Owner, StoreError> {
        let owner = Owner {
            access: access.clone(),
            before_terms,
        };
        let refusal = match self.read(|transaction| owner.require(transaction)) {
            Ok(()) => return Ok(owner),
            Err(refusal) => refusal,
        };
        if matches!(refusal, StoreError::NotOwner | StoreError::NotWithAToken) {
            let at = self.now();
            self.note(|transaction| {
                let (who, action) = (Some(access.account), Action::ActAsOwner);
                let (nothing, refused) = (Object::Nothing, Outcome::Refused);
                audit::record(transaction, at, who, action, nothing, refused)?;
                Ok(())
            })?;
        }
        Err(refusal)
    }

    /// The owners of the installation, of all hospitals, by name.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`], or an error of the database.
    pub fn owners(&self, owner: &Owner) -> Result<Vec<Account>, StoreError> {
        self.read(|transaction| {
            owner.require(transaction)?;
            let sql = format!(
                "SELECT {} FROM account JOIN hospital ON hospital.id = account.hospital_id
                 WHERE account.owner = 1 ORDER BY account.full_name COLLATE NOCASE, account.id",
                Account::COLUMNS
            );
            let accounts = transaction
                .prepare_cached(&sql)?
                .query_map([], |row| Account::read(row, 0))?
                .collect::<Result<_, _>>()?;
            Ok(accounts)
        })
    }

    /// Emails of accounts of any hospital, by their numbers; those that there are not are left out.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`], or an error of the database.
    pub fn emails_of(
        &self,
        owner: &Owner,
        accounts: &[AccountId],
    ) -> Result<HashMap<i64, String>, StoreError> {
        self.read(|transaction| {
            owner.require(transaction)?;
            let mut read = transaction.prepare_cached("SELECT email FROM account WHERE id = ?1")?;
            let mut emails = HashMap::new();
            for account in accounts {
                let email = read.query_row([account.0], |row| row.get(0)).optional()?;
                emails.extend(email.map(|email| (account.0, email)));
            }
            Ok(emails)
        })
    }

    /// Makes the active account with `email`, of any hospital, an owner, valid from its next call on.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`]; [`StoreError::NoSuchAccount`] when no active account other than an owner's has that email.
    pub fn appoint_owner(&self, owner: &Owner, email: &str) -> Result<(), StoreError> {
        self.set_owner(owner, email, true, Action::AppointOwner)
    }

    /// Withdraws the rights of an owner from the account with `email`. Its role in its hospital stays.
    ///
    /// # Errors
    /// [`StoreError::NotOwner`]; [`StoreError::NoSuchAccount`] when no owner has that email;
    /// [`StoreError::LastOwner`].
    pub fn withdraw_owner(&self, owner: &Owner, email: &str) -> Result<(), StoreError> {
        self.set_owner(owner, email, false, Action::WithdrawOwner)
    }

    fn set_owner(
        &self,
        owner: &Owner,
        email: &str,
        appoint: bool,
        action: Action,
    ) -> Result<(), StoreError> {
        let key = email_key(email);
        let at = self.now();
        self.write(|transaction| {
            owner.require(transaction)?;
            // Rights can be withdrawn from a disabled account, but given only to an active one.
            let found: Option<i64> = transaction
                .prepare_cached(
                    "SELECT id FROM account
                     WHERE email_key = ?1 AND owner <> ?2 AND (?2 = 0 OR standing = 'active')",
                )?
                .query_row(params![key, appoint], |row| row.get(0))
                .optional()?;
            let id = found.ok_or(StoreError::NoSuchAccount)?;
            transaction.execute(
                "UPDATE account SET owner = ?2 WHERE id = ?1",
                params![id, appoint],
            )?;
            require_one(transaction)?;
            let (who, object) = (Some(owner.account()), Object::Account(id));
            audit::record(transaction, at, who, action, object, Outcome::Done)?;
            Ok(())
        })
    }
}
