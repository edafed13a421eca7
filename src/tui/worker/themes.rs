//! Themes: the list of them, and the one that an account chose.

use std::path::{Path, PathBuf};

use crate::store::{Access, Store, StoreError};
use crate::tui::theme::{Theme, ThemeError};

/// Name of the preference.
const PREFERENCE: &str = "theme";

/// Work for a background thread.
pub enum Request {
    /// All themes, built-in ones and those of the user's folder.
    List { folder: PathBuf },
    /// The theme that the account chose.
    Own { access: Access, folder: PathBuf },
    /// Store the account's choice.
    Keep { access: Access, name: String },
}

/// A theme that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("{reason}")]
pub struct Unusable {
    pub name: String,
    pub reason: ThemeError,
}

/// A theme that was read.
pub type Loaded = Result<Theme, Unusable>;

/// Outcome of the work.
pub enum Answer {
    List(Vec<Loaded>),
    /// `None` if the account never chose one.
    Own(Result<Option<Loaded>, StoreError>),
    Kept(Result<(), StoreError>),
}

impl Request {
    pub(super) fn is_question(&self) -> bool {
        !matches!(self, Self::Keep { .. })
    }
}

fn load(name: String, folder: &Path) -> Loaded {
    Theme::load(&name, folder).map_err(|reason| Unusable { name, reason })
}

/// Does the work. `store` is an error where the database cannot be used.
pub(super) fn perform(
    store: impl FnOnce() -> Result<Store, StoreError>,
    request: Request,
) -> Answer {
    match request {
        Request::List { folder } => {
            let names = Theme::names(&folder).into_iter();
            Answer::List(names.map(|name| load(name, &folder)).collect())
        }
        Request::Own { access, folder } => {
            let name = store().and_then(|store| store.preference(&access, PREFERENCE));
            Answer::Own(name.map(|name| name.map(|name| load(name, &folder))))
        }
        Request::Keep { access, name } => {
            Answer::Kept(store().and_then(|store| store.prefer(&access, PREFERENCE, &name)))
        }
    }
}
