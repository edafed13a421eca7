//! Unusual numbers of bits, and padding values.

use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::{tags, uids};

use crate::fixtures::{Ct, Folder, body, grey, hounsfield, with_syntax, written};

const EXPLICIT: &str = uids::EXPLICIT_VR_LITTLE_ENDIAN;

/// The values of the default slice.
const VALUES: [i16; 6] = [-1024, -1000, 0, 40, 1000, 3071];

fn read(bytes: &[u8]) -> Vec<i16> {
    hounsfield(&Folder::new().load(bytes).unwrap()).to_vec()
}

/// The default slice with these bits, and these bytes for its pixels.
fn with_pixels(bits: [u16; 3], syntax: &str, pixels: &[u8]) -> Vec<u8> {
    let ct = Ct {
        bits,
        ..Ct::default()
    };
    let plain = ct.file(syntax);
    let elements = body(&plain);
    // The pixels come last: twelve bytes, with the length before them.
    let header = elements.len() - 12 - 4;
    let length = match syntax {
        EXPLICIT => (pixels.len() as u32).to_le_bytes(),
        _ => (pixels.len() as u32).to_be_bytes(),
    };
    with_syntax(syntax, &[&elements[..header], &length, pixels].concat())
}

#[test]
fn a_high_bit_that_contradicts_the_number_of_bits_is_ignored() {
    for bits in [[16, 16, 11], [16, 16, 0], [16, 12, 16], [16, 12, 40]] {
        let ct = Ct {
            bits,
            ..Ct::default()
        };
        assert_eq!(read(&ct.file(EXPLICIT)), VALUES, "{bits:?}");
    }
}

#[test]
fn values_of_32_bits_are_read() {
    let stored = Ct::default().stored;
    let little: Vec<u8> = (stored
        .iter()
        .flat_map(|&value| u32::from(value).to_le_bytes()))
    .collect();
    assert_eq!(read(&with_pixels([32, 32, 31], EXPLICIT, &little)), VALUES);
    let big: Vec<u8> = (stored
        .iter()
        .flat_map(|&value| u32::from(value).to_be_bytes()))
    .collect();
    assert_eq!(
        read(&with_pixels([32, 16, 15], "1.2.840.10008.1.2.2", &big)),
        VALUES
    );
    // Beyond the range of Hounsfield units.
    let far = [u32::MAX, 0x8000_0000, 1024, 0, 0, 0];
    let far: Vec<u8> = far.iter().flat_map(|value| value.to_le_bytes()).collect();
    let expected = [i16::MAX, i16::MAX, 0, -1024, -1024, -1024];
    assert_eq!(read(&with_pixels([32, 32, 31], EXPLICIT, &far)), expected);
}

#[test]
fn values_of_12_bits_that_share_bytes_are_read() {
    let pairs = Ct::default().stored;
    let packed: Vec<u8> = (pairs.chunks(2))
        .flat_map(|pair| {
            let word = u32::from(pair[0]) | u32::from(pair[1]) << 12;
            let [first, second, third, _] = word.to_le_bytes();
            [first, second, third]
        })
        .chain([0])
        .collect();
    assert_eq!(read(&with_pixels([12, 12, 11], EXPLICIT, &packed)), VALUES);
    // The words of a big-endian file are the same ones with their bytes swapped.
    let big: Vec<u8> = packed
        .chunks(2)
        .flat_map(|word| [word[1], word[0]])
        .collect();
    assert_eq!(
        read(&with_pixels([12, 12, 11], "1.2.840.10008.1.2.2", &big)),
        VALUES
    );
    let cut = with_pixels([12, 12, 11], EXPLICIT, &packed[..8]);
    insta::assert_snapshot!(Folder::new().sentence(&cut), @"…/file is cut short: its end is missing; copy or export it again");
}

