//! A DICOM file's elements, taken one by one.
//!
//! Hostile files declare lengths that they do not have and nest sequences thousands deep. So nothing
//! is built from a declared length before it was held against the bytes that are there, nesting is
//! counted and not followed, and only elements of the outermost level that somebody asks for are kept.

use std::collections::BTreeMap;
use std::io::{self, Cursor};
use std::str::FromStr;

use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;
use dicom_parser::StatefulDecode;
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use dicom_transfer_syntax_registry::{TransferSyntax, entries};

use super::super::error::Fault;
use super::syntax::{self, ByteOrder};

/// The longest value that is kept, in bytes, pixels aside.
const LONGEST_VALUE: u64 = 64 << 10;
/// How deep sequences may nest.
const DEEPEST_NESTING: usize = 64;
/// The elements that are kept, of all that a file holds.
const KEPT: [Tag; 25] = [
    tags::MEDIA_STORAGE_SOP_CLASS_UID,
    tags::TRANSFER_SYNTAX_UID,
    tags::IMAGE_TYPE,
    tags::SOP_CLASS_UID,
    tags::SOP_INSTANCE_UID,
    tags::STUDY_DATE,
    tags::ACQUISITION_DATE,
    tags::MODALITY,
    tags::SERIES_DESCRIPTION,
    tags::BODY_PART_EXAMINED,
    tags::SLICE_THICKNESS,
    tags::IMAGE_ORIENTATION_PATIENT,
    tags::SAMPLES_PER_PIXEL,
    tags::PHOTOMETRIC_INTERPRETATION,
    tags::PLANAR_CONFIGURATION,
    tags::NUMBER_OF_FRAMES,
    tags::ROWS,
    tags::COLUMNS,
    tags::PIXEL_SPACING,
    tags::BITS_ALLOCATED,
    tags::BITS_STORED,
    tags::HIGH_BIT,
    tags::PIXEL_REPRESENTATION,
    tags::RESCALE_INTERCEPT,
    tags::RESCALE_SLOPE,
];
/// The letters after the preamble.
const MAGIC: &[u8] = b"DICM";
const PREAMBLE: usize = 128;

/// The outermost elements of a file, as far as its pixels.
#[derive(Debug)]
pub(super) struct DataSet<'a> {
    values: BTreeMap<Tag, PrimitiveValue>,
    /// (7FE0,0010), as stored.
    pub pixels: Option<&'a [u8]>,
    pub byte_order: ByteOrder,
}

impl<'a> DataSet<'a> {
    /// Reads a file with or without preamble and file meta information.
    pub fn read(bytes: &'a [u8]) -> Result<Self, Fault> {
        let (meta, body) = split(bytes)?;
        let meta = match meta {
            Some(meta) => walk(meta, &entries::EXPLICIT_VR_LITTLE_ENDIAN.erased())?.values,
            None => BTreeMap::new(),
        };
        let named = meta.get(&tags::TRANSFER_SYNTAX_UID).map(|uid| uid.to_str());
        let (syntax, byte_order) = syntax::readable(match &named {
            Some(uid) => uid.trim_end_matches(['\0', ' ']),
            None if starts_explicit(body) => syntax::EXPLICIT,
            None => syntax::IMPLICIT,
        })?;
        let Walked { mut values, pixels } = walk(body, &syntax)?;
        values.extend(meta);
        Ok(Self {
            values,
            pixels,
            byte_order,
        })
    }

    /// The first value as trimmed text; nothing when absent or empty.
    pub fn text(&self, tag: Tag) -> Option<String> {
        let values = self.values.get(&tag)?.to_multi_str();
        let text = values.first()?.trim_matches(['\0', ' ']);
        (!text.is_empty()).then(|| text.to_owned())
    }

    /// Every value as trimmed text.
    pub fn texts(&self, tag: Tag) -> Vec<String> {
        let values = self.values.get(&tag).map(|value| value.to_multi_str());
        let values = values.iter().flat_map(|values| values.iter());
        values
            .map(|text| text.trim_matches(['\0', ' ']).to_owned())
            .collect()
    }

    /// The first value as a number; nothing when absent or empty, a fault when it is no such number.
    pub fn number<T: FromStr>(&self, tag: Tag) -> Result<Option<T>, Fault> {
        let parse = |text: String| {
            let number = text.parse();
            number.map_err(|_| Fault::damaged(format_args!("element {tag} holds no usable number")))
        };
        self.text(tag).map(parse).transpose()
    }

    /// The values as `N` finite numbers; nothing when they are anything else.
    pub fn finite_numbers<const N: usize>(&self, tag: Tag) -> Option<[f64; N]> {
        let texts = self.texts(tag);
        let numbers: Vec<f64> = texts.iter().filter_map(|text| text.parse().ok()).collect();
        let numbers: [f64; N] = numbers.try_into().ok()?;
        numbers
            .iter()
            .all(|number| number.is_finite())
            .then_some(numbers)
    }
}

/// Whether the bytes begin as a DICOM file does.
pub fn is_dicom(bytes: &[u8]) -> bool {
    bytes
        .get(PREAMBLE..)
        .is_some_and(|rest| rest.starts_with(MAGIC))
        || bytes.starts_with(MAGIC)
        || starts_with_group(bytes, 0x0002)
        || starts_with_group(bytes, 0x0008)
}

