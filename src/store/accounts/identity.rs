//! Confirming the password in an open session.

use rusqlite::Transaction;

use super::history;
use super::sign_in::{self, Candidate};
use super::throttle::{AttemptKind, Throttle};
use crate::store::audit::{self, Action, Object, Outcome};
use crate::store::error::Stop;
use crate::store::{Access, Store, StoreError};

impl Store {
    /// Checks that `password` is that of the account, for a locked screen. Failures slow it down as they do signing in, but only
    /// failures of this account's open sessions.
    ///
    /// # Errors
    /// [`StoreError::WrongPassword`], [`StoreError::TooManyAttempts`].
    pub fn confirm_identity(&self, access: &Access, password: &str) -> Result<(), StoreError> {
        self.with_password(access, password, Action::ConfirmIdentity, |_, _, _| Ok(()))
    }

    /// Runs `work` if `password` is that of the account. The audit log gets an entry `action` in either case.
    pub(in crate::store) fn with_password<T>(
        &self,
        access: &Access,
        password: &str,
        action: Action,
        work: impl FnOnce(&Transaction<'_>, &Candidate, i64) -> Result<T, Stop>,
    ) -> Result<T, StoreError> {
        if action != Action::ConfirmIdentity {
            self.require_writing()?;
        }
        let throttle = Throttle::new(AttemptKind::Confirm, &access.account.to_string());
        let at = self.now();
        let candidate = self.note(|transaction| {
            access.require_person(transaction)?;
            throttle.admit(transaction, at)?;
            Ok(Candidate::with_id(transaction, access.account)?)
        })?;
        let right = sign_in::verify(password, candidate.as_ref())?;
        let at = self.now();
        let (who, nothing) = (Some(access.account), Object::Nothing);
        // The refusal is returned as a value, so that the failure count is committed.
        self.note(|transaction| {
            access.require_person(transaction)?;
            match candidate {
                Some(candidate) if right && candidate.still_valid(transaction)? => {
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
