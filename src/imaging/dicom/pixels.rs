//! Unpacks the stored pixels of a file to the values of one frame.

use std::borrow::Cow;
use std::ops::Range;

use dicom_dictionary_std::tags;

use super::super::error::Fault;
use super::super::jpeg_lines::with_height;
use super::dataset::DataSet;
use super::encapsulated::{self, Stored};
use super::samples::{Samples, Shape};
use super::syntax::{ByteOrder, Compression, unread};
use super::walk::Values;
use super::{colours, jpeg, jpeg_2000, jpeg_ls, jpeg_xl, rle};

/// Number of bytes of a packed picture in which its compression is detected: all headers of a slice.
const TELLING: usize = 64 << 10;

/// Maximum number of zeros before a packed picture.
const MOST_ZEROS: usize = 16;

/// The values of one frame of `frames`, and its photometric interpretation.
///
/// `body` contains the elements that the data set was read from.
pub(super) fn unpack<'a>(
    dataset: &DataSet,
    body: &'a [u8],
    frame: usize,
    frames: usize,
) -> Result<(Samples<'a>, String), Fault> {
    let shape = Shape::read(dataset)?;
    let photometric = photometric(dataset);
    let declared = &dataset.layout.compression;
    match dataset.pixels.as_ref().ok_or(Fault::CutShort)? {
        Stored::Native(range) => {
            let pixels = body.get(range.clone()).ok_or(Fault::CutShort)?;
            let packed = found(pixels).filter(|_| *declared != Compression::None && frames == 1);
            if let Some(compression) = packed {
                // Packed, but not in fragments.
                let samples = decode(&compression, pixels, shape, &photometric)?;
                return Ok((samples, unpacked(&compression, photometric)));
            }
            if *declared != Compression::None && !holds(range, &shape, frames) {
                return Err(Fault::damaged(
                    "its pixels are not in fragments, but it declares fragments",
                ));
            }
            let halved = colours::has_halved(&photometric, &shape, range.len(), frames);
            let stored = match dataset.swaps_bytes() {
                true => unswapped(body, range, &shape, frame)?.into(),
                false if halved => colours::doubled(pixels, &shape, frame)?.into(),
                false => stored(body, range, &shape, frame, dataset)?,
            };
            let samples = Samples {
                shape: match halved {
                    true => shape.with_pixels_together(),
                    false => shape,
                },
                stored,
                byte_order: dataset.layout.byte_order,
            };
            Ok((samples, photometric))
        }
        Stored::Encapsulated {
            offsets,
            fragments,
            ended,
        } => {
            // Fragments of a video are not frames.
            if let Compression::Unread(name) = declared {
                return Err(unread(name));
            }
            let packed = encapsulated::frame(body, offsets, fragments, *ended, [frame, frames])?;
            let packed = behind_zeros(packed);
            // The frame itself decides, because some files were recompressed without a new header.
            let compression = match (found(&packed), declared) {
                (Some(compression), _) => compression,
                // Fragments of uncompressed pixels, each as long as a frame.
                (None, Compression::None) if holds(&(0..packed.len()), &shape, 1) => {
                    let mut stored = packed.into_owned();
                    stored.truncate(shape.bytes());
                    let samples = Samples {
                        shape,
                        stored: stored.into(),
                        byte_order: dataset.layout.byte_order,
                    };
                    return Ok((samples, photometric));
                }
                (None, Compression::None) => {
                    return Err(Fault::damaged(
                        "its pixels are in fragments, but it declares none",
                    ));
                }
                (None, declared) => declared.clone(),
            };
            let samples = decode(&compression, &packed, shape, &photometric)?;
            Ok((samples, unpacked(&compression, photometric)))
        }
    }
}

