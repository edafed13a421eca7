//! Headers with common errors of writers: each file is the same slice with one error, and is read as that
//! slice.

use dicom_core::{DataElement, PrimitiveValue, VR};
use dicom_dictionary_std::{tags, uids};
use lunny::imaging::{Header, Scan};

use crate::fixtures::{
    Ct, Folder, body, hounsfield, packed as packed_in, run_lengths, with_syntax, written,
};

const EXPLICIT: &str = uids::EXPLICIT_VR_LITTLE_ENDIAN;
const IMPLICIT: &str = uids::IMPLICIT_VR_LITTLE_ENDIAN;
const BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

/// The values of the default slice.
const VALUES: [i16; 6] = [-1024, -1000, 0, 40, 1000, 3071];

/// The elements of the default slice.
fn elements(syntax: &str) -> Vec<u8> {
    body(&Ct::default().file(syntax)).to_vec()
}

/// The same in explicit form, with further elements before (0028,0002).
fn with_more(more: &[u8]) -> Vec<u8> {
    let elements = elements(EXPLICIT);
    let at = elements
        .windows(6)
        .position(|window| window == b"\x28\0\x02\0US");
    let (before, after) = elements.split_at(at.unwrap());
    [before, more, after].concat()
}

/// Reads a file and its header, and compares both with the default slice.
fn expect(bytes: &[u8]) -> Scan {
    let folder = Folder::new();
    let scan = folder.load(bytes).unwrap();
    assert_eq!(hounsfield(&scan), VALUES);
    let header = Header::read(&folder.0.path().join("file")).unwrap();
    assert_eq!(header.frames[0].spacing_mm, Some([0.7, 0.8]));
    scan
}

#[test]
fn sequences_with_wrong_or_missing_delimiters_are_read() {
    // (0020,9222) DimensionIndexSequence of one item.
    let sequence: &[u8] = b"\x20\0\x22\x92SQ\0\0\xff\xff\xff\xff";
    let open: &[u8] = b"\xfe\xff\0\xe0\xff\xff\xff\xff";
    let long: &[u8] = b"\xfe\xff\0\xe0\x0a\0\0\0";
    let value: &[u8] = b"\x20\0\x65\x91UI\x02\x001\0";
    let end: &[u8] = b"\xfe\xff\x0d\xe0\0\0\0\0";
    let last: &[u8] = b"\xfe\xff\xdd\xe0\0\0\0\0";
    // Delimiters that state a length, without content.
    let end_of_4: &[u8] = b"\xfe\xff\x0d\xe0\x04\0\0\0";
    let last_of_2: &[u8] = b"\xfe\xff\xdd\xe0\x02\0\0\0";
    for pieces in [
        &[sequence, open, value, end, last][..],
        &[sequence, long, value, end, last],
        &[sequence, long, value, last],
        &[sequence, open, value, last],
        &[sequence, open, value, open, value, last],
        &[sequence, open, value, end],
        &[sequence, long, value],
        &[sequence, open, value, end, end, last, last],
        &[sequence, open, value, end_of_4, last_of_2],
    ] {
        expect(&with_syntax(EXPLICIT, &with_more(&pieces.concat())));
    }
}

#[test]
fn a_sequence_with_a_wrong_length_is_read() {
    // (0020,9222) DimensionIndexSequence of one item of 18 bytes.
    let item: &[u8] = b"\xfe\xff\0\xe0\x0a\0\0\0\x20\0\x65\x91UI\x02\x001\0";
    for length in [18u32, 14, 20, 24, 5000, 0x7fff_ffff] {
        let sequence = [b"\x20\0\x22\x92SQ\0\0", &length.to_le_bytes()[..], item].concat();
        expect(&with_syntax(EXPLICIT, &with_more(&sequence)));
    }
}

