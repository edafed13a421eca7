//! DICOM files of many frames that are too large for memory: the header is read completely, the pixels frame by
//! frame. An enhanced CT of 600 frames has about 300 MB.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::ops::Range;
use std::sync::{Mutex, PoisonError};

use sha2::{Digest, Sha256};

use super::error::Fault;
use super::file::{Kind, Opening, Picture};
use super::{Header, ImagingError, dicom};
use crate::text::hexadecimal;

/// Maximum size of a file that is read frame by frame, in bytes.
pub const MOST_STREAMED_BYTES: u64 = 8 << 30;

/// Maximum number of bytes of the elements before the pixels. Those of 16,384 frames take about 30 MB.
const MOST_HEADER_BYTES: usize = 64 << 20;

/// Number of bytes of a file that are hashed at a time.
const HASHED_AT_ONCE: usize = 1 << 20;

/// A file whose frames are read one by one.
pub(super) struct LargeFile {
    contents: dicom::Contents,
    file: Mutex<Hashed>,
}

/// The open file, and its hash after the first request for it.
struct Hashed {
    file: File,
    sha256: Option<String>,
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
    pub fn open(mut opening: Opening<'_>) -> Result<Self, ImagingError> {
        Ok(Self {
            contents: contents(&mut opening)?,
            file: Mutex::new(Hashed {
                file: opening.into_file(),
                sha256: None,
            }),
        })
    }

    pub fn header(&self) -> Result<Header, Fault> {
        self.contents.header()
    }

    /// Reads and decodes one frame; the outer error is that of reading.
    pub fn decode(&self, frame: usize) -> io::Result<Result<Picture, Fault>> {
        let place = match self.contents.place(frame) {
            Ok(place) => place,
            Err(fault) => return Ok(Err(fault)),
        };
        let stored = self.read(place)?;
        Ok(self.contents.decode_stored(&stored, frame))
    }

    fn read(&self, place: Range<u64>) -> io::Result<Vec<u8>> {
        let length = place.end.saturating_sub(place.start) as usize;
        let mut stored = vec![0; length];
        let mut hashed = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        hashed.file.seek(SeekFrom::Start(place.start))?;
        hashed.file.read_exact(&mut stored)?;
        Ok(stored)
    }

    /// SHA-256 of the whole file, lower-case hexadecimal. Computed once; concurrent callers wait.
    pub fn sha256(&self) -> io::Result<String> {
        let mut hashed = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(sha256) = &hashed.sha256 {
            return Ok(sha256.clone());
        }
        hashed.file.seek(SeekFrom::Start(0))?;
        let mut hash = Sha256::new();
        let mut buffer = vec![0; HASHED_AT_ONCE];
        loop {
            let read = hashed.file.read(&mut buffer)?;
            match buffer.get(..read) {
                None | Some([]) => break,
                Some(bytes) => hash.update(bytes),
            }
        }
        let sha256 = hexadecimal(&hash.finalize());
        hashed.sha256 = Some(sha256.clone());
        Ok(sha256)
    }
}
