//! The account of a connection, authenticated by a key or a password.

use std::sync::{Mutex, PoisonError};

use russh::server::Auth;
use russh::{MethodKind, MethodSet};
use zeroize::Zeroizing;

use crate::store::{Access, Account, AccountId, SignIn, Store, StoreError};

/// Proof of an account's identity.
pub(super) enum Proof {
    /// A public key, in the bytes in which SSH sends it, whose private half the client has.
    Key(Vec<u8>),
    Password(Zeroizing<String>),
}

impl Proof {
    /// Signs in with this proof, and the code of the second factor where one is needed.
    ///
    /// # Errors
    /// As the store answers.
    pub(super) fn sign_in(
        &self,
        store: &Store,
        email: &str,
        code: Option<&str>,
    ) -> Result<SignIn, StoreError> {
        match (self, code) {
            (Self::Key(key), code) => store.sign_in_with_ssh_key(email, key, code),
            (Self::Password(password), None) => store.sign_in(email, password),
            (Self::Password(password), Some(code)) => {
                store.sign_in_with_code(email, password, code)
            }
        }
    }
}

/// An account that is signed in until this is dropped, or until a session takes it over.
pub(super) struct SignedIn {
    store: Store,
    account: AccountId,
    access: Access,
    /// True for a key: it opens the application without the sign-in screen.
    by_key: bool,
    terms_accepted: bool,
    /// Until a session of the application takes it over.
    sign_in: Mutex<Option<Box<SignIn>>>,
}

impl SignedIn {
    pub(super) fn new(store: Store, sign_in: SignIn, by_key: bool) -> Self {
        Self {
            store,
            account: sign_in.account.id,
            access: sign_in.access.clone(),
            by_key,
            terms_accepted: sign_in.terms_accepted,
            sign_in: Mutex::new(Some(Box::new(sign_in))),
        }
    }

    pub(super) fn account(&self) -> AccountId {
        self.account
    }

    /// True if the account accepted the terms before it signed in.
    pub(super) fn terms_accepted(&self) -> bool {
        self.terms_accepted
    }

    /// The sign-in for a session of the application, which ends it later; none if the sign-in screen has to be shown.
    pub(super) fn take_over(&self) -> Option<Box<SignIn>> {
        match self.by_key {
            true => self.lock().take(),
            false => None,
        }
    }

    /// The account as it is now, if it may still work.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`] once the account was disabled, or an error of the database.
    pub(super) fn own(&self) -> Result<Account, StoreError> {
        self.store.own_account(&self.access)
    }

    /// The records, for commands with the rights of the account.
    pub(super) fn records(&self) -> (&Store, &Access) {
        (&self.store, &self.access)
    }

    /// Enters a transfer of files in the audit log.
    ///
    /// # Errors
    /// [`StoreError::SignedOut`] once the account was disabled, or an error of the database.
    pub(super) fn record_transfer(&self, to_server: bool) -> Result<(), StoreError> {
        self.store.record_transfer(&self.access, to_server)
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Box<SignIn>>> {
        self.sign_in.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for SignedIn {
    fn drop(&mut self) {
        if self.lock().is_none() {
            return;
        }
        match self.store.sign_out(&self.access) {
            Ok(()) | Err(StoreError::SignedOut) => {}
            Err(error) => tracing::warn!(%error, "the sign-out was not recorded"),
        }
    }
}

/// The answer where no account signs in, the same for known and unknown ones.
pub(super) fn refused() -> Auth {
    let methods = [MethodKind::PublicKey, MethodKind::Password];
    Auth::Reject {
        proceed_with_methods: Some(MethodSet::from(&methods[..])),
        partial_success: false,
    }
}
