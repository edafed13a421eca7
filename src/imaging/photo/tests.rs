//! Conversion of pictures and pages to photos, and the errors of all other files.

use std::fs;

use image::{ImageFormat, Rgba, RgbaImage};
use tempfile::TempDir;

use super::*;

fn file(bytes: &[u8]) -> (TempDir, PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("photo");
    fs::write(&path, bytes).unwrap();
    (folder, path)
}

fn read(bytes: &[u8]) -> Result<Photo, PhotoError> {
    let (_folder, path) = file(bytes);
    Photo::read(&path)
}

fn png(picture: &RgbaImage) -> Vec<u8> {
    let mut bytes = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut bytes, ImageFormat::Png).unwrap();
    bytes.into_inner()
}

fn decoded(photo: &Photo) -> RgbImage {
    image::load_from_memory_with_format(&photo.bytes, ImageFormat::Jpeg)
        .unwrap()
        .into_rgb8()
}

/// A PDF file of one page, `width` by `height` points, left half red.
fn pdf(width: u32, height: u32) -> Vec<u8> {
    let drawing = format!("1 0 0 rg 0 0 {} {height} re f", width / 2);
    let objects = [
        "<< /Type /Catalog /Pages 2 0 R >>".to_owned(),
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>".to_owned(),
        format!(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] /Contents 4 0 R /Resources << >> >>"
        ),
        format!(
            "<< /Length {} >>\nstream\n{drawing}\nendstream",
            drawing.len()
        ),
    ];
    let mut bytes = b"%PDF-1.4\n".to_vec();
    let mut places = Vec::new();
    for (number, object) in (1..).zip(objects) {
        places.push(bytes.len());
        bytes.extend(format!("{number} 0 obj\n{object}\nendobj\n").into_bytes());
    }
    let start = bytes.len();
    bytes.extend(b"xref\n0 5\n0000000000 65535 f \n");
    for place in places {
        bytes.extend(format!("{place:010} 00000 n \n").into_bytes());
    }
    let end = format!("trailer\n<< /Size 5 /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n");
    bytes.extend(end.into_bytes());
    bytes
}

#[test]
fn a_picture_is_rewritten_with_transparency_on_white() {
    let mut picture = RgbaImage::from_pixel(40, 30, Rgba([0, 0, 0, 0]));
    for x in 0..20 {
        for y in 0..30 {
            picture.put_pixel(x, y, Rgba([200, 0, 0, 255]));
        }
    }
    let photo = read(&png(&picture)).unwrap();
    assert_eq!((photo.width, photo.height), (40, 30));
    let seen = decoded(&photo);
    assert!(seen.get_pixel(2, 2)[0] > 180 && seen.get_pixel(2, 2)[1] < 30);
    assert!(seen.get_pixel(38, 2).0.iter().all(|level| *level > 240));
}

#[test]
fn metadata_of_a_file_are_removed() {
    let picture = RgbImage::from_pixel(8, 8, image::Rgb([9, 9, 9]));
    let mut bytes = Vec::new();
    JpegEncoder::new(&mut bytes).encode_image(&picture).unwrap();
    let secret = b"taken at 51.5 north by Ana";
    let length = (secret.len() + 2) as u16;
    let comment = [&[0xff, 0xfe], &length.to_be_bytes()[..], secret].concat();
    bytes.splice(2..2, comment);
    assert!(bytes.windows(secret.len()).any(|window| window == secret));
    let photo = read(&bytes).unwrap();
    assert!(!photo.bytes.windows(3).any(|window| window == b"Ana"));
}

#[test]
fn a_rotated_picture_is_stored_upright() {
    let picture = RgbImage::from_pixel(16, 8, image::Rgb([9, 9, 9]));
    let mut bytes = Vec::new();
    JpegEncoder::new(&mut bytes).encode_image(&picture).unwrap();
    // Exif: big-endian TIFF with one entry, Orientation (0x0112) = 6, turned by 90 degrees.
    let exif = b"Exif\0\0MM\0\x2a\0\0\0\x08\0\x01\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\0\0\0\0";
    let length = (exif.len() + 2) as u16;
    let segment = [&[0xff, 0xe1], &length.to_be_bytes()[..], &exif[..]].concat();
    bytes.splice(2..2, segment);
    let photo = read(&bytes).unwrap();
    assert_eq!((photo.width, photo.height), (8, 16));
}

#[test]
fn a_large_picture_is_reduced_in_its_shape() {
    let picture = RgbaImage::from_pixel(2050, 1000, Rgba([1, 2, 3, 255]));
    let photo = read(&png(&picture)).unwrap();
    assert_eq!((photo.width, photo.height), (1024, 499));
}

#[test]
fn the_first_page_of_a_pdf_is_drawn() {
    let photo = read(&pdf(200, 100)).unwrap();
    assert_eq!((photo.width, photo.height), (1024, 512));
    let seen = decoded(&photo);
    let [red, green, _] = seen.get_pixel(100, 100).0;
    assert!(red > 200 && green < 60, "{red} {green}");
    assert!(seen.get_pixel(900, 100).0.iter().all(|level| *level > 240));
}

#[test]
fn a_file_that_is_not_a_photo_is_refused_by_name() {
    let whole = png(&RgbaImage::from_pixel(40, 30, Rgba([1, 2, 3, 255])));
    let page = pdf(200, 100);
    let no_page = b"%PDF-1.4\nnothing".to_vec();
    for bytes in [
        b"hello".to_vec(),
        Vec::new(),
        whole[..whole.len() / 2].to_vec(),
        no_page,
    ] {
        let sentence = read(&bytes).unwrap_err().to_string();
        assert!(sentence.contains("photo"), "{sentence}");
    }
    assert!(Photo::read(Path::new("/no/such/file")).is_err());
    assert!(Photo::read(Path::new("/dev")).is_err());
    assert!(read(&page).is_ok());
}

#[test]
fn a_page_without_size_or_of_extreme_size_ends_in_time() {
    // Drawn as a sheet of paper, as other readers do.
    let photo = read(&pdf(0, 100)).unwrap();
    assert!(photo.width < photo.height);
    // A strip a million times as wide as it is high has no row of pixels.
    assert!(read(&pdf(2_000_000, 2)).is_err());
}

#[test]
fn a_header_of_a_huge_picture_allocates_nothing() {
    let mut bytes = png(&RgbaImage::from_pixel(4, 4, Rgba([1, 2, 3, 255])));
    bytes[16..24].copy_from_slice(&[0, 1, 0x86, 0xa0, 0, 1, 0x86, 0xa0]);
    assert!(read(&bytes).is_err());
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(24))]
    #[test]
    fn a_damaged_page_gives_a_photo_or_an_error(at in 0usize..500, with: u8) {
        let mut bytes = pdf(200, 100);
        if let Some(byte) = bytes.get_mut(at) {
            *byte = with;
        }
        let _ = read(&bytes);
    }
}
