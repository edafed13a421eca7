//! The second factor: an authenticator's codes, and recovery codes for a lost authenticator.

use rusqlite::{OptionalExtension, Transaction, params};
use zeroize::Zeroizing;

use super::{administration, secret, totp};
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::error::Stop;
use crate::store::{Access, AccountId, Store, StoreError, TokenScope};

/// Number of recovery codes, each of which works once.
const RECOVERY_CODES: usize = 10;

/// The data that an authenticator needs. Shown once.
pub struct Enrolment {
    /// The secret in base32, for typing.
    pub secret: Zeroizing<String>,
    /// The secret as a key URI (`otpauth://`), for a QR code.
    pub uri: Zeroizing<String>,
}

impl Store {
    /// Creates a secret for an authenticator. Signing in asks for its codes only after [`Store::confirm_second_factor`] has seen
    /// one. A second call discards an unconfirmed secret.
    ///
    /// # Errors
    /// [`StoreError::SecondFactorInPlace`] when the account has one, [`StoreError::NotWithAToken`].
    pub fn begin_second_factor(&self, access: &Access) -> Result<Enrolment, StoreError> {
        let random = secret::random::<{ totp::SECRET_BYTES }>()?;
        let at = self.now();
        let email: String = self.write(|transaction| {
            access.require_person(transaction)?;
            let begun = transaction
                .prepare_cached(
                    "INSERT INTO second_factor (account_id, secret, last_step) VALUES (?1, ?2, 0)
                     ON CONFLICT (account_id) DO UPDATE SET secret = excluded.secret
                     WHERE confirmed_at IS NULL",
                )?
                .execute(params![access.account, random.as_slice()])?;
            if begun == 0 {
                return Err(StoreError::SecondFactorInPlace.into());
            }
            audit::record_done(
                transaction,
                access,
                at,
                Action::BeginSecondFactor,
                Object::Nothing,
            )?;
            let email = "SELECT email FROM account WHERE id = ?1";
            Ok(transaction.query_row(email, [access.account], |row| row.get(0))?)
        })?;
        let secret = secret::base32(random.as_slice());
        let uri = Zeroizing::new(totp::uri(&email, &secret));
        Ok(Enrolment { secret, uri })
    }

    /// Turns the second factor on, now that `code` proves that an authenticator has its secret. Returns ten recovery codes, shown
    /// once: each works once in place of the authenticator.
    ///
    /// # Errors
    /// [`StoreError::WrongCode`], [`StoreError::NoSecondFactor`] unless one was begun,
    /// [`StoreError::SecondFactorInPlace`], [`StoreError::NotWithAToken`].
    pub fn confirm_second_factor(
        &self,
        access: &Access,
        code: &str,
    ) -> Result<Vec<String>, StoreError> {
        let recovery: Vec<_> = (0..RECOVERY_CODES)
            .map(|_| secret::code())
            .collect::<Result<_, _>>()?;
        let at = self.now();
        self.write(|transaction| {
            access.require_person(transaction)?;
            let factor = Factor::of(transaction, access.account)?;
            let factor = factor.ok_or(StoreError::NoSecondFactor)?;
            if factor.confirmed {
                return Err(StoreError::SecondFactorInPlace.into());
            }
            let step = totp::step_of(&factor.secret, code, at, factor.last_step);
            let step = step.ok_or(StoreError::WrongCode)?;
            transaction.execute(
                "UPDATE second_factor SET confirmed_at = ?2, last_step = ?3 WHERE account_id = ?1",
                params![access.account, at, step],
            )?;
            for (_, hash) in &recovery {
                transaction
                    .prepare_cached(
                        "INSERT INTO recovery_code (account_id, code_hash) VALUES (?1, ?2)",
                    )?
                    .execute(params![access.account, hash])?;
            }
            audit::record_done(
                transaction,
                access,
                at,
                Action::ConfirmSecondFactor,
                Object::Nothing,
            )?;
            Ok(())
        })?;
        let shown = |(code, _): (Zeroizing<String>, _)| code.to_string();
        Ok(recovery.into_iter().map(shown).collect())
    }

