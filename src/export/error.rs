//! Errors that end an export.

use std::io;
use std::path::PathBuf;

use crate::report::pdf::PdfError;
use crate::report::saving::SaveError;
use crate::store::StoreError;

/// One sentence each. Paths are unchanged: scrub the text before it is shown.
#[derive(Debug, thiserror::Error)]
pub enum ExportError {
    #[error("no format was chosen: choose at least one")]
    NoFormat,
    #[error("no patient was chosen: choose at least one")]
    NoPatient,
    #[error(
        "the clipboard can hold the summaries of at most {0} patients: choose fewer, or export files"
    )]
    TooManyToCopy(usize),
    #[error("one file takes at most {0} labels: choose fewer")]
    TooManyLabels(usize),
    #[error("a list on paper takes at most {0} rows: search or filter for fewer, or write a table")]
    TooManyListed(usize),
    #[error("one file takes at most {0} letters: choose fewer")]
    TooManyLetters(usize),
    #[error(
        "none of the chosen follow-ups gets a letter: each is closed or has no date due; choose others"
    )]
    NoLetter,
    #[error(transparent)]
    Pdf(#[from] PdfError),
    #[error("{} could not be written ({source}): free some space or choose another folder", path.display())]
    Write { path: PathBuf, source: io::Error },
    /// The folder, or a name in it.
    #[error(transparent)]
    Save(#[from] SaveError),
    #[error("the operating system gave no random numbers for pseudonyms ({0}): try again")]
    NoRandomness(#[from] getrandom::Error),
    #[error("the export was cancelled; finished files stay")]
    Cancelled,
    #[error(transparent)]
    Store(#[from] StoreError),
}
