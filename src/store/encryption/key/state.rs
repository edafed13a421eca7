//! What can be said of the key without opening the records.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use super::file::{self, KeyFile};
use super::{KeyKind, KeySource};

/// Where the key comes from, and what is wrong with its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyState {
    /// The key file, whether it is there or not.
    pub file: PathBuf,
    /// The file's permission bits; none where there is no file.
    pub mode: Option<u32>,
    /// Whether the key was given by itself, so that the file does not matter.
    pub given: bool,
    /// What the file says locks the records; none where there is no file or it says nothing.
    pub kind: Option<KeyKind>,
    /// What is wrong, and what to do.
    pub problem: Option<String>,
}

impl KeyState {
    /// Looks at the key file of `home`. Changes and opens nothing else.
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

    /// Where the key comes from, in words.
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
