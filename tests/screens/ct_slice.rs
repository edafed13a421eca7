//! Drawn CT slice with a pixel spacing, for measuring.

use std::path::Path;

use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::{FileMetaTableBuilder, InMemDicomObject};

use super::support::chest_slice;

/// Writes the drawn chest as a DICOM slice of 256 × 256 pixels of 0.5 mm, dated 31 January 2020. Its nodule is 7.7 mm
/// in diameter, around row 107.5 and column 92.
pub fn write_ct_slice(folder: &Path, name: &str) {
    let values: Vec<u16> = chest_slice(256)
        .pixels()
        .map(|pixel| match pixel.0[0] {
            0..10 => 24,
            10..100 => 174,
            100..220 => 1064,
            _ => 1700,
        })
        .collect();
    let text = |tag, vr, text: &str| DataElement::new(tag, vr, PrimitiveValue::from(text));
    let number = |tag, number: u16| DataElement::new(tag, VR::US, PrimitiveValue::from(number));
    let object = InMemDicomObject::from_element_iter([
        text(tags::SOP_CLASS_UID, VR::UI, uids::CT_IMAGE_STORAGE),
        text(tags::SOP_INSTANCE_UID, VR::UI, "1.2.3"),
        text(tags::SERIES_INSTANCE_UID, VR::UI, "1.2"),
        text(tags::STUDY_DATE, VR::DA, "20200131"),
        text(tags::MODALITY, VR::CS, "CT"),
        text(tags::IMAGE_ORIENTATION_PATIENT, VR::DS, "1\\0\\0\\0\\1\\0"),
        number(tags::SAMPLES_PER_PIXEL, 1),
        text(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME2"),
        number(tags::ROWS, 256),
        number(tags::COLUMNS, 256),
        text(tags::PIXEL_SPACING, VR::DS, "0.5\\0.5"),
        number(tags::BITS_ALLOCATED, 16),
        number(tags::BITS_STORED, 12),
        number(tags::HIGH_BIT, 11),
        number(tags::PIXEL_REPRESENTATION, 0),
        text(tags::RESCALE_INTERCEPT, VR::DS, "-1024"),
        text(tags::RESCALE_SLOPE, VR::DS, "1"),
        DataElement::new(tags::PIXEL_DATA, VR::OW, PrimitiveValue::U16(values.into())),
    ]);
    let meta = FileMetaTableBuilder::new().transfer_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    object
        .with_meta(meta)
        .expect("a file")
        .write_to_file(folder.join(name))
        .expect("the slice is written");
}
