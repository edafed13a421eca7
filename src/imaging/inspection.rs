//! Kind of a file by its beginning.

use super::archive::{self, Archive};
use super::error::Fault;
use super::opening::Opening;
use super::series::directory::{self, Listed};
use super::source::Source;
use super::{Header, ImagingError, large, nifti};
use crate::cancel::Cancel;

/// Kind of a file, with its header or the files that it stands for.
#[derive(Debug, Clone, PartialEq, serde::Serialize, serde::Deserialize)]
pub(super) enum Inspection {
    /// A file with pixels.
    Picture(Box<Header>),
    /// A DICOMDIR: the files that it lists, below its own folder.
    Directory(Listed),
    /// An archive: the names of the files in it, with slashes.
    Archive(Vec<String>),
}

impl Inspection {
    /// Looks at an open file. Reads no more of it than it takes.
    pub(super) fn of_source(source: Source, cancel: &Cancel) -> Result<Self, ImagingError> {
        Self::of_opening(Opening::new(source, cancel)?)
    }

    pub(super) fn of_opening(mut opening: Opening<'_>) -> Result<Self, ImagingError> {
        opening.read_on()?;
        let cancel = opening.cancel();
        if archive::begins(opening.bytes()) {
            return Self::of_archive(opening);
        }
        if directory::is_one(opening.name(), opening.bytes(), cancel) && !opening.is_large() {
            opening.read_all()?;
            let listed = directory::listed(opening.bytes(), cancel);
            if cancel.is_cancelled() {
                return Err(ImagingError::Cancelled);
            }
            let cut = !listed.whole && directory::says_so(opening.bytes(), cancel);
            if cut || !listed.names.is_empty() {
                return Ok(Self::Directory(listed));
            }
        }
        if nifti::is_streamed(opening.bytes(), opening.length()) && opening.is_on_disk() {
            let header = nifti::streamed_header(opening.bytes(), opening.length());
            let header = header.map_err(|fault| opening.fault(fault))?;
            return Ok(Self::Picture(Box::new(header)));
        }
        if opening.is_large() {
            let header = large::contents(&mut opening)?.header();
            let header = header.map_err(|fault| opening.fault(fault))?;
            return Ok(Self::Picture(Box::new(header)));
        }
        // Each time round there is more of the file, or all of it.
        loop {
            match Header::of(opening.bytes(), opening.is_whole(), cancel) {
                Ok(header) => {
                    let length = match opening.is_whole() {
                        true => opening.bytes().len() as u64,
                        false => opening.length(),
                    };
                    return Ok(Self::Picture(Box::new(header.in_file_of(length))));
                }
                Err(Fault::CutShort) if !opening.is_whole() => opening.read_on()?,
                Err(fault) => return Err(opening.fault(fault)),
            }
        }
    }

    fn of_archive(opening: Opening<'_>) -> Result<Self, ImagingError> {
        let path = opening.path().to_owned();
        let Some(file) = opening.into_file() else {
            return Err(ImagingError::Unsupported {
                path,
                what: "a zip archive within another".to_owned(),
                advice: "unpack the outer one and open its folder".into(),
            });
        };
        let archive = Archive::open(file).map_err(|fault| fault.of(&path))?;
        Ok(Self::Archive(archive.names()))
    }

    /// The header of a picture; a refusal of what holds other files.
    pub(super) fn into_header(self, path: &std::path::Path) -> Result<Header, ImagingError> {
        match self {
            Self::Picture(header) => Ok(*header),
            Self::Directory(_) => Err(Fault::NoPicture("a DICOM directory".to_owned()).of(path)),
            Self::Archive(names) => Err(Fault::NoPicture(format!(
                "a zip archive of {} files; open it as a series",
                names.len()
            ))
            .of(path)),
        }
    }
}
