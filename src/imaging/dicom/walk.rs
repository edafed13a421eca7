//! Collects the elements of one data set.

use std::collections::BTreeMap;

use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::super::error::Fault;
use super::super::marks;
use super::element_header::ITEM;
use super::elements::{Elements, Encoding, Event};
use super::encapsulated::{self, Stored};
use super::functional_groups::FunctionalGroups;
use crate::cancel::Cancel;

/// (0020,0030) ImagePosition and (0020,0035) ImageOrientation of ACR-NEMA 2.0.
pub(super) const RETIRED_POSITION: Tag = Tag(0x0020, 0x0030);
pub(super) const RETIRED_ORIENTATION: Tag = Tag(0x0020, 0x0035);

/// Maximum length of a kept value in bytes, except pixels.
///
/// A palette has up to 65,536 entries of two bytes.
const LONGEST_VALUE: usize = 128 << 10;
/// The elements that are kept from the outermost level of a file, besides those that separate slices.
const KEPT: [Tag; 57] = [
    tags::MEDIA_STORAGE_SOP_CLASS_UID,
    tags::TRANSFER_SYNTAX_UID,
    tags::SPECIFIC_CHARACTER_SET,
    tags::IMAGE_TYPE,
    tags::SOP_CLASS_UID,
    tags::SOP_INSTANCE_UID,
    tags::STUDY_DATE,
    tags::STUDY_TIME,
    tags::ACQUISITION_DATE,
    tags::ACCESSION_NUMBER,
    tags::REFERRING_PHYSICIAN_NAME,
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
    tags::STUDY_ID,
    tags::SERIES_INSTANCE_UID,
    tags::FRAME_OF_REFERENCE_UID,
    tags::INSTANCE_NUMBER,
    RETIRED_POSITION,
    RETIRED_ORIENTATION,
    tags::IMAGE_POSITION_PATIENT,
    tags::IMAGE_ORIENTATION_PATIENT,
    tags::SLICE_LOCATION,
    tags::TEMPORAL_POSITION_IDENTIFIER,
    tags::NOMINAL_PERCENTAGE_OF_CARDIAC_PHASE,
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
    tags::PIXEL_PADDING_VALUE,
    tags::PIXEL_PADDING_RANGE_LIMIT,
    tags::RESCALE_INTERCEPT,
    tags::RESCALE_SLOPE,
    tags::RESCALE_TYPE,
    tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
    tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
    tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
    tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::SEGMENTED_GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
    tags::SEGMENTED_BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
];

/// True if the value of an element of the outermost level is kept.
fn is_kept(tag: Tag) -> bool {
    KEPT.contains(&tag) || marks::is_of_file(tag)
}

/// Extent of the walk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Extent {
    /// Up to the pixels. The position of uncompressed pixels is returned, even if their bytes are missing.
    Header,
    /// Up to the end of the pixels.
    Pixels,
}

/// Type of the values of the pixels, by the element that contains them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Values {
    /// (7FE0,0010) PixelData.
    #[default]
    Integers,
    /// (7FE0,0008) FloatPixelData.
    Singles,
    /// (7FE0,0009) DoubleFloatPixelData.
    Doubles,
}

impl Values {
    fn of(tag: Tag) -> Option<Self> {
        match tag {
            tags::PIXEL_DATA => Some(Self::Integers),
            tags::FLOAT_PIXEL_DATA => Some(Self::Singles),
            tags::DOUBLE_FLOAT_PIXEL_DATA => Some(Self::Doubles),
            _ => None,
        }
    }
}

/// Result of a walk over one data set.
pub(super) struct WalkResult {
    pub values: BTreeMap<Tag, PrimitiveValue>,
    pub groups: FunctionalGroups,
    pub pixels: Option<Stored>,
    /// Type of the values of the pixels.
    pub values_are: Values,
    /// True if the bytes end within uncompressed pixels of the stated length.
    pub cut: bool,
    /// True if uncompressed pixels are stated as 16-bit words (VR OW).
    pub in_words: bool,
    /// True if there are pixels.
    pub has_pixels: bool,
}

