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
