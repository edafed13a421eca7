//! Pixels in every transfer syntax that packs them.

use dicom_core::VR;
use dicom_dictionary_std::tags;

use crate::fixtures::{
    Ct, Folder, deflated, grey, hounsfield, packed, rough, rough_ct, run_lengths,
};

const RLE: &str = "1.2.840.10008.1.2.5";
const JPEG: &str = "1.2.840.10008.1.2.4.50";
const JPEG_EXTENDED: &str = "1.2.840.10008.1.2.4.51";
const JPEG_LOSSLESS: &str = "1.2.840.10008.1.2.4.57";
const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
const JPEG_LS_NEAR: &str = "1.2.840.10008.1.2.4.81";
const JPEG_2000_LOSSLESS: &str = "1.2.840.10008.1.2.4.90";
const JPEG_2000: &str = "1.2.840.10008.1.2.4.91";

/// How far the furthest pixel of a packed file is off.
fn furthest(bits: u16, signed: bool, syntax: &str, content: &[u8]) -> i32 {
    let (middle, rest) = content.split_at(content.len() / 4 * 2);
    let expected: Vec<i32> = rough(bits)
        .into_iter()
        .map(|value| i32::from(value) - if signed { 1024 } else { 0 })
        .map(|value| value.min(i16::MAX.into()))
        .collect();
    let mut furthest = 0;
    // Whole, and in two pieces.
    for fragments in [&[content][..], &[middle, rest]] {
        let scan = Folder::new()
            .load(&packed(rough_ct(bits, signed), syntax, fragments))
            .unwrap();
        let pairs = hounsfield(&scan).iter().zip(&expected);
        let off = pairs.map(|(&found, &expected)| (i32::from(found) - expected).abs());
        furthest = furthest.max(off.max().unwrap());
    }
    furthest
}

macro_rules! content {
    ($name:literal) => {
        include_bytes!(concat!("packed/", $name)).as_slice()
    };
}

#[test]
fn lossless_pixels_are_read_exactly() {
    for (bits, signed, syntax, content) in [
        (12, false, RLE, run_lengths(&rough(12)).as_slice()),
        (12, false, JPEG_LS, content!("12-bits.jls")),
        (16, false, JPEG_LS, content!("16-bits.jls")),
        (16, false, JPEG_LOSSLESS, content!("predictor-1.jpg")),
        (12, false, JPEG_LOSSLESS, content!("predictor-2.jpg")),
        (16, false, JPEG_LOSSLESS, content!("predictor-3.jpg")),
        (12, false, JPEG_LOSSLESS, content!("predictor-4.jpg")),
        (16, false, JPEG_LOSSLESS, content!("predictor-5.jpg")),
        (12, false, JPEG_LOSSLESS, content!("predictor-6.jpg")),
        (16, false, JPEG_LOSSLESS, content!("predictor-7.jpg")),
        (16, false, JPEG_2000_LOSSLESS, content!("16-bits.j2k")),
        (12, true, JPEG_2000_LOSSLESS, content!("signed.j2k")),
    ] {
        assert_eq!(
            furthest(bits, signed, syntax, content),
            0,
            "{bits} {syntax}"
        );
    }
}

#[test]
fn lossy_pixels_are_off_by_no_more_than_was_lost() {
    // The encoder's own decoder is off by 3, 1, 3 and 16.
    assert_eq!(
        furthest(12, false, JPEG_LS_NEAR, content!("12-bits-near-3.jls")),
        3
    );
    assert_eq!(
        furthest(8, false, JPEG_LS_NEAR, content!("8-bits-near-1.jls")),
        1
    );
    assert!(furthest(12, false, JPEG_EXTENDED, content!("12-bits.jpg")) <= 4);
    assert!(furthest(8, false, JPEG, content!("8-bits.jpg")) <= 12);
    assert!(furthest(12, false, JPEG_2000, content!("lossy.j2k")) <= LOSSY);
}

/// What OpenJPEG's decoder is off by, and one more.
const LOSSY: i32 = 20;

#[test]
fn a_deflated_file_is_read() {
    let scan = Folder::new().load(&deflated(Ct::default())).unwrap();
    assert_eq!(hounsfield(&scan), [-1024, -1000, 0, 40, 1000, 3071]);
}

#[test]
fn a_coloured_jpeg_becomes_grey() {
    let red = image::ImageBuffer::from_pixel(24, 20, image::Rgb([200u8, 0, 0]));
    let content = crate::fixtures::encode(red, image::ImageFormat::Jpeg);
    let mut ct = Ct::with(tags::PHOTOMETRIC_INTERPRETATION, VR::CS, "YBR_FULL_422");
    ct.more.push(dicom_core::DataElement::new(
        tags::SAMPLES_PER_PIXEL,
        VR::US,
        dicom_core::PrimitiveValue::from(3u16),
    ));
    (ct.rows, ct.columns, ct.bits) = (20, 24, [8, 8, 7]);
    let scan = Folder::new().load(&packed(ct, JPEG, &[&content])).unwrap();
    assert!(grey(&scan).iter().all(|level| level.abs_diff(60) < 4));
    assert!(scan.colourfulness > 190.0);
}

#[test]
fn packed_pixels_that_contradict_the_file_are_refused() {
    let folder = Folder::new();
    let sentence = |change: fn(&mut Ct), syntax, fragments: &[&[u8]]| {
        let mut ct = rough_ct(12, false);
        change(&mut ct);
        folder.sentence(&packed(ct, syntax, fragments))
    };
    let lossless = content!("predictor-2.jpg");
    let sentences = [
        sentence(|ct| ct.rows = 60_000, JPEG_LS, &[content!("12-bits.jls")]),
        sentence(|ct| ct.columns = 25, JPEG_LOSSLESS, &[lossless]),
        sentence(|ct| ct.columns = 25, JPEG_2000, &[content!("lossy.j2k")]),
        sentence(|ct| ct.rows = 8000, RLE, &[&run_lengths(&rough(12))]),
        sentence(
            |ct| ct.bits = [8, 8, 7],
            JPEG_LS,
            &[content!("12-bits.jls")],
        ),
        sentence(|_| {}, JPEG_LOSSLESS, &[]),
        sentence(|_| {}, JPEG_LOSSLESS, &[&lossless[..lossless.len() / 2]]),
        sentence(|_| {}, JPEG_LOSSLESS, &[content!("12-bits.jls")]),
        sentence(|_| {}, "1.2.840.10008.1.2.4.110", &[b"JXL"]),
        sentence(|_| {}, "1.2.840.10008.1.2.1", &[lossless]),
    ];
    insta::assert_snapshot!(sentences.join("\n"), @"");
}
