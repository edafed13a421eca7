//! Files of an export: always new ones, under the first name that is free.

use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, BufWriter};
use std::path::{Path, PathBuf};

use super::ExchangeError;
use crate::whole_file::{self, Readers};

/// How many files of one name a folder holds.
const MOST_ALIKE: u32 = 99_999;
/// The longest file name made from a patient's number, in letters of up to four bytes; file systems take 255 bytes.
const LONGEST_STEM: usize = 48;

/// Why the content of a file was not written to its end.
pub(super) enum Stop {
    /// The file itself.
    Io(io::Error),
    /// Where its content comes from.
    Other(ExchangeError),
}

impl From<io::Error> for Stop {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

impl From<ExchangeError> for Stop {
    fn from(error: ExchangeError) -> Self {
        Self::Other(error)
    }
}

/// Makes the folder when it is missing, for its owner alone.
pub(super) fn make_folder(folder: &Path) -> Result<(), ExchangeError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
        .create(folder)
        .map_err(|source| ExchangeError::Folder {
            path: folder.to_owned(),
            source,
        })
}

/// Writes a new file in `folder` under the first free name made of `stem` and `ending`: `P-1.fhir.json`, then
/// `P-1-2.fhir.json`. When it cannot be finished, nothing of it is left.
pub(super) fn write(
    folder: &Path,
    stem: &str,
    ending: &str,
    content: impl FnOnce(&mut BufWriter<File>) -> Result<(), Stop>,
) -> Result<PathBuf, ExchangeError> {
    let path = reserve(folder, &safe(stem), ending)?;
    let written = whole_file::write_with(&path, Readers::Owner, content);
    match written {
        Ok(()) => Ok(path),
        Err(stop) => {
            // The error that counts is the one at hand.
            let _ = fs::remove_file(&path);
            Err(match stop {
                Stop::Io(source) => ExchangeError::Write { path, source },
                Stop::Other(error) => error,
            })
        }
    }
}

/// Takes the first free name, so that two exports never write the same file.
fn reserve(folder: &Path, stem: &str, ending: &str) -> Result<PathBuf, ExchangeError> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    for number in 1..=MOST_ALIKE {
        let path = folder.join(match number {
            1 => format!("{stem}.{ending}"),
            _ => format!("{stem}-{number}.{ending}"),
        });
        match options.open(&path) {
            Ok(_) => return Ok(path),
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            Err(source) => return Err(ExchangeError::Write { path, source }),
        }
    }
    Err(ExchangeError::Full(folder.to_owned()))
}

/// A file name of letters, digits, `-` and `_`, whatever the stem holds.
fn safe(stem: &str) -> String {
    let letters = stem.chars().map(|letter| match letter {
        letter if letter.is_alphanumeric() || letter == '_' => letter,
        _ => '-',
    });
    let name: String = letters.take(LONGEST_STEM).collect();
    match name.trim_matches('-') {
        "" => "record".into(),
        name => name.into(),
    }
}
