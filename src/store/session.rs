//! Signing in and out, and the terms.

use std::fmt;

use jiff::Timestamp;
use rusqlite::{OptionalExtension, Transaction, params};

use super::account::{Account, instant};
use super::audit::{self, Action, Object, Outcome};
use super::error::Stop;
use super::{Role, Standing, Store, StoreError, hashing, password};
use crate::clinical::{terms, text};

/// The right to an account's records, from signing in until signing out. Every clone ends then.
///
/// Only [`Store::sign_in`] makes one.
#[derive(Clone, PartialEq, Eq)]
pub struct Access {
    pub(super) account: i64,
    pub(super) hospital: i64,
    session: i64,
    token: [u8; 16],
}

impl fmt::Debug for Access {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Access").finish_non_exhaustive()
    }
}

impl Access {
    /// Whether the session still runs, in this very database.
    pub(super) fn require(&self, transaction: &Transaction<'_>) -> Result<(), Stop> {
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

    /// Whether the session still runs and its account has `role` now.
    pub(super) fn require_role(
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
}

/// What signing in gives.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub access: Access,
    pub account: Account,
    /// Whether the present version of the terms, [`terms::VERSION`], was accepted.
    pub terms_accepted: bool,
    /// When the account signed in the time before; none the first time.
    pub last_sign_in: Option<Timestamp>,
}

/// What is known of an email before its password was checked.
struct Candidate {
    id: i64,
    hospital: i64,
    password_hash: String,
    account: Account,
}

impl Store {
    /// Signs in. Takes some 20 ms for the password's hash, whether the email is known or not.
    ///
    /// # Errors
    /// [`StoreError::WrongCredentials`] for an unknown email and for a wrong password alike; the
    /// failure is recorded. With the right password, [`StoreError::AwaitingApproval`] and
    /// [`StoreError::AccountDisabled`].
    pub fn sign_in(&self, email: &str, password: &str) -> Result<SignIn, StoreError> {
        let candidate = self.candidate(email)?;
        let known_hash = candidate.as_ref().map(|c| c.password_hash.as_str());
        // No stored password is longer; a longer one must not cost more than any other.
        let too_long = password.len() > password::MOST_BYTES;
        let tried = if too_long { "" } else { password };
        let right = hashing::verify(tried, known_hash).map_err(StoreError::Hashing)?;
        match candidate {
            // Told to nobody who does not know the password.
            Some(candidate) if right && !too_long => match candidate.account.standing {
                Standing::Active => self.start_session(candidate, password),
                standing => {
                    self.record_failure(Some(candidate.id))?;
                    Err(match standing {
                        Standing::Disabled => StoreError::AccountDisabled,
                        _ => StoreError::AwaitingApproval {
                            hospital: candidate.account.hospital,
                        },
                    })
                }
            },
            candidate => {
                self.record_failure(candidate.map(|c| c.id))?;
                Err(StoreError::WrongCredentials)
            }
        }
    }

    /// Ends the session: `access` and its clones open nothing from now on.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`] when it had ended before.
    pub fn sign_out(&self, access: &Access) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            access.require(transaction)?;
            transaction
                .prepare_cached("UPDATE session SET ended_at = ?2 WHERE id = ?1")?
                .execute(params![access.session, at])?;
            let nothing = Object::Nothing;
            let who = Some(access.account);
            audit::record(
                transaction,
                at,
                who,
                Action::SignOut,
                nothing,
                Outcome::Done,
            )?;
            Ok(())
        })
    }

    /// Stores that the account accepts this version of the terms, with the time. Earlier versions
    /// stay in the history; accepting one twice keeps the first time.
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
            let nothing = Object::Nothing;
            let who = Some(access.account);
            audit::record(
                transaction,
                at,
                who,
                Action::AcceptTerms,
                nothing,
                Outcome::Done,
            )?;
            Ok(())
        })
    }

    fn candidate(&self, email: &str) -> Result<Option<Candidate>, StoreError> {
        // An address is short; folding a megabyte of text would only waste time.
        let email: String = email.chars().take(1024).collect();
        let key = text::key(&email);
        self.read(|transaction| {
            let sql = format!(
                "SELECT account.id, account.hospital_id, account.password_hash, {}
                 FROM account JOIN hospital ON hospital.id = account.hospital_id
                 WHERE account.email_key = ?1",
                Account::COLUMNS
            );
            let found = transaction.query_row(&sql, [key], |row| {
                Ok(Candidate {
                    id: row.get(0)?,
                    hospital: row.get(1)?,
                    password_hash: row.get(2)?,
                    account: Account::read(row, 3)?,
                })
            });
            Ok(found.optional()?)
        })
    }

    fn start_session(&self, candidate: Candidate, password: &str) -> Result<SignIn, StoreError> {
        let renewed = hashing::is_outdated(&candidate.password_hash)
            .then(|| hashing::hash(password))
            .transpose()
            .map_err(StoreError::Hashing)?;
        let at = self.now();
        let id = candidate.id;
        self.write(|transaction| {
            if let Some(renewed) = &renewed {
                // Only over the hash that was checked: the password may have changed meanwhile.
                transaction.execute(
                    "UPDATE account SET password_hash = ?3 WHERE id = ?1 AND password_hash = ?2",
                    params![id, candidate.password_hash, renewed],
                )?;
            }
            let last_sign_in = transaction
                .prepare_cached(
                    "SELECT started_at FROM session WHERE account_id = ?1 ORDER BY id DESC LIMIT 1",
                )?
                .query_row([id], |row| instant(row, 0))
                .optional()?;
            let terms_accepted = transaction
                .prepare_cached(
                    "SELECT 1 FROM terms_acceptance WHERE account_id = ?1 AND version = ?2",
                )?
                .exists(params![id, terms::VERSION])?;
            let (session, token) = transaction
                .prepare_cached(
                    "INSERT INTO session (account_id, token, started_at)
                     VALUES (?1, randomblob(16), ?2) RETURNING id, token",
                )?
                .query_row(params![id, at], |row| Ok((row.get(0)?, row.get(1)?)))?;
            let nothing = Object::Nothing;
            audit::record(
                transaction,
                at,
                Some(id),
                Action::SignIn,
                nothing,
                Outcome::Done,
            )?;
            Ok(SignIn {
                access: Access {
                    account: id,
                    hospital: candidate.hospital,
                    session,
                    token,
                },
                account: candidate.account,
                terms_accepted,
                last_sign_in,
            })
        })
    }

    fn record_failure(&self, account: Option<i64>) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            transaction
                .prepare_cached("INSERT INTO failed_sign_in (account_id, at) VALUES (?1, ?2)")?
                .execute(params![account, at])?;
            let object = account.map_or(Object::Nothing, Object::Account);
            audit::record(
                transaction,
                at,
                None,
                Action::SignIn,
                object,
                Outcome::Refused,
            )?;
            Ok(())
        })
    }
}
