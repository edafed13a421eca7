//! Slices with rare attributes.

use dicom_core::value::DataSetSequence;
use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::{tags, uids};
use dicom_object::InMemDicomObject;

use crate::fixtures::{Ct, body, with_syntax, written};

/// A slice with texts in several character sets, and sequences in every form.
pub fn nested_file() -> Vec<u8> {
    let plain = Ct::with(
        tags::SPECIFIC_CHARACTER_SET,
        VR::CS,
        "\\ISO 2022 IR 87\\ISO 2022 IR 149",
    );
    let plain = plain.file(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let pieces = [
        // A name in Japanese and Korean.
        b"\x10\0\x10\0PN\x1c\0A^B=\x1b$B;3ED\x1b(B=\x1b$)C\xfb\xf3^\x1b$)C\xd1\xce".as_slice(),
        // Private items, implicit, of undefined and of stated length.
        b"\x11\0\x10\x10UN\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff",
        b"\x08\0\x04\x01\x08\0\0\0meaning \xfe\xff\x0d\xe0\0\0\0\0",
        b"\xfe\xff\0\xe0\x10\0\0\0\x08\0\x04\x01\x08\0\0\0meaning \xfe\xff\xdd\xe0\0\0\0\0",
        // Elements in other forms.
        b"\x11\0\x11\x10\x04\0\0\0abcd\x11\0\x12\x10??\x04\0abcd",
    ];
    let elements = body(&plain);
    let at = elements.windows(4).position(|tag| tag == b"\x18\0\x15\0");
    let (before, after) = elements.split_at(at.unwrap());
    let elements = [before, &pieces.concat(), after].concat();
    with_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN, &elements)
}

/// A slice with a palette of two colours, stated in segments.
pub fn palette_file() -> Vec<u8> {
    let words = |values: &[u16]| PrimitiveValue::U16(values.into());
    let mut ct = Ct::with(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "PALETTE COLOR");
    let entry = |tag, value| DataElement::new(tag, VR::US, value);
    ct.more.extend([
        entry(
            tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            words(&[6, 0, 16]),
        ),
        entry(
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            words(&[2, 0, 16]),
        ),
        entry(
            tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
            words(&[2, 0, 8]),
        ),
        entry(
            tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            words(&[0, 9000]),
        ),
        entry(tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA, words(&[0, 200])),
        entry(
            tags::SEGMENTED_RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
            words(&[0, 2, 10, 20, 1, 2, 60, 2, 1, 0, 0]),
        ),
    ]);
    ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN)
}

/// A slice of floating-point numbers.
pub fn floats_file() -> Vec<u8> {
    let mut object = Ct::default().object();
    object.remove_element(tags::PIXEL_DATA);
    let values = PrimitiveValue::F32(
        [0.0, 24.5, 1024.0, 1064.0, f32::NAN, 1e30]
            .as_slice()
            .into(),
    );
    object.put(DataElement::new(tags::FLOAT_PIXEL_DATA, VR::OF, values));
    written(object, uids::EXPLICIT_VR_LITTLE_ENDIAN)
}

/// A slice of brightness and colour differences at half the width.
pub fn halved_file() -> Vec<u8> {
    let mut ct = Ct::with(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "YBR_FULL_422");
    let three = PrimitiveValue::from(3u16);
    ct.more
        .push(DataElement::new(tags::SAMPLES_PER_PIXEL, VR::US, three));
    ct.bits = [8, 8, 7];
    ct.columns = 4;
    ct.stored = (0..16).map(|value| value * 16).collect();
    ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN)
}

/// Two frames with functional groups.
pub fn enhanced_file() -> Vec<u8> {
    let sequence = |tag, items: Vec<InMemDicomObject>| {
        DataElement::new(tag, VR::SQ, DataSetSequence::from(items))
    };
    let element = |tag, text: &str| DataElement::new(tag, VR::LO, PrimitiveValue::from(text));
    let frame = |place: &str, kernel: &str| {
        let position = element(tags::IMAGE_POSITION_PATIENT, place);
        let kernel = element(tags::CONVOLUTION_KERNEL, kernel);
        let [position, kernel] =
            [position, kernel].map(|one| InMemDicomObject::from_element_iter([one]));
        InMemDicomObject::from_element_iter([
            sequence(tags::PLANE_POSITION_SEQUENCE, vec![position]),
            sequence(tags::CT_RECONSTRUCTION_SEQUENCE, vec![kernel]),
        ])
    };
    let mut ct = Ct::with(tags::NUMBER_OF_FRAMES, VR::IS, "2");
    ct.stored = (0..12).collect();
    let frames = vec![frame("0\\0\\1", "B30f"), frame("0\\0\\2", "B70f")];
    ct.more
        .push(sequence(tags::PER_FRAME_FUNCTIONAL_GROUPS_SEQUENCE, frames));
    ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN)
}
