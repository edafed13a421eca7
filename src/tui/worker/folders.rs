//! Folders of the file picker: their contents, and the ones that the account opened last.

use std::path::PathBuf;

use crate::store::{Access, Store, StoreError};
use crate::tui::folder::{self, FolderError, Listing};

/// Work on folders for a background thread.
pub enum Request {
    Recent(Access),
    List {
        folder: PathBuf,
        hidden: bool,
        /// Of the files that are listed.
        extensions: &'static [&'static str],
    },
}

/// Outcome of the work.
pub enum Answer {
    Recent(Result<Vec<PathBuf>, StoreError>),
    Listed(Result<Listing, FolderError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        true
    }
}

/// Answers a request. `store` opens the database.
pub(super) fn perform(
    store: impl FnOnce() -> Result<Store, StoreError>,
    request: Request,
) -> Answer {
    match request {
        Request::Recent(access) => {
            Answer::Recent(store().and_then(|store| store.recent_folders(&access)))
        }
        Request::List {
            folder,
            hidden,
            extensions,
        } => Answer::Listed(folder::list(&folder, hidden, extensions)),
    }
}
