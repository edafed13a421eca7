//! Uncompressed DICOM.

use dicom_core::{DataElement, PrimitiveValue, VR, dicom_value};
use dicom_dictionary_std::{tags, uids};
use lunny::imaging::Pixels;

use crate::fixtures::{Ct, Folder, grey, hounsfield, written};
#[test]
fn a_ct_slice_reads_the_same_in_every_uncompressed_syntax() {
    let folder = Folder::new();
    for syntax in [
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
        "1.2.840.10008.1.2.2",
    ] {
        let scan = folder.load(&Ct::default().file(syntax)).unwrap();
        assert_eq!((scan.width, scan.height), (3, 2));
        assert_eq!(
            hounsfield(&scan),
            [-1024, -1000, 0, 40, 1000, 3071],
            "{syntax}"
        );
        assert_eq!(scan.spacing_mm, Some([0.7, 0.8]));
        let stated = scan.provenance.dicom.unwrap();
        assert_eq!(stated.modality, "CT");
        assert_eq!(stated.orientation, Some([1.0, 0.0, 0.0, 0.0, 1.0, 0.0]));
        assert_eq!(stated.body_part.as_deref(), Some("CHEST"));
        assert_eq!(stated.slice_thickness_mm, Some(1.25));
        assert_eq!(stated.sop_instance_uid.as_deref(), Some("1.2.3"));
        assert_eq!(stated.date.as_deref(), Some("20200131"));
        assert!(!stated.localizer);
    }
}

#[test]
fn a_ct_slice_without_preamble_or_meta_information_is_read() {
    let folder = Folder::new();
    let whole = Ct::default().file(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let expected = folder.load(&whole).unwrap().pixels;
    assert_eq!(folder.load(&whole[128..]).unwrap().pixels, expected);
    assert_eq!(folder.load(&whole[132..]).unwrap().pixels, expected);
    for syntax in [
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        uids::EXPLICIT_VR_LITTLE_ENDIAN,
    ] {
        let whole = Ct::default().file(syntax);
        let meta = 132 + 12 + u32::from_le_bytes(whole[140..144].try_into().unwrap()) as usize;
        assert_eq!(folder.load(&whole[meta..]).unwrap().pixels, expected);
    }
}

#[test]
fn padding_is_clamped_and_values_are_rescaled_first() {
    let ct = Ct {
        stored: vec![
            (-2000i16) as u16,
            (-1025i16) as u16,
            (-100i16) as u16,
            100,
            3000,
            0x7fff,
        ],
        bits: [16, 16, 15],
        signed: true,
        slope: "2",
        intercept: "10",
        ..Ct::default()
    };
    let scan = Folder::new()
        .load(&ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN))
        .unwrap();
    assert_eq!(hounsfield(&scan), [-1024, -1024, -190, 210, 6010, i16::MAX]);
}

#[test]
fn unused_bits_are_ignored_and_signs_extended() {
    let ct = Ct {
        // Overlays used to live in the upper four bits.
        stored: vec![0xf000, 0x0fff, 0xf800, 0x07ff, 0x1001, 0],
        signed: true,
        intercept: "0",
        ..Ct::default()
    };
    let scan = Folder::new()
        .load(&ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN))
        .unwrap();
    assert_eq!(hounsfield(&scan), [0, -1, -1024, 2047, 1, 0]);
    let high = Ct {
        stored: vec![0x0010, 0x7ff0, 0xfff0, 0, 0, 0x000f],
        bits: [16, 12, 15],
        intercept: "0",
        ..Ct::default()
    };
    let scan = Folder::new()
        .load(&high.file(uids::EXPLICIT_VR_LITTLE_ENDIAN))
        .unwrap();
    assert_eq!(hounsfield(&scan), [1, 2047, 4095, 0, 0, 0]);
    let eight = Ct {
        stored: vec![0, 1, 127, 128, 200, 255],
        bits: [8, 8, 7],
        ..Ct::default()
    };
    let scan = Folder::new()
        .load(&eight.file(uids::EXPLICIT_VR_LITTLE_ENDIAN))
        .unwrap();
    assert_eq!(hounsfield(&scan), [-1024, -1023, -897, -896, -824, -769]);
}

