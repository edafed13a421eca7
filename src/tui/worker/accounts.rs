//! Signing in and out, and what is done to accounts.

use zeroize::Zeroizing;

use crate::clinical::terms;
use crate::store::{Access, Registration, SignIn, Store, StoreError};

/// Work on accounts for a background thread.
pub enum Request {
    Register(Box<Registration>),
    SignIn {
        email: String,
        password: Zeroizing<String>,
    },
    SignOut(Access),
    /// Whether the one who signed in is still the one who sits there.
    ConfirmIdentity {
        access: Access,
        email: String,
        password: Zeroizing<String>,
    },
    AcceptTerms(Access),
}

/// What came of it.
pub enum Answer {
    SignedIn(Result<SignIn, StoreError>),
    SignedOut,
    IdentityConfirmed(Result<(), StoreError>),
    TermsAccepted(Result<(), StoreError>),
}

/// Does it. `store` is none, with the reason, where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Register(registration) => Answer::SignedIn(store.and_then(|store| {
            store.register(&registration)?;
            store.sign_in(&registration.email, &registration.password)
        })),
        Request::SignIn { email, password } => {
            Answer::SignedIn(store.and_then(|store| store.sign_in(&email, &password)))
        }
        Request::SignOut(access) => {
            if let Err(error) = store.and_then(|store| store.sign_out(&access)) {
                tracing::warn!(%error, "the sign-out was not recorded");
            }
            Answer::SignedOut
        }
        Request::ConfirmIdentity {
            access: _,
            email,
            password,
        } => Answer::IdentityConfirmed(store.and_then(|store| {
            let second = store.sign_in(&email, &password)?;
            store.sign_out(&second.access)
        })),
        Request::AcceptTerms(access) => Answer::TermsAccepted(
            store.and_then(|store| store.accept_terms(&access, terms::VERSION)),
        ),
    }
}
