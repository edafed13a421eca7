//! One file, whose frames are decoded one at a time.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::error::Fault;
use super::large::LargeFile;
use super::nifti::StreamedVolume;
use super::opening::Opening;
use super::shared_file::SharedFile;
use super::source::Source;
use super::{
    Format, Header, ImagingError, Modality, Pixels, Provenance, Scan, containers, dicom, nifti,
    raster,
};
use crate::cancel::Cancel;
use crate::text::hexadecimal;

/// Maximum size of a file that is read into memory, in bytes. A slice is under 1 MB; the limit allows volumes
/// and scanned films. Single frames are read from larger DICOM files.
pub const MOST_BYTES: u64 = 256 << 20;

/// Maximum number of pixels of a frame, whatever a file declares: 64 million.
pub const MOST_PIXELS: u64 = 64_000_000;

/// Maximum number of bytes that are allocated at once while a file is read and decoded.
pub const MOST_ALLOCATED: u64 = 512 << 20;

/// Result of decoding a frame.
pub(super) struct Picture {
    pub pixels: Pixels,
    pub width: u32,
    pub height: u32,
    pub spacing_mm: Option<[f64; 2]>,
    pub colourfulness: f32,
    pub dicom: Option<Modality>,
}

/// Kind of file, by its decoder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Dicom,
    Nifti,
    /// One of the plain picture formats.
    Raster(Format),
}

impl Kind {
    /// Detected by content, never by name.
    pub(super) fn of(bytes: &[u8]) -> Result<Self, Fault> {
        // A DICOM file may begin like a TIFF file, so it is checked first.
        if dicom::is_dicom(bytes) {
            Ok(Self::Dicom)
        } else if let Some(format) = raster::format(bytes) {
            Ok(Self::Raster(format))
        } else if nifti::is_nifti(bytes) {
            Ok(Self::Nifti)
        } else {
            Err(containers::named(bytes).unwrap_or(Fault::NotAnImage))
        }
    }
}

/// The parsed content of a file before its pixels.
enum Content {
    Dicom(dicom::Contents),
    Nifti(nifti::Volume),
    Raster(Format),
    /// Read frame by frame.
    Large(LargeFile),
    /// A volume, read slice by slice.
    Streamed(Box<StreamedVolume>),
}

/// A file with one or more frames.
///
/// Holds the bytes of the file: at most [`MOST_BYTES`], plus up to [`MOST_ALLOCATED`] if it was deflated; none
/// of a larger, uncompressed DICOM file.
pub struct FrameFile {
    path: PathBuf,
    /// Empty for a large file.
    bytes: Vec<u8>,
    length: u64,
    content: Content,
    header: Header,
    sha256: OnceLock<String>,
}

impl fmt::Debug for FrameFile {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut debug = formatter.debug_struct("FrameFile");
        debug.field("path", &self.path);
        debug.field("header", &self.header).finish_non_exhaustive()
    }
}

impl FrameFile {
    /// Reads the file and its header. Blocks; never waits on a pipe or device.
    ///
    /// Errors: no such file, no permission, too large, not a picture, cut short, damaged.
    pub fn open(path: &Path) -> Result<Self, ImagingError> {
        Self::open_unless(path, &Cancel::default())
    }

    /// As [`Self::open`], and [`ImagingError::Cancelled`] if `cancel` is raised.
    pub fn open_unless(path: &Path, cancel: &Cancel) -> Result<Self, ImagingError> {
        Self::of_source(Source::open(path)?, cancel)
    }

    /// Reads a file that is open.
    pub(super) fn of_source(source: Source, cancel: &Cancel) -> Result<Self, ImagingError> {
        Self::of_opening(Opening::new(source, cancel)?)
    }

    /// Reads a file of which the beginning may have been read.
    pub(super) fn of_opening(mut opening: Opening<'_>) -> Result<Self, ImagingError> {
        let (path, length) = (opening.path().to_owned(), opening.length());
        opening.read_on()?;
        if nifti::is_streamed(opening.bytes(), length) && opening.is_on_disk() {
            return Self::streamed(opening);
        }
        if opening.is_large() {
            let large = LargeFile::open(opening)?;
            return Ok(Self {
                bytes: Vec::new(),
                length,
                header: large.header().map_err(|fault| fault.of(&path))?,
                content: Content::Large(large),
                sha256: OnceLock::new(),
                path,
            });
        }
        opening.read_all()?;
        let (cancel, sha256) = (opening.cancel(), opening.sha256());
        let file = Self::of_bytes(&path, opening.into_bytes(), cancel);
        let file = file.map_err(|fault| fault.of(&path))?;
        Ok(Self {
            length,
            sha256: sha256.map_or_else(OnceLock::new, OnceLock::from),
            ..file
        })
    }

