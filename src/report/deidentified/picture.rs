//! Pictures of a scan for a de-identified copy.

use std::io::Cursor;

use image::{ImageFormat, ImageReader, Limits};

use crate::imaging::overlay::png_file;
use crate::report::record::PictureFile;

/// Limit on the length of a side in pixels, longer than that of any stored picture.
const MAX_SIDE: u32 = 8192;

/// Reason why the pictures of an exam are not in a de-identified copy.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Withheld {
    /// A photograph or a screenshot may show any text of the screen.
    #[error("the scan is not a DICOM or NIfTI file, and its pixels may contain a name")]
    NoMedicalFormat,
    /// (0008,0016) SOPClassUID or (0008,0064) ConversionType.
    #[error("the scan is a secondary capture, and its pixels may contain a name")]
    SecondaryCapture,
    /// (0028,0301) BurnedInAnnotation.
    #[error("the scan states that annotations are burned into its pixels")]
    BurnedIn,
    #[error(
        "the scan's file is missing, so annotations burned into its pixels cannot be ruled out"
    )]
    SourceGone,
    #[error(
        "the scan's file has changed, so annotations burned into its pixels cannot be ruled out"
    )]
    SourceChanged,
    #[error("the stored picture cannot be read")]
    Unreadable,
}

/// The same pixels in a new PNG file without any text: key images contain the name of the scan's file.
pub(super) fn without_text(file: PictureFile) -> Result<PictureFile, Withheld> {
    let format = ImageFormat::from_mime_type(file.media_type).ok_or(Withheld::Unreadable)?;
    let mut reader = ImageReader::with_format(Cursor::new(file.bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    reader.limits(limits);
    let decoded = reader.decode().map_err(|_| Withheld::Unreadable)?;
    let bytes = png_file::encode(&decoded.into_rgb8(), &[]).map_err(|_| Withheld::Unreadable)?;
    Ok(PictureFile {
        media_type: ImageFormat::Png.to_mime_type(),
        bytes,
    })
}

#[cfg(test)]
mod tests {
    use image::RgbImage;

    use super::*;

    #[test]
    fn the_pixels_stay_and_the_text_is_removed() {
        let pixels = RgbImage::from_fn(5, 3, |x, y| image::Rgb([x as u8 * 40, y as u8 * 90, 7]));
        let words = [("Source", "smith-john.dcm"), ("Comment", "smith")];
        let file = PictureFile {
            media_type: "image/png",
            bytes: png_file::encode(&pixels, &words).unwrap(),
        };
        assert!(file.bytes.windows(5).any(|part| part == b"smith"));
        let clean = without_text(file).unwrap();
        assert!(!clean.bytes.windows(5).any(|part| part == b"smith"));
        let decoded = image::load_from_memory(&clean.bytes).unwrap().into_rgb8();
        assert_eq!(decoded, pixels);
    }

    #[test]
    fn a_file_that_is_not_a_picture_is_withheld() {
        let file = PictureFile {
            media_type: "image/jpeg",
            bytes: b"\xff\xd8\xff no picture \xff\xd9".to_vec(),
        };
        assert_eq!(without_text(file), Err(Withheld::Unreadable));
    }
}
