//! Coloured DICOM pictures, which become grey.

use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{tags, uids};

use crate::fixtures::{Ct, Folder, grey, written};

const EXPLICIT: &str = uids::EXPLICIT_VR_LITTLE_ENDIAN;
const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

/// Two pixels with three values each.
fn coloured(photometric: &str, bits: u16, planar: u16, stored: &[u16]) -> Ct {
    let number = |tag, number: u16| DataElement::new(tag, VR::US, PrimitiveValue::from(number));
    let mut ct = Ct::with(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric);
    ct.more.extend([
        number(tags::SAMPLES_PER_PIXEL, 3),
        number(tags::PLANAR_CONFIGURATION, planar),
    ]);
    ct.bits = [bits, bits, bits - 1];
    (ct.rows, ct.columns) = (1, 2);
    ct.stored = stored.to_vec();
    ct
}

fn levels(ct: Ct, syntax: &str) -> Vec<u8> {
    grey(&Folder::new().load(&ct.file(syntax)).unwrap()).to_vec()
}

#[test]
fn brightness_and_differences_become_grey() {
    // Red, and a grey of 9.
    let together = [76, 85, 255, 9, 128, 128];
    let planes = [76, 9, 85, 128, 255, 128];
    assert_eq!(
        levels(coloured("YBR_FULL", 8, 0, &together), EXPLICIT),
        [76, 9]
    );
    assert_eq!(
        levels(coloured("YBR_FULL", 8, 1, &planes), EXPLICIT),
        [76, 9]
    );
    // Stated as halved, and whole.
    assert_eq!(
        levels(coloured("YBR_FULL_422", 8, 0, &together), EXPLICIT),
        [76, 9]
    );
    // Both pixels have the same differences.
    assert_eq!(
        levels(coloured("YBR_FULL_422", 8, 0, &[76, 9, 128, 128]), EXPLICIT),
        [76, 9]
    );
    assert_eq!(
        levels(coloured("ybr_full_422", 8, 1, &[76, 76, 85, 255]), EXPLICIT),
        [76, 76]
    );
}

#[test]
fn colours_of_16_bits_become_grey() {
    let stored = [0xffff, 0, 0, 0x0909, 0x0909, 0x0909];
    for syntax in [EXPLICIT, BIG_ENDIAN] {
        assert_eq!(levels(coloured("RGB", 16, 0, &stored), syntax), [76, 9]);
    }
    // The brightest value of fewer bits is as bright.
    let mut ct = coloured("RGB", 16, 0, &[4095, 0, 0, 4095, 4095, 4095]);
    ct.bits = [16, 12, 11];
    assert_eq!(levels(ct, EXPLICIT), [76, 255]);
}

#[test]
fn colours_of_a_palette_become_grey() {
    let descriptor = |bits: u16| PrimitiveValue::U16([2u16, 10, bits].as_slice().into());
    let entries = |low: u16, high: u16| PrimitiveValue::U16([low, high].as_slice().into());
    let palette = |bits: u16, most: u16| {
        let elements = [
            (
                tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
                VR::US,
                descriptor(bits),
            ),
            (
                tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
                VR::US,
                descriptor(bits),
            ),
            (
                tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DESCRIPTOR,
                VR::US,
                descriptor(bits),
            ),
            (
                tags::RED_PALETTE_COLOR_LOOKUP_TABLE_DATA,
                VR::OW,
                entries(0, most),
            ),
            (
                tags::GREEN_PALETTE_COLOR_LOOKUP_TABLE_DATA,
                VR::OW,
                entries(most, 0),
            ),
            (
                tags::BLUE_PALETTE_COLOR_LOOKUP_TABLE_DATA,
                VR::OW,
                entries(0, 0),
            ),
        ];
        let mut ct = Ct::with(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "PALETTE COLOR");
        let element =
            |(tag, vr, value): (Tag, VR, PrimitiveValue)| DataElement::new(tag, vr, value);
        ct.more.extend(elements.map(element));
        // The first and the last entry also stand for values outside.
        ct.stored = vec![10, 11, 9, 0, 12, 4095];
        ct
    };
    // Green and red.
    let expected = [150, 76, 150, 150, 76, 76];
    for (bits, most) in [(16, 0xffff), (8, 0xff)] {
        assert_eq!(levels(palette(bits, most), EXPLICIT), expected, "{bits}");
        assert_eq!(levels(palette(bits, most), BIG_ENDIAN), expected);
    }
    let mut without = palette(16, 0xffff);
    without.more.pop();
    let sentence = Folder::new().sentence(&without.file(EXPLICIT));
    insta::assert_snapshot!(sentence, @"…/file is damaged: its palette is missing or invalid; copy or export it again");
}

#[test]
fn a_mask_of_single_bits_is_black_and_white() {
    let mut ct = Ct::with(tags::MODALITY, VR::CS, "SEG");
    ct.bits = [1, 1, 0];
    (ct.rows, ct.stored) = (4, vec![0x0726]);
    let expected = [0, 1, 1, 0, 0, 1, 0, 0, 1, 1, 1, 0].map(|bit| 255 * bit);
    let mut object = ct.object();
    for syntax in [EXPLICIT, BIG_ENDIAN] {
        // As words, and as bytes.
        for (vr, value) in [
            (VR::OW, PrimitiveValue::from(0x0726u16)),
            (VR::OB, PrimitiveValue::U8([0x26, 0x07].as_slice().into())),
        ] {
            object.put(DataElement::new(tags::PIXEL_DATA, vr, value));
            let scan = Folder::new()
                .load(&written(object.clone(), syntax))
                .unwrap();
            assert_eq!(grey(&scan), expected, "{syntax} {vr}");
        }
    }
}

#[test]
fn one_value_for_each_pixel_is_grey_whatever_it_is_called() {
    for photometric in ["monochrome2", "MONOCROME2", "RGB", "YBR_FULL", ""] {
        let ct = Ct::with(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, photometric);
        let scan = Folder::new().load(&ct.file(EXPLICIT)).unwrap();
        assert_eq!(crate::fixtures::hounsfield(&scan)[3], 40, "{photometric}");
    }
    let sentence = Folder::new().sentence(&coloured("HSV", 8, 0, &[0; 6]).file(EXPLICIT));
    insta::assert_snapshot!(sentence, @"…/file: DICOM with HSV colours is not supported; export it in grey");
}
