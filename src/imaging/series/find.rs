//! Finds the files in a folder and below it.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};

use super::natural::by_name;
use super::{MOST_FILES, Progress};
use crate::cancel::Cancel;
use crate::imaging::ImagingError;

/// Number of folders that a walk goes down.
pub(super) const DEEPEST: usize = 32;
/// Number of files between two progress reports.
const TOLD_EVERY: usize = 256;

/// Result of a search.
#[derive(Debug, Default)]
pub(super) struct Found {
    /// In the order of their names, a folder's own files before those below it.
    pub files: Vec<PathBuf>,
    /// Folders that could not be read.
    pub closed: Vec<PathBuf>,
    /// True if there were too many files.
    pub cut: bool,
    /// True if there were folders below the deepest that is searched.
    pub too_deep: bool,
    /// Number of entries of any kind.
    entries: usize,
    /// Folders searched so far, by their canonical path: links may form cycles.
    walked: HashSet<PathBuf>,
}

/// The files at `path`: itself, or those in a folder and below it; there, hidden ones, pipes and devices are passed over,
/// and links are followed.
///
/// Errors: that a folder itself cannot be read; that it was cancelled.
pub(super) fn find(
    path: &Path,
    cancel: &Cancel,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Found, ImagingError> {
    let mut found = Found::default();
    let folder = match fs::metadata(path) {
        Ok(metadata) if metadata.is_dir() => path,
        // Reading it later shows if it can be read.
        _ => {
            found.files.push(path.to_owned());
            return Ok(found);
        }
    };
    fs::read_dir(folder).map_err(|error| ImagingError::from_io(folder, error))?;
    let mut waiting = vec![(folder.to_owned(), 0)];
    while let Some((folder, depth)) = waiting.pop() {
        let folders = found.walk(&folder, cancel, progress)?;
        if depth == DEEPEST {
            found.too_deep |= !folders.is_empty();
        } else {
            // The last folder added is searched next.
            waiting.extend(folders.into_iter().rev().map(|folder| (folder, depth + 1)));
        }
    }
    Ok(found)
}

impl Found {
    /// Adds the files of one folder and gives its folders, both in order.
    fn walk(
        &mut self,
        folder: &Path,
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Vec<PathBuf>, ImagingError> {
        let (Ok(entries), Ok(truly)) = (fs::read_dir(folder), folder.canonicalize()) else {
            self.closed.push(folder.to_owned());
            return Ok(Vec::new());
        };
        if !self.walked.insert(truly) {
            return Ok(Vec::new());
        }
        let (mut files, mut folders) = (Vec::new(), Vec::new());
        for entry in entries {
            if cancel.is_cancelled() {
                return Err(ImagingError::Cancelled);
            }
            if self.entries == MOST_FILES {
                self.cut = true;
                break;
            }
            // Unreadable entries count too, so that the search ends on any file system.
            self.entries += 1;
            let Ok(entry) = entry else { continue };
            if entry.file_name().as_encoded_bytes().starts_with(b".") {
                continue;
            }
            // Only links need a second system call.
            let Ok(kind) = entry.file_type() else {
                continue;
            };
            let path = entry.path();
            let kind = if kind.is_symlink() {
                match fs::metadata(&path) {
                    Ok(metadata) => metadata.file_type(),
                    Err(_) => continue,
                }
            } else {
                kind
            };
            if kind.is_dir() {
                folders.push(path);
            } else if kind.is_file() {
                files.push(path);
                let of = self.files.len() + files.len();
                if of.is_multiple_of(TOLD_EVERY) {
                    progress(Progress { done: 0, of });
                }
            }
        }
        files.sort_by(|one, other| by_name(one, other));
        folders.sort_by(|one, other| by_name(one, other));
        self.files.append(&mut files);
        Ok(folders)
    }
}
