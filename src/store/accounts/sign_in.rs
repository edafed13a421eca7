//! Signing in, with a password and, if the account has one, a second factor.

use rusqlite::{OptionalExtension, Transaction, params};

use super::account::Account;
use super::history::{self, PastSignIn};
use super::throttle::{AttemptKind, Throttle};
use super::token::TokenId;
use super::{hashing, password, second_factor};
use crate::clinical::{terms, text};
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::{Access, AccountStatus, Store, StoreError};

/// Result of signing in.
#[derive(Debug, Clone)]
pub struct SignIn {
    pub access: Access,
    pub account: Account,
    /// True if the present version of the terms, [`terms::VERSION`], was accepted.
    pub terms_accepted: bool,
    /// The previous sign-in; none the first time.
    pub last: Option<PastSignIn>,
    /// Number of failed attempts at this account since then.
    pub failed_since: u32,
    /// Sentence about the state of the records that the user must know at once, such as missing changes.
    pub warning: Option<String>,
}

/// Data of an email's account before its password is checked.
pub(in crate::store) struct Candidate {
    pub id: i64,
    pub hospital: i64,
    password_hash: String,
    /// Distinguishes this password from a later one.
    password_version: i64,
    pub account: Account,
}

impl Candidate {
    /// The account with this folded email.
    pub(in crate::store) fn with_email(
        transaction: &Transaction<'_>,
        email_key: &str,
    ) -> rusqlite::Result<Option<Self>> {
        Self::find(transaction, "account.email_key = ?1", [email_key])
    }

    pub(in crate::store) fn with_id(
        transaction: &Transaction<'_>,
        id: i64,
    ) -> rusqlite::Result<Option<Self>> {
        Self::find(transaction, "account.id = ?1", [id])
    }

    fn find(
        transaction: &Transaction<'_>,
        which: &str,
        key: impl rusqlite::Params,
    ) -> rusqlite::Result<Option<Self>> {
        let sql = format!(
            "SELECT account.id, account.hospital_id, account.password_hash, account.password_version, {}
             FROM account JOIN hospital ON hospital.id = account.hospital_id WHERE {which}",
            Account::COLUMNS
        );
        let found = transaction.prepare_cached(&sql)?.query_row(key, |row| {
            Ok(Self {
                id: row.get(0)?,
                hospital: row.get(1)?,
                password_hash: row.get(2)?,
                password_version: row.get(3)?,
                account: Account::read(row, 4)?,
            })
        });
        found.optional()
    }

    /// True if the password that was checked is still that of the account, and the account is active.
    pub(in crate::store) fn still_valid(
        &self,
        transaction: &Transaction<'_>,
    ) -> rusqlite::Result<bool> {
        transaction
            .prepare_cached(
                "SELECT 1 FROM account
                 WHERE id = ?1 AND password_version = ?2 AND standing = 'active'",
            )?
            .exists(params![self.id, self.password_version])
    }
}

/// The form in which an email is looked up. An address is short; folding a megabyte of text would only waste time.
pub(in crate::store) fn email_key(email: &str) -> String {
    let email: String = email.chars().take(1024).collect();
    text::key(&email)
}

/// True if `password` is that of the account. Takes as long without an account as with one.
pub(in crate::store) fn verify(
    password: &str,
    candidate: Option<&Candidate>,
) -> Result<bool, StoreError> {
    let known_hash = candidate.map(|candidate| candidate.password_hash.as_str());
    // No stored password is longer, and a longer one must not cost more than any other.
    let too_long = password.len() > password::MAX_BYTES;
    let tried = if too_long { "" } else { password };
    let right = hashing::verify(tried, known_hash).map_err(StoreError::Hashing)?;
    Ok(right && !too_long)
}

/// Credential with which a session is opened.
pub(in crate::store) enum By {
    Password,
    Token(TokenId),
}

