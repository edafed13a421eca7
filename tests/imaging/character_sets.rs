//! Texts in every kind of character set, as read from a file.

use dicom_core::VR;
use dicom_dictionary_std::{tags, uids};

use crate::fixtures::{Ct, Folder, body, with_syntax};

/// A series description and a patient's name in these character sets, as they are read.
fn read(sets: &str, description: &[u8], name: &[u8]) -> [String; 2] {
    let plain =
        Ct::with(tags::SPECIFIC_CHARACTER_SET, VR::CS, sets).file(uids::EXPLICIT_VR_LITTLE_ENDIAN);
    let element = |tag: &[u8], value: &[u8]| {
        let length = (value.len() as u16).to_le_bytes();
        [tag, &length, value].concat()
    };
    let elements = body(&plain);
    let at = |tag: &[u8]| {
        elements
            .windows(4)
            .position(|window| window == tag)
            .unwrap()
    };
    // Before (0018,0015) BodyPartExamined.
    let (before, after) = elements.split_at(at(b"\x18\0\x15\0"));
    let elements = [
        before,
        &element(b"\x08\0\x3e\x10LO", description),
        &element(b"\x10\0\x10\0PN", name),
        after,
    ];
    let file = with_syntax(uids::EXPLICIT_VR_LITTLE_ENDIAN, &elements.concat());
    let scan = Folder::new().load(&file).unwrap();
    let stated = scan.provenance.dicom.unwrap();
    [
        stated.series_description.unwrap_or_default(),
        stated.patient.name.unwrap_or_default(),
    ]
}

#[test]
fn texts_are_read_in_the_character_sets_that_the_file_names() {
    for (sets, description, name, expected) in [
        (
            "ISO_IR 192",
            "Łungs 胸".as_bytes(),
            "Łęcka^Zoë".as_bytes(),
            ["Łungs 胸", "Łęcka^Zoë"],
        ),
        (
            "GB18030",
            b"\xd0\xd8\xb2\xbf\xc6\xbd\xc9\xa8",
            b"\xcd\xf5^\xd0\xa1\xb6\xab",
            ["胸部平扫", "王^小东"],
        ),
        (
            "\\ISO 2022 IR 87",
            b"\x1b$B6;It\x1b(BCT",
            b"Yamada^Tarou=\x1b$B;3ED\x1b(B^\x1b$BB@O:\x1b(B=",
            ["胸部CT", "Yamada^Tarou=山田^太郎="],
        ),
        (
            "ISO_IR 126",
            b"\xc8\xfe\xf1\xe1\xea\xe1\xf2 ",
            b"\xc4\xe9\xef\xed\xf5\xf3\xe9\xef\xf2",
            ["Θώρακας", "Διονυσιος"],
        ),
        ("", b"L\xfcngen", b"M\xfcller", ["Lüngen", "Müller"]),
    ] {
        assert_eq!(read(sets, description, name), expected, "{sets}");
    }
}
