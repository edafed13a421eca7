//! From a path to its series.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::assemble::assemble;
use super::candidate::{Candidate, counted};
use super::find::{Found, find};
use super::{MOST_FILES, MOST_SLICES, Progress, Series, directory};
use crate::cancel::Cancel;
use crate::imaging::{Header, ImagingError};

/// Every series in a file, a folder or a DICOMDIR, the one with most slices first; at least one.
///
/// Only headers are read, several in parallel; no pixel is decoded.
///
/// - A **file** is a series of all its frames (several, where they lie in different planes). Its neighbours are not
///   looked at.
/// - A **folder** is looked through with all folders below it, whatever the files are called; hidden files are passed
///   over, links followed, circles noticed. At most [`MOST_FILES`] files.
/// - A **DICOMDIR**, by its name or its SOP class, stands for the files that it lists, and for its folder when none of them is there.
///
/// DICOM slices belong together by SeriesInstanceUID, and within it by size, spacing, orientation and frame of
/// reference. Pictures that say nothing of themselves (PNG, JPEG, TIFF, BMP) belong together when they have one
/// format and one size and lie in one folder, in the order of their names with numbers counted as numbers (`2.png`
/// before `10.png`): so viewers export the slices of a series. A NIfTI volume is a series of its own.
/// Localizers are left out where there is anything else. What is unusual stands in [`Series::remarks`]; what concerns
/// the folder as a whole, with the first series.
///
/// Tells `progress` how far it is, from any thread. A file that is no picture is passed over in a folder and is an
/// error by itself. Errors: what [`Header::read`] says of a file; that a folder holds no picture, or what is wrong
/// with the first file in it where nothing else was found; that it was cancelled ([`ImagingError::Cancelled`]).
pub fn open(
    path: &Path,
    cancel: &Cancel,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Series>, ImagingError> {
    let metadata = fs::metadata(path).map_err(|error| ImagingError::from_io(path, error))?;
    if metadata.is_dir() {
        return open_folder(path, cancel, progress);
    }
    if cancel.is_cancelled() {
        return Err(ImagingError::Cancelled);
    }
    match Header::read_unless(path, cancel) {
        Ok(header) => {
            progress(Progress { done: 1, of: 1 });
            Ok(assemble(Candidate::of(path, header), Vec::new()))
        }
        Err(_) if cancel.is_cancelled() => Err(ImagingError::Cancelled),
        Err(refusal) => match directory::listed(path, cancel) {
            Some(listed) => open_listed(path, listed, cancel, progress),
            None if cancel.is_cancelled() => Err(ImagingError::Cancelled),
            None => Err(refusal),
        },
    }
}

fn open_folder(
    folder: &Path,
    cancel: &Cancel,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Series>, ImagingError> {
    let Found {
        mut files,
        closed,
        cut,
        ..
    } = find(folder, cancel, progress)?;
    let mut remarks = Vec::new();
    files.retain(|file| {
        let listed = directory::is_named_so(file)
            .then(|| directory::listed(file, cancel))
            .flatten();
        if let Some(listed) = &listed {
            remarks.extend(missing(listed));
        }
        listed.is_none()
    });
    if cut {
        remarks.push(format!(
            "only the first {MOST_FILES} files were looked at, no more than 32 folders deep"
        ));
    }
    if let Some(first) = closed.first() {
        remarks.push(format!(
            "{} be read: {}",
            counted(closed.len(), "folder could not", "folders could not"),
            first.display()
        ));
    }
    let headers = Headers::read(&files, cancel, progress)?;
    headers.into_series(folder, remarks)
}

fn open_listed(
    path: &Path,
    listed: Vec<PathBuf>,
    cancel: &Cancel,
    progress: &(dyn Fn(Progress) + Sync),
) -> Result<Vec<Series>, ImagingError> {
    let remarks = missing(&listed);
    let mut files = listed;
    files.retain(|file| file.is_file());
    match path.parent() {
        // A bare name has a parent without a name.
        Some(folder) if files.is_empty() => {
            let here = Path::new(".");
            let folder = if folder.as_os_str().is_empty() {
                here
            } else {
                folder
            };
            open_folder(folder, cancel, progress)
        }
        _ => {
            let headers = Headers::read(&files, cancel, progress)?;
            headers.into_series(path, remarks.into_iter().collect())
        }
    }
}

/// A remark on missing files that a DICOMDIR lists.
fn missing(listed: &[PathBuf]) -> Option<String> {
    let mut missing = listed.iter().filter(|file| !file.is_file());
    let first = missing.next()?;
    Some(format!(
        "{} not there: {}",
        counted(
            missing.count() + 1,
            "file that the DICOMDIR lists is",
            "files that the DICOMDIR lists are"
        ),
        first.display()
    ))
}

/// What the headers of many files say.
#[derive(Debug, Default)]
struct Headers {
    candidates: Vec<Candidate>,
    /// Files that are sound and no pictures, or nothing that is known.
    others: usize,
    /// Why files that may be pictures were not read, in the order of the files.
    unreadable: Vec<ImagingError>,
    /// Files whose slices would have been too many.
    beyond: usize,
}

impl Headers {
    /// Reads the headers of `files`, several at once.
    fn read(
        files: &[PathBuf],
        cancel: &Cancel,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> Result<Self, ImagingError> {
        let (done, slices) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let of = files.len();
        progress(Progress { done: 0, of });
        let read = |path: &PathBuf| {
            if cancel.is_cancelled() {
                return Err(ImagingError::Cancelled);
            }
            let header = Header::read_unless(path, cancel).map(|header| {
                let more = header.frames.len();
                let before = slices.fetch_add(more, Ordering::Relaxed);
                (before.saturating_add(more) <= MOST_SLICES).then(|| Candidate::of(path, header))
            });
            progress(Progress {
                done: done.fetch_add(1, Ordering::Relaxed) + 1,
                of,
            });
            Ok(header)
        };
        let read: Vec<_> = files.par_iter().map(read).collect::<Result<_, _>>()?;
        let mut headers = Self::default();
        for header in read {
            match header {
                Ok(Some(candidates)) => headers.candidates.extend(candidates),
                Ok(None) => headers.beyond += 1,
                Err(ImagingError::NotAnImage(_) | ImagingError::NoPicture { .. }) => {
                    headers.others += 1;
                }
                Err(error) => headers.unreadable.push(error),
            }
        }
        Ok(headers)
    }

    fn into_series(
        self,
        path: &Path,
        mut remarks: Vec<String>,
    ) -> Result<Vec<Series>, ImagingError> {
        let mut unreadable = self.unreadable.into_iter();
        let first = unreadable.next();
        if self.candidates.is_empty() {
            return Err(first.unwrap_or_else(|| ImagingError::NoPicture {
                path: path.to_owned(),
                what: match self.others {
                    0 => "an empty folder".into(),
                    others => format!(
                        "a folder with {}",
                        counted(
                            others,
                            "file, which is no picture",
                            "files, none of them a picture"
                        )
                    ),
                },
            }));
        }
        if self.others > 0 {
            remarks.push(format!(
                "{} passed over",
                counted(
                    self.others,
                    "file that is no picture was",
                    "files that are no pictures were"
                )
            ));
        }
        if let Some(first) = first {
            remarks.push(match unreadable.count() {
                0 => format!("1 file could not be read: {first}"),
                more => format!("{} files could not be read, the first: {first}", more + 1),
            });
        }
        if self.beyond > 0 {
            remarks.push(format!(
                "{} left out: no more than {MOST_SLICES} slices are opened at once",
                counted(self.beyond, "file was", "files were")
            ));
        }
        Ok(assemble(self.candidates, remarks))
    }
}
