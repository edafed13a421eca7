//! PNG, JPEG, TIFF and BMP files.

use std::io::Cursor;

use image::codecs::{bmp::BmpDecoder, jpeg::JpegDecoder, png::PngDecoder, tiff::TiffDecoder};
use image::metadata::Orientation;
use image::{DynamicImage, ImageDecoder, ImageError, Limits};

use super::error::Fault;
use super::file::{Picture, within_limits};
use super::{Format, Header, Pixels, jpeg_lines};

/// Maximum number of bytes for a PNG file's chunks other than its pixels. A colour profile, the largest
/// compressed one, has up to about 4 MB; a larger one is ignored.
const MOST_ANCILLARY: u64 = 16 << 20;

const PNG_SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Of both byte orders, for files with offsets of 32 bits and of 64 bits.
const TIFF_SIGNATURES: [&[u8]; 4] = [b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"];

/// The first bytes of a JPEG-LS file, which is no JPEG file.
pub(super) const JPEG_LS: &[u8] = b"\xff\xd8\xff\xf7";

/// The format of a picture, by its first bytes.
pub(super) fn format(bytes: &[u8]) -> Option<Format> {
    if bytes.starts_with(PNG_SIGNATURE) {
        Some(Format::Png)
    } else if bytes.starts_with(b"\xff\xd8\xff") && !bytes.starts_with(JPEG_LS) {
        Some(Format::Jpeg)
    } else if TIFF_SIGNATURES
        .iter()
        .any(|signature| bytes.starts_with(signature))
    {
        Some(Format::Tiff)
    } else if bytes.starts_with(b"BM") {
        Some(Format::Bmp)
    } else {
        None
    }
}

/// The size of a picture, checked against the limits.
pub(super) fn header(format: Format, bytes: &[u8]) -> Result<Header, Fault> {
    let mut decoder = decoder(format, bytes)?;
    let (columns, rows) = decoder.dimensions();
    let (columns, rows) = match orientation(&mut *decoder) {
        Orientation::Rotate90
        | Orientation::Rotate270
        | Orientation::Rotate90FlipH
        | Orientation::Rotate270FlipH => (rows, columns),
        _ => (columns, rows),
    };
    Ok(Header::of_picture(format, columns, rows))
}

/// Grey levels of a picture; of the first one if a file has several.
pub(super) fn decode(format: Format, bytes: &[u8]) -> Result<Picture, Fault> {
    let image = upright(format, bytes)?;
    let (width, height) = (image.width(), image.height());
    let (levels, colourfulness) = grey(image);
    Ok(Picture {
        pixels: Pixels::Grey(levels),
        width,
        height,
        spacing_mm: None,
        colourfulness,
        dicom: None,
    })
}

/// The levels of a picture as they are stored.
pub(super) fn levels(format: Format, bytes: &[u8]) -> Result<DynamicImage, Fault> {
    DynamicImage::from_decoder(decoder(format, bytes)?).map_err(|error| fault(format, error))
}

/// The picture in the orientation of the camera, rotated as the file states.
pub(super) fn upright(format: Format, bytes: &[u8]) -> Result<DynamicImage, Fault> {
    let mut decoder = decoder(format, bytes)?;
    let orientation = orientation(&mut *decoder);
    let mut image = DynamicImage::from_decoder(decoder).map_err(|error| fault(format, error))?;
    image.apply_orientation(orientation);
    Ok(image)
}

/// The orientation that the file states. Without a readable one the picture is not rotated.
fn orientation(decoder: &mut dyn ImageDecoder) -> Orientation {
    decoder.orientation().unwrap_or(Orientation::NoTransforms)
}

/// A decoder with limits, for a picture within LUNNY's own limits that has an end marker.
fn decoder<'a>(format: Format, bytes: &'a [u8]) -> Result<Box<dyn ImageDecoder + 'a>, Fault> {
    // The decoders of these two fill missing data with grey without an error.
    let ended = match format {
        Format::Png => png_has_end(bytes),
        Format::Jpeg => jpeg_has_end(bytes),
        _ => true,
    };
    if !ended {
        return Err(Fault::CutShort);
    }
    let bytes = Cursor::new(match format {
        Format::Jpeg => jpeg_lines::with_height(bytes)?,
        _ => bytes.into(),
    });
    let mut decoder: Box<dyn ImageDecoder> = match format {
        Format::Png => {
            let mut limits = Limits::no_limits();
            limits.max_alloc = Some(MOST_ANCILLARY);
            Box::new(PngDecoder::with_limits(bytes, limits).map_err(|error| fault(format, error))?)
        }
        Format::Jpeg => Box::new(JpegDecoder::new(bytes).map_err(|error| fault(format, error))?),
        Format::Tiff => Box::new(TiffDecoder::new(bytes).map_err(|error| fault(format, error))?),
        Format::Bmp => Box::new(BmpDecoder::new(bytes).map_err(|error| fault(format, error))?),
        Format::Dicom | Format::Nifti => return Err(Fault::NotAnImage),
    };
    let (width, height) = decoder.dimensions();
    within_limits(width, height)?;
    if decoder.total_bytes() > super::MOST_ALLOCATED {
        return Err(Fault::TooLarge { width, height });
    }
    let mut limits = Limits::default();
    limits.max_alloc = Some(super::MOST_ALLOCATED);
    decoder
        .set_limits(limits)
        .map_err(|error| fault(format, error))?;
    Ok(decoder)
}

