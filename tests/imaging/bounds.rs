//! Files that are cut short, hostile or not supported.

use dicom_core::dictionary::DataDictionary;
use dicom_core::{DataElement, PrimitiveValue, Tag, VR};
use dicom_dictionary_std::{StandardDataDictionary, tags, uids};
use dicom_object::InMemDicomObject;
use image::ImageFormat;
use lunny::imaging::ImagingError;
use lunny::model::gate;

use crate::fixtures::{Ct, Folder, crc32, encode, gradient, written};
#[test]
fn a_picture_cut_short_anywhere_is_never_accepted_as_complete() {
    let folder = Folder::new();
    for bytes in [
        encode(gradient(), ImageFormat::Png),
        encode(gradient(), ImageFormat::Jpeg),
        Ct::default().file(uids::EXPLICIT_VR_LITTLE_ENDIAN),
        Ct::default().file(uids::IMPLICIT_VR_LITTLE_ENDIAN),
    ] {
        for length in 0..bytes.len() {
            match folder.load(&bytes[..length]) {
                Err(ImagingError::CutShort(_)) => {}
                Err(ImagingError::Empty(_)) if length == 0 => {}
                // Complete elements may be a header that was exported without its pixels.
                Err(ImagingError::NoPicture { .. }) if begins_element(&bytes[length..]) => {}
                // Too short to recognise the format.
                Err(ImagingError::NotAnImage(_)) if length < 132 => {}
                other => panic!("{length} of {}: {other:?}", bytes.len()),
            }
        }
        // A picture may be followed by other data.
        let longer = [&bytes[..], b"\r\n"].concat();
        assert!(folder.load(&longer).is_ok());
    }
}

/// True if an element with a valid tag begins.
fn begins_element(rest: &[u8]) -> bool {
    let known = |tag: [u8; 4]| {
        let [group, element] = [[tag[0], tag[1]], [tag[2], tag[3]]].map(u16::from_le_bytes);
        StandardDataDictionary.by_tag(Tag(group, element)).is_some()
    };
    rest.first_chunk::<4>().is_some_and(|&tag| known(tag))
}

#[test]
fn a_picture_of_a_billion_pixels_is_refused_before_it_is_decoded() {
    let mut bytes = encode(gradient(), ImageFormat::Png);
    // IHDR: width and height, and its checksum.
    bytes[16..24].copy_from_slice(&[0, 0, 0x80, 0, 0, 0, 0x80, 0]);
    let checksum = crc32(&bytes[12..29]);
    bytes[29..33].copy_from_slice(&checksum.to_be_bytes());
    insta::assert_snapshot!(Folder::new().sentence(&bytes), @"…/file is too large (32768 × 32768 pixels); LUNNY reads up to 64 million pixels");

    let declared = Ct {
        rows: 60_000,
        columns: 60_000,
        ..Ct::default()
    };
    let sentence = Folder::new().sentence(&declared.file(uids::EXPLICIT_VR_LITTLE_ENDIAN));
    insta::assert_snapshot!(sentence, @"…/file is too large (60000 × 60000 pixels); LUNNY reads up to 64 million pixels");
}

