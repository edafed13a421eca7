//! Errors of reading a file.

use std::borrow::Cow;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::decode::Ended;

/// One sentence about one file. Paths are as stored: scrub the text before display.
#[derive(Debug, Clone, thiserror::Error)]
pub enum ImagingError {
    #[error("{}: there is no such file; check the path", .0.display())]
    NotFound(PathBuf),
    #[error("{}: this account may not read the file; ask for permission or copy it", .0.display())]
    PermissionDenied(PathBuf),
    #[error("{} is {what}, not a file; choose one picture", path.display())]
    NotAFile {
        path: PathBuf,
        what: Cow<'static, str>,
    },
    #[error("{} is empty; copy or export it again", .0.display())]
    Empty(PathBuf),
    #[error("{} is too large ({what}); LUNNY reads {limit}", path.display())]
    TooLarge {
        path: PathBuf,
        what: String,
        limit: String,
    },
    #[error("{} is not a supported image; choose a DICOM, NIfTI, PNG, JPEG, TIFF or BMP file", .0.display())]
    NotAnImage(PathBuf),
    #[error("{} is cut short: its end is missing; copy or export it again", .0.display())]
    CutShort(PathBuf),
    #[error("{} is damaged: {reason}; copy or export it again", path.display())]
    Damaged { path: PathBuf, reason: String },
    #[error("{}: {what} is not supported; {advice}", path.display())]
    Unsupported {
        path: PathBuf,
        what: String,
        advice: Cow<'static, str>,
    },
    #[error("{} holds {frames} slices; open it as a series", path.display())]
    ManySlices { path: PathBuf, frames: usize },
    /// The file was read completely and contains no picture.
    #[error("{} holds no picture: it is {what}", path.display())]
    NoPicture { path: PathBuf, what: String },
    #[error("reading was cancelled")]
    Cancelled,
    /// Its decoder was ended by a limit, or crashed.
    #[error("{} was not decoded: {reason}; export it again, uncompressed where you can, or leave it out", path.display())]
    Stopped { path: PathBuf, reason: Ended },
    #[error("{} could not be read: {source}", path.display())]
    Read {
        path: PathBuf,
        source: Arc<io::Error>,
    },
}

impl ImagingError {
    /// True if the file itself is valid, but contains nothing to analyse.
    pub fn is_refusal(&self) -> bool {
        matches!(self, Self::NoPicture { .. })
    }

    /// True if the file is damaged or incomplete, or could not be read; false if it is of another kind than LUNNY reads.
    pub(super) fn is_loss(&self) -> bool {
        match self {
            Self::NotFound(_)
            | Self::PermissionDenied(_)
            | Self::Empty(_)
            | Self::TooLarge { .. }
            | Self::CutShort(_)
            | Self::Damaged { .. }
            | Self::Stopped { .. }
            | Self::Read { .. } => true,
            // Files of other formats, and of compressions that are not read.
            Self::Unsupported { what, .. } => what.starts_with("DICOM"),
            Self::NotAFile { .. }
            | Self::NotAnImage(_)
            | Self::ManySlices { .. }
            | Self::NoPicture { .. }
            | Self::Cancelled => false,
        }
    }

    /// The file; `None` of a cancellation.
    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::NotFound(path)
            | Self::PermissionDenied(path)
            | Self::Empty(path)
            | Self::NotAnImage(path)
            | Self::CutShort(path)
            | Self::NotAFile { path, .. }
            | Self::TooLarge { path, .. }
            | Self::Damaged { path, .. }
            | Self::Unsupported { path, .. }
            | Self::ManySlices { path, .. }
            | Self::NoPicture { path, .. }
            | Self::Stopped { path, .. }
            | Self::Read { path, .. } => Some(path),
            Self::Cancelled => None,
        }
    }

    pub(super) fn from_io(path: &Path, source: io::Error) -> Self {
        let path = path.to_owned();
        match source.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => Self::NotFound(path),
            io::ErrorKind::PermissionDenied => Self::PermissionDenied(path),
            _ => Self::Read {
                path,
                source: Arc::new(source),
            },
        }
    }
}

/// An error within a file, before its name is known.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Fault {
    NotAnImage,
    CutShort,
    Damaged(String),
    Unsupported {
        what: String,
        advice: &'static str,
    },
    TooLarge {
        width: u32,
        height: u32,
    },
    /// More frames, or more bytes once inflated, than the limit.
    TooMuch {
        what: String,
        limit: String,
    },
    NoPicture(String),
    Cancelled,
}

impl Fault {
    pub(super) fn damaged(reason: impl ToString) -> Self {
        Self::Damaged(reason.to_string())
    }

    pub(super) fn too_many_frames(frames: impl std::fmt::Display) -> Self {
        Self::TooMuch {
            what: format!("{frames} frames"),
            limit: format!("files of up to {} frames", super::MOST_FRAMES),
        }
    }

    /// The error with the name of its file.
    pub(super) fn of(self, path: &Path) -> ImagingError {
        let path = path.to_owned();
        match self {
            Self::NotAnImage => ImagingError::NotAnImage(path),
            Self::CutShort => ImagingError::CutShort(path),
            Self::Damaged(reason) => ImagingError::Damaged { path, reason },
            Self::Unsupported { what, advice } => ImagingError::Unsupported {
                path,
                what,
                advice: advice.into(),
            },
            Self::TooLarge { width, height } => ImagingError::TooLarge {
                path,
                what: format!("{width} × {height} pixels"),
                limit: format!("up to {} million pixels", super::MOST_PIXELS / 1_000_000),
            },
            Self::TooMuch { what, limit } => ImagingError::TooLarge { path, what, limit },
            Self::NoPicture(what) => ImagingError::NoPicture { path, what },
            Self::Cancelled => ImagingError::Cancelled,
        }
    }
}
