//! Rights of an open session, its end, and acceptance of the terms.

use std::fmt;

use rusqlite::{OptionalExtension, Transaction, params};

use super::account::Account;
use super::sign_in::Candidate;
use super::token_scope::{TokenScope, TokenScopes};
use crate::clinical::terms;
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
    /// Checks that the session is still open, and in this database. Without accepted terms that allows nothing but accepting them
    /// and signing out; everything else asks for [`Access::require`] or one of the stricter checks.
    pub(in crate::store) fn require_open(&self, transaction: &Transaction<'_>) -> Result<(), Stop> {
        self.session(transaction).map(|_| ())
    }

    /// Checks that the session is still open, that its account accepted the present terms, and that a token with which it was
    /// opened has `scope`.
    pub(in crate::store) fn require(
        &self,
        transaction: &Transaction<'_>,
        scope: TokenScope,
    ) -> Result<(), Stop> {
        match self.session_with_terms(transaction)?.scopes {
            Some(scopes) if !scopes.contains(scope) => {
                Err(StoreError::OutsideTokenScope { scope }.into())
            }
            _ => Ok(()),
        }
    }

    /// As [`Access::require`], and checks that the account has `role` now.
    pub(in crate::store) fn require_role(
        &self,
        transaction: &Transaction<'_>,
        role: Role,
        scope: TokenScope,
    ) -> Result<(), Stop> {
        self.require(transaction, scope)?;
        self.has_role(transaction, role)
    }

    /// Checks that the session is still open, was opened with a password, and that its account accepted the terms and is an
    /// administrator now: a script's token must not administer.
    pub(in crate::store) fn require_administrator(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<(), Stop> {
        self.require_person(transaction)?;
        self.has_role(transaction, Role::Administrator)
    }

    /// Checks that the session is still open, was opened with a password, and that its account accepted the terms: a script's
    /// token must not change the credentials of its account.
    pub(in crate::store) fn require_person(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<(), Stop> {
        match self.session_with_terms(transaction)?.scopes {
            Some(_) => Err(StoreError::NotWithAToken.into()),
            None => Ok(()),
        }
    }

    /// As [`Access::require_person`], with or without accepted terms.
    pub(in crate::store) fn require_person_before_terms(
        &self,
        transaction: &Transaction<'_>,
    ) -> Result<(), Stop> {
        match self.session(transaction)?.scopes {
            Some(_) => Err(StoreError::NotWithAToken.into()),
            None => Ok(()),
        }
    }

    fn has_role(&self, transaction: &Transaction<'_>, role: Role) -> Result<(), Stop> {
        let has = transaction
            .prepare_cached("SELECT 1 FROM account WHERE id = ?1 AND role = ?2")?
            .exists(params![self.account, role.as_str()])?;
        match has {
            true => Ok(()),
            false => Err(StoreError::NotAllowed { role }.into()),
        }
    }

    fn session_with_terms(&self, transaction: &Transaction<'_>) -> Result<OpenSession, Stop> {
        let session = self.session(transaction)?;
        match session.terms_accepted {
            true => Ok(session),
            false => Err(StoreError::TermsNotAccepted.into()),
        }
    }

    fn session(&self, transaction: &Transaction<'_>) -> Result<OpenSession, Stop> {
        let found = transaction
            .prepare_cached(
                "SELECT EXISTS (SELECT 1 FROM terms_acceptance
                                WHERE terms_acceptance.account_id = account.id AND version = ?5),
                        session.token_id, access_token.scopes
                 FROM session JOIN account ON account.id = session.account_id
                 LEFT JOIN access_token ON access_token.id = session.token_id
                 WHERE session.id = ?1 AND session.token = ?2 AND session.ended_at IS NULL
                   AND account.id = ?3 AND account.hospital_id = ?4 AND account.standing = 'active'",
            )?
            .query_row(
                params![
                    self.session,
                    self.token,
                    self.account,
                    self.hospital,
                    terms::VERSION
                ],
                |row| {
                    let by_token: Option<i64> = row.get(1)?;
                    let scopes: Option<String> = row.get(2)?;
                    Ok(OpenSession {
                        terms_accepted: row.get(0)?,
                        scopes: by_token
                            .map(|_| TokenScopes::stored(&scopes.unwrap_or_default())),
                    })
                },
            )
            .optional()?;
        found.ok_or_else(|| StoreError::SignedOut.into())
    }
}

/// Facts of a session that is open.
struct OpenSession {
    terms_accepted: bool,
    /// Scopes of the token with which the session was opened; none if it was opened with a password.
    scopes: Option<TokenScopes>,
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
        self.note(|transaction| {
            access.require_open(transaction)?;
            transaction
                .prepare_cached("UPDATE session SET ended_at = ?2 WHERE id = ?1")?
                .execute(params![access.session, at])?;
            let object = Object::Nothing;
            audit::record_done(transaction, access, at, Action::SignOut, object)?;
            Ok(())
        })
    }

    /// The account of the session as it is now, with or without accepted terms.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`] when the session was ended, for example because the account was disabled.
    pub fn own_account(&self, access: &Access) -> Result<Account, StoreError> {
        self.read(|transaction| {
            access.require_open(transaction)?;
            let found = Candidate::with_id(transaction, access.account)?;
            Ok(found.ok_or(StoreError::SignedOut)?.account)
        })
    }

    /// Stores that the account accepts this version of the terms, with the time. Earlier versions stay in the history; accepting
    /// one twice keeps the first time.
    ///
    /// # Errors
    /// [`StoreError::InvalidTermsVersion`] for an empty or overlong version; [`StoreError::NotWithAToken`], because a person
    /// accepts the terms.
    pub fn accept_terms(&self, access: &Access, version: &str) -> Result<(), StoreError> {
        if !(1..=64).contains(&version.chars().count()) || version.chars().any(char::is_control) {
            return Err(StoreError::InvalidTermsVersion);
        }
        let at = self.now();
        self.note(|transaction| {
            access.require_person_before_terms(transaction)?;
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
