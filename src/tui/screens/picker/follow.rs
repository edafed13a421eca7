//! A path that is typed: its folder is listed at once, its last part narrows the list, and Tab completes it.

use std::path::PathBuf;

use tui_input::Input;

use super::Picker;
use crate::tui::folder::Listing;
use crate::tui::screens::Action;
use crate::tui::typed_path;

/// The folder of the path that is typed, and how far it was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Followed {
    Asked(PathBuf),
    Listed(PathBuf),
    /// It does not exist or cannot be read; the list shows another folder.
    Missing(PathBuf),
}

impl Followed {
    fn folder(&self) -> &PathBuf {
        match self {
            Self::Asked(folder) | Self::Listed(folder) | Self::Missing(folder) => folder,
        }
    }
}

impl Picker {
    /// Typed or pasted text if it is a whole path.
    pub(super) fn typed_path(&self) -> Option<PathBuf> {
        typed_path::of_text(self.filter.value())
    }

    /// Folder and last part of the path that is typed.
    pub(super) fn typed_parts(&self) -> Option<(PathBuf, String)> {
        let path = self.typed_path()?;
        let path = path.to_string_lossy();
        match path.rfind('/') {
            Some(at) => {
                let (folder, last) = path.split_at(at + 1);
                Some((folder.into(), last.to_owned()))
            }
            None => (path == "~").then(|| ("~/".into(), String::new())),
        }
    }

    /// Lists the folder of the typed path, unless that was asked for.
    pub(super) fn follow(&mut self) -> Vec<Action> {
        let Some((folder, _)) = self.typed_parts() else {
            self.followed = None;
            return Vec::new();
        };
        if (self.followed.as_ref()).is_some_and(|followed| *followed.folder() == folder) {
            return Vec::new();
        }
        self.followed = Some(Followed::Asked(folder.clone()));
        let actions = self.request(folder);
        self.is_filter_old = false;
        self.narrow();
        actions
    }

    /// True if the list shows the folder of the path that is typed.
    pub(super) fn is_followed(&self) -> bool {
        matches!(self.followed, Some(Followed::Listed(_)))
    }

    /// Takes in that a folder is listed, or cannot be. True if it was followed while a path was typed.
    pub(super) fn was_followed(&mut self, asked: Option<&PathBuf>, is_listed: bool) -> bool {
        let waits = |followed: &mut Followed| matches!(followed, Followed::Asked(_));
        let Some(Followed::Asked(folder)) = self.followed.take_if(waits) else {
            return false;
        };
        if asked != Some(&folder) {
            return false;
        }
        self.followed = Some(match is_listed {
            true => Followed::Listed(folder),
            false => Followed::Missing(folder),
        });
        true
    }

    /// Completes the typed path, or the typed name, as far as the names in the list agree.
    pub(super) fn complete(&mut self) -> Vec<Action> {
        if self.awaited.is_some() {
            self.completes = true;
            return Vec::new();
        }
        let (base, last) = match self.typed_parts() {
            Some((folder, last)) => (folder.to_string_lossy().into_owned(), last),
            None => (String::new(), self.filter.value().trim().to_owned()),
        };
        let completed = (self.listing.as_ref())
            .filter(|_| base.is_empty() || self.is_followed())
            .and_then(|listing| completed(listing, &last, !base.is_empty()));
        let Some(completed) = completed else {
            return Vec::new();
        };
        let text = match base.is_empty() {
            true => completed,
            false => format!("{base}{completed}").replace('\\', "\\\\"),
        };
        self.filter = Input::new(text);
        self.narrow();
        self.follow()
    }
}

/// True if a name begins with what is typed, in whatever case.
pub(super) fn begins(name: &str, typed: &str) -> bool {
    name.to_lowercase().starts_with(&typed.to_lowercase())
}

/// The longest start that all names share which begin with `typed`, with a slash after the name of the only folder.
fn completed(listing: &Listing, typed: &str, is_path: bool) -> Option<String> {
    let mut entries = listing.entries.iter();
    let mut entries = entries.by_ref().filter(|entry| begins(&entry.name, typed));
    let first = entries.next()?;
    let mut common = first.name.as_str();
    let mut is_only = true;
    for entry in entries {
        is_only = false;
        let same = common.chars().zip(entry.name.chars());
        let same = same.take_while(|(one, other)| one == other);
        let length = same.map(|(letter, _)| letter.len_utf8()).sum();
        common = common.get(..length).unwrap_or_default();
    }
    if common.chars().count() < typed.chars().count() {
        return None;
    }
    let slash = if is_only && first.is_folder && is_path {
        "/"
    } else {
        ""
    };
    Some(format!("{common}{slash}"))
}