#[test]
fn a_sequence_of_unknown_representation_is_read_with_any_items() {
    let begin: &[u8] = b"\x21\0\x10\x10UN\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\xff\xff\xff\xff";
    let last: &[u8] = b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\xdd\xe0\0\0\0\0";
    let implicit: &[u8] = b"\x08\0\x04\x01\x08\0\0\0meaning \x21\0\x11\x10\x04\0\0\x001.5 ";
    let explicit: &[u8] = b"\x08\0\x04\x01LO\x08\0meaning ";
    let nested = [begin, implicit, last].concat();
    for items in [implicit, explicit, b"", &nested] {
        expect(&with_syntax(
            EXPLICIT,
            &with_more(&[begin, items, last].concat()),
        ));
    }
}

#[test]
fn enhanced_geometry_of_unknown_representation_is_found() {
    let position = b"\x20\0\x32\0\x06\0\0\x001\\2\\3 ";
    let item = |content: &[u8]| {
        let length = (content.len() as u32).to_le_bytes();
        [b"\xfe\xff\0\xe0".as_slice(), &length, content].concat()
    };
    // (0020,9113) PlanePositionSequence, implicit, within (5200,9230), of unknown representation.
    let inner = item(position);
    let plane = [
        b"\x20\0\x13\x91".as_slice(),
        &(inner.len() as u32).to_le_bytes(),
        &inner,
    ];
    let frames = item(&plane.concat());
    let length = (frames.len() as u32).to_le_bytes();
    let groups = [b"\x00\x52\x30\x92UN\0\0".as_slice(), &length, &frames].concat();
    let elements = elements(EXPLICIT);
    let at = elements
        .windows(6)
        .position(|window| window == b"\xe0\x7f\x10\0OW");
    let (before, pixels) = elements.split_at(at.unwrap());
    let bytes = with_syntax(EXPLICIT, &[before, &groups, pixels].concat());
    let scan = expect(&bytes);
    let stated = scan.provenance.dicom.unwrap();
    assert_eq!(stated.position_mm, Some([1.0, 2.0, 3.0]));
}

#[test]
fn single_elements_in_another_form_are_read() {
    for element in [
        // (0018,1150) ExposureTime: implicit, of NULs, of unknown letters.
        b"\x18\0\x50\x11\x04\0\0\x001000".as_slice(),
        b"\x18\0\x50\x11\0\0\x04\x001000",
        b"\x18\0\x50\x11??\x04\x001000",
        b"\x18\0\x50\x11ZZ\0\0\x04\0\0\x001000",
        // Several in succession.
        b"\x21\0\x10\x10\x04\0\0\0abcd\x21\0\x11\x10??\x04\0abcd\x21\0\x12\x10\0\0\x04\0abcd",
        // (0021,1010), with a 16-bit length instead of 32 bits.
        b"\x21\0\x10\x10UN\x04\0abcd",
    ] {
        let elements = with_more(element);
        // With them at the end the elements are out of order: the order is not checked.
        expect(&with_syntax(EXPLICIT, &elements));
    }
    let elements = elements(IMPLICIT);
    let at = elements
        .windows(8)
        .position(|window| window == b"\x28\0\x02\0\x02\0\0\0");
    let (before, after) = elements.split_at(at.unwrap());
    let mixed = [before, b"\x20\0\x13\0IS\x02\x001 ", after].concat();
    expect(&with_syntax(IMPLICIT, &mixed));
}

#[test]
fn zeros_between_elements_are_passed_over() {
    for zeros in [4, 6, 8, 16, 126, 40_000] {
        expect(&with_syntax(EXPLICIT, &with_more(&vec![0; zeros])));
    }
    // In implicit form, fewer zeros might be the beginning of an element.
    let implicit = elements(IMPLICIT);
    let at = implicit
        .windows(4)
        .position(|window| window == b"\x28\0\x02\0");
    let (before, after) = implicit.split_at(at.unwrap());
    for zeros in [8, 16, 40_000] {
        let padded = [before, &vec![0; zeros], after].concat();
        expect(&with_syntax(IMPLICIT, &padded));
    }
    // Between items, and behind a value whose odd length leaves its padding out.
    let item: &[u8] = b"\xfe\xff\0\xe0\x0a\0\0\0\x20\0\x65\x91UI\x02\x001\0";
    let sequence = [b"\x20\0\x22\x92SQ\0\0\xff\xff\xff\xff", item, &[0; 8], item];
    let last: &[u8] = b"\xfe\xff\xdd\xe0\0\0\0\0";
    expect(&with_syntax(
        EXPLICIT,
        &with_more(&[&sequence.concat(), last].concat()),
    ));
    for padding in [b"\0", b" "] {
        let odd = [b"\x20\0\0\x40LT\x05\0three", padding.as_slice()].concat();
        expect(&with_syntax(EXPLICIT, &with_more(&odd)));
    }
}

