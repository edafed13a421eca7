//! From the stored pixels of a file to the values of one frame.

use dicom_dictionary_std::tags;

use super::super::error::Fault;
use super::dataset::DataSet;
use super::encapsulated::{self, Stored};
use super::samples::{Samples, Shape};
use super::syntax::{ByteOrder, Compression, unread};
use super::{jpeg, jpeg_2000, jpeg_ls, rle};

/// The values of one frame of `frames`, and its photometric interpretation.
///
/// `body` are the elements that the data set was read from.
pub(super) fn unpack<'a>(
    dataset: &DataSet,
    body: &'a [u8],
    frame: usize,
    frames: usize,
) -> Result<(Samples<'a>, String), Fault> {
    let shape = Shape::read(dataset)?;
    let photometric = dataset.text(tags::PHOTOMETRIC_INTERPRETATION);
    let photometric = photometric.unwrap_or_default();
    match dataset.pixels.as_ref().ok_or(Fault::CutShort)? {
        Stored::Native(range) => {
            if dataset.layout.compression != Compression::None {
                return Err(Fault::damaged(
                    "its pixels are not packed in fragments, but it says they are",
                ));
            }
            let from = frame * shape.bytes();
            let stored = body.get(range.clone()).and_then(|pixels| {
                let pixels = pixels.get(from..)?;
                pixels.get(..shape.bytes())
            });
            let samples = Samples {
                shape,
                stored: stored.ok_or(Fault::CutShort)?.into(),
                byte_order: dataset.layout.byte_order,
            };
            Ok((samples, photometric))
        }
        Stored::Encapsulated { offsets, fragments } => {
            let packed = encapsulated::frame(body, offsets, fragments, frame, frames)?;
            let stored = match &dataset.layout.compression {
                Compression::None => {
                    return Err(Fault::damaged(
                        "its pixels are packed in fragments, but it says they are not",
                    ));
                }
                Compression::Unread(name) => return Err(unread(name)),
                Compression::Rle => rle::decode(&packed, &shape)?,
                Compression::Jpeg => jpeg::decode(&packed, &shape)?,
                Compression::JpegLs => jpeg_ls::decode(&packed, &shape)?,
                Compression::Jpeg2000 => jpeg_2000::decode(&packed, &shape)?,
            };
            let samples = Samples {
                shape: shape.with_pixels_together(),
                stored: stored.into(),
                byte_order: ByteOrder::LittleEndian,
            };
            Ok((samples, unpacked(&dataset.layout.compression, photometric)))
        }
    }
}

/// The photometric interpretation after decoding: these decoders turn brightness and colour differences into red, green
/// and blue.
fn unpacked(compression: &Compression, photometric: String) -> String {
    let turned = match compression {
        Compression::Jpeg => ["YBR_FULL_422", "YBR_FULL"].contains(&photometric.as_str()),
        Compression::Jpeg2000 => ["YBR_RCT", "YBR_ICT"].contains(&photometric.as_str()),
        _ => false,
    };
    if turned { "RGB".into() } else { photometric }
}