    /// True if signing in to this account asks for a code.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn has_second_factor(&self, access: &Access) -> Result<bool, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let factor = Factor::of(transaction, access.account)?;
            Ok(factor.is_some_and(|factor| factor.confirmed))
        })
    }

    /// Number of unused recovery codes of this account.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`], or an error of the database.
    pub fn recovery_codes_left(&self, access: &Access) -> Result<u32, StoreError> {
        self.read(|transaction| {
            access.require(transaction, TokenScope::Read)?;
            let left = transaction
                .prepare_cached(
                    "SELECT count(*) FROM recovery_code WHERE account_id = ?1 AND used_at IS NULL",
                )?
                .query_row([access.account], |row| row.get(0))?;
            Ok(left)
        })
    }

    /// Removes the second factor of this account permanently. Asks for the password.
    ///
    /// # Errors
    /// [`StoreError::WrongPassword`], [`StoreError::TooManyAttempts`], [`StoreError::NoSecondFactor`].
    pub fn remove_second_factor(&self, access: &Access, password: &str) -> Result<(), StoreError> {
        let action = Action::RemoveSecondFactor;
        self.with_password(access, password, action, |transaction, _, _| {
            remove(transaction, access.account)
        })
    }

    /// Removes the second factor of an account of the administrator's hospital, for a user who lost both the authenticator and
    /// the recovery codes.
    ///
    /// # Errors
    /// [`StoreError::NotAllowed`] unless `access` is an administrator's, [`StoreError::NoSuchAccount`],
    /// [`StoreError::NoSecondFactor`].
    pub fn remove_second_factor_of(
        &self,
        access: &Access,
        id: AccountId,
    ) -> Result<(), StoreError> {
        let at = self.now();
        self.write(|transaction| {
            let action = Action::RemoveSecondFactor;
            administration::administered(transaction, access, id, action)?;
            remove(transaction, id.0)?;
            audit::record_done(transaction, access, at, action, Object::Account(id.0))?;
            Ok(())
        })
    }
}

/// The stored second factor.
struct Factor {
    secret: Zeroizing<Vec<u8>>,
    confirmed: bool,
    last_step: i64,
}

impl Factor {
    fn of(transaction: &Transaction<'_>, account: i64) -> rusqlite::Result<Option<Self>> {
        transaction
            .prepare_cached(
                "SELECT secret, confirmed_at IS NOT NULL, last_step FROM second_factor
                 WHERE account_id = ?1",
            )?
            .query_row([account], |row| {
                Ok(Self {
                    secret: Zeroizing::new(row.get(0)?),
                    confirmed: row.get(1)?,
                    last_step: row.get(2)?,
                })
            })
            .optional()
    }
}

/// The step between the right password and a session of `account`: none, a code, or a valid code. A valid code is used up.
pub(in crate::store) fn check_code(
    transaction: &Transaction<'_>,
    account: i64,
    code: Option<&str>,
    at: i64,
) -> rusqlite::Result<Option<StoreError>> {
    let Some(factor) = Factor::of(transaction, account)?.filter(|factor| factor.confirmed) else {
        return Ok(None);
    };
    let Some(code) = code else {
        return Ok(Some(StoreError::SecondFactorNeeded));
    };
    if let Some(step) = totp::step_of(&factor.secret, code, at, factor.last_step) {
        transaction
            .prepare_cached("UPDATE second_factor SET last_step = ?2 WHERE account_id = ?1")?
            .execute(params![account, step])?;
        return Ok(None);
    }
    let used = transaction
        .prepare_cached(
            "UPDATE recovery_code SET used_at = ?3
             WHERE account_id = ?1 AND code_hash = ?2 AND used_at IS NULL",
        )?
        .execute(params![account, secret::typed_code_hash(code), at])?;
    if used == 0 {
        return Ok(Some(StoreError::WrongCode));
    }
    let (who, nothing) = (Some(account), Object::Nothing);
    let action = Action::UseRecoveryCode;
    audit::record(transaction, at, who, action, nothing, Outcome::Done)?;
    Ok(None)
}

fn remove(transaction: &Transaction<'_>, account: i64) -> Result<(), Stop> {
    let removed = transaction.execute(
        "DELETE FROM second_factor WHERE account_id = ?1 AND confirmed_at IS NOT NULL",
        [account],
    )?;
    match removed {
        0 => Err(StoreError::NoSecondFactor.into()),
        _ => Ok(()),
    }
}