#[test]
fn a_length_of_32_bits_where_16_are_right_is_read() {
    let elements = elements(EXPLICIT);
    // Slope, number of bits, and both.
    for tags in [
        &[b"\x28\0\x53\x10DS".as_slice()][..],
        &[b"\x28\0\0\x01US"],
        &[b"\x28\0\x53\x10DS", b"\x28\0\x02\0US", b"\x28\0\x30\0DS"],
    ] {
        let mut wide = elements.clone();
        for tag in tags {
            let at = wide.windows(6).position(|window| window == *tag).unwrap() + 6;
            wide.splice(at..at, [0, 0]);
            wide.splice(at + 4..at + 4, [0, 0]);
        }
        expect(&with_syntax(EXPLICIT, &wide));
    }
}

#[test]
fn a_data_set_in_another_form_than_its_file_says_is_read() {
    for (said, is) in [
        (EXPLICIT, IMPLICIT),
        (IMPLICIT, EXPLICIT),
        (EXPLICIT, BIG_ENDIAN),
        (BIG_ENDIAN, EXPLICIT),
        (BIG_ENDIAN, IMPLICIT),
    ] {
        expect(&with_syntax(said, &elements(is)));
    }
    // Elements in little endian and pixels in big endian.
    let ct = Ct::default();
    let stored = ct.stored.iter().map(|value| value.swap_bytes()).collect();
    let swapped = Ct { stored, ..ct }.file(IMPLICIT);
    expect(&with_syntax("1.2.840.113619.5.2", body(&swapped)));
}

#[test]
fn meta_information_with_a_wrong_length_is_read() {
    let whole = Ct::default().file(EXPLICIT);
    let length = u32::from_le_bytes(whole[140..144].try_into().unwrap());
    for wrong in [length - 20, 0, length + 6, u32::MAX] {
        let mut changed = whole.clone();
        changed[140..144].copy_from_slice(&wrong.to_le_bytes());
        expect(&changed);
    }
    expect(&[&whole[..132], &whole[144..]].concat());
    // Meta information that does not name the transfer syntax.
    let unnamed = [
        &whole[..132],
        b"\x02\0\x01\0OB\0\0\x02\0\0\0\0\x01".as_slice(),
        body(&whole),
    ];
    expect(&unnamed.concat());
}

#[test]
fn a_data_set_without_meta_information_is_recognised_by_its_elements() {
    let private: &[u8] = b"\x07\0\x10\0LO\x04\0MADE\x07\0\0\x10UN\0\0\x02\0\0\0ab";
    let headless = [
        elements(EXPLICIT),
        elements(IMPLICIT),
        elements(BIG_ENDIAN),
        [private, &elements(EXPLICIT)].concat(),
    ];
    for elements in &headless {
        expect(elements);
        expect(&[[0; 128].as_slice(), elements].concat());
        expect(&[[0; 128].as_slice(), b"DICM", elements].concat());
    }
    // Meta information after a preamble without the magic number.
    let whole = Ct::default().file(EXPLICIT);
    expect(&[&whole[..128], &whole[132..]].concat());
}

#[test]
fn numbers_in_nonstandard_form_are_read() {
    for (slope, intercept) in [
        ("1,0", "-1024,0"),
        ("1.0\t", "-1024\r\n"),
        ("+1.0E0", "-1.024E3"),
        ("1\0\0", "\t-1024"),
        ("", "-1024"),
    ] {
        let ct = Ct {
            slope,
            intercept,
            ..Ct::default()
        };
        expect(&ct.file(EXPLICIT));
    }
    for frames in ["0", "1.0", "1,0", "1\t", ""] {
        expect(&Ct::with(tags::NUMBER_OF_FRAMES, VR::IS, frames).file(EXPLICIT));
    }
    expect(&Ct::with(tags::PIXEL_SPACING, VR::DS, "0.7\\0.8\\1.25").file(EXPLICIT));
    expect(&Ct::with(tags::PIXEL_SPACING, VR::UT, "0,7\\0,8").file(EXPLICIT));
}

