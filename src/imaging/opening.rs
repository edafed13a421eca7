//! Reading a file from its beginning, as far as it takes.

use std::io::{self, Read};
use std::path::{Path, PathBuf};

use flate2::bufread::MultiGzDecoder;
use sha2::{Digest, Sha256};

use super::archive::Archive;
use super::error::Fault;
use super::source::Source;
use super::{ImagingError, MOST_BYTES, containers};
use crate::cancel::Cancel;
use crate::sealed::Opened;
use crate::text::hexadecimal;

/// Number of bytes of a file that are read first. The tags of a CT slice are a few thousand bytes.
const FIRST_BYTES: u64 = 32 << 10;

/// Maximum number of bytes that are read between two cancellation checks.
const MOST_AT_ONCE: usize = 1 << 20;

/// A file that is being read. A file of an archive, and a gzipped DICOM file, is read whole at the start.
pub(super) struct Opening<'a> {
    path: PathBuf,
    name: String,
    /// `None` if the bytes came from an archive.
    file: Option<Opened>,
    length: u64,
    bytes: Vec<u8>,
    ended: bool,
    /// Hash of the file as stored, where its bytes were inflated.
    sha256: Option<String>,
    cancel: &'a Cancel,
}

impl<'a> Opening<'a> {
    /// A file of any size. At most [`MOST_BYTES`] of it can be read.
    pub(super) fn new(source: Source, cancel: &'a Cancel) -> Result<Self, ImagingError> {
        match &source.member {
            None => Ok(Self::of_file(source, cancel)),
            Some(member) => {
                let archive = source.file.try_clone();
                let archive =
                    archive.map_err(|error| ImagingError::from_io(&source.path, error))?;
                // A path that goes on behind a file of another kind leads nowhere.
                let archive = Archive::open(archive);
                let mut archive =
                    archive.map_err(|_| ImagingError::NotFound(source.path.clone()))?;
                Self::of_member(&source, archive.read(member, cancel), cancel)
            }
        }
    }

    fn of_file(source: Source, cancel: &'a Cancel) -> Self {
        Self {
            name: source.name(),
            path: source.path,
            file: Some(source.file),
            length: source.length,
            bytes: Vec::new(),
            ended: false,
            sha256: None,
            cancel,
        }
    }

    /// A file within an archive, of which the bytes were read.
    pub(super) fn of_member(
        source: &Source,
        read: Result<Option<Vec<u8>>, Fault>,
        cancel: &'a Cancel,
    ) -> Result<Self, ImagingError> {
        let path = &source.path;
        let bytes = read.map_err(|fault| fault.of(path))?;
        let bytes = bytes.ok_or_else(|| ImagingError::NotFound(path.clone()))?;
        if bytes.is_empty() {
            return Err(ImagingError::Empty(path.clone()));
        }
        let mut opening = Self {
            path: path.clone(),
            name: source.name(),
            file: None,
            length: bytes.len() as u64,
            bytes,
            ended: true,
            sha256: None,
            cancel,
        };
        opening.inflate()?;
        Ok(opening)
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The last part of the name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// True if the file is larger than what can be read of it.
    pub(super) fn is_large(&self) -> bool {
        self.length > MOST_BYTES
    }

    /// The size of the file, in bytes.
    pub(super) fn length(&self) -> u64 {
        self.length
    }

    pub(super) fn cancel(&self) -> &'a Cancel {
        self.cancel
    }

    /// Error: the file is too large.
    pub(super) fn too_large(&self) -> ImagingError {
        too_large(&self.path, self.length)
    }

    /// A fault, with the name of the file.
    pub(super) fn fault(&self, fault: Fault) -> ImagingError {
        fault.of(&self.path)
    }

    /// True if the file does not lie in an archive.
    pub(super) fn is_on_disk(&self) -> bool {
        self.file.is_some()
    }

    /// The open file; `None` if it is in an archive.
    pub(super) fn into_file(self) -> Option<Opened> {
        self.file
    }