#[test]
fn an_unsupported_file_is_named() {
    let folder = Folder::new();
    let sentence = |ct: Ct| folder.sentence(&ct.file(uids::EXPLICIT_VR_LITTLE_ENDIAN));
    let structures = InMemDicomObject::from_element_iter([
        DataElement::new(
            tags::SOP_CLASS_UID,
            VR::UI,
            PrimitiveValue::from(uids::RT_STRUCTURE_SET_STORAGE),
        ),
        DataElement::new(
            tags::SOP_INSTANCE_UID,
            VR::UI,
            PrimitiveValue::from("1.2.3"),
        ),
        DataElement::new(tags::MODALITY, VR::CS, PrimitiveValue::from("RTSTRUCT")),
    ]);
    let structures = written(structures, uids::EXPLICIT_VR_LITTLE_ENDIAN);
    assert!(folder.load(&structures).unwrap_err().is_refusal());
    let sentences = [
        folder.sentence(&structures),
        sentence(Ct::with(tags::NUMBER_OF_FRAMES, VR::IS, "25")),
        sentence(Ct::with(tags::NUMBER_OF_FRAMES, VR::IS, "-1")),
        sentence(Ct::with(tags::NUMBER_OF_FRAMES, VR::IS, "2000000000")),
        sentence(Ct::with(
            tags::PHOTOMETRIC_INTERPRETATION,
            VR::CS,
            "PALETTE COLOR",
        )),
        sentence(Ct {
            bits: [64, 64, 63],
            ..Ct::default()
        }),
        sentence(Ct {
            bits: [16, 17, 16],
            ..Ct::default()
        }),
        sentence(Ct {
            slope: "0",
            ..Ct::default()
        }),
        sentence(Ct {
            slope: "steep",
            ..Ct::default()
        }),
        sentence(Ct {
            rows: 0,
            ..Ct::default()
        }),
        sentence(Ct {
            rows: 3,
            ..Ct::default()
        }),
    ];
    insta::assert_snapshot!(sentences.join("\n"), @r"
    …/file holds no picture: it is a DICOM structure set
    …/file holds 25 slices; open it as a series
    …/file is damaged: it declares a picture without frames; copy or export it again
    …/file is too large (2000000000 frames); LUNNY reads files of up to 16384 frames
    …/file is damaged: its palette is missing or invalid; copy or export it again
    …/file: DICOM with 64 bits a pixel is not supported; export it in grey with 8, 16 or 32 bits
    …/file is damaged: its stored bits do not match its allocated bits; copy or export it again
    …/file is damaged: its rescale slope and intercept are not valid numbers; copy or export it again
    …/file is damaged: element (0028,1053) has no valid number; copy or export it again
    …/file is damaged: it declares a picture without pixels; copy or export it again
    …/file is cut short: its end is missing; copy or export it again
    ");
}

#[test]
fn hostile_lengths_and_nesting_cost_nothing() {
    let folder = Folder::new();
    let start = Ct::default().file(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let meta = 144 + u32::from_le_bytes(start[140..144].try_into().unwrap()) as usize;
    let with = |body: &[u8]| folder.sentence(&[&start[..meta], body].concat());
    // A description of nearly 4 GB.
    let long = with(b"\x08\x00\x3e\x10UT\0\0\xf0\xff\xff\xff short");
    // A hundred thousand nested sequences.
    let deep = with(
        &b"\x08\x00\x15\x11SQ\0\0\xff\xff\xff\xff\xfe\xff\x00\xe0\xff\xff\xff\xff".repeat(100_000),
    );
    // The end of an item where no item is open, and an item after it.
    let astray = with(b"\xfe\xff\x0d\xe0\0\0\0\0\xfe\xff\x00\xe0\0\0\0\0");
    insta::assert_snapshot!([long, deep, astray].join("\n"), @r"
    …/file is cut short: its end is missing; copy or export it again
    …/file is damaged: its DICOM elements cannot be parsed; copy or export it again
    …/file is damaged: its DICOM elements cannot be parsed; copy or export it again
    ");
}

proptest::proptest! {
    #![proptest_config(proptest::test_runner::Config::with_cases(400))]

    #[test]
    fn a_changed_byte_never_panics(at in 0usize..4096, byte: u8, kind in 0usize..3) {
        let mut bytes = match kind {
            0 => encode(gradient(), ImageFormat::Png),
            1 => encode(gradient(), ImageFormat::Jpeg),
            _ => Ct::default().file(uids::EXPLICIT_VR_LITTLE_ENDIAN),
        };
        let length = bytes.len();
        bytes[at % length] = byte;
        if let Ok(scan) = Folder::new().load(&bytes) {
            let _ = gate::check(&scan);
        }
    }
}