#[test]
fn a_missing_modality_is_taken_from_the_class() {
    let without = |tag| {
        let mut object = Ct::default().object();
        object.remove_element(tag);
        object
    };
    for tag in [tags::RESCALE_SLOPE, tags::MODALITY] {
        let scan = expect(&written(without(tag), EXPLICIT));
        assert_eq!(scan.provenance.dicom.unwrap().modality, "CT");
    }
    let scan = Folder::new().load(&written(without(tags::RESCALE_INTERCEPT), EXPLICIT));
    assert_eq!(hounsfield(&scan.unwrap()), [0, 24, 1024, 1064, 2024, 4095]);
    // Another class is not a CT.
    let mut object = without(tags::MODALITY);
    let class = PrimitiveValue::from(uids::MR_IMAGE_STORAGE);
    object.put(DataElement::new(tags::SOP_CLASS_UID, VR::UI, class));
    let scan = Folder::new().load(&written(object, EXPLICIT)).unwrap();
    crate::fixtures::grey(&scan);
}

#[test]
fn a_header_exported_without_its_pixels_is_refused() {
    let mut object = Ct::default().object();
    object.remove_element(tags::PIXEL_DATA);
    let folder = Folder::new();
    let bytes = written(object, EXPLICIT);
    insta::assert_snapshot!(folder.sentence(&bytes), @"…/file holds no picture: it is a CT header without its pixels");
    let path = folder.0.path().join("file");
    assert!(Header::read(&path).unwrap_err().is_refusal());
}

#[test]
fn pixels_without_a_value_are_none() {
    let elements = elements(EXPLICIT);
    let at = elements
        .windows(6)
        .position(|window| window == b"\xe0\x7f\x10\0OW")
        .unwrap();
    let (before, pixels) = elements.split_at(at);
    let empty: &[u8] = b"\xe0\x7f\x10\0OW\0\0\0\0\0\0";
    let folder = Folder::new();
    let sentence = folder.sentence(&with_syntax(EXPLICIT, &[before, empty].concat()));
    insta::assert_snapshot!(sentence, @"…/file holds no picture: it is a CT header without its pixels");
    expect(&with_syntax(EXPLICIT, &[before, empty, pixels].concat()));
}

#[test]
fn elements_in_another_order_are_read() {
    let elements = elements(EXPLICIT);
    let at = |tag: &[u8]| {
        elements
            .windows(tag.len())
            .position(|window| window == tag)
            .unwrap()
    };
    let pixels = at(b"\xe0\x7f\x10\0OW");
    // The rescale, all of group 0028, all elements.
    for from in [at(b"\x28\0\x52\x10"), at(b"\x28\0\x02\0"), 0] {
        let moved = [
            &elements[..from],
            &elements[pixels..],
            &elements[from..pixels],
        ]
        .concat();
        let folder = Folder::new();
        let scan = folder.load(&with_syntax(EXPLICIT, &moved)).unwrap();
        assert_eq!(hounsfield(&scan), VALUES, "{from}");
        let garbage = [&moved, b"no element".as_slice()].concat();
        let scan = folder.load(&with_syntax(EXPLICIT, &garbage)).unwrap();
        assert_eq!(hounsfield(&scan), VALUES, "{from}");
    }
    // Elements behind the pixels never replace those before them.
    let twice = [&elements, b"\x28\0\x52\x10DS\x02\x000 ".as_slice()].concat();
    expect(&with_syntax(EXPLICIT, &twice));
}

