//! Slices of many files, and the reasons why other files have none.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use rayon::prelude::*;

use super::candidate::{Candidate, counted};
use super::lost::not_read;
use super::{MOST_SLICES, Progress, directory};
use crate::cancel::Cancel;
use crate::decode::MOST_TOGETHER;
use crate::imaging::inspection::Inspection;
use crate::imaging::{ImagingError, isolated};

/// Result of inspecting files.
#[derive(Debug, Default)]
pub(super) struct Inspected {
    pub candidates: Vec<Candidate>,
    /// Files that hold or name other files, with those.
    pub holders: Vec<Holder>,
    /// Refusals of files that are sound and no pictures, or nothing that is known.
    others: Vec<ImagingError>,
    /// Why files that may be pictures were not read, in the order of the files.
    unreadable: Vec<ImagingError>,
    /// Files whose slices would have been too many.
    beyond: usize,
}

/// A file that stands for others.
#[derive(Debug)]
pub(super) enum Holder {
    /// A DICOMDIR and the files that it lists, whether they are there or not; not all of them if it is not whole.
    Directory {
        path: PathBuf,
        files: Vec<PathBuf>,
        whole: bool,
    },
    /// The files in an archive.
    Archive(Vec<PathBuf>),
}

/// Receiver of the progress, called from any thread.
pub(super) type Tell<'a> = &'a (dyn Fn(Progress) + Sync);

impl Inspected {
    /// Looks at `files`, several at once.
    pub(super) fn at(
        files: &[PathBuf],
        cancel: &Cancel,
        progress: Tell<'_>,
    ) -> Result<Self, ImagingError> {
        let (done, slices) = (AtomicUsize::new(0), AtomicUsize::new(0));
        let of = files.len();
        progress(Progress { done: 0, of });
        let look = |paths: &[PathBuf]| {
            if cancel.is_cancelled() {
                return Err(ImagingError::Cancelled);
            }
            let looks = isolated::inspect_together(paths, cancel);
            progress(Progress {
                done: done.fetch_add(paths.len(), Ordering::Relaxed) + paths.len(),
                of,
            });
            let found = paths.iter().zip(looks).map(|(path, look)| match look {
                Err(ImagingError::Cancelled) => Err(ImagingError::Cancelled),
                look => Ok(look.map(|look| Found::of(path, look, &slices))),
            });
            found.collect::<Result<Vec<_>, _>>()
        };
        let found = files.par_chunks(together(of)).map(look);
        let found: Vec<_> = found.collect::<Result<_, _>>()?;
        let mut looked = Self::default();
        for found in found.into_iter().flatten() {
            match found {
                Ok(Found::Slices(candidates)) => looked.candidates.extend(candidates),
                Ok(Found::Beyond) => looked.beyond += 1,
                Ok(Found::Holder(holder)) => looked.holders.push(holder),
                Err(error @ (ImagingError::NotAnImage(_) | ImagingError::NoPicture { .. })) => {
                    looked.others.push(error);
                }
                Err(error) => looked.unreadable.push(error),
            }
        }
        Ok(looked)
    }

    /// Adds what looking at more files found.
    pub(super) fn extend(&mut self, more: Self) {
        self.candidates.extend(more.candidates);
        self.holders.extend(more.holders);
        self.others.extend(more.others);
        self.unreadable.extend(more.unreadable);
        self.beyond += more.beyond;
    }

    /// Why there is no slice among the files of `path`: the first file that was not read; of a file by itself, what it
    /// is.
    pub(super) fn refusal(self, path: &Path) -> ImagingError {
        let others = self.others.len();
        if let Some(error) = self.unreadable.into_iter().next() {
            return error;
        }
        if let (true, Some(error)) = (path.is_file(), self.others.into_iter().next()) {
            return error;
        }
        ImagingError::NoPicture {
            path: path.to_owned(),
            what: match others {
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
        }
    }

    /// Number of files that are damaged or incomplete, or could not be read at all.
    pub(super) fn lost(&self) -> usize {
        self.unreadable
            .iter()
            .filter(|error| error.is_loss())
            .count()
    }

    /// A sentence each on files without slices.
    pub(super) fn remarks(&self) -> Vec<String> {
        let mut remarks = Vec::new();
        if !self.others.is_empty() {
            remarks.push(format!(
                "{} passed over",
                counted(
                    self.others.len(),
                    "file that is no picture was",
                    "files that are no pictures were"
                )
            ));
        }
        remarks.extend(not_read(&self.unreadable));
        if self.beyond > 0 {
            remarks.push(format!(
                "{} left out: no more than {MOST_SLICES} slices are opened at once",
                counted(self.beyond, "file was", "files were")
            ));
        }
        remarks
    }
}

/// The number of files that are inspected together, so that every thread has some of `files`.
fn together(files: usize) -> usize {
    let turns = 2 * rayon::current_num_threads();
    files.div_ceil(turns.max(1)).clamp(1, MOST_TOGETHER)
}

/// Result of inspecting one file.
enum Found {
    Slices(Vec<Candidate>),
    Beyond,
    Holder(Holder),
}

impl Found {
    /// `slices` counts those of all files.
    fn of(path: &Path, look: Inspection, slices: &AtomicUsize) -> Self {
        match look {
            Inspection::Picture(header) => {
                let more = header.frames.len();
                let before = slices.fetch_add(more, Ordering::Relaxed);
                match before.saturating_add(more) <= MOST_SLICES {
                    true => Self::Slices(Candidate::of(path, *header)),
                    false => Self::Beyond,
                }
            }
            Inspection::Directory(listed) => Self::Holder(Holder::Directory {
                path: path.to_owned(),
                files: directory::files(path, &listed.names),
                whole: listed.whole,
            }),
            Inspection::Archive(names) => {
                let files = names.iter().map(|name| path.join(name));
                Self::Holder(Holder::Archive(files.collect()))
            }
        }
    }
}
