//! Photos of people: read from a picture or a page, reduced, and rewritten without metadata: no location, no
//! camera, no name.

mod page;
mod thread;

use std::path::{Path, PathBuf};

use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{DynamicImage, ImageError, RgbImage};

pub use self::page::PageFault;
use super::opening::Opening;
use super::source::Source;
use super::{Format, ImagingError, isolated, raster};
use crate::cancel::Cancel;

/// Maximum length of a stored photo's longer side, in pixels.
pub const LONGEST_SIDE: u32 = 1024;

/// The thread that draws a page or decodes a picture by a decoder that panics. When it panics over a hostile file, nothing
/// else is affected: the file has no photo, or the slice no pixels.
pub const DRAWING_THREAD: &str = "page of a photo";

/// Quality of the JPEG file, of 100.
const QUALITY: u8 = 88;

/// A photo for storage.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// A complete JPEG file without metadata.
    pub bytes: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Why a file became no photo. It has paths as stored: scrub the text before it is shown.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    #[error(transparent)]
    File(#[from] ImagingError),
    #[error("{} is no photo that LUNNY keeps; choose a PNG, JPEG or PDF file", .0.display())]
    NotAPhoto(PathBuf),
    #[error("the first page of {} cannot be drawn: {reason}; save it as PNG or JPEG", path.display())]
    Page { path: PathBuf, reason: PageFault },
    #[error("the photo of {} cannot be written: {reason}", path.display())]
    Unwritable { path: PathBuf, reason: String },
}

impl Photo {
    /// Reads a PNG or JPEG file, or draws the first page of a PDF file. What it is, its content decides. Blocks while it
    /// does; never waits on a pipe or device.
    ///
    /// # Errors
    /// No such file, no permission, too large, none of the three, cut short, damaged; a page that cannot be drawn, or
    /// not within the limits on time and memory.
    pub fn read(path: &Path) -> Result<Self, PhotoError> {
        isolated::photo(Source::open(path)?)
    }

    /// As [`Photo::read`], of a file in memory that is called `name`.
    ///
    /// # Errors
    /// Those of [`Photo::read`]; an error of the system if it has no memory for the file.
    pub fn of_bytes(name: &str, bytes: &[u8]) -> Result<Self, PhotoError> {
        isolated::photo(Source::of_bytes(name, bytes)?)
    }

    /// The same of an open file, in this process.
    pub(super) fn read_here(source: Source, cancel: &Cancel) -> Result<Self, PhotoError> {
        let path = &source.path.clone();
        let mut opening = Opening::new(source, cancel)?;
        if opening.is_large() {
            return Err(opening.too_large().into());
        }
        opening.read_all()?;
        let bytes = opening.bytes();
        let picture = match raster::format(bytes) {
            Some(format @ (Format::Png | Format::Jpeg)) => {
                let picture = raster::upright(format, bytes).map_err(|fault| fault.of(path))?;
                on_white(&picture)
            }
            None if is_pdf(bytes) => {
                thread::first_page(bytes).map_err(|reason| PhotoError::Page {
                    path: path.to_owned(),
                    reason,
                })?
            }
            _ => return Err(PhotoError::NotAPhoto(path.to_owned())),
        };
        Self::of(&picture).map_err(|error| PhotoError::Unwritable {
            path: path.to_owned(),
            reason: error.to_string(),
        })
    }

    fn of(picture: &RgbImage) -> Result<Self, ImageError> {
        let picture = reduced(picture);
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        encoder.encode_image(&picture)?;
        Ok(Self {
            bytes,
            width: picture.width(),
            height: picture.height(),
        })
    }
}

/// The picture reduced to sides of at most [`LONGEST_SIDE`], with its aspect ratio.
fn reduced(picture: &RgbImage) -> RgbImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= LONGEST_SIDE {
        return picture.clone();
    }
    let side = |side: u32| {
        let side = u64::from(side) * u64::from(LONGEST_SIDE) / u64::from(longest);
        (side as u32).max(1)
    };
    imageops::resize(picture, side(width), side(height), FilterType::Triangle)
}

/// Colours without transparency, on white.
fn on_white(picture: &DynamicImage) -> RgbImage {
    if !picture.color().has_alpha() {
        return picture.to_rgb8();
    }
    let picture = picture.to_rgba8();
    RgbImage::from_fn(picture.width(), picture.height(), |x, y| {
        let [red, green, blue, alpha] = picture.get_pixel(x, y).0;
        let over = |level: u8| {
            let (level, alpha) = (u32::from(level), u32::from(alpha));
            ((level * alpha + 255 * (255 - alpha) + 127) / 255) as u8
        };
        image::Rgb([red, green, blue].map(over))
    })
}

/// A PDF file says so within its first 1024 bytes (ISO 32000-1, annex H.3, note 13).
pub(super) fn is_pdf(bytes: &[u8]) -> bool {
    let start = bytes.get(..1024).unwrap_or(bytes);
    start.windows(5).any(|window| window == b"%PDF-")
}

#[cfg(test)]
#[path = "photo/tests.rs"]
mod tests;
