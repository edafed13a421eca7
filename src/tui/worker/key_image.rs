//! Pictures that are stored with an exam: the slice as it was shown, and the heat map over it. Made and read outside the event
//! loop.

use std::io::Cursor;
use std::path::PathBuf;
use std::sync::Arc;

use image::imageops::{self, FilterType};
use image::{DynamicImage, GrayImage, ImageError, ImageFormat, ImageReader, RgbImage};
use png::EncodingError;

use crate::clinical::report::DISCLAIMER;
use crate::imaging::overlay::{CAPTION, png_file};
use crate::imaging::{Scan, Window};
use crate::model::Attention;
use crate::store::{
    Access, Attachment, AttachmentKind, ExamId, MediaType, NewAttachment, PatientId, Store,
    StoreError,
};
use crate::text::scrub;

/// Maximum number of pixels of a stored picture's longer side.
const LONGEST_SIDE: u32 = 1024;
/// Most pixels of the longer side of a picture that is decoded: more than cameras make.
const LONGEST_DECODED: u32 = 12_000;
/// Most memory that decoding a picture may take.
const DECODED_BYTES: u64 = 256 << 20;

/// Reason why a picture of an exam cannot be made, or a stored one cannot be shown.
#[derive(Debug, thiserror::Error)]
pub enum KeyImageError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(
        "the pixels of the slice do not fill its width and height; export it from its source again"
    )]
    Incomplete,
    #[error("the picture cannot be encoded: {0}; save the exam without it")]
    Encoding(#[from] EncodingError),
    #[error("the kept picture cannot be read: {0}; open the scan again to see it")]
    Unreadable(#[from] ImageError),
    #[error("the kept picture is neither PNG nor JPEG; open the scan again to see it")]
    Format,
}

/// Picture on the screen when an exam is saved.
#[derive(Debug, Clone)]
pub struct Shown {
    pub scan: Arc<Scan>,
    /// Attention of the model on it, if known.
    pub attention: Option<Arc<Attention>>,
}

impl Shown {
    /// The slice in the window that it is shown in, and the map over it, as files that can be kept.
    ///
    /// # Errors
    /// [`KeyImageError::Incomplete`], [`KeyImageError::Encoding`].
    pub fn attachments(&self) -> Result<Vec<NewAttachment>, KeyImageError> {
        let levels = self.scan.grey(Window::MODEL).into_owned();
        let grey = GrayImage::from_raw(self.scan.width, self.scan.height, levels)
            .ok_or(KeyImageError::Incomplete)?;
        let grey = reduced(grey);
        let name = self.scan.provenance.path.file_name();
        let name = scrub(&name.unwrap_or_default().to_string_lossy()).into_owned();
        let picture = DynamicImage::ImageLuma8(grey.clone()).into_rgb8();
        let mut kept = vec![file(AttachmentKind::KeyImage, &picture, &name, DISCLAIMER)?];
        if let Some(attention) = &self.attention {
            let picture = attention.heat_map().over(&grey);
            let comment = format!("{CAPTION}. {DISCLAIMER}");
            kept.push(file(AttachmentKind::HeatMap, &picture, &name, &comment)?);
        }
        Ok(kept)
    }
}

/// The picture with no side longer than [`LONGEST_SIDE`], in its shape.
fn reduced(picture: GrayImage) -> GrayImage {
    let (width, height) = picture.dimensions();
    let longest = width.max(height);
    if longest <= LONGEST_SIDE {
        return picture;
    }
    let side = |side: u32| {
        let side = u64::from(side) * u64::from(LONGEST_SIDE) / u64::from(longest);
        (side as u32).max(1)
    };
    imageops::resize(&picture, side(width), side(height), FilterType::Triangle)
}

fn file(
    kind: AttachmentKind,
    picture: &RgbImage,
    name: &str,
    comment: &str,
) -> Result<NewAttachment, EncodingError> {
    let words = [
        ("Software", concat!("LUNNY ", env!("CARGO_PKG_VERSION"))),
        ("Source", name),
        ("Comment", comment),
    ];
    Ok(NewAttachment {
        kind,
        media_type: MediaType::Png,
        bytes: png_file::encode(picture, &words)?,
    })
}

/// Stored picture of an exam, ready to be drawn.
#[derive(Debug)]
pub struct KeptPictures {
    pub key_image: Option<Arc<DynamicImage>>,
    pub heat_map: Option<Arc<DynamicImage>>,
    /// True if the file or folder of the exam still exists.
    pub source_is_there: bool,
}

/// Reads the pictures of an exam that was made from `source`.
pub(super) fn read(
    store: Result<Store, StoreError>,
    access: &Access,
    patient: PatientId,
    exam: ExamId,
    source: PathBuf,
) -> Result<KeptPictures, KeyImageError> {
    let store = store?;
    let kept = store.attachments(access, patient)?;
    let of = |kind: AttachmentKind| picture(&store, access, &kept, Some(exam), kind);
    Ok(KeptPictures {
        key_image: of(AttachmentKind::KeyImage)?,
        heat_map: of(AttachmentKind::HeatMap)?,
        source_is_there: source.exists(),
    })
}

/// The newest picture of a kind among `kept`, of an exam or of the patient.
pub(super) fn picture(
    store: &Store,
    access: &Access,
    kept: &[Attachment],
    exam: Option<ExamId>,
    kind: AttachmentKind,
) -> Result<Option<Arc<DynamicImage>>, KeyImageError> {
    let wanted = |other: &&Attachment| other.exam == exam && other.kind == kind;
    let Some(found) = kept.iter().find(wanted) else {
        return Ok(None);
    };
    let bytes = store.attachment(access, found.id)?;
    decode(&bytes).map(|picture| Some(Arc::new(picture)))
}

/// A PNG or JPEG file as a picture that is no larger than a terminal needs. Stored files may have any origin, so nothing is
/// decoded that would take more memory than a photo does.
pub(super) fn decode(bytes: &[u8]) -> Result<DynamicImage, KeyImageError> {
    let reader = ImageReader::new(Cursor::new(bytes)).with_guessed_format();
    let mut reader = reader.map_err(ImageError::IoError)?;
    if !matches!(reader.format(), Some(ImageFormat::Png | ImageFormat::Jpeg)) {
        return Err(KeyImageError::Format);
    }
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(LONGEST_DECODED);
    limits.max_image_height = Some(LONGEST_DECODED);
    limits.max_alloc = Some(DECODED_BYTES);
    reader.limits(limits);
    let picture = reader.decode()?;
    match picture.width().max(picture.height()) > LONGEST_SIDE {
        true => Ok(picture.thumbnail(LONGEST_SIDE, LONGEST_SIDE)),
        false => Ok(picture),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::imaging::{Format, Pixels, Provenance};

    fn shown(width: u32, height: u32) -> Shown {
        let levels = (0..width * height).map(|index| (index % 251) as u8);
        let scan = Scan {
            pixels: Pixels::Grey(levels.collect()),
            width,
            height,
            spacing_mm: None,
            colourfulness: 0.0,
            provenance: Provenance {
                path: "/scans/sl\u{1b}ice.png".into(),
                format: Format::Png,
                bytes: 0,
                sha256: String::new(),
                dicom: None,
            },
        };
        Shown {
            scan: Arc::new(scan),
            attention: None,
        }
    }

    #[test]
    fn a_small_slice_is_kept_pixel_by_pixel() {
        let kept = shown(40, 30).attachments().unwrap();
        assert_eq!(kept.len(), 1);
        assert_eq!(kept[0].kind, AttachmentKind::KeyImage);
        let picture = decode(&kept[0].bytes).unwrap().into_luma8();
        assert_eq!(picture.dimensions(), (40, 30));
        let first: Vec<u8> = picture.as_raw()[..5].to_vec();
        assert_eq!(first, [0, 1, 2, 3, 4]);
    }

    #[test]
    fn a_large_slice_is_reduced_in_its_shape() {
        let kept = shown(2050, 1000).attachments().unwrap();
        let picture = decode(&kept[0].bytes).unwrap();
        assert_eq!((picture.width(), picture.height()), (1024, 499));
    }

    #[test]
    fn a_photo_in_jpeg_is_read_and_reduced() {
        let photo = RgbImage::from_pixel(1500, 2000, image::Rgb([90, 60, 30]));
        let mut bytes = Cursor::new(Vec::new());
        photo.write_to(&mut bytes, ImageFormat::Jpeg).unwrap();
        let read = decode(bytes.get_ref()).unwrap();
        assert_eq!((read.width(), read.height()), (768, 1024));
    }

    #[test]
    fn bytes_that_are_no_picture_are_an_error() {
        let damaged = decode(b"\x89PNG\r\n\x1a\n nothing").unwrap_err();
        assert!(matches!(damaged, KeyImageError::Unreadable(_)), "{damaged}");
        let foreign = decode(b"GIF89a nothing").unwrap_err();
        assert!(matches!(foreign, KeyImageError::Format), "{foreign}");
        let mut broken = shown(4, 4);
        Arc::get_mut(&mut broken.scan).unwrap().width = 9;
        assert!(broken.attachments().is_err());
    }
}