impl Store {
    /// Signs in. Takes some 20 ms for the password's hash, for known and unknown emails alike.
    ///
    /// # Errors
    /// [`StoreError::WrongCredentials`] for an unknown email and for a wrong password alike; the failure is recorded.
    /// After several of them [`StoreError::TooManyAttempts`], again for both alike. With the right password:
    /// [`StoreError::AwaitingApproval`], [`StoreError::HospitalAwaitsApproval`], [`StoreError::AccountDisabled`], and
    /// [`StoreError::SecondFactorNeeded`], after which [`Store::sign_in_with_code`] is to be called.
    pub fn sign_in(&self, email: &str, password: &str) -> Result<SignIn, StoreError> {
        Ok(self.with_warning(self.enter(email, password, None)?))
    }

    /// As [`Store::sign_in`], with the code that the authenticator shows, or a recovery code; each works once. Without a second
    /// factor the code is ignored.
    ///
    /// # Errors
    /// As [`Store::sign_in`], and with the right password [`StoreError::WrongCode`], which counts as a failure.
    pub fn sign_in_with_code(
        &self,
        email: &str,
        password: &str,
        code: &str,
    ) -> Result<SignIn, StoreError> {
        Ok(self.with_warning(self.enter(email, password, Some(code))?))
    }

    /// The same with the warning about the records, if there is one.
    pub(in crate::store) fn with_warning(&self, sign_in: SignIn) -> SignIn {
        SignIn {
            warning: self.warning(),
            ..sign_in
        }
    }

    fn enter(&self, email: &str, password: &str, code: Option<&str>) -> Result<SignIn, StoreError> {
        let key = email_key(email);
        let at = self.now();
        let (throttle, candidate) = self.note(|transaction| {
            let (kind, place) = (AttemptKind::SignIn, self.place());
            let throttle = Throttle::at_place(transaction, kind, &key, place, at)?;
            throttle.admit(transaction, at)?;
            Ok((throttle, Candidate::with_email(transaction, &key)?))
        })?;
        let right = verify(password, candidate.as_ref())?;
        let renewed = match &candidate {
            Some(known) if right && hashing::is_outdated(&known.password_hash) => {
                Some(hashing::hash(password).map_err(StoreError::Hashing)?)
            }
            _ => None,
        };
        let at = self.now();
        // The refusal is returned as a value, so that the failure count is committed.
        self.note(|transaction| {
            let known = candidate.as_ref().filter(|_| right);
            let refusal = match known {
                None => StoreError::WrongCredentials,
                // Revealed only after the right password.
                Some(known) => match known.account.standing {
                    AccountStatus::Disabled => StoreError::AccountDisabled,
                    AccountStatus::Pending if known.account.hospital_waits => {
                        StoreError::HospitalAwaitsApproval {
                            hospital: known.account.hospital.clone(),
                        }
                    }
                    AccountStatus::Pending => StoreError::AwaitingApproval {
                        hospital: known.account.hospital.clone(),
                    },
                    AccountStatus::Active if !known.still_valid(transaction)? => {
                        StoreError::WrongCredentials
                    }
                    AccountStatus::Active => {
                        match second_factor::check_code(transaction, known.id, code, at)? {
                            Some(refusal) => refusal,
                            None => {
                                throttle.succeeded(transaction, at)?;
                                self.renew(transaction, known, renewed.as_deref())?;
                                let entered = start_session(
                                    transaction,
                                    known,
                                    By::Password,
                                    self.place(),
                                    at,
                                )?;
                                return Ok(Ok(entered));
                            }
                        }
                    }
                },
            };
            let id = candidate.as_ref().map(|known| known.id);
            match refusal {
                // The next call brings the code; this one is not a failure.
                StoreError::SecondFactorNeeded => {
                    throttle.undecided(transaction, at)?;
                    return Ok(Err(refusal));
                }
                StoreError::WrongCredentials | StoreError::WrongCode => {
                    throttle.failed(transaction, at)?;
                }
                _ => throttle.undecided(transaction, at)?,
            }
            history::record_failure(transaction, id, self.place(), at)?;
            let object = id.map_or(Object::Nothing, Object::Account);
            let refused = Outcome::Refused;
            audit::record(transaction, at, None, Action::SignIn, object, refused)?;
            Ok(Err(refusal))
        })?
    }