fn fault(format: Format, error: ImageError) -> Fault {
    match error {
        ImageError::Unsupported(error) => {
            tracing::debug!(%error, "a picture");
            Fault::Unsupported {
                what: format!("this kind of {} file", format.label()),
                advice: "save it as a plain PNG with 8 or 16 bits",
            }
        }
        ImageError::IoError(error) if error.kind() == std::io::ErrorKind::UnexpectedEof => {
            Fault::CutShort
        }
        error => Fault::damaged(error),
    }
}

/// Grey levels, and the mean difference between red, green and blue. Transparent pixels are blended with black,
/// the colour of air.
fn grey(image: DynamicImage) -> (Vec<u8>, f32) {
    match image {
        DynamicImage::ImageLuma8(image) => (image.into_raw(), 0.0),
        DynamicImage::ImageLuma16(image) => {
            let levels = image.into_raw().into_iter();
            (
                levels
                    .map(|level| (u32::from(level) * 255 + 32_767) / 65_535)
                    .map(|level| level as u8)
                    .collect(),
                0.0,
            )
        }
        image => {
            let image = image.into_rgba8();
            let mut spread = 0;
            let levels = image.pixels().map(|pixel| {
                let [red, green, blue, alpha] = pixel.0;
                let [red, green, blue] = [red, green, blue]
                    .map(|level| ((u32::from(level) * u32::from(alpha) + 127) / 255) as u8);
                spread += u64::from(red.max(green).max(blue) - red.min(green).min(blue));
                luma(red, green, blue)
            });
            let levels: Vec<u8> = levels.collect();
            let colourfulness = spread as f64 / levels.len().max(1) as f64;
            (levels, colourfulness as f32)
        }
    }
}

/// Luma by ITU-R BT.601 in 16-bit fixed point, which leaves grey unchanged: the conversion of the first
/// training data.
pub(super) fn luma(red: u8, green: u8, blue: u8) -> u8 {
    let sum = u32::from(red) * 19_595 + u32::from(green) * 38_470 + u32::from(blue) * 7_471;
    ((sum + 0x8000) >> 16) as u8
}

/// True if the chunks of a PNG file lead to its end chunk.
fn png_has_end(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(PNG_SIGNATURE.len()..).unwrap_or_default();
    // A chunk: length, name, content, checksum.
    while let Some((length, after)) = rest.split_first_chunk::<4>() {
        let length = u32::from_be_bytes(*length) as usize;
        if after.starts_with(b"IEND") {
            return after.len() >= 8;
        }
        rest = length
            .checked_add(8)
            .and_then(|skip| after.get(skip..))
            .unwrap_or_default();
    }
    false
}

/// True if the segments of a JPEG file lead to its end-of-image marker. The marker bytes alone could also be in
/// an embedded thumbnail.
fn jpeg_has_end(bytes: &[u8]) -> bool {
    let mut rest = bytes.get(2..).unwrap_or_default();
    while let Some(at) = rest.iter().position(|&byte| byte == 0xff) {
        rest = &rest[at..];
        let fill = rest.iter().take_while(|&&byte| byte == 0xff).count();
        let Some(&marker) = rest.get(fill) else {
            return false;
        };
        rest = &rest[fill + 1..];
        match marker {
            0xd9 => return true,
            // A stuffed byte of the picture, a restart, or a marker without content.
            0x00 | 0x01 | 0xd0..=0xd8 => {}
            _ => {
                let Some(length) = rest.first_chunk::<2>() else {
                    return false;
                };
                rest = rest
                    .get(usize::from(u16::from_be_bytes(*length))..)
                    .unwrap_or_default();
            }
        }
    }
    false
}
