//! Patients of before and free space of the disk, for the dashboard.

use std::path::Path;

use crate::store::{Access, RecentPatient, Store, StoreError};
use crate::tui::server_state;

/// Number of recent patients, each with a digit as its key.
pub const RECENT_PATIENTS: usize = 5;

/// Work for a background thread.
pub enum Request {
    State(Access),
}

/// Outcome of the work.
pub enum Answer {
    State {
        recent: Result<Vec<RecentPatient>, StoreError>,
        /// Free space for LUNNY's folder in bytes, where the system tells it.
        free_bytes: Option<u64>,
    },
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        true
    }
}

/// Does it. `store` is an error where the database cannot be used.
pub(super) fn perform(store: Result<Store, StoreError>, home: &Path, request: Request) -> Answer {
    let Request::State(access) = request;
    Answer::State {
        recent: store.and_then(|store| store.recent_patients(&access, RECENT_PATIENTS)),
        free_bytes: server_state::free_bytes(home),
    }
}
