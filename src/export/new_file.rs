//! Files of an export: always new, under the first free name.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::ExportError;
use crate::report::saving;
use crate::whole_file::{self, Out, Readers};

/// Reason why a file was not completed.
pub(super) enum Stop {
    /// An error of the file itself.
    Io(io::Error),
    /// An error in making its content.
    Other(ExportError),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ExportError> for Stop {
    fn from(error: ExportError) -> Self {
        Self::Other(error)
    }
}

/// Writes a new file in `folder` under the first free name made of `stem` and `ending`: `P-1.fhir.json`, then `P-1-2.fhir.json`.
/// If it cannot be completed, it is removed.
pub(super) fn write(
    folder: &Path,
    stem: &str,
    ending: &str,
    content: impl FnOnce(&mut Out) -> Result<(), Stop>,
) -> Result<PathBuf, ExportError> {
    let path = saving::reserve(folder, stem, ending)?;
    let written = whole_file::write_with(&path, Readers::Owner, content);
    match written {
        Ok(()) => Ok(path),
        Err(stop) => {
            // The error to report is the first one.
            let _ = fs::remove_file(&path);
            Err(match stop {
                Stop::Io(source) => ExportError::Write { path, source },
                Stop::Other(error) => error,
            })
        }
    }
}
