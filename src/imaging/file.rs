//! One file, whose frames are decoded one at a time.

use std::fmt;
use std::fs::{self, File, FileType};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use sha2::{Digest, Sha256};

use super::error::Fault;
use super::large::LargeFile;
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

/// Number of bytes of a file that are read first. The tags of a CT slice are a few thousand bytes.
const FIRST_BYTES: u64 = 32 << 10;

/// Maximum number of bytes that are read between two cancellation checks.
const MOST_AT_ONCE: usize = 1 << 20;

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
    pub fn of(bytes: &[u8]) -> Result<Self, Fault> {
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
        let mut opening = Opening::of_any_size(path, cancel)?;
        if opening.is_large() {
            return Self::of_large(path, opening);
        }
        opening.read_all()?;
        Self::of_bytes(path, opening.bytes, cancel).map_err(|fault| fault.of(path))
    }

    fn of_large(path: &Path, opening: Opening<'_>) -> Result<Self, ImagingError> {
        let length = opening.length;
        let large = LargeFile::open(opening)?;
        Ok(Self {
            path: path.to_owned(),
            bytes: Vec::new(),
            length,
            header: large.header().map_err(|fault| fault.of(path))?,
            content: Content::Large(large),
            sha256: OnceLock::new(),
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
        };
        let picture = picture.map_err(|fault| fault.of(&self.path))?;
        let sha256 = match &self.content {
            Content::Large(large) => large.sha256().map_err(failed)?,
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

/// A file that is being read from its start, as far as necessary.
pub(super) struct Opening<'a> {
    path: PathBuf,
    file: File,
    length: u64,
    bytes: Vec<u8>,
    ended: bool,
    cancel: &'a Cancel,
}

impl<'a> Opening<'a> {
    /// Opens a regular file that is not too large.
    pub fn of(path: &Path, cancel: &'a Cancel) -> Result<Self, ImagingError> {
        let opening = Self::of_any_size(path, cancel)?;
        match opening.is_large() {
            true => Err(opening.too_large()),
            false => Ok(opening),
        }
    }

    /// Opens a regular file. At most [`MOST_BYTES`] of it can be read.
    pub fn of_any_size(path: &Path, cancel: &'a Cancel) -> Result<Self, ImagingError> {
        let failed = |error| ImagingError::from_io(path, error);
        // Checked before the file is opened: opening a pipe waits for its other end.
        let metadata = fs::metadata(path).map_err(failed)?;
        if !metadata.is_file() {
            return Err(ImagingError::NotAFile {
                path: path.to_owned(),
                what: kind(metadata.file_type()),
            });
        }
        Ok(Self {
            path: path.to_owned(),
            file: File::open(path).map_err(failed)?,
            length: metadata.len(),
            bytes: Vec::new(),
            ended: false,
            cancel,
        })
    }

    /// True if the file is larger than the part that can be read.
    pub fn is_large(&self) -> bool {
        self.length > MOST_BYTES
    }

    /// The size of the file, in bytes.
    pub fn length(&self) -> u64 {
        self.length
    }

    pub fn cancel(&self) -> &'a Cancel {
        self.cancel
    }

    /// Error: the file is too large.
    pub fn too_large(&self) -> ImagingError {
        too_large(&self.path, self.length)
    }

    /// An error with the name of the file.
    pub fn fault(&self, fault: Fault) -> ImagingError {
        fault.of(&self.path)
    }

    pub fn into_file(self) -> File {
        self.file
    }

    /// The bytes read so far.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// True if the complete file was read.
    pub fn is_whole(&self) -> bool {
        self.ended
    }

    /// Reads a first part, then four times as much with each call.
    pub fn read_on(&mut self) -> Result<(), ImagingError> {
        let wanted = FIRST_BYTES.max(4 * self.bytes.len() as u64);
        self.read_to(wanted)
    }

    /// Reads the complete file.
    pub fn read_all(&mut self) -> Result<(), ImagingError> {
        self.bytes.reserve_exact(self.length as usize + 1);
        self.read_to(u64::MAX)
    }

    fn read_to(&mut self, wanted: u64) -> Result<(), ImagingError> {
        let wanted = wanted.min(MOST_BYTES + 1);
        let missing = wanted.saturating_sub(self.bytes.len() as u64);
        let file = Cancellable::new(&self.file, self.cancel);
        let read = file.take(missing).read_to_end(&mut self.bytes);
        if self.cancel.is_cancelled() {
            return Err(ImagingError::Cancelled);
        }
        let read = read.map_err(|error| ImagingError::from_io(&self.path, error))? as u64;
        self.ended = read < missing;
        match self.bytes.len() as u64 {
            0 => Err(ImagingError::Empty(self.path.clone())),
            // The file grew since its size was read.
            length if length > MOST_BYTES => Err(too_large(&self.path, length)),
            _ => Ok(()),
        }
    }
}

/// A reader that fails after cancellation; the caller checks the flag for the reason.
pub(super) struct Cancellable<'a, R> {
    inner: R,
    cancel: &'a Cancel,
}

impl<'a, R> Cancellable<'a, R> {
    pub fn new(inner: R, cancel: &'a Cancel) -> Self {
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

#[cfg(unix)]
fn kind(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;

    if file_type.is_dir() {
        "a folder"
    } else if file_type.is_fifo() {
        "a pipe"
    } else if file_type.is_socket() {
        "a socket"
    } else {
        "a device"
    }
}

#[cfg(not(unix))]
fn kind(file_type: FileType) -> &'static str {
    if file_type.is_dir() {
        "a folder"
    } else {
        "a device"
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
