//! Facts about the key that need no open database.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::file::{self, KeyFile};
use super::{KeyKind, KeySource};

/// Source of the key, and any problem with its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// Path of the key file, existing or not.
    pub file: PathBuf,
    /// The file's permission bits; none without a file.
    pub mode: Option<u32>,
    /// True if the key was given directly, so that the file is not used.
    pub given: bool,
    /// The kind of key that the file states; none without a file or a valid content.
    pub kind: Option<KeyKind>,
    /// The problem and its remedy.
    pub problem: Option<String>,
}

impl KeyState {
    /// Inspects the key file of `home`. Changes and opens nothing else.
    pub fn of(home: &Path, source: &KeySource) -> Self {
        let file = file::path_in(home);
        let mode = fs::metadata(&file).ok();
        let mode = mode.map(|metadata| metadata.permissions().mode() & 0o7777);
        let given = source.given.is_some();
        let (kind, problem) = match file::read(&file) {
            Ok(Some(KeyFile::Key(_))) => (Some(KeyKind::File), None),
            Ok(Some(KeyFile::Passphrase)) => (Some(KeyKind::Passphrase), None),
            Ok(None) => (None, None),
            Err(error) => (None, Some(error.to_string())),
        };
        Self {
            file,
            mode,
            given,
            kind,
            problem: problem.filter(|_| !given),
        }
    }

    /// The source of the key, in words.
    pub fn source(&self) -> &'static str {
        match (self.given, self.kind) {
            (true, _) => "the variable LUNNY_KEY",
            (false, Some(KeyKind::File)) => "the key file",
            (false, Some(KeyKind::Passphrase)) => "a passphrase",
            (false, None) if self.problem.is_some() => "unknown",
            (false, None) => "none yet",
        }
    }
}
