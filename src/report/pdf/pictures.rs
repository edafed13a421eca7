//! Stored pictures for pages: decoded and re-encoded, so that a broken one does not prevent the document and no metadata of the
//! file is copied.

use std::io::Cursor;
use std::sync::Arc;

use image::{DynamicImage, ImageFormat, ImageReader};
use krilla::image::{BitsPerComponent, CustomImage, Image, ImageColorspace};

use crate::report::record::PictureFile;

/// Maximum number of pixels of a side; stored pictures have no more.
const MAX_SIDE: u32 = 8192;
/// Maximum memory for decoding, in bytes.
const MAX_BYTES: u64 = 256 << 20;

/// A picture that can be drawn.
#[derive(Clone)]
pub(super) struct Drawable {
    pub(super) image: Image,
    /// Width divided by height.
    pub(super) shape: f32,
}

/// Pixels of a decoded picture.
#[derive(Clone, Hash)]
struct Decoded {
    levels: Arc<Vec<u8>>,
    width: u32,
    height: u32,
    is_grey: bool,
}

impl CustomImage for Decoded {
    fn color_channel(&self) -> &[u8] {
        &self.levels
    }

    fn alpha_channel(&self) -> Option<&[u8]> {
        None
    }

    fn bits_per_component(&self) -> BitsPerComponent {
        BitsPerComponent::Eight
    }

    fn size(&self) -> (u32, u32) {
        (self.width, self.height)
    }

    fn icc_profile(&self) -> Option<&[u8]> {
        None
    }

    fn color_space(&self) -> ImageColorspace {
        match self.is_grey {
            true => ImageColorspace::Luma,
            false => ImageColorspace::Rgb,
        }
    }
}

/// The picture, or none if it cannot be read.
pub(super) fn drawable(file: &PictureFile) -> Option<Drawable> {
    let format = ImageFormat::from_mime_type(file.media_type)?;
    let mut reader = ImageReader::with_format(Cursor::new(&file.bytes), format);
    let mut limits = image::Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MAX_BYTES);
    reader.limits(limits);
    let picture = reader.decode().ok()?;
    let (width, height) = (picture.width(), picture.height());
    if width == 0 || height == 0 {
        return None;
    }
    let is_grey = matches!(
        picture,
        DynamicImage::ImageLuma8(_) | DynamicImage::ImageLuma16(_)
    );
    let levels = match is_grey {
        true => picture.into_luma8().into_raw(),
        false => picture.into_rgb8().into_raw(),
    };
    let decoded = Decoded {
        levels: Arc::new(levels),
        width,
        height,
        is_grey,
    };
    let image = Image::from_custom(decoded, true).ok()?;
    Some(Drawable {
        image,
        shape: width as f32 / height as f32,
    })
}
