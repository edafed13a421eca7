//! State of the server, for owners of the installation.

use std::collections::HashMap;

use crate::store::{Access, AccountId, Store, StoreError};
use crate::tui::server_state::ServerState;

/// Work for a background thread.
pub enum Request {
    State(Access),
}

/// Outcome of the work.
pub enum Answer {
    State(Result<Box<NamedState>, ServerStateError>),
}

/// State of the server, with the accounts in it.
pub struct NamedState {
    pub state: ServerState,
    /// Emails of the accounts, by their numbers.
    pub names: HashMap<i64, String>,
}

/// Reason why there is no state.
#[derive(Debug, thiserror::Error)]
pub enum ServerStateError {
    #[error("LUNNY runs as a local program here: lunny serve status tells of a server")]
    Local,
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        true
    }
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(
    store: Result<Store, StoreError>,
    state: impl FnOnce() -> Option<ServerState>,
    request: Request,
) -> Answer {
    let Request::State(access) = request;
    Answer::State(named(store, state, &access).map(Box::new))
}

fn named(
    store: Result<Store, StoreError>,
    state: impl FnOnce() -> Option<ServerState>,
    access: &Access,
) -> Result<NamedState, ServerStateError> {
    let store = store?;
    let owner = store.as_owner(access)?;
    let state = state().ok_or(ServerStateError::Local)?;
    let present = state.present.iter().filter_map(|present| present.account);
    let areas = state.areas.iter().map(|area| area.account);
    let accounts: Vec<AccountId> = present.chain(areas).map(AccountId).collect();
    let names = store.emails_of(&owner, &accounts)?;
    Ok(NamedState { state, names })
}
