//! The walk over the elements of one data set.

use std::collections::BTreeMap;

use dicom_core::Tag;
use dicom_core::value::PrimitiveValue;
use dicom_dictionary_std::tags;
use dicom_transfer_syntax_registry::TransferSyntax;

use super::super::error::Fault;
use super::elements::{Elements, Event};
use super::encapsulated::{self, Stored};
use super::functional_groups::FunctionalGroups;
use crate::cancel::Cancel;

/// The longest value that is kept, in bytes, pixels aside.
const LONGEST_VALUE: u32 = 64 << 10;
/// The elements that are kept, of all that a file holds on its outermost level.
const KEPT: [Tag; 46] = [
    tags::MEDIA_STORAGE_SOP_CLASS_UID,
    tags::TRANSFER_SYNTAX_UID,
    tags::SPECIFIC_CHARACTER_SET,
    tags::IMAGE_TYPE,
    tags::SOP_CLASS_UID,
    tags::SOP_INSTANCE_UID,
    tags::STUDY_DATE,
    tags::ACQUISITION_DATE,
    tags::ACQUISITION_DATE_TIME,
    tags::ACQUISITION_TIME,
    tags::MODALITY,
    tags::SERIES_DESCRIPTION,
    tags::PATIENT_NAME,
    tags::PATIENT_ID,
    tags::ISSUER_OF_PATIENT_ID,
    tags::PATIENT_BIRTH_DATE,
    tags::PATIENT_SEX,
    tags::BODY_PART_EXAMINED,
    tags::SLICE_THICKNESS,
    tags::KVP,
    tags::TRIGGER_TIME,
    tags::CONVOLUTION_KERNEL,
    tags::STUDY_INSTANCE_UID,
    tags::SERIES_INSTANCE_UID,
    tags::FRAME_OF_REFERENCE_UID,
    tags::ACQUISITION_NUMBER,
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
    tags::RESCALE_INTERCEPT,
    tags::RESCALE_SLOPE,
    tags::RESCALE_TYPE,
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

/// Walks the elements of `bytes` up to the pixels, or past them.
pub(super) fn walk(
    bytes: &[u8],
    syntax: &TransferSyntax,
    wanted: Wanted,
    cancel: &Cancel,
) -> Result<Walked, Fault> {
    let mut elements = Elements::new(bytes, syntax, cancel)?;
    let mut walked = Walked {
        values: BTreeMap::new(),
        groups: FunctionalGroups::default(),
        pixels: None,
    };
    let groups = &mut walked.groups;
    loop {
        let event = elements.next(|open, header| {
            let kept = open.is_empty() && KEPT.contains(&header.tag);
            (kept || groups.asking_for(open, header.tag).is_some()) && header.len.0 <= LONGEST_VALUE
        })?;
        let open = elements.open();
        match event {
            Some(Event::Value { header, place, .. })
                if open.is_empty() && header.tag == tags::PIXEL_DATA =>
            {
                if wanted == Wanted::Pixels {
                    if place.end > bytes.len() {
                        return Err(Fault::CutShort);
                    }
                    walked.pixels = Some(Stored::Native(place));
                }
                return Ok(walked);
            }
            Some(Event::Value {
                header,
                value: Some(value),
                ..
            }) => match groups.asking_for(open, header.tag) {
                Some(group) => group.take(header.tag, &value),
                None => {
                    walked.values.insert(header.tag, value);
                }
            },
            Some(Event::ItemStart) => groups.begin_item(open)?,
            Some(Event::PixelSequenceStart) if open.len() == 1 => {
                if wanted == Wanted::Pixels {
                    let start = elements.into_position();
                    walked.pixels = Some(encapsulated::fragments(bytes, start)?);
                }
                return Ok(walked);
            }
            Some(_) => {}
            None => break,
        }
    }
    // The reader takes an end within an element's tag, or within a sequence, for the end of the file.
    if !elements.open().is_empty() || elements.into_position() != bytes.len() {
        return Err(Fault::CutShort);
    }
    Ok(walked)
}