/// The picture without the zeros that some writers put before it.
fn behind_zeros(packed: Cow<'_, [u8]>) -> Cow<'_, [u8]> {
    let zeros = packed
        .iter()
        .take(MOST_ZEROS)
        .take_while(|&&byte| byte == 0);
    let zeros = zeros.count();
    let rest = packed.get(zeros..).unwrap_or_default();
    match zeros > 0 && found(rest).is_some() {
        true => rest.to_vec().into(),
        false => packed,
    }
}

/// (0028,0004) PhotometricInterpretation; empty if it is not stated.
pub(super) fn photometric(dataset: &DataSet) -> String {
    let stated = dataset.text(tags::PHOTOMETRIC_INTERPRETATION);
    stated.unwrap_or_default()
}

/// True if each frame is stored uncompressed in separate bytes.
pub(super) fn is_native(dataset: &DataSet) -> Result<bool, Fault> {
    let whole_bytes = Shape::read(dataset)?.bits_each.is_multiple_of(8);
    let plain = dataset.values_are == Values::Integers && !dataset.swaps_bytes();
    let halved = photometric(dataset) == colours::HALVED;
    Ok(dataset.layout.compression == Compression::None && whole_bytes && plain && !halved)
}

/// Number of whole frames that uncompressed pixels suffice for beyond the stated ones.
pub(super) fn surplus_frames(dataset: &DataSet, frames: usize) -> usize {
    let (Some(Stored::Native(range)), Ok(true)) = (&dataset.pixels, is_native(dataset)) else {
        return 0;
    };
    let bytes = Shape::read(dataset).map_or(0, |shape| shape.bytes());
    let all = range.len().checked_div(bytes).unwrap_or_default();
    all.saturating_sub(frames)
}

/// The position of uncompressed pixels in a body of `length` bytes. Their stated length is often wrong: it counts only
/// where no byte is missing or left over without it.
///
/// # Errors
/// The body ends within the pixels.
pub(super) fn extent(
    dataset: &DataSet,
    frames: usize,
    length: usize,
) -> Result<Option<Range<usize>>, Fault> {
    let Some(Stored::Native(range)) = &dataset.pixels else {
        return Ok(None);
    };
    let shape = match dataset.values_are {
        Values::Integers => Shape::read(dataset).ok(),
        Values::Singles | Values::Doubles => None,
    };
    let bits = shape.and_then(|shape| {
        let values = shape
            .pixels()
            .checked_mul(shape.per_pixel)?
            .checked_mul(frames)?;
        values.checked_mul(shape.bits_each as usize)
    });
    let plain = dataset.layout.compression == Compression::None;
    let needed = bits.map(|bits| bits.div_ceil(8)).filter(|_| plain);
    match needed {
        Some(needed) if dataset.cut && range.len() < needed => Err(Fault::CutShort),
        None if dataset.cut => Err(Fault::CutShort),
        // The pixels end where the file does.
        Some(needed)
            if range.len() < needed
                && [needed, needed + needed % 2]
                    .contains(&(length.saturating_sub(range.start))) =>
        {
            Ok(Some(range.start..length))
        }
        _ => Ok(Some(range.clone())),
    }
}

/// Position of a frame with separate bytes, in pixels at `pixels`.
pub(super) fn place(
    pixels: &Range<usize>,
    shape: &Shape,
    frame: usize,
) -> Result<Range<usize>, Fault> {
    let bytes = shape.bytes();
    let from = frame
        .checked_mul(bytes)
        .and_then(|from| from.checked_add(pixels.start));
    let place = from.and_then(|from| Some(from..from.checked_add(bytes)?));
    let place = place.ok_or(Fault::CutShort)?;
    match place.end <= pixels.end {
        true => Ok(place),
        false => Err(Fault::CutShort),
    }
}

/// True if the number of bytes matches the frames.
fn holds(pixels: &Range<usize>, shape: &Shape, frames: usize) -> bool {
    let bytes = shape.bytes().checked_mul(frames);
    bytes.is_some_and(|bytes| pixels.len() == bytes || pixels.len() == bytes + bytes % 2)
}

/// The stored values of a frame of 8-bit values that lie in big-endian words.
fn unswapped(
    body: &[u8],
    pixels: &Range<usize>,
    shape: &Shape,
    frame: usize,
) -> Result<Vec<u8>, Fault> {
    let place = place(pixels, shape, frame)?;
    let byte = |at: usize| body.get(pixels.start + ((at - pixels.start) ^ 1)).copied();
    let bytes: Option<Vec<u8>> = place.map(byte).collect();
    bytes.ok_or(Fault::CutShort)
}

/// The stored values of a frame, each expanded to whole bytes.
fn stored<'a>(
    body: &'a [u8],
    pixels: &Range<usize>,
    shape: &Shape,
    frame: usize,
    dataset: &DataSet,
) -> Result<Cow<'a, [u8]>, Fault> {
    if shape.bits_each.is_multiple_of(8) {
        let place = place(pixels, shape, frame)?;
        return Ok(body.get(place).ok_or(Fault::CutShort)?.into());
    }
    // Values are adjacent without gaps, the lowest bit first (PS3.5, 8.1.1 and annex D of its older editions).
    let bits = shape.bits_each as usize;
    let pixels = body.get(pixels.clone()).ok_or(Fault::CutShort)?;
    let first = frame.checked_mul(shape.pixels()).ok_or(Fault::CutShort)?;
    let end = (first.checked_add(shape.pixels())).and_then(|end| end.checked_mul(bits));
    if end.is_none_or(|end| end.div_ceil(8) > pixels.len()) {
        return Err(Fault::CutShort);
    }
    let byte_order = dataset.layout.byte_order;
    let byte = |at: usize| {
        // Bytes that are not stated as words have one order.
        let at = match byte_order {
            ByteOrder::BigEndian if dataset.is_in_words() => at ^ 1,
            _ => at,
        };
        u32::from(pixels.get(at).copied().unwrap_or_default())
    };
    let mask = (1u32 << bits) - 1;
    let each = shape.bytes_each;
    let values = (first..first + shape.pixels()).flat_map(|value| {
        let (at, shift) = (value * bits / 8, value * bits % 8);
        let word = byte(at) | byte(at + 1) << 8 | byte(at + 2) << 16;
        let [low, high] = ((word >> shift & mask) as u16).to_le_bytes();
        let bytes = match byte_order {
            ByteOrder::BigEndian if each == 2 => [high, low],
            _ => [low, high],
        };
        bytes.into_iter().take(each)
    });
    Ok(values.collect::<Vec<u8>>().into())
}

