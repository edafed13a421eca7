//! Errors that prevent the import of a whole file. A problem with one row is not an error: see [`super::Broken`].

use std::io;
use std::path::{Path, PathBuf};

use crate::store::StoreError;

/// One sentence for the user: problem, place, remedy.
#[derive(Debug, thiserror::Error)]
pub enum ImportError {
    #[error("{} cannot be read: {reason}", file.display())]
    Unreadable { file: PathBuf, reason: String },
    #[error("{} is empty: choose the file with the patients", file.display())]
    Empty { file: PathBuf },
    #[error(
        "{} is not a text file: export the patients as CSV and choose that file",
        file.display()
    )]
    NotText { file: PathBuf },
    #[error(
        "{} is {kind}, not a table: export the patients as CSV and choose that file",
        file.display()
    )]
    NotTable { file: PathBuf, kind: &'static str },
    #[error("{} is written in UTF-32: save it as “CSV UTF-8” and try again", file.display())]
    Utf32 { file: PathBuf },
    #[error(
        "{} is not UTF-8, and its letters can be read in several ways: name the encoding with --encoding, which may be {guess}, or save the file as “CSV UTF-8”",
        file.display()
    )]
    UnsureEncoding { file: PathBuf, guess: String },
    #[error(
        "{} has {columns} columns, more than {most}: remove those that are not about patients",
        file.display()
    )]
    TooManyColumns {
        file: PathBuf,
        columns: usize,
        most: usize,
    },
    #[error("{} has more than {most} rows: split it into several files", file.display())]
    TooManyRows { file: PathBuf, most: u64 },
    #[error(
        "{} has too many quotes that are never closed, the last one near line {line}: correct them and try again",
        file.display()
    )]
    Quotes { file: PathBuf, line: u64 },
    #[error("{} was changed while it was read: try again", file.display())]
    Changed { file: PathBuf },
    #[error(
        "No column is the full name. The headings are: {headings}. Choose the right one, or those of first and last name: --map HEADING=full_name, or first_name and last_name."
    )]
    NoName { headings: String },
    #[error(
        "No column is the day of the exam. The headings are: {headings}. Choose the right one: --map HEADING=planned_on."
    )]
    NoPlannedDay { headings: String },
    #[error("The full name and a part of it are both mapped to a column: leave one out.")]
    NameTwice,
    #[error("The address and a part of it are both mapped to a column: leave one out.")]
    AddressTwice,
    #[error("{} cannot be written ({source}): choose another place for the broken rows", file.display())]
    Broken { file: PathBuf, source: io::Error },
    #[error(
        "{} is the file to be imported: choose another place for the broken rows",
        file.display()
    )]
    SameFile { file: PathBuf },
    #[error("the broken rows cannot be written ({0}): choose another place for them")]
    BrokenRow(io::Error),
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl ImportError {
    pub(super) fn unreadable(file: &Path, error: &io::Error) -> Self {
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "it does not exist".to_owned(),
            io::ErrorKind::PermissionDenied => "you have no permission to read it".to_owned(),
            io::ErrorKind::IsADirectory => "it is a folder".to_owned(),
            _ => error.to_string(),
        };
        Self::Unreadable {
            file: file.to_path_buf(),
            reason,
        }
    }
}
