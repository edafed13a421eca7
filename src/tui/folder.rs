//! Contents of a folder, as the file picker shows them.

use std::io;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use crate::sealed;

/// Number of entries of a folder that are shown; the list says when there are more.
const MOST_ENTRIES: usize = 20_000;

/// Extensions of scans. The content decides what a file is when it is opened.
pub const SCAN_EXTENSIONS: &[&str] = &[
    "png", "jpg", "jpeg", "dcm", "dicom", "tif", "tiff", "bmp", "nii", "zip",
];

/// Extensions of photos, and of files that are attached to a record.
pub const PHOTO_EXTENSIONS: &[&str] = &["png", "jpg", "jpeg", "pdf"];

/// Extensions of patient tables.
pub const TABLE_EXTENSIONS: &[&str] = &["csv", "tsv", "txt"];

/// Row of the picker.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    pub path: PathBuf,
    /// Last part of the path, for display.
    pub name: String,
    pub is_folder: bool,
    /// Size of a file.
    pub bytes: u64,
    /// Time of the last change, where the file system tells one.
    pub changed: Option<Timestamp>,
}

/// Folder that was read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    pub folder: PathBuf,
    /// Folders first, then files, each in the order of their names.
    pub entries: Vec<Entry>,
    /// Entry that was named by its whole path, if that is a file.
    pub asked_for: Option<PathBuf>,
    /// Number of files with other extensions, which are hidden.
    pub others: usize,
    /// True if there are more entries than are shown.
    pub cut: bool,
}

/// Reason why a folder is not listed.
#[derive(Debug, thiserror::Error)]
#[error("{} cannot be opened: {}", path.display(), reason(source))]
pub struct FolderError {
    pub path: PathBuf,
    pub source: io::Error,
}

fn reason(source: &io::Error) -> String {
    match source.kind() {
        io::ErrorKind::PermissionDenied => {
            "you have no permission to read it; choose another one".to_owned()
        }
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::NotADirectory => "it is not a folder".to_owned(),
        _ => source.to_string(),
    }
}

/// Reads a folder, or the folder of a file. `~` stands for the user's home. Entries that disappear meanwhile are
/// skipped.
///
/// # Errors
/// [`FolderError`] if the folder cannot be read.
pub fn list(folder: &Path, hidden: bool, extensions: &[&str]) -> Result<Listing, FolderError> {
    let failed = |source: io::Error| FolderError {
        path: folder.to_path_buf(),
        source,
    };
    let mut folder = expanded(folder).canonicalize().map_err(failed)?;
    let asked_for = folder.is_file().then(|| folder.clone());
    if asked_for.is_some() {
        folder.pop();
    }
    let mut listing = Listing {
        asked_for,
        entries: Vec::new(),
        others: 0,
        cut: false,
        folder,
    };
    for entry in std::fs::read_dir(&listing.folder)
        .map_err(failed)?
        .flatten()
    {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        // A file that was named by its whole path is listed whatever its extension.
        let asked = listing.asked_for.as_ref() == Some(&path);
        if !hidden && name.starts_with('.') && !asked {
            continue;
        }
        // Links are followed, so that a link to a folder opens like one.
        let Ok(metadata) = std::fs::metadata(&path) else {
            continue;
        };
        let extension = path
            .extension()
            .map(|extension| extension.to_string_lossy().to_lowercase());
        let is_wanted = extension.is_some_and(|extension| extensions.contains(&extension.as_str()))
            || (extensions == SCAN_EXTENSIONS && is_gzipped_scan(&name));
        let shown = metadata.is_dir() || asked || (metadata.is_file() && is_wanted);
        if !shown {
            listing.others += 1;
            continue;
        }
        if listing.entries.len() == MOST_ENTRIES {
            listing.cut = true;
            break;
        }
        listing.entries.push(Entry {
            is_folder: metadata.is_dir(),
            bytes: sealed::length(&path, &metadata),
            changed: metadata
                .modified()
                .ok()
                .and_then(|time| time.try_into().ok()),
            path,
            name,
        });
    }
    listing
        .entries
        .sort_by_cached_key(|entry| (!entry.is_folder, entry.name.to_lowercase()));
    Ok(listing)
}

