//! Setting a new password: with the present one, or with a reset code from an administrator.

use rusqlite::{OptionalExtension, Transaction, params};

use super::account::Account;
use super::session::end_sessions;
use super::sign_in::{Candidate, email_key};
use super::throttle::{AttemptKind, Throttle};
use super::{hashing, password, secret, token};
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::{Access, AccountStatus, RegistrationField, Store, StoreError};

/// Time for which a reset code is valid, in microseconds.
pub(in crate::store) const RESET_CODE_HOLDS: i64 = 24 * 60 * 60 * 1_000_000;

impl Store {
    /// Sets a new password for the account. Its other sessions end, and its tokens and an open reset code become invalid, because
    /// a password is often changed to shut out others who know it.
    ///
    /// # Errors
    /// [`StoreError::Invalid`] for a new password that registration would refuse, [`StoreError::WrongPassword`],
    /// [`StoreError::TooManyAttempts`], [`StoreError::NotWithAToken`].
    pub fn change_password(
        &self,
        access: &Access,
        current: &str,
        new_password: &str,
    ) -> Result<(), StoreError> {
        let known = self.read(|transaction| {
            access.require_person(transaction)?;
            Ok(Candidate::with_id(transaction, access.account)?)
        })?;
        let known = known.ok_or(StoreError::SignedOut)?;
        check(new_password, &known.account)?;
        let hash = hashing::hash(new_password).map_err(StoreError::Hashing)?;
        let action = Action::ChangePassword;
        self.with_password(access, current, action, |transaction, known, at| {
            set(transaction, known.id, &hash)?;
            token::revoke_all(transaction, known.id, at)?;
            end_sessions(transaction, known.id, Some(access.session), at)?;
            Ok(())
        })
    }

    /// Sets a new password for the account with `email` against the code that an administrator issued. Its sessions end and its
    /// tokens become invalid. It is not signed in, and a second factor stays.
    ///
    /// # Errors
    /// [`StoreError::WrongCode`] for an unknown email and for a code that is wrong, used or older than 24 hours alike;
    /// after several of them [`StoreError::TooManyAttempts`]. [`StoreError::Invalid`] for a new password that
    /// registration would refuse; the code stays valid.
    pub fn reset_password(
        &self,
        email: &str,
        code: &str,
        new_password: &str,
    ) -> Result<(), StoreError> {
        let key = email_key(email);
        let code_hash = secret::typed_code_hash(code);
        let at = self.now();
        // The refusal is returned as a value, so that the failure count is committed.
        let known = self.write(|transaction| {
            let (kind, place) = (AttemptKind::Reset, self.place());
            let throttle = Throttle::at_place(transaction, kind, &key, place, at)?;
            throttle.admit(transaction, at)?;
            let known = Candidate::with_email(transaction, &key)?;
            let object = known.as_ref().map(|known| Object::Account(known.id));
            match known {
                Some(known) if opens(transaction, &known, &code_hash, at)? => {
                    throttle.succeeded(transaction, at)?;
                    Ok(Ok(known))
                }
                _ => {
                    throttle.failed(transaction, at)?;
                    let (action, refused) = (Action::ResetPassword, Outcome::Refused);
                    let object = object.unwrap_or(Object::Nothing);
                    audit::record(transaction, at, None, action, object, refused)?;
                    Ok(Err(StoreError::WrongCode))
                }
            }
        })??;
        check(new_password, &known.account)?;
        let hash = hashing::hash(new_password).map_err(StoreError::Hashing)?;
        let at = self.now();
        self.write(|transaction| {
            if !opens(transaction, &known, &code_hash, at)? {
                return Err(StoreError::WrongCode.into());
            }
            set(transaction, known.id, &hash)?;
            Throttle::new(AttemptKind::SignIn, &key).forget(transaction)?;
            let (kind, place) = (AttemptKind::SignIn, self.place());
            Throttle::at_place(transaction, kind, &key, place, at)?.forget(transaction)?;
            token::revoke_all(transaction, known.id, at)?;
            end_sessions(transaction, known.id, None, at)?;
            let (action, object) = (Action::ResetPassword, Object::Account(known.id));
            audit::record(transaction, at, None, action, object, Outcome::Done)?;
            Ok(())
        })
    }
}

/// True if the code resets the password of `known` at `at`.
fn opens(
    transaction: &Transaction<'_>,
    known: &Candidate,
    code_hash: &[u8; 32],
    at: i64,
) -> rusqlite::Result<bool> {
    let standing = transaction
        .prepare_cached(
            "SELECT account.standing FROM reset_code JOIN account ON account.id = account_id
             WHERE account_id = ?1 AND code_hash = ?2 AND expires_at > ?3",
        )?
        .query_row(params![known.id, code_hash, at], |row| {
            super::role::account_status(row, 0)
        })
        .optional()?;
    Ok(standing == Some(AccountStatus::Active))
}

/// The rules of registration, with all that is known of the account's user.
fn check(new_password: &str, account: &Account) -> Result<(), StoreError> {
    let about = [
        account.hospital.as_str(),
        &account.admin_id,
        &account.full_name,
        &account.email,
    ];
    match password::strength(new_password, &about).advice {
        None => Ok(()),
        Some(message) => Err(StoreError::Invalid {
            field: RegistrationField::Password,
            message,
        }),
    }
}

/// Stores the new hash and uses up a reset code.
fn set(transaction: &Transaction<'_>, account: i64, hash: &str) -> rusqlite::Result<()> {
    transaction.execute(
        "UPDATE account SET password_hash = ?2, password_version = password_version + 1
         WHERE id = ?1",
        params![account, hash],
    )?;
    transaction.execute("DELETE FROM reset_code WHERE account_id = ?1", [account])?;
    Ok(())
}