#[test]
fn padding_is_not_tissue() {
    let padded = |value: u16, limit: Option<u16>, stored: [u16; 6]| {
        let number = |tag, number: u16| DataElement::new(tag, VR::US, PrimitiveValue::from(number));
        let limit = limit.map(|limit| number(tags::PIXEL_PADDING_RANGE_LIMIT, limit));
        let padding = [number(tags::PIXEL_PADDING_VALUE, value)];
        let ct = Ct {
            stored: stored.to_vec(),
            bits: [16, 16, 15],
            more: padding.into_iter().chain(limit).collect(),
            ..Ct::default()
        };
        read(&ct.file(EXPLICIT))
    };
    let stored = [63536, 63536, 1024, 1064, 4095, 4096];
    assert_eq!(
        padded(63536, None, stored),
        [-1024, -1024, 0, 40, 3071, 3072]
    );
    assert_eq!(padded(4095, None, stored)[3..], [40, -1024, 3072]);
    assert_eq!(
        padded(4095, Some(65535), stored),
        [-1024, -1024, 0, 40, -1024, -1024]
    );
    // Water has this value, too.
    assert_eq!(padded(1024, None, stored)[2..], [0, 40, 3071, 3072]);
}

#[test]
fn floating_point_pixels_are_read() {
    let of = |tag, vr, value: PrimitiveValue, slope: &'static str| {
        let mut object = Ct {
            slope,
            ..Ct::default()
        }
        .object();
        object.remove_element(tags::PIXEL_DATA);
        object.remove_element(tags::BITS_STORED);
        object.put(DataElement::new(tag, vr, value));
        object
    };
    let stored = [0.0, 24.0, 1024.0, 1064.4, 2024.0, 4095.0];
    let singles = PrimitiveValue::F32(stored.map(|value| value as f32).as_slice().into());
    let doubles = PrimitiveValue::F64(stored.as_slice().into());
    for syntax in [
        EXPLICIT,
        uids::IMPLICIT_VR_LITTLE_ENDIAN,
        "1.2.840.10008.1.2.2",
    ] {
        let single = of(tags::FLOAT_PIXEL_DATA, VR::OF, singles.clone(), "1");
        assert_eq!(read(&written(single, syntax)), VALUES, "{syntax}");
        let double = of(tags::DOUBLE_FLOAT_PIXEL_DATA, VR::OD, doubles.clone(), "1");
        let file = written(double, syntax);
        assert_eq!(read(&file), VALUES, "{syntax}");
        let cut = Folder::new().sentence(&file[..file.len() - 1]);
        assert!(
            cut.ends_with("is cut short: its end is missing; copy or export it again"),
            "{cut}"
        );
    }
    // Of another modality, they are grey levels.
    let mut map = of(tags::FLOAT_PIXEL_DATA, VR::OF, singles, "1");
    map.put(DataElement::new(
        tags::MODALITY,
        VR::CS,
        PrimitiveValue::from("MR"),
    ));
    let scan = Folder::new().load(&written(map, EXPLICIT)).unwrap();
    assert_eq!(grey(&scan), [0, 1, 64, 66, 126, 255]);
}

#[test]
fn a_wrong_length_of_the_pixels_is_ignored_where_none_is_missing() {
    let whole = Ct::default().file(EXPLICIT);
    // Twelve bytes of pixels come last, with their length before them.
    let at = whole.len() - 12 - 4;
    let stating = |length: u32, behind: &[u8]| {
        let mut file = [&whole, behind].concat();
        file[at..at + 4].copy_from_slice(&length.to_le_bytes());
        file
    };
    for length in [14, 1000, u32::MAX - 1, 10, 2, 0] {
        assert_eq!(read(&stating(length, b"")), VALUES, "{length}");
    }
    // Bytes behind them are no part of them.
    assert_eq!(read(&stating(12, &[7; 40])), VALUES);
    let sentence = |file: &[u8]| Folder::new().sentence(file);
    let cut = "…/file is cut short: its end is missing; copy or export it again";
    let end = whole.len();
    assert_eq!(sentence(&stating(12, b"")[..end - 1]), cut);
    assert_eq!(sentence(&stating(14, b"")[..end - 2]), cut);
    assert_eq!(sentence(&stating(4, &[7; 40])), cut);
}