fn decode(
    compression: &Compression,
    packed: &[u8],
    shape: Shape,
    photometric: &str,
) -> Result<Samples<'static>, Fault> {
    let stored = match compression {
        Compression::None => return Err(Fault::damaged("its pixels are not packed")),
        Compression::Unread(name) => return Err(unread(name)),
        Compression::Rle => rle::decode(packed, &shape)?,
        Compression::Jpeg => jpeg::decode(&with_height(packed)?, &shape, photometric)?,
        Compression::JpegLs => jpeg_ls::decode(&with_height(packed)?, &shape)?,
        Compression::Jpeg2000 => jpeg_2000::decode(packed, &shape)?,
        Compression::JpegXl => jpeg_xl::decode(packed, &shape)?,
    };
    Ok(Samples {
        shape: shape.with_pixels_together(),
        stored: stored.into(),
        byte_order: ByteOrder::LittleEndian,
    })
}

/// The compression of a picture, detected from its first bytes.
fn found(packed: &[u8]) -> Option<Compression> {
    if jpeg_2000::begins(packed) {
        return Some(Compression::Jpeg2000);
    }
    if jpeg_xl::begins(packed) {
        return Some(Compression::JpegXl);
    }
    if !packed.starts_with(b"\xff\xd8\xff") {
        return None;
    }
    // A JPEG-LS frame begins with its own marker (ITU-T T.87 C.1.1), before any scan.
    let mut rest = packed.get(2..packed.len().min(TELLING))?;
    while let [0xff, marker, high, low, ..] = *rest {
        match marker {
            0xf7 => return Some(Compression::JpegLs),
            0xc0..=0xc3 | 0xc5..=0xc7 | 0xc9..=0xcb | 0xcd..=0xcf | 0xda => break,
            _ => {}
        }
        let length = usize::from(u16::from_be_bytes([high, low])).max(2);
        rest = rest.get(2 + length..).unwrap_or_default();
    }
    Some(Compression::Jpeg)
}

/// The photometric interpretation after decoding: these decoders convert brightness and colour differences to
/// red, green and blue.
fn unpacked(compression: &Compression, photometric: String) -> String {
    let turned = match compression {
        Compression::Jpeg => ["YBR_FULL_422", "YBR_FULL"].contains(&photometric.as_str()),
        Compression::Jpeg2000 => ["YBR_RCT", "YBR_ICT"].contains(&photometric.as_str()),
        Compression::JpegXl => photometric == "XYB" || photometric.starts_with("YBR_"),
        _ => false,
    };
    if turned { "RGB".into() } else { photometric }
}
