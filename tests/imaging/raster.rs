//! PNG, JPEG, TIFF and BMP.

use image::{DynamicImage, ImageBuffer, ImageFormat, Luma, LumaA, Rgb, Rgba};
use lunny::imaging::{Format, load};

use crate::fixtures::{Folder, encode, gradient, grey};
#[test]
fn a_grey_png_is_read_unchanged() {
    let bytes = encode(gradient(), ImageFormat::Png);
    let scan = Folder::new().load(&bytes).unwrap();
    assert_eq!((scan.width, scan.height), (40, 30));
    assert_eq!(grey(&scan), gradient().as_raw());
    assert_eq!(scan.colourfulness, 0.0);
    assert_eq!(scan.provenance.format, Format::Png);
    assert_eq!(scan.provenance.bytes, bytes.len() as u64);
    assert_eq!(scan.provenance.dicom, None);
}

#[test]
fn the_hash_is_that_of_the_file() {
    let folder = Folder::new();
    let bytes = encode(gradient(), ImageFormat::Png);
    let scan = folder.load(&bytes).unwrap();
    let digest = <sha2::Sha256 as sha2::Digest>::digest(&bytes);
    let expected: String = digest.iter().map(|byte| format!("{byte:02x}")).collect();
    assert_eq!(scan.provenance.sha256, expected);
}

#[test]
fn every_colour_type_of_png_becomes_grey() {
    let folder = Folder::new();
    let one = |image: DynamicImage| {
        let scan = folder.load(&encode(image, ImageFormat::Png)).unwrap();
        (grey(&scan)[0], scan.colourfulness)
    };
    let deep = ImageBuffer::from_pixel(8, 8, Luma([0x80ffu16]));
    assert_eq!(one(deep.into()), (128, 0.0));
    // 0.299 red + 0.587 green + 0.114 blue.
    assert_eq!(
        one(ImageBuffer::from_pixel(8, 8, Rgb([255u8, 0, 0])).into()),
        (76, 255.0)
    );
    assert_eq!(
        one(ImageBuffer::from_pixel(8, 8, Rgb([0u8, 255, 0])).into()),
        (150, 255.0)
    );
    assert_eq!(
        one(ImageBuffer::from_pixel(8, 8, Rgb([0u8, 0, 255])).into()),
        (29, 255.0)
    );
    // Half-transparent pixels are blended with black.
    assert_eq!(
        one(ImageBuffer::from_pixel(8, 8, LumaA([200u8, 128])).into()),
        (100, 0.0)
    );
    assert_eq!(
        one(ImageBuffer::from_pixel(8, 8, Rgba([90u8, 90, 90, 0])).into()),
        (0, 0.0)
    );
}

#[test]
fn the_format_is_detected_from_the_content() {
    let folder = Folder::new();
    let path = folder.0.path().join("slice.dcm");
    std::fs::write(&path, encode(gradient(), ImageFormat::Jpeg)).unwrap();
    let scan = load(&path).unwrap();
    assert_eq!(scan.provenance.format, Format::Jpeg);
    let pairs = grey(&scan).iter().zip(gradient().into_raw());
    let worst = pairs
        .map(|(level, original)| level.abs_diff(original))
        .max();
    assert!(worst < Some(16), "{worst:?}");
}

#[test]
fn tiff_and_bmp_read_as_png_does() {
    let folder = Folder::new();
    for (kind, format) in [
        (ImageFormat::Tiff, Format::Tiff),
        (ImageFormat::Bmp, Format::Bmp),
    ] {
        let scan = folder.load(&encode(gradient(), kind)).unwrap();
        assert_eq!(scan.provenance.format, format);
        assert_eq!(grey(&scan), gradient().as_raw());
    }
    let deep = ImageBuffer::from_pixel(8, 8, Luma([0x80ffu16]));
    let scan = folder.load(&encode(deep, ImageFormat::Tiff)).unwrap();
    assert_eq!(grey(&scan)[0], 128);
}

#[test]
fn a_tiff_file_with_long_offsets_is_read_and_one_with_other_values_refused() {
    let tiff = |long: bool, bits: u16| {
        let pixels = gradient().into_raw();
        // Width, height, bits, no compression, black is zero, strip, rows of it, bytes of it.
        let fields = [
            (256u16, 40u64),
            (257, 30),
            (258, bits.into()),
            (259, 1),
            (262, 1),
            (273, 0),
            (278, 30),
            (279, 1200),
        ];
        let (first, field) = if long { (16, 20) } else { (8, 12) };
        let count = if long { 8 } else { 2 };
        let start = first + count + fields.len() * field + if long { 8 } else { 4 };
        let mut file = match long {
            true => b"II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0".to_vec(),
            false => b"II*\0\x08\0\0\0".to_vec(),
        };
        file.extend(&(fields.len() as u64).to_le_bytes()[..count]);
        for (tag, value) in fields {
            let value = if tag == 273 { start as u64 } else { value };
            file.extend(tag.to_le_bytes());
            // Type: long.
            file.extend(4u16.to_le_bytes());
            file.extend(&1u64.to_le_bytes()[..if long { 8 } else { 4 }]);
            file.extend(&value.to_le_bytes()[..if long { 8 } else { 4 }]);
        }
        file.resize(start, 0);
        [file, pixels].concat()
    };
    let folder = Folder::new();
    for long in [false, true] {
        let scan = folder.load(&tiff(long, 8)).unwrap();
        assert_eq!(grey(&scan), gradient().as_raw());
    }
    insta::assert_snapshot!(folder.sentence(&tiff(false, 32)), @"…/file: this kind of TIFF file is not supported; save it as a plain PNG with 8 or 16 bits");
}

#[test]
fn a_jpeg_is_turned_as_its_camera_says() {
    let mut bytes = encode(gradient(), ImageFormat::Jpeg);
    let before = Folder::new().load(&bytes).unwrap();
    // Exif: big-endian TIFF with one entry, Orientation (0x0112) = 6, turned by 90 degrees.
    let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = (exif.len() + 2) as u16;
    let segment = [&[0xff, 0xe1], &length.to_be_bytes()[..], &exif[..]].concat();
    bytes.splice(2..2, segment);
    let folder = Folder::new();
    let scan = folder.load(&bytes).unwrap();
    assert_eq!((scan.width, scan.height), (30, 40));
    // The first pixel of the last row comes to the left of the first row.
    assert_eq!(grey(&scan)[0], grey(&before)[29 * 40]);
    let header = lunny::imaging::Header::read(&folder.0.path().join("file")).unwrap();
    assert_eq!((header.rows, header.columns), (40, 30));
}