    fn renew(
        &self,
        transaction: &Transaction<'_>,
        known: &Candidate,
        renewed: Option<&str>,
    ) -> rusqlite::Result<()> {
        if let Some(renewed) = renewed {
            transaction.execute(
                "UPDATE account SET password_hash = ?2 WHERE id = ?1",
                params![known.id, renewed],
            )?;
        }
        Ok(())
    }
}

/// Opens a session for an account that has proved its identity.
pub(in crate::store) fn start_session(
    transaction: &Transaction<'_>,
    candidate: &Candidate,
    by: By,
    place: &str,
    at: i64,
) -> rusqlite::Result<SignIn> {
    let id = candidate.id;
    let (last, failed_since) = history::before(transaction, id)?;
    let terms_accepted = transaction
        .prepare_cached("SELECT 1 FROM terms_acceptance WHERE account_id = ?1 AND version = ?2")?
        .exists(params![id, terms::VERSION])?;
    let (token_id, object) = match by {
        By::Password => (None, Object::Nothing),
        By::Token(token) => (Some(token.0), Object::Token(token)),
    };
    let (session, token) = transaction
        .prepare_cached(
            "INSERT INTO session (account_id, token, started_at, place, token_id)
             VALUES (?1, randomblob(16), ?2, ?3, ?4) RETURNING id, token",
        )?
        .query_row(params![id, at, place, token_id], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })?;
    let done = Outcome::Done;
    audit::record(transaction, at, Some(id), Action::SignIn, object, done)?;
    Ok(SignIn {
        access: Access {
            account: id,
            hospital: candidate.hospital,
            session,
            token,
        },
        account: candidate.account.clone(),
        terms_accepted,
        last,
        failed_since,
        warning: None,
    })
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use jiff::Timestamp;
    use zeroize::Zeroizing;

    use super::*;
    use crate::store::Registration;

    const EMAIL: &str = "ada@example.org";
    const PASSWORD: &str = "seven quiet herons wade";

    /// Number of hashes that an attempt costs.
    fn runs(store: &Store, email: &str, password: &str) -> (usize, Result<SignIn, StoreError>) {
        let before = hashing::RUNS.get();
        let answer = store.sign_in(email, password);
        (hashing::RUNS.get() - before, answer)
    }

    #[test]
    fn an_unknown_email_costs_as_much_as_a_wrong_password_and_a_wait_costs_nothing() {
        let home = tempfile::tempdir().unwrap();
        let clock = || Timestamp::constant(1_700_000_000, 0);
        let store = Store::open_with_clock(home.path(), Arc::new(clock)).unwrap();
        let form = Registration {
            hospital: "St. Mary".into(),
            admin_id: "RT-4471".into(),
            full_name: "Ada Byron".into(),
            email: EMAIL.into(),
            password: Zeroizing::new(PASSWORD.into()),
        };
        store.register(&form).unwrap();
        assert_eq!(runs(&store, EMAIL, PASSWORD).0, 1);
        let long = "x".repeat(1_000_000);
        for email in [EMAIL, "unknown@example.org"] {
            for password in ["wrong", "", &long, "nine loud crows sit"] {
                let (work, answer) = runs(&store, email, password);
                assert!(matches!(answer, Err(StoreError::WrongCredentials)));
                assert_eq!(work, 1, "{email}");
            }
            let (work, answer) = runs(&store, email, PASSWORD);
            assert!(matches!(answer, Err(StoreError::TooManyAttempts { .. })));
            assert_eq!(work, 0, "{email}");
        }
    }
}