    /// The file as far as it was read.
    pub(super) fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.bytes
    }

    /// True if that is all of it.
    pub(super) fn is_whole(&self) -> bool {
        self.ended
    }

    /// SHA-256 of the file as stored, lower-case hexadecimal, where that is not the hash of the bytes.
    pub(super) fn sha256(&self) -> Option<String> {
        self.sha256.clone()
    }

    /// Reads a first piece, then four times as much each time.
    pub(super) fn read_on(&mut self) -> Result<(), ImagingError> {
        let wanted = FIRST_BYTES.max(4 * self.bytes.len() as u64);
        self.read_to(wanted)
    }

    /// Reads all of it.
    pub(super) fn read_all(&mut self) -> Result<(), ImagingError> {
        if !self.ended {
            let missing = self.length.min(MOST_BYTES) as usize + 1;
            let missing = missing.saturating_sub(self.bytes.len());
            self.bytes.reserve_exact(missing);
        }
        self.read_to(u64::MAX)
    }

    fn read_to(&mut self, wanted: u64) -> Result<(), ImagingError> {
        let (Some(file), false) = (&mut self.file, self.ended) else {
            return Ok(());
        };
        let first = self.bytes.is_empty();
        let wanted = wanted.min(MOST_BYTES + 1);
        let missing = wanted.saturating_sub(self.bytes.len() as u64);
        let file = Cancellable::new(file, self.cancel);
        let read = file.take(missing).read_to_end(&mut self.bytes);
        if self.cancel.is_cancelled() {
            return Err(ImagingError::Cancelled);
        }
        let read = read.map_err(|error| ImagingError::from_io(&self.path, error))? as u64;
        self.ended = read < missing;
        match self.bytes.len() as u64 {
            0 => Err(ImagingError::Empty(self.path.clone())),
            // It grew since its size was read.
            length if length > MOST_BYTES => Err(too_large(&self.path, length)),
            _ if first => self.inflate(),
            _ => Ok(()),
        }
    }

    /// Puts a gzipped DICOM file in the place of its packed bytes.
    fn inflate(&mut self) -> Result<(), ImagingError> {
        if !containers::is_gzipped_dicom(&self.bytes) {
            return Ok(());
        }
        self.read_all()?;
        self.sha256 = Some(hexadecimal(&Sha256::digest(&self.bytes)));
        let mut inflated = Vec::new();
        let decoder = MultiGzDecoder::new(self.bytes.as_slice());
        let read = Cancellable::new(decoder, self.cancel)
            .take(MOST_BYTES + 1)
            .read_to_end(&mut inflated);
        if self.cancel.is_cancelled() {
            return Err(ImagingError::Cancelled);
        }
        match read {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                return Err(self.fault(Fault::CutShort));
            }
            Err(_) => return Err(self.fault(Fault::damaged("it cannot be inflated"))),
            Ok(_) if inflated.len() as u64 > MOST_BYTES => {
                return Err(self.fault(Fault::TooMuch {
                    what: format!("over {} MB once inflated", MOST_BYTES >> 20),
                    limit: format!("files of up to {} MB", MOST_BYTES >> 20),
                }));
            }
            Ok(_) => self.bytes = inflated,
        }
        Ok(())
    }
}

/// A reader that fails after cancellation; the caller checks the flag for the reason.
pub(super) struct Cancellable<'a, R> {
    inner: R,
    cancel: &'a Cancel,
}

impl<'a, R> Cancellable<'a, R> {
    pub(super) fn new(inner: R, cancel: &'a Cancel) -> Self {
        Self { inner, cancel }
    }
}

impl<R: Read> Read for Cancellable<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.cancel.is_cancelled() {
            return Err(io::Error::other("cancelled"));
        }
        let most = buffer.len().min(MOST_AT_ONCE);
        self.inner.read(buffer.get_mut(..most).unwrap_or_default())
    }
}

fn too_large(path: &Path, bytes: u64) -> ImagingError {
    ImagingError::TooLarge {
        path: path.to_owned(),
        what: format!("{} MB", bytes >> 20),
        limit: format!("files of up to {} MB", MOST_BYTES >> 20),
    }
}