#[test]
fn monochrome_1_inverts_grey_levels_and_not_hounsfield_units() {
    let folder = Folder::new();
    let inverted = || Ct::with(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "MONOCHROME1");
    let scan = folder
        .load(&inverted().file(uids::EXPLICIT_VR_LITTLE_ENDIAN))
        .unwrap();
    assert_eq!(hounsfield(&scan)[2], 0);
    let mut film = inverted();
    film.stored = vec![0, 0, 0, 0, 0, 255];
    film.more.push(DataElement::new(
        tags::MODALITY,
        VR::CS,
        PrimitiveValue::from("DX"),
    ));
    let scan = folder
        .load(&film.file(uids::EXPLICIT_VR_LITTLE_ENDIAN))
        .unwrap();
    assert_eq!(grey(&scan), [255, 255, 255, 255, 255, 0]);
}

#[test]
fn a_slice_without_rescale_is_a_grey_picture() {
    let mut object = Ct::default().object();
    object.remove_element(tags::RESCALE_SLOPE);
    object.remove_element(tags::RESCALE_INTERCEPT);
    let scan = Folder::new()
        .load(&written(object, uids::EXPLICIT_VR_LITTLE_ENDIAN))
        .unwrap();
    assert_eq!(grey(&scan), [0, 1, 63, 66, 126, 255]);
}

#[test]
fn a_coloured_dicom_picture_has_a_colourfulness() {
    for (planar, bytes) in [(0u16, [255, 0, 0, 9, 9, 9]), (1, [255, 9, 0, 9, 0, 9])] {
        let mut ct = Ct::with(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "RGB");
        ct.more.push(DataElement::new(
            tags::SAMPLES_PER_PIXEL,
            VR::US,
            dicom_value!(U16, [3]),
        ));
        ct.more.push(DataElement::new(
            tags::PLANAR_CONFIGURATION,
            VR::US,
            dicom_value!(U16, [planar]),
        ));
        ct.bits = [8, 8, 7];
        (ct.rows, ct.columns) = (1, 2);
        ct.stored = bytes.to_vec();
        let scan = Folder::new()
            .load(&ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN))
            .unwrap();
        assert_eq!(grey(&scan), [76, 9]);
        assert_eq!(scan.colourfulness, 127.5);
    }
}

#[test]
fn known_elements_with_another_representation_are_read_as_the_dictionary_says() {
    for representation in [VR::UN, VR::UT] {
        let text =
            |tag, text: &str| DataElement::new(tag, representation, PrimitiveValue::from(text));
        let ct = Ct {
            more: vec![
                text(tags::MODALITY, "CT"),
                text(tags::RESCALE_SLOPE, "2 "),
                text(tags::RESCALE_INTERCEPT, "-1000 "),
                text(tags::PIXEL_SPACING, "0.5\\0.6 "),
                text(tags::IMAGE_ORIENTATION_PATIENT, "0\\1\\0\\0\\0\\-1"),
            ],
            ..Ct::default()
        };
        let scan = Folder::new()
            .load(&ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN))
            .unwrap();
        assert_eq!(hounsfield(&scan)[..3], [-1000, -952, 1048]);
        assert_eq!(scan.spacing_mm, Some([0.5, 0.6]));
        let stated = scan.provenance.dicom.unwrap();
        assert_eq!(stated.modality, "CT");
        assert_eq!(stated.orientation, Some([0.0, 1.0, 0.0, 0.0, 0.0, -1.0]));
    }
}

#[test]
fn values_of_another_rescale_type_are_not_hounsfield_units() {
    let load = |kind| {
        let ct = Ct::with(tags::RESCALE_TYPE, VR::LO, kind);
        let scan = Folder::new().load(&ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN));
        scan.unwrap().pixels
    };
    for kind in ["HU", "hu ", ""] {
        assert!(matches!(load(kind), Pixels::Hounsfield(_)), "{kind}");
    }
    for kind in ["MGML", "Z_EFF", "ED"] {
        assert!(matches!(load(kind), Pixels::Grey(_)), "{kind}");
    }
}

#[test]
fn values_of_8_bits_in_big_endian_words_are_put_in_order() {
    let values = [0u16, 1, 127, 128, 200, 255];
    let eight = || Ct {
        stored: values.to_vec(),
        bits: [8, 8, 7],
        ..Ct::default()
    };
    let plain = eight().file(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let plain = Folder::new().load(&plain).unwrap();
    let words = values.chunks(2).map(|pair| pair[0] | pair[1] << 8);
    let words = PrimitiveValue::U16(words.collect());
    let mut object = eight().object();
    object.put(DataElement::new(tags::PIXEL_DATA, VR::OW, words));
    let swapped = written(object, "1.2.840.10008.1.2.2");
    assert_eq!(Folder::new().load(&swapped).unwrap().pixels, plain.pixels);
}