    /// Reads a file that is in memory already. `path` is its name in errors.
    pub fn from_bytes(path: &Path, bytes: Vec<u8>) -> Result<Self, ImagingError> {
        Self::of_bytes(path, bytes, &Cancel::default()).map_err(|fault| fault.of(path))
    }

    /// Opens a volume that is read slice by slice.
    fn streamed(opening: Opening<'_>) -> Result<Self, ImagingError> {
        let (path, length, cancel) = (
            opening.path().to_owned(),
            opening.length(),
            opening.cancel(),
        );
        let beginning = opening.bytes().to_vec();
        let too_large = opening.too_large();
        let file = SharedFile::new(opening.into_file().ok_or(too_large)?);
        let volume = StreamedVolume::open(&beginning, file, length, cancel);
        let volume = volume.map_err(|fault| fault.of(&path))?;
        Ok(Self {
            bytes: Vec::new(),
            length,
            header: volume.header(),
            content: Content::Streamed(Box::new(volume)),
            sha256: OnceLock::new(),
            path,
        })
    }

    pub(super) fn of_bytes(path: &Path, bytes: Vec<u8>, cancel: &Cancel) -> Result<Self, Fault> {
        let (content, header) = match Kind::of(&bytes)? {
            Kind::Dicom => {
                let contents = dicom::Contents::read(&bytes, cancel)?;
                let header = contents.header()?;
                (Content::Dicom(contents), header)
            }
            Kind::Nifti => {
                let volume = nifti::Volume::read(&bytes, cancel)?;
                let header = volume.header();
                (Content::Nifti(volume), header)
            }
            Kind::Raster(format) => (Content::Raster(format), raster::header(format, &bytes)?),
        };
        Ok(Self {
            path: path.to_owned(),
            length: bytes.len() as u64,
            bytes,
            content,
            header,
            sha256: OnceLock::new(),
        })
    }

    /// Path that the file was opened by.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Facts about the file besides its pixels.
    pub fn header(&self) -> &Header {
        &self.header
    }

    /// Number of frames, at least one.
    pub fn frames(&self) -> usize {
        self.header.frames.len()
    }

    /// Decodes one frame, counted from 0. May be called from several threads.
    pub fn decode(&self, frame: usize) -> Result<Scan, ImagingError> {
        if frame >= self.frames() {
            return Err(ImagingError::NoPicture {
                path: self.path.clone(),
                what: format!(
                    "a file of {} frames, without a frame {}",
                    self.frames(),
                    frame.saturating_add(1)
                ),
            });
        }
        let failed = |error| ImagingError::from_io(&self.path, error);
        let picture = match &self.content {
            Content::Dicom(contents) => contents.decode(&self.bytes, frame),
            Content::Nifti(volume) => volume.decode(&self.bytes, frame),
            Content::Raster(format) => raster::decode(*format, &self.bytes),
            Content::Large(large) => large.decode(frame).map_err(failed)?,
            Content::Streamed(volume) => volume.decode(frame),
        };
        let picture = picture.map_err(|fault| fault.of(&self.path))?;
        let sha256 = match &self.content {
            Content::Large(large) => large.file().sha256().map_err(failed)?,
            Content::Streamed(volume) => volume.file().sha256().map_err(failed)?,
            _ => (self.sha256)
                .get_or_init(|| hexadecimal(&Sha256::digest(&self.bytes)))
                .clone(),
        };
        Ok(Scan {
            pixels: picture.pixels,
            width: picture.width,
            height: picture.height,
            spacing_mm: picture.spacing_mm,
            colourfulness: picture.colourfulness,
            provenance: Provenance {
                path: self.path.clone(),
                format: self.header.format,
                bytes: self.length,
                sha256,
                dicom: picture.dicom,
            },
        })
    }
}

/// Refuses a size before anything is allocated for it.
pub(super) fn within_limits(width: u32, height: u32) -> Result<(), Fault> {
    match u64::from(width) * u64::from(height) {
        0 => Err(Fault::damaged("it declares a picture without pixels")),
        pixels if pixels > MOST_PIXELS => Err(Fault::TooLarge { width, height }),
        _ => Ok(()),
    }
}
