//! Asking the user of an open session for the password again.

use rusqlite::Transaction;

use super::history;
use super::sign_in::{self, Candidate};
use super::throttle::{Throttle, What};
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::error::Stop;
use crate::store::{Access, Store, StoreError};

impl Store {
    /// Whether `password` is that of the account, for a screen that was locked. Slowed down by failures as signing in
    /// is, but by those of this account's open sessions alone.
    ///
    /// # Errors
    /// [`StoreError::WrongPassword`], [`StoreError::TooManyAttempts`].
    pub fn confirm_identity(&self, access: &Access, password: &str) -> Result<(), StoreError> {
        self.with_password(access, password, Action::ConfirmIdentity, |_, _, _| Ok(()))
    }

    /// Does `work` if `password` is that of the account, and tells the log of it as `action` either way.
    pub(in crate::store) fn with_password<T>(
        &self,
        access: &Access,
        password: &str,
        action: Action,
        work: impl FnOnce(&Transaction<'_>, &Candidate, i64) -> Result<T, Stop>,
    ) -> Result<T, StoreError> {
        let throttle = Throttle::new(What::Confirm, &access.account.to_string());
        let at = self.now();
        let candidate = self.write(|transaction| {
            access.require(transaction)?;
            throttle.admit(transaction, at)?;
            Ok(Candidate::with_id(transaction, access.account)?)
        })?;
        let right = sign_in::verify(password, candidate.as_ref())?;
        let at = self.now();
        let (who, nothing) = (Some(access.account), Object::Nothing);
        // A refusal is an answer here: what it counts must stay.
        self.write(|transaction| {
            access.require(transaction)?;
            match candidate {
                Some(candidate) if right && candidate.still_stands(transaction)? => {
                    throttle.succeeded(transaction, at)?;
                    let done = work(transaction, &candidate, at)?;
                    audit::record(transaction, at, who, action, nothing, Outcome::Done)?;
                    Ok(Ok(done))
                }
                _ => {
                    throttle.failed(transaction, at)?;
                    history::record_failure(transaction, who, self.place(), at)?;
                    audit::record(transaction, at, who, action, nothing, Outcome::Refused)?;
                    Ok(Err(StoreError::WrongPassword))
                }
            }
        })?
    }
}
