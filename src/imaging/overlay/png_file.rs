//! A picture as the bytes of a PNG file, with text chunks.

use image::RgbImage;
use png::{BitDepth, ColorType, Encoder, EncodingError};

/// Encodes `picture`; `words` are pairs of a keyword of the PNG standard, such as `Comment`, and its text.
///
/// # Errors
/// The picture has no pixels, or a keyword is not allowed by the standard.
pub fn encode(picture: &RgbImage, words: &[(&str, &str)]) -> Result<Vec<u8>, EncodingError> {
    let mut bytes = Vec::new();
    let mut encoder = Encoder::new(&mut bytes, picture.width(), picture.height());
    encoder.set_color(ColorType::Rgb);
    encoder.set_depth(BitDepth::Eight);
    for (keyword, text) in words {
        encoder.add_itxt_chunk((*keyword).to_owned(), (*text).to_owned())?;
    }
    let mut writer = encoder.write_header()?;
    writer.write_image_data(picture.as_raw())?;
    writer.finish()?;
    Ok(bytes)
}