/// Reads the elements of `bytes` up to the pixels, or past them.
pub(super) fn walk(
    bytes: &[u8],
    encoding: Encoding,
    extent: Extent,
    cancel: &Cancel,
) -> Result<WalkResult, Fault> {
    let mut elements = Elements::new(bytes, encoding, cancel);
    let mut walked = WalkResult {
        values: BTreeMap::new(),
        groups: FunctionalGroups::default(),
        pixels: None,
        values_are: Values::default(),
        cut: false,
        in_words: false,
        has_pixels: false,
    };
    let groups = &mut walked.groups;
    let end = loop {
        let event = elements.next(|open, header| {
            let kept = open.is_empty() && is_kept(header.tag);
            let asked = kept || groups.asking_for(open, header.tag).is_some();
            asked && header.end() - header.value <= LONGEST_VALUE
        })?;
        let open = elements.open();
        match event {
            Some(Event::Value { header, place, .. })
                if open.is_empty()
                    && Values::of(header.tag).is_some()
                    && !(place.is_empty() && has_none(bytes, place.end, encoding)) =>
            {
                walked.has_pixels = true;
                walked.values_are = Values::of(header.tag).unwrap_or_default();
                walked.in_words = header.vr == VR::OW;
                walked.cut = place.end > bytes.len();
                // Fragments, with the length of them all.
                let is_item = encoding.explicit && encoding.tag(bytes, place.start) == Some(ITEM);
                if is_item
                    && extent == Extent::Pixels
                    && let Ok((stored, end)) = encapsulated::fragments(bytes, place.start)
                {
                    walked.pixels = Some(stored);
                    break end;
                }
                let end = place.end;
                let here = place.start..place.end.min(bytes.len());
                walked.pixels = Some(Stored::Native(match extent {
                    Extent::Header => place,
                    Extent::Pixels => here,
                }));
                break end;
            }
            Some(Event::Value {
                header,
                value: Some(value),
                ..
            }) => match groups.asking_for(open, header.tag) {
                Some(group) => group.take(open, header.tag, &value),
                None => {
                    walked.values.insert(header.tag, value);
                }
            },
            Some(Event::ItemStart) => groups.begin_item(open)?,
            Some(Event::PixelSequenceStart) if open.len() == 1 => {
                walked.has_pixels = true;
                if extent == Extent::Pixels || !walked.values.contains_key(&tags::ROWS) {
                    let (stored, end) = encapsulated::fragments(bytes, elements.position())?;
                    walked.pixels = Some(stored);
                    break end;
                }
                break elements.position();
            }
            Some(_) => {}
            None => {
                // A file does not end within an element's header or within a sequence.
                return match elements.open().is_empty() && elements.position() == bytes.len() {
                    true => Ok(walked),
                    false => Err(Fault::CutShort),
                };
            }
        }
    };
    let misplaced = !walked.values.contains_key(&tags::ROWS);
    if extent == Extent::Pixels || misplaced {
        let behind = bytes.get(end..).unwrap_or_default();
        take_misplaced(behind, encoding, cancel, &mut walked.values);
    }
    Ok(walked)
}

/// True if no pixels follow an element of them that states no length: the bytes end there, or another such element follows.
fn has_none(bytes: &[u8], end: usize, encoding: Encoding) -> bool {
    end >= bytes.len() || encoding.tag(bytes, end) == Some(tags::PIXEL_DATA)
}

/// Adds elements that belong before the pixels and come behind them, as far as these can be parsed.
fn take_misplaced(
    bytes: &[u8],
    encoding: Encoding,
    cancel: &Cancel,
    values: &mut BTreeMap<Tag, PrimitiveValue>,
) {
    let mut elements = Elements::new(bytes, encoding, cancel);
    while let Ok(Some(event)) = elements.next(|open, header| {
        let short = header.end() - header.value <= LONGEST_VALUE;
        open.is_empty() && header.tag < tags::PIXEL_DATA && is_kept(header.tag) && short
    }) {
        if let Event::Value {
            header,
            value: Some(value),
            ..
        } = event
        {
            values.entry(header.tag).or_insert(value);
        }
    }
}
