//! Rights of an open session, its end, and acceptance of the terms.

use std::fmt;

use rusqlite::{Transaction, params};

use crate::store::audit::{self, Action, Object};
use crate::store::error::Stop;
use crate::store::{Role, Store, StoreError};

/// The right to an account's records, from signing in until signing out. Signing out ends every clone.
///
/// Created only by signing in: [`Store::sign_in`], [`Store::sign_in_with_code`], [`Store::sign_in_with_token`].
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    pub(in crate::store) account: i64,
    pub(in crate::store) hospital: i64,
    pub(in crate::store) session: i64,
    pub(in crate::store) token: [u8; 16],
}

impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Access").finish_non_exhaustive()
    }
}

impl Access {
    /// Checks that the session is still open, and in this database.
    pub(in crate::store) fn require(&self, transaction: &Transaction<'_>) -> Result<(), Stop> {
        let runs = transaction
            .prepare_cached(
                "SELECT 1 FROM session JOIN account ON account.id = session.account_id
                 WHERE session.id = ?1 AND session.token = ?2 AND session.ended_at IS NULL
                   AND account.id = ?3 AND account.hospital_id = ?4 AND account.standing = 'active'",
            )?
            .exists(params![
                self.session,
                self.token,
                self.account,
                self.hospital
            ])?;
        if runs {
            Ok(())
        } else {
            Err(StoreError::SignedOut.into())
        }
    }

    /// Checks that the session is still open and that its account has `role` now.
    pub(in crate::store) fn require_role(
        &self,
        transaction: &Transaction<'_>,
        role: Role,
    ) -> Result<(), Stop> {
        self.require(transaction)?;
        let has = transaction
            .prepare_cached("SELECT 1 FROM account WHERE id = ?1 AND role = ?2")?
            .exists(params![self.account, role.as_str()])?;
        match has {
            true => Ok(()),
            false => Err(StoreError::NotAllowed { role }.into()),
        }
    }

    /// Checks that the session is still open, was opened with a password, and that its account is an administrator now: a
    /// script's token must not administer.
    pub(in crate::store) fn require_administrator(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<(), Stop> {
        self.require_role(transaction, Role::Administrator)?;
        self.require_person(transaction)
    }

    /// Checks that the session is still open and was opened with a password: a script's token must not change the credentials of
    /// its account.
    pub(in crate::store) fn require_person(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<(), Stop> {
        self.require(transaction)?;
        let of_a_token = transaction
            .prepare_cached("SELECT 1 FROM session WHERE id = ?1 AND token_id IS NOT NULL")?
            .exists([self.session])?;
        match of_a_token {
            true => Err(StoreError::NotWithAToken.into()),
            false => Ok(()),
        }
    }
}

/// Ends every session of `account` except the one with id `except`.
pub(in crate::store) fn end_sessions(
    transaction: &Transaction<'_>,
    account: i64,
    except: Option<i64>,
    at: i64,
) -> rusqlite::Result<()> {
    transaction
        .prepare_cached(
            "UPDATE session SET ended_at = ?3
             WHERE account_id = ?1 AND ended_at IS NULL AND id IS NOT ?2",
        )?
        .execute(params![account, except, at])?;
    Ok(())
}

impl Store {
    /// Ends the session: `access` and its clones are invalid from now on.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`] when it had already ended.
    pub fn sign_out(&self, access: &Access) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction)?;
            transaction
                .prepare_cached("UPDATE session SET ended_at = ?2 WHERE id = ?1")?
                .execute(params![access.session, at])?;
            let object = Object::Nothing;
            audit::record_done(transaction, access, at, Action::SignOut, object)?;
            Ok(())
        })
    }

    /// Stores that the account accepts this version of the terms, with the time. Earlier versions stay in the history; accepting
    /// one twice keeps the first time.
    ///
    /// # Errors
    /// [`StoreError::InvalidTermsVersion`] for an empty or overlong version.
    pub fn accept_terms(&self, access: &Access, version: &str) -> Result<(), StoreError> {
        if !(1..=64).contains(&version.chars().count()) || version.chars().any(char::is_control) {
            return Err(StoreError::InvalidTermsVersion);
        }
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction)?;
            transaction
                .prepare_cached(
                    "INSERT INTO terms_acceptance (account_id, version, accepted_at)
                     VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING",
                )?
                .execute(params![access.account, version, at])?;
            let object = Object::Nothing;
            audit::record_done(transaction, access, at, Action::AcceptTerms, object)?;
            Ok(())
        })
    }
}
