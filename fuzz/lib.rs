//! Input of the fuzz targets: bytes as a whole file, or as the packed pixels of a DICOM file whose header is sound.

use std::fs;
use std::path::Path;

use lunny::cancel::Cancel;
use lunny::imaging::photo::Photo;
use lunny::imaging::{FrameFile, series, tags};

/// Reads a file of any format and decodes its first and its last frame.
pub fn frames(bytes: &[u8]) {
    if let Ok(file) = FrameFile::from_bytes(Path::new("file"), bytes.to_vec()) {
        let _ = file.decode(0);
        let _ = file.decode(file.frames() - 1);
    }
}

/// The same behind the bytes that a format begins with.
pub fn frames_behind(beginning: &[u8], bytes: &[u8]) {
    frames(&[beginning, bytes].concat());
}

/// Packed pixels of 16 × 16 values of 16 bits, and of 8 bits.
pub fn packed_pixels(syntax: &str, packed: &[u8]) {
    for bits in [8u16, 16] {
        frames(&dicom(syntax, bits, packed));
    }
}

/// Uncompressed pixels of 16 × 16 values, in each element that has pixels, as each kind of colours.
pub fn plain_pixels(bytes: &[u8]) {
    let (palette, pixels) = bytes.split_at(bytes.len() / 4);
    for (colours, values) in [("PALETTE COLOR ", 1), ("YBR_FULL_422", 3), ("RGB ", 3)] {
        let mut header = header("1.2.840.10008.1.2.1", 8, colours, values);
        for (index, entries) in (0x1201..).zip(palette.chunks(palette.len() / 3 + 1)) {
            let entries = &entries[..entries.len().min(0xfffe)];
            header.extend(short(0x0028, index - 0x100, b"US", b"\0\x01\0\0\x10\0"));
            header.extend(short(0x0028, index, b"US", entries));
            header.extend(short(0x0028, index + 0x20, b"US", entries));
        }
        frames(&[header, long(0x0010, b"OB", pixels)].concat());
    }
    for (element, representation) in [(0x0008, b"OF"), (0x0009, b"OD")] {
        let header = header("1.2.840.10008.1.2.1", 16, "MONOCHROME2 ", 1);
        frames(&[header, long(element, representation, pixels)].concat());
    }
}

/// A deflated data set behind its file meta information.
pub fn deflated(bytes: &[u8]) {
    let syntax = short(0x0002, 0x0010, b"UI", b"1.2.840.10008.1.2.1.99");
    frames(&[&[0; 128], b"DICM".as_slice(), &syntax, bytes].concat());
}

/// Every element of a DICOM file as text.
pub fn elements(bytes: &[u8]) {
    with_file("file", bytes, |path| drop(tags(path)));
}

/// Opens a file by this name, with all that it names or holds.
pub fn series_of(name: &str, bytes: &[u8]) {
    with_file(name, bytes, |path| {
        drop(series::open(path, &Cancel::default(), &|_| {}));
    });
}

/// Draws the first page of a PDF file.
pub fn page(bytes: &[u8]) {
    with_file("page.pdf", bytes, |path| drop(Photo::read(path)));
}

fn with_file(name: &str, bytes: &[u8], read: impl FnOnce(&Path)) {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(name);
    fs::write(&path, bytes).expect("a file");
    read(&path);
}

/// A CT slice in explicit VR little endian with one fragment of packed pixels.
fn dicom(syntax: &str, bits: u16, packed: &[u8]) -> Vec<u8> {
    let parts = [
        header(syntax, bits, "MONOCHROME2 ", 1),
        // Pixels of undefined length: an empty offset table, one fragment, the end.
        b"\xe0\x7f\x10\0OB\0\0\xff\xff\xff\xff\xfe\xff\0\xe0\0\0\0\0\xfe\xff\0\xe0".to_vec(),
        (packed.len() as u32).to_le_bytes().to_vec(),
        packed.to_vec(),
        b"\xfe\xff\xdd\xe0\0\0\0\0".to_vec(),
    ];
    parts.concat()
}

/// The elements of a CT slice before its pixels.
fn header(syntax: &str, bits: u16, colours: &str, values: u16) -> Vec<u8> {
    let mut syntax = syntax.to_owned();
    if syntax.len() % 2 == 1 {
        syntax.push('\0');
    }
    let number = |element: u16, value: u16| short(0x0028, element, b"US", &value.to_le_bytes());
    let parts = [
        vec![0; 128],
        b"DICM".to_vec(),
        short(0x0002, 0x0010, b"UI", syntax.as_bytes()),
        short(0x0008, 0x0060, b"CS", b"CT"),
        number(0x0002, values),
        short(0x0028, 0x0004, b"CS", colours.as_bytes()),
        number(0x0010, 16),
        number(0x0011, 16),
        number(0x0100, bits),
        number(0x0101, bits),
        number(0x0102, bits - 1),
        number(0x0103, 0),
        short(0x0028, 0x1052, b"DS", b"-1024 "),
        short(0x0028, 0x1053, b"DS", b"1 "),
    ];
    parts.concat()
}

/// An element of the pixels, whose length has four bytes.
fn long(element: u16, representation: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let [group, element] = [0x7fe0, element].map(u16::to_le_bytes);
    let length = (value.len() as u32).to_le_bytes();
    [
        &group[..],
        &element,
        representation,
        &[0; 2],
        &length,
        value,
    ]
    .concat()
}

/// An element whose length has two bytes.
fn short(group: u16, element: u16, representation: &[u8; 2], value: &[u8]) -> Vec<u8> {
    let [group, element, length] = [group, element, value.len() as u16].map(u16::to_le_bytes);
    [&group[..], &element, representation, &length, value].concat()
}
