//! A list, or letters to the people on it, as files.

use std::path::{Path, PathBuf};

use crate::export::{ExportError, Requester};
use crate::report::saving::SaveError;
use crate::store::{Access, Account, Store, StoreError};
use crate::text::counted;
use crate::tui::folder;

/// Reason why letters or a list were not written.
#[derive(Debug, thiserror::Error)]
pub enum ListFileError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Export(#[from] ExportError),
    #[error(transparent)]
    Save(#[from] SaveError),
}

/// Writes a list into a folder with `write`; returns the rows written, in a sentence.
pub(super) fn written(
    store: Result<Store, StoreError>,
    (access, account): (&Access, &Account),
    folder: &Path,
    write: impl FnOnce(Requester<'_>, &Path) -> Result<(PathBuf, usize), ExportError>,
) -> Result<String, ListFileError> {
    let store = store?;
    let asker = Requester {
        store: &store,
        access,
        account,
    };
    let (path, count) = write(asker, &folder::expanded(folder))?;
    Ok(format!("{} in {}.", counted(count, "row"), path.display()))
}
