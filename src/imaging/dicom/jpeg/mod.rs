//! JPEG in DICOM (ITU-T T.81): lossless, and lossy with 8 or 12 bits.
//!
//! Lossless pictures, and those of 12 bits with one value for each pixel, are decoded here. Ordinary 8-bit pictures use the
//! decoder for JPEG files.

mod blocks;
mod colours;
mod header;
mod huffman;
mod lossless;

use self::header::{Header, Process};
use super::super::Format;
use super::super::error::Fault;
use super::super::raster;
use super::colours::{Colours, of_differences};
use super::samples::Shape;
use super::segments::expect_size;

/// The values of a frame in little endian, with the values of a pixel adjacent; [`Shape::bytes`] of them. Lossy colours become
/// red, green and blue, and so do lossless ones of 8 bits.
pub(super) fn decode(packed: &[u8], shape: &Shape, photometric: &str) -> Result<Vec<u8>, Fault> {
    let header = Header::read(packed, shape)?;
    match header.process {
        Process::Lossless => {
            let values = lossless::decode(&header, shape)?;
            let differences = Colours::of(photometric) == Colours::Differences;
            match (shape.per_pixel, differences, shape.bytes_each) {
                (3, true, 1) => Ok(red_green_blue(&values)),
                (3, true, _) => Err(super::syntax::unread("high-bit-depth colour JPEG")),
                _ => Ok(stored(values, shape)),
            }
        }
        Process::Blocks if header.precision == 12 => {
            Ok(stored(blocks::decode(&header, shape)?, shape))
        }
        Process::Blocks | Process::Progressive if header.precision == 8 => {
            eight_bits(&colours::marked(packed, photometric)?, shape)
        }
        _ => Err(super::syntax::unread("unsupported JPEG")),
    }
}

/// Red, green and blue of brightness and colour differences of 8 bits.
fn red_green_blue(values: &[u16]) -> Vec<u8> {
    let (pixels, _) = values.as_chunks::<3>();
    let levels = pixels.iter().map(|pixel| pixel.map(|value| value as u8));
    levels.flat_map(of_differences).collect()
}

fn stored(values: Vec<u16>, shape: &Shape) -> Vec<u8> {
    let values = values.into_iter();
    values.flat_map(|value| shape.bytes_of(value)).collect()
}

fn eight_bits(packed: &[u8], shape: &Shape) -> Result<Vec<u8>, Fault> {
    let levels = raster::levels(Format::Jpeg, packed)?;
    expect_size(shape, levels.height() as u16, levels.width() as u16)?;
    let bytes = match shape.per_pixel {
        1 => levels.into_luma8().into_raw(),
        _ => levels.into_rgb8().into_raw(),
    };
    Ok(match shape.bytes_each {
        1 => bytes,
        _ => (bytes.into_iter())
            .flat_map(|level| shape.bytes_of(level.into()))
            .collect(),
    })
}
