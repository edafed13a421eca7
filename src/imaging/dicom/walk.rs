//! The walk over the elements of one data set.

use std::collections::BTreeMap;
use std::io::{self, Cursor};

use dicom_core::Tag;
use dicom_core::value::PrimitiveValue;
use dicom_dictionary_std::tags;
use dicom_parser::StatefulDecode;
use dicom_parser::dataset::LazyDataToken;
use dicom_parser::dataset::lazy_read::LazyDataSetReader;
use dicom_transfer_syntax_registry::TransferSyntax;

use super::super::error::Fault;
use super::encapsulated::{self, Stored};
use super::functional_groups::FunctionalGroups;

/// The longest value that is kept, in bytes, pixels aside.
const LONGEST_VALUE: u64 = 64 << 10;
/// How deep sequences may nest.
const DEEPEST_NESTING: usize = 64;
/// The elements that are kept, of all that a file holds on its outermost level.
const KEPT: [Tag; 37] = [
    tags::MEDIA_STORAGE_SOP_CLASS_UID,
    tags::TRANSFER_SYNTAX_UID,
    tags::SPECIFIC_CHARACTER_SET,
    tags::IMAGE_TYPE,
    tags::SOP_CLASS_UID,
    tags::SOP_INSTANCE_UID,
    tags::STUDY_DATE,
    tags::ACQUISITION_DATE,
    tags::MODALITY,
    tags::SERIES_DESCRIPTION,
    tags::PATIENT_NAME,
    tags::PATIENT_ID,
    tags::ISSUER_OF_PATIENT_ID,
    tags::PATIENT_BIRTH_DATE,
    tags::PATIENT_SEX,
    tags::BODY_PART_EXAMINED,
    tags::SLICE_THICKNESS,
    tags::STUDY_INSTANCE_UID,
    tags::SERIES_INSTANCE_UID,
    tags::FRAME_OF_REFERENCE_UID,
    tags::ACQUISITION_NUMBER,
    tags::INSTANCE_NUMBER,
    tags::IMAGE_POSITION_PATIENT,
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

/// How far to walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Wanted {
    /// To the pixels.
    Header,
    /// To the end of the pixels.
    Pixels,
}

/// What a walk over one data set brings back.
pub(super) struct Walked {
    pub values: BTreeMap<Tag, PrimitiveValue>,
    pub groups: FunctionalGroups,
    pub pixels: Option<Stored>,
}

/// What a sequence delimiter has to close.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Open {
    Sequence(Tag),
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

/// Walks the elements of `bytes` up to the pixels, or past them.
pub(super) fn walk(bytes: &[u8], syntax: &TransferSyntax, wanted: Wanted) -> Result<Walked, Fault> {
    let mut reader = LazyDataSetReader::new_with_ts(Cursor::new(bytes), syntax)
        .map_err(|error| fault(&error))?;
    let mut walked = Walked {
        values: BTreeMap::new(),
        groups: FunctionalGroups::default(),
        pixels: None,
    };
    let mut open = Vec::new();
    while let Some(token) = reader.advance() {
        match token.map_err(|error| fault(&error))? {
            LazyDataToken::LazyValue { header, decoder } => {
                let start = decoder.position();
                let end = start + u64::from(header.len.0);
                let outermost = open.is_empty();
                if outermost && header.tag == tags::PIXEL_DATA && wanted == Wanted::Header {
                    return Ok(walked);
                }
                // A length that runs past the end; allocated by the decoder if it were asked.
                if end > bytes.len() as u64 {
                    return Err(Fault::CutShort);
                }
                if outermost && header.tag == tags::PIXEL_DATA {
                    walked.pixels = Some(Stored::Native(start as usize..end as usize));
                    return Ok(walked);
                }
                let kept = outermost && KEPT.contains(&header.tag);
                let group = walked.groups.asking_for(&open, header.tag);
                let token = LazyDataToken::LazyValue { header, decoder };
                if (kept || group.is_some()) && end - start <= LONGEST_VALUE {
                    let value = token.into_value().map_err(|error| fault(&error))?;
                    match group {
                        Some(group) => group.take(header.tag, &value),
                        None => {
                            walked.values.insert(header.tag, value);
                        }
                    }
                } else {
                    token.skip().map_err(|error| fault(&error))?;
                }
            }
            LazyDataToken::LazyItemValue { len, decoder } => {
                // A fragment of an icon's pixels, not of the slice's.
                let end = decoder.position() + u64::from(len);
                if end > bytes.len() as u64 {
                    return Err(Fault::CutShort);
                }
                let token = LazyDataToken::LazyItemValue { len, decoder };
                token.skip().map_err(|error| fault(&error))?;
            }
            LazyDataToken::SequenceStart { tag, .. } => open.push(Open::Sequence(tag)),
            LazyDataToken::ItemStart { .. } => {
                walked.groups.begin_item(&open)?;
                open.push(Open::Item);
            }
            // The reader itself does not mind a delimiter that closes something else.
            LazyDataToken::ItemEnd if open.pop() != Some(Open::Item) => {
                return Err(Fault::damaged(MALFORMED));
            }
            LazyDataToken::SequenceEnd if !matches!(open.pop(), Some(Open::Sequence(_))) => {
                return Err(Fault::damaged(MALFORMED));
            }
            LazyDataToken::PixelSequenceStart if open.is_empty() => {
                if wanted == Wanted::Pixels {
                    let start = reader.into_decoder().position() as usize;
                    walked.pixels = Some(encapsulated::fragments(bytes, start)?);
                }
                return Ok(walked);
            }
            LazyDataToken::PixelSequenceStart => open.push(Open::Sequence(tags::PIXEL_DATA)),
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
