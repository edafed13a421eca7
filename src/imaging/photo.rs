//! Photos of people: read from a picture or a page, made small, and written anew so that nothing of the file stays but
//! what is seen: no place, no camera, no name.

use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use hayro::hayro_interpret::InterpreterSettings;
use hayro::hayro_syntax::Pdf;
use hayro::vello_cpu::color::palette::css::WHITE;
use hayro::{PixmapSettings, RenderCache, RenderSettings};
use image::codecs::jpeg::JpegEncoder;
use image::imageops::{self, FilterType};
use image::{DynamicImage, RgbImage};

use super::file::Opening;
use super::{Format, ImagingError, raster};
use crate::cancel::Cancel;

/// Most pixels of a kept photo's longer side.
pub const LONGEST_SIDE: u32 = 1024;

/// The largest PDF file that is looked at, in bytes.
const MOST_PDF_BYTES: usize = 32 << 20;

/// How long the drawing of a page may take.
const LONGEST_DRAWING: Duration = Duration::from_secs(20);

/// The thread that draws a page. When it panics over a hostile file, nothing else is hurt: the page has no photo.
pub const DRAWING_THREAD: &str = "page of a photo";

/// Quality of the JPEG file, of 100.
const QUALITY: u8 = 88;

/// A photo as it is kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Photo {
    /// A whole JPEG file without metadata.
    pub bytes: Vec<u8>,
    pub width: u32,
    pub height: u32,
}

/// Why a file became no photo. Paths stand in it as stored: scrub the text before it is shown.
#[derive(Debug, thiserror::Error)]
pub enum PhotoError {
    #[error(transparent)]
    File(#[from] ImagingError),
    #[error("{} is no photo that LUNNY keeps; choose a PNG, JPEG or PDF file", .0.display())]
    NotAPhoto(PathBuf),
    #[error("the first page of {} cannot be drawn: {reason}; save it as PNG or JPEG", path.display())]
    Page { path: PathBuf, reason: String },
    #[error("the photo of {} cannot be written: {reason}", path.display())]
    Unwritable { path: PathBuf, reason: String },
}

impl Photo {
    /// Reads a PNG or JPEG file, or draws the first page of a PDF file. What it is, its content decides. Blocks while it
    /// does; never waits on a pipe or device.
    ///
    /// # Errors
    /// No such file, no permission, too large, none of the three, cut short, damaged; a page that cannot be drawn, or
    /// not in 20 seconds.
    pub fn read(path: &Path) -> Result<Self, PhotoError> {
        let cancel = Cancel::default();
        let mut opening = Opening::of(path, &cancel)?;
        opening.read_all()?;
        let bytes = opening.bytes();
        let picture = match raster::format(bytes) {
            Some(format @ (Format::Png | Format::Jpeg)) => {
                let picture = raster::upright(format, bytes).map_err(|fault| fault.of(path))?;
                on_white(&picture)
            }
            None if is_pdf(bytes) => first_page(bytes).map_err(|reason| PhotoError::Page {
                path: path.to_owned(),
                reason,
            })?,
            _ => return Err(PhotoError::NotAPhoto(path.to_owned())),
        };
        Self::of(&picture).map_err(|reason| PhotoError::Unwritable {
            path: path.to_owned(),
            reason,
        })
    }

    fn of(picture: &RgbImage) -> Result<Self, String> {
        let picture = reduced(picture);
        let mut bytes = Vec::new();
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, QUALITY);
        encoder
            .encode_image(&picture)
            .map_err(|error| error.to_string())?;
        Ok(Self {
            bytes,
            width: picture.width(),
            height: picture.height(),
        })
    }
}

/// The picture with no side longer than [`LONGEST_SIDE`], in its shape.
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

/// Colours without transparency, as on paper.
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
fn is_pdf(bytes: &[u8]) -> bool {
    let start = bytes.get(..1024).unwrap_or(bytes);
    start.windows(5).any(|window| window == b"%PDF-")
}

/// The first page as a picture, drawn by a thread of its own: a hostile file costs a sentence, not the program.
fn first_page(bytes: &[u8]) -> Result<RgbImage, String> {
    if bytes.len() > MOST_PDF_BYTES {
        let most = MOST_PDF_BYTES >> 20;
        return Err(format!("the file is larger than {most} MB"));
    }
    let (sender, receiver) = mpsc::channel();
    let bytes = bytes.to_vec();
    let drawing = thread::Builder::new().name(DRAWING_THREAD.to_owned());
    let drawing = drawing.spawn(move || {
        // Nobody listens any more where it took too long.
        let _ = sender.send(drawn(bytes));
    });
    drawing.map_err(|error| error.to_string())?;
    match receiver.recv_timeout(LONGEST_DRAWING) {
        Ok(drawn) => drawn,
        Err(mpsc::RecvTimeoutError::Timeout) => Err("it takes longer than 20 seconds".to_owned()),
        Err(mpsc::RecvTimeoutError::Disconnected) => Err("the file is damaged".to_owned()),
    }
}

fn drawn(bytes: Vec<u8>) -> Result<RgbImage, String> {
    let pdf =
        Pdf::new(bytes).map_err(|_| "the file is damaged or locked by a password".to_owned())?;
    let page = pdf.pages().first().ok_or("the file has no page")?;
    let (width, height) = page.render_dimensions();
    let scale = LONGEST_SIDE as f32 / width.max(height);
    let is_drawable = |side: f32| side.is_finite() && side * scale >= 1.0;
    if !is_drawable(width) || !is_drawable(height) {
        return Err("the page has no proper size".to_owned());
    }
    let pixmap = hayro::render(
        page,
        &RenderCache::new(),
        &InterpreterSettings::default(),
        &RenderSettings::default(),
        &PixmapSettings {
            x_scale: scale,
            y_scale: scale,
            bg_color: WHITE,
        },
    );
    let (width, height) = (u32::from(pixmap.width()), u32::from(pixmap.height()));
    let levels = pixmap.data_as_u8_slice().chunks_exact(4);
    let levels = levels
        .flat_map(|pixel| pixel.iter().take(3).copied())
        .collect();
    RgbImage::from_raw(width, height, levels)
        .ok_or_else(|| "it came out in another size".to_owned())
}

#[cfg(test)]
#[path = "photo/tests.rs"]
mod tests;