fn is_gzipped_scan(name: &str) -> bool {
    let name = name.to_lowercase();
    [".nii.gz", ".dcm.gz"].iter().any(|end| name.ends_with(end))
}

/// Reason why an entry does not name a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EntryError {
    #[error("Enter a folder for the files.")]
    Empty,
    #[error("Enter the whole path of the folder, starting with / or ~.")]
    Relative,
}

/// The folder that a user entered for files, with `~` as typed.
///
/// # Errors
/// If it is empty or no whole path.
pub fn entered(text: &str) -> Result<PathBuf, EntryError> {
    match text.trim() {
        "" => Err(EntryError::Empty),
        path if path.starts_with(['/', '~']) => Ok(path.into()),
        _ => Err(EntryError::Relative),
    }
}

/// The path with the user's home folder in place of a leading `~`.
pub fn expanded(path: &Path) -> PathBuf {
    let own = path.strip_prefix("~").ok().zip(std::env::home_dir());
    own.map_or_else(|| path.to_path_buf(), |(rest, home)| home.join(rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path, hidden: bool) -> Vec<String> {
        let listing = list(folder, hidden, SCAN_EXTENSIONS).unwrap();
        listing
            .entries
            .into_iter()
            .map(|entry| entry.name)
            .collect()
    }

    #[test]
    fn folders_come_first_then_scans_and_other_files_are_counted() {
        let folder = tempfile::tempdir().unwrap();
        for name in ["b.PNG", "a.jpg", "notes.txt", ".secret.dcm"] {
            std::fs::write(folder.path().join(name), b"x").unwrap();
        }
        std::fs::create_dir(folder.path().join("z-series")).unwrap();
        assert_eq!(names(folder.path(), false), ["z-series", "a.jpg", "b.PNG"]);
        assert_eq!(
            names(folder.path(), true),
            ["z-series", ".secret.dcm", "a.jpg", "b.PNG"]
        );
        assert_eq!(
            list(folder.path(), false, SCAN_EXTENSIONS).unwrap().others,
            1
        );
    }

    #[test]
    fn a_dangling_link_is_not_listed() {
        let folder = tempfile::tempdir().unwrap();
        std::os::unix::fs::symlink("/nowhere/at/all.png", folder.path().join("gone.png")).unwrap();
        assert!(names(folder.path(), true).is_empty());
    }

    #[test]
    fn a_file_is_found_in_its_folder() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("a.png");
        std::fs::write(&file, b"x").unwrap();
        let listing = list(&file, false, SCAN_EXTENSIONS).unwrap();
        assert_eq!(listing.folder, folder.path().canonicalize().unwrap());
        assert_eq!(listing.asked_for, Some(listing.folder.join("a.png")));
    }

    #[test]
    fn a_file_named_by_its_whole_path_is_shown_whatever_its_name() {
        let folder = tempfile::tempdir().unwrap();
        for name in [".hidden", "IM000001"] {
            let file = folder.path().join(name);
            std::fs::write(&file, b"x").unwrap();
            let listing = list(&file, false, SCAN_EXTENSIONS).unwrap();
            assert_eq!(listing.entries.len(), 1, "{name}");
            assert_eq!(listing.asked_for, Some(listing.entries[0].path.clone()));
        }
    }

    #[test]
    fn a_missing_folder_gives_one_sentence() {
        let error = list(Path::new("/nowhere/at/all"), false, SCAN_EXTENSIONS).unwrap_err();
        assert_eq!(
            error.to_string(),
            "/nowhere/at/all cannot be opened: it does not exist"
        );
    }
}