#[test]
fn elements_behind_packed_pixels_are_read() {
    let ct = Ct {
        bits: [16, 16, 15],
        ..Ct::default()
    };
    let packed = run_lengths(&ct.stored);
    let file = packed_in(ct, "1.2.840.10008.1.2.5", &[&packed]);
    let elements = body(&file);
    let at = |tag: &[u8]| {
        elements
            .windows(tag.len())
            .position(|window| window == tag)
            .unwrap()
    };
    let (from, pixels) = (at(b"\x28\0\x02\0"), at(b"\xe0\x7f\x10\0OB"));
    let moved = [
        &elements[..from],
        &elements[pixels..],
        &elements[from..pixels],
    ]
    .concat();
    expect(&with_syntax("1.2.840.10008.1.2.5", &moved));
}

#[test]
fn pixels_of_a_large_slice_are_found_in_another_form() {
    // Larger than what is read first of a file.
    let ct = Ct {
        rows: 200,
        columns: 300,
        stored: vec![1064; 60_000],
        ..Ct::default()
    };
    let file = ct.file(EXPLICIT);
    let elements = body(&file);
    let at = elements
        .windows(6)
        .position(|window| window == b"\xe0\x7f\x10\0OW")
        .unwrap();
    let implicit = [&elements[..at + 4], &elements[at + 8..]].concat();
    let folder = Folder::new();
    let scan = folder.load(&with_syntax(EXPLICIT, &implicit)).unwrap();
    assert_eq!(hounsfield(&scan), [40; 60_000]);
    assert!(Header::read(&folder.0.path().join("file")).is_ok());
}

#[test]
fn a_deflated_syntax_may_name_elements_that_are_not_deflated() {
    expect(&with_syntax("1.2.840.10008.1.2.1.99", &elements(EXPLICIT)));
    expect(&with_syntax("1.2.840.10008.1.2.1.99", &elements(IMPLICIT)));
}

#[test]
fn a_modality_in_small_letters_is_known() {
    let scan = expect(&Ct::with(tags::MODALITY, VR::CS, "ct").file(EXPLICIT));
    assert_eq!(scan.provenance.dicom.unwrap().modality, "CT");
}

#[test]
fn a_preamble_that_begins_as_a_zip_archive_is_a_preamble() {
    let mut file = Ct::default().file(EXPLICIT);
    file[..4].copy_from_slice(b"PK\x03\x04");
    expect(&file);
}

#[test]
fn elements_of_a_command_before_the_data_set_are_passed_over() {
    let command: &[u8] = b"\0\0\0\0\x04\0\0\0\x0a\0\0\0\0\0\0\x01\x02\0\0\0\x01\0";
    expect(&[command, &elements(IMPLICIT)].concat());
}

/// Stored values below 1000 are padding, and no others, however the bytes of the limits are stated.
#[test]
fn a_range_of_padding_has_the_sign_of_the_pixels() {
    let stored = [-2000i16, -1600, -1500, -1499, 0, 1000];
    for (value, limit) in [("-2000", "-1500"), ("63536", "64036"), ("63536", "-1500")] {
        let number = |tag, text: &str| {
            let number: i32 = text.parse().unwrap();
            DataElement::new(tag, VR::US, PrimitiveValue::from(number as u16))
        };
        let ct = Ct {
            stored: stored.map(|value| value as u16).to_vec(),
            bits: [16, 16, 15],
            signed: true,
            intercept: "0",
            more: vec![
                number(tags::PIXEL_PADDING_VALUE, value),
                number(tags::PIXEL_PADDING_RANGE_LIMIT, limit),
            ],
            ..Ct::default()
        };
        let scan = Folder::new().load(&ct.file(EXPLICIT)).unwrap();
        let expected = [-1024, -1024, -1024, -1024, 0, 1000];
        assert_eq!(hounsfield(&scan), expected, "{value} {limit}");
    }
    // A range with all tissue in it is none.
    let number = |tag, number: u16| DataElement::new(tag, VR::US, PrimitiveValue::from(number));
    let mut ct = Ct::default();
    ct.more.push(number(tags::PIXEL_PADDING_VALUE, 0));
    ct.more
        .push(number(tags::PIXEL_PADDING_RANGE_LIMIT, 65_000));
    expect(&ct.file(EXPLICIT));
}