/// Whether an element of `group` stands first, in little endian: `(0002,00xx)` or `(0008,00xx)`, with
/// a value representation after it or a length that fits.
fn starts_with_group(bytes: &[u8], group: u16) -> bool {
    let Some((tag, rest)) = bytes.split_first_chunk::<4>() else {
        return false;
    };
    let [low, high, _, 0] = *tag else {
        return false;
    };
    let Some((length, rest)) = rest.split_first_chunk::<4>() else {
        return false;
    };
    u16::from_le_bytes([low, high]) == group
        && (starts_explicit(bytes) || u32::from_le_bytes(*length) as usize <= rest.len())
}

/// Whether the first element names its value representation.
pub(super) fn starts_explicit(bytes: &[u8]) -> bool {
    bytes
        .get(4..6)
        .and_then(|letters| <[u8; 2]>::try_from(letters).ok())
        .is_some_and(|letters| VR::from_binary(letters).is_some())
}

/// The file meta information, when there is some, and what follows.
pub(super) fn split(bytes: &[u8]) -> Result<(Option<&[u8]>, &[u8]), Fault> {
    let after_preamble = bytes
        .get(PREAMBLE..)
        .and_then(|rest| rest.strip_prefix(MAGIC));
    let bytes = after_preamble
        .or_else(|| bytes.strip_prefix(MAGIC))
        .unwrap_or(bytes);
    if !starts_with_group(bytes, 0x0002) {
        return match after_preamble {
            Some(rest) if rest.len() < 12 => Err(Fault::CutShort),
            _ => Ok((None, bytes)),
        };
    }
    // (0002,0000) FileMetaInformationGroupLength, UL, four bytes long.
    let Some((header, rest)) = bytes.split_first_chunk::<12>() else {
        return Err(Fault::CutShort);
    };
    let Some(length) = header
        .strip_prefix(b"\x02\0\0\0UL\x04\0")
        .and_then(<[u8]>::first_chunk::<4>)
    else {
        return Err(Fault::damaged(
            "its file meta information does not say how long it is",
        ));
    };
    let split = rest.split_at_checked(u32::from_le_bytes(*length) as usize);
    let (meta, body) = split.ok_or(Fault::CutShort)?;
    Ok((Some(meta), body))
}

/// What a walk over one data set brings back.
struct Walked<'a> {
    values: BTreeMap<Tag, PrimitiveValue>,
    pixels: Option<&'a [u8]>,
}

/// What a sequence delimiter has to close.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Open {
    Sequence,
    Item,
}

const MALFORMED: &str = "its DICOM elements do not follow one another";

/// What the reader's own complaint means.
fn fault(error: &(dyn std::error::Error + 'static)) -> Fault {
    let mut causes = std::iter::successors(Some(error), |error| error.source());
    let ended = causes.any(|cause| {
        let cause = cause.downcast_ref::<io::Error>();
        cause.is_some_and(|cause| cause.kind() == io::ErrorKind::UnexpectedEof)
    });
    if ended {
        Fault::CutShort
    } else {
        Fault::damaged(MALFORMED)
    }
}

/// Walks the elements of `bytes` up to the pixels.
fn walk<'a>(bytes: &'a [u8], syntax: &TransferSyntax) -> Result<Walked<'a>, Fault> {
    let mut reader = LazyDataSetReader::new_with_ts(Cursor::new(bytes), syntax)
        .map_err(|error| fault(&error))?;
    let mut walked = Walked {
        values: BTreeMap::new(),
        pixels: None,
    };
    let mut open = Vec::new();
    while let Some(token) = reader.advance() {
        match token.map_err(|error| fault(&error))? {
            LazyDataToken::LazyValue { header, decoder } => {
                let start = decoder.position();
                let end = start + u64::from(header.len.0);
                // A length that runs past the end; allocated by the decoder if it were asked.
                if end > bytes.len() as u64 {
                    return Err(Fault::CutShort);
                }
                let outermost = open.is_empty();
                if outermost && header.tag == tags::PIXEL_DATA {
                    walked.pixels = bytes.get(start as usize..end as usize);
                    return Ok(walked);
                }
                let kept = outermost && KEPT.contains(&header.tag);
                let token = LazyDataToken::LazyValue { header, decoder };
                if kept && end - start <= LONGEST_VALUE {
                    let value = token.into_value().map_err(|error| fault(&error))?;
                    walked.values.insert(header.tag, value);
                } else {
                    token.skip().map_err(|error| fault(&error))?;
                }
            }
            LazyDataToken::SequenceStart { .. } => open.push(Open::Sequence),
            LazyDataToken::ItemStart { .. } => open.push(Open::Item),
            // The reader itself does not mind a delimiter that closes something else.
            LazyDataToken::ItemEnd if open.pop() != Some(Open::Item) => {
                return Err(Fault::damaged(MALFORMED));
            }
            LazyDataToken::SequenceEnd if open.pop() != Some(Open::Sequence) => {
                return Err(Fault::damaged(MALFORMED));
            }
            LazyDataToken::PixelSequenceStart if open.is_empty() => {
                return Err(Fault::damaged(
                    "its pixels are packed in fragments, but it says they are not",
                ));
            }
            _ => {}
        }
        if open.len() > DEEPEST_NESTING {
            return Err(Fault::damaged(MALFORMED));
        }
    }
    // The reader takes an end within an element's tag, or within a sequence, for the end of the file.
    if reader.into_decoder().position() != bytes.len() as u64 || !open.is_empty() {
        return Err(Fault::CutShort);
    }
    Ok(walked)
}
