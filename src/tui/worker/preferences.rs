//! Preferences of an account: reading and storing.

use crate::store::{Access, Store, StoreError};

/// Work for a background thread.
pub enum Request {
    Read {
        access: Access,
        name: &'static str,
    },
    Keep {
        access: Access,
        name: &'static str,
        content: String,
    },
}

/// Outcome of the work.
pub enum Answer {
    /// None if the account never chose.
    Read(Result<Option<String>, StoreError>),
    Kept(Result<(), StoreError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        matches!(self, Self::Read { .. })
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, request: Request) -> Answer {
    match request {
        Request::Read { access, name } => {
            Answer::Read(store.and_then(|store| store.preference(&access, name)))
        }
        Request::Keep {
            access,
            name,
            content,
        } => Answer::Kept(store.and_then(|store| store.prefer(&access, name, &content))),
    }
}
