//! Collects the elements of one data set.

use std::collections::BTreeMap;

use dicom_core::value::PrimitiveValue;
use dicom_core::{Tag, VR};
use dicom_dictionary_std::tags;

use super::super::error::Fault;
use super::super::marks;
use super::elements::{Elements, Encoding, Event};
use super::encapsulated::{self, Stored};
use super::functional_groups::FunctionalGroups;
use crate::cancel::Cancel;

/// Maximum length of a kept value in bytes, except pixels.
const LONGEST_VALUE: usize = 64 << 10;
/// The elements that are kept from the outermost level of a file, besides those that separate slices.
const KEPT: [Tag; 46] = [
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

/// Result of a walk over one data set.
pub(super) struct WalkResult {
    pub values: BTreeMap<Tag, PrimitiveValue>,
    pub groups: FunctionalGroups,
    pub pixels: Option<Stored>,
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
        in_words: false,
        has_pixels: false,
    };
    let groups = &mut walked.groups;
    loop {
        let event = elements.next(|open, header| {
            let kept = open.is_empty() && is_kept(header.tag);
            let asked = kept || groups.asking_for(open, header.tag).is_some();
            asked && header.end() - header.value <= LONGEST_VALUE
        })?;
        let open = elements.open();
        match event {
            Some(Event::Value { header, place, .. })
                if open.is_empty() && header.tag == tags::PIXEL_DATA =>
            {
                if extent == Extent::Pixels && place.end > bytes.len() {
                    return Err(Fault::CutShort);
                }
                walked.has_pixels = true;
                walked.in_words = header.vr == VR::OW;
                walked.pixels = Some(Stored::Native(place));
                return Ok(walked);
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
                if extent == Extent::Pixels {
                    let start = elements.position();
                    walked.pixels = Some(encapsulated::fragments(bytes, start)?);
                }
                return Ok(walked);
            }
            Some(_) => {}
            None => break,
        }
    }
    // A file does not end within an element's header or within a sequence.
    if !elements.open().is_empty() || elements.position() != bytes.len() {
        return Err(Fault::CutShort);
    }
    Ok(walked)
}
