//! DICOM files of many frames that are too large for memory: the header is read completely, the pixels frame by
//! frame. An enhanced CT of 600 frames has about 300 MB.

use std::io;

use super::error::Fault;
use super::file::{Kind, Picture};
use super::opening::Opening;
use super::shared_file::SharedFile;
use super::{Header, ImagingError, dicom};

/// Maximum size of a file that is read frame by frame, in bytes.
pub const MOST_STREAMED_BYTES: u64 = 8 << 30;

/// Maximum number of bytes of the elements before the pixels. Those of 16,384 frames take about 30 MB.
const MOST_HEADER_BYTES: usize = 64 << 20;

/// A file whose frames are read one by one.
pub(super) struct LargeFile {
    contents: dicom::Contents,
    file: SharedFile,
}

/// The header of a large file, and the positions of its frames.
///
/// Errors: the file is too large, because it is not DICOM or its pixels are packed; errors of its header; its
/// end is missing.
pub(super) fn contents(opening: &mut Opening<'_>) -> Result<dicom::Contents, ImagingError> {
    let length = opening.length();
    let too_large = |opening: &Opening<'_>| Err(opening.too_large());
    if length > MOST_STREAMED_BYTES {
        return too_large(opening);
    }
    loop {
        opening.read_on()?;
        let bytes = opening.bytes();
        if !matches!(Kind::of(bytes), Ok(Kind::Dicom)) {
            return too_large(opening);
        }
        match dicom::Contents::of_beginning(bytes, opening.cancel()) {
            Ok(Some(contents)) if contents.end() <= length => return Ok(contents),
            Ok(Some(_)) => return Err(opening.fault(Fault::CutShort)),
            Ok(None) => return too_large(opening),
            // The file became shorter while it was read.
            Err(Fault::CutShort) if opening.is_whole() => {
                return Err(opening.fault(Fault::CutShort));
            }
            Err(Fault::CutShort) if bytes.len() < MOST_HEADER_BYTES => {}
            Err(Fault::CutShort) => return too_large(opening),
            Err(fault) => return Err(opening.fault(fault)),
        }
    }
}

impl LargeFile {
    /// Reads the header. Errors: those of [`contents`].
    pub(super) fn open(mut opening: Opening<'_>) -> Result<Self, ImagingError> {
        let contents = contents(&mut opening)?;
        let too_large = opening.too_large();
        let file = opening.into_file().ok_or(too_large)?;
        Ok(Self {
            contents,
            file: SharedFile::new(file),
        })
    }

    pub(super) fn header(&self) -> Result<Header, Fault> {
        self.contents.header()
    }

    /// Reads and decodes one frame; the outer error is that of reading.
    pub(super) fn decode(&self, frame: usize) -> io::Result<Result<Picture, Fault>> {
        let place = match self.contents.place(frame) {
            Ok(place) => place,
            Err(fault) => return Ok(Err(fault)),
        };
        let mut stored = vec![0; place.end.saturating_sub(place.start) as usize];
        self.file.read_exact_at(place.start, &mut stored)?;
        Ok(self.contents.decode_stored(&stored, frame))
    }

    pub(super) fn file(&self) -> &SharedFile {
        &self.file
    }
}
