//! Files of an export: always new ones, under the first name that is free.

use std::fs::{self, File};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::ExportError;
use crate::report::delivery;
use crate::whole_file::{self, Readers};

/// Why the content of a file was not written to its end.
pub(super) enum Stop {
    /// The file itself.
    Io(io::Error),
    /// An error while its content was made.
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

/// Writes a new file in `folder` under the first free name made of `stem` and `ending`: `P-1.fhir.json`, then
/// `P-1-2.fhir.json`. When it cannot be finished, nothing of it is left.
pub(super) fn write(
    folder: &Path,
    stem: &str,
    ending: &str,
    content: impl FnOnce(&mut BufWriter<File>) -> Result<(), Stop>,
) -> Result<PathBuf, ExportError> {
    let path = delivery::reserve(folder, stem, ending)?;
    let written = whole_file::write_with(&path, Readers::Owner, content);
    match written {
        Ok(()) => Ok(path),
        Err(stop) => {
            // The error that counts is the one at hand.
            let _ = fs::remove_file(&path);
            Err(match stop {
                Stop::Io(source) => ExportError::Write { path, source },
                Stop::Other(error) => error,
            })
        }
    }
}
