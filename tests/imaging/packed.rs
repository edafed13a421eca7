//! Pixels in every compressed transfer syntax.

use dicom_core::VR;
use dicom_dictionary_std::tags;

use crate::fixtures::{
    Ct, Folder, body, boxed, coloured, deflated, grey, high_throughput, hounsfield, packed, rough,
    rough_ct, run_lengths, with_syntax, written,
};

const RLE: &str = "1.2.840.10008.1.2.5";
const JPEG: &str = "1.2.840.10008.1.2.4.50";
const JPEG_EXTENDED: &str = "1.2.840.10008.1.2.4.51";
const JPEG_LOSSLESS: &str = "1.2.840.10008.1.2.4.57";
const JPEG_LS: &str = "1.2.840.10008.1.2.4.80";
const JPEG_LS_NEAR: &str = "1.2.840.10008.1.2.4.81";
const JPEG_2000_LOSSLESS: &str = "1.2.840.10008.1.2.4.90";
const JPEG_2000: &str = "1.2.840.10008.1.2.4.91";
const JPEG_XL_LOSSLESS: &str = "1.2.840.10008.1.2.4.110";
const JPEG_XL_FROM_JPEG: &str = "1.2.840.10008.1.2.4.111";
const JPEG_XL: &str = "1.2.840.10008.1.2.4.112";

/// Largest error of a pixel of a packed file.
fn furthest(bits: u16, signed: bool, syntax: &str, content: &[u8]) -> i32 {
    let (middle, rest) = content.split_at(content.len() / 4 * 2);
    let expected: Vec<i32> = rough(bits)
        .into_iter()
        .map(|value| i32::from(value) - if signed { 1024 } else { 0 })
        .map(|value| value.min(i16::MAX.into()))
        .collect();
    // The encoder of the signed values kept all 16 bits.
    let stated = if signed { 16 } else { bits };
    let mut furthest = 0;
    // In one piece, and in two.
    for fragments in [&[content][..], &[middle, rest]] {
        let scan = Folder::new()
            .load(&packed(rough_ct(stated, signed), syntax, fragments))
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
        (8, false, JPEG_XL_LOSSLESS, content!("8-bits.jxl")),
        (12, false, JPEG_XL_LOSSLESS, content!("12-bits.jxl")),
        (16, false, JPEG_XL_LOSSLESS, content!("16-bits.jxl")),
        (12, false, JPEG_XL, content!("12-bits.jxl")),
    ] {
        assert_eq!(
            furthest(bits, signed, syntax, content),
            0,
            "{bits} {syntax}"
        );
    }
}

#[test]
fn lossy_pixels_have_no_more_error_than_other_decoders() {
    // CharLS, libjpeg, OpenJPEG and libjxl have the same errors, up to one by rounding.
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
    assert!(furthest(12, false, JPEG_2000, content!("lossy.j2k")) <= 13);
    assert!(furthest(12, false, JPEG_XL, content!("lossy.jxl")) <= 44);
    assert!(
        furthest(
            8,
            false,
            JPEG_XL_FROM_JPEG,
            content!("8-bits-from-jpeg.jxl")
        ) <= 3
    );
}

/// The picture with its height behind the first scan, and without it.
fn without_height(picture: &[u8]) -> [Vec<u8>; 2] {
    let frame = |bytes: &[u8]| matches!(bytes, [0xff, 0xc0..=0xc3 | 0xf7, 0, 11, ..]);
    let at = 5 + picture.windows(4).position(frame).unwrap();
    let mut without = picture.to_vec();
    let lines = [b"\xff\xdc\0\x04", &without[at..at + 2]].concat();
    without[at..at + 2].fill(0);
    let end = without.windows(2).rposition(|bytes| bytes == [0xff, 0xd9]);
    let mut behind = without.clone();
    behind.splice(end.unwrap()..end.unwrap(), lines);
    [behind, without]
}

#[test]
fn a_height_behind_the_picture_is_read() {
    for (bits, syntax, content) in [
        (16, JPEG_LOSSLESS, content!("predictor-1.jpg")),
        (12, JPEG_EXTENDED, content!("12-bits.jpg")),
        (8, JPEG, content!("8-bits.jpg")),
        (12, JPEG_LS, content!("12-bits.jls")),
    ] {
        let folder = Folder::new();
        let file = |content: &[u8]| packed(rough_ct(bits, false), syntax, &[content]);
        let [behind, without] = without_height(content);
        let expected = folder.load(&file(content)).unwrap().pixels;
        assert_eq!(
            folder.load(&file(&behind)).unwrap().pixels,
            expected,
            "{syntax}"
        );
        assert_eq!(
            folder.sentence(&file(&without)),
            "…/file is damaged: the picture does not state its height; copy or export it again"
        );
    }
    let folder = Folder::new();
    let [behind, without] = without_height(content!("8-bits.jpg"));
    let scan = folder.load(&behind).unwrap();
    assert_eq!((scan.width, scan.height), (24, 20));
    assert!(
        folder
            .sentence(&without)
            .contains("does not state its height")
    );
}

#[test]
fn zeros_before_a_packed_picture_are_passed_over() {
    for (syntax, content) in [
        (JPEG_LOSSLESS, content!("predictor-1.jpg")),
        (JPEG_LS, content!("16-bits.jls")),
        (JPEG_2000_LOSSLESS, content!("16-bits.j2k")),
    ] {
        for zeros in [1, 2, 16] {
            let padded = [&vec![0; zeros], content].concat();
            let scan = Folder::new().load(&packed(rough_ct(16, false), syntax, &[&padded]));
            let expected = Folder::new().load(&packed(rough_ct(16, false), syntax, &[content]));
            assert_eq!(scan.unwrap().pixels, expected.unwrap().pixels, "{syntax}");
        }
    }
}

#[test]
fn a_deflated_file_is_read() {
    let scan = Folder::new().load(&deflated(Ct::default())).unwrap();
    assert_eq!(hounsfield(&scan), [-1024, -1000, 0, 40, 1000, 3071]);
}

#[test]
fn a_coloured_jpeg_becomes_grey() {
    let red = image::ImageBuffer::from_pixel(24, 20, image::Rgb([200u8, 0, 0]));
    let content = crate::fixtures::encode(red, image::ImageFormat::Jpeg);
    let ct = coloured("YBR_FULL_422");
    let scan = Folder::new().load(&packed(ct, JPEG, &[&content])).unwrap();
    assert!(grey(&scan).iter().all(|level| level.abs_diff(60) < 4));
    assert!(scan.colourfulness > 190.0);
}

/// The values 60, 94 and 233 are red as brightness and differences, and blue as red, green and blue.
#[test]
fn colours_of_a_jpeg_without_a_marker_are_those_that_the_file_states() {
    let red = image::ImageBuffer::from_pixel(24, 20, image::Rgb([200u8, 0, 0]));
    let with_marker = crate::fixtures::encode(red, image::ImageFormat::Jpeg);
    let (start, rest) = with_marker.split_at(2);
    assert_eq!(rest[..4], *b"\xff\xe0\0\x10");
    let without = [start, &rest[18..]].concat();
    for (content, photometric, expected) in [
        (&without, "RGB", 100),
        (&without, "YBR_FULL_422", 60),
        (&without, "YBR_FULL", 60),
        (&with_marker, "RGB", 60),
    ] {
        let file = packed(coloured(photometric), JPEG, &[content]);
        let scan = Folder::new().load(&file).unwrap();
        let level = grey(&scan)[0];
        assert!(level.abs_diff(expected) < 4, "{photometric}: {level}");
    }
}

/// Red is [`rough`], green its negative, blue half of it.
#[test]
fn colours_of_lossless_jpeg_and_jpeg_ls_become_grey() {
    let luma = |red: u16| {
        let [red, green, blue] = [red, 255 - red, red / 2].map(f64::from);
        0.299 * red + 0.587 * green + 0.114 * blue
    };
    let expected: Vec<f64> = rough(8).into_iter().map(luma).collect();
    for (syntax, content, most) in [
        (JPEG_LOSSLESS, content!("colours.jpg"), 0.51),
        (JPEG_LS, content!("colours-planes.jls"), 0.51),
        (JPEG_LS, content!("colours-lines.jls"), 0.51),
        (JPEG_LS, content!("colours-pixels.jls"), 0.51),
        (JPEG_LS_NEAR, content!("colours-pixels-near-2.jls"), 2.51),
    ] {
        let file = packed(coloured("RGB"), syntax, &[content]);
        let scan = Folder::new().load(&file).unwrap();
        let levels = grey(&scan).iter().map(|&level| f64::from(level));
        let off = levels
            .zip(&expected)
            .map(|(level, expected)| (level - expected).abs());
        let furthest = off.fold(0.0, f64::max);
        assert!(furthest <= most, "{syntax}: {furthest}");
        for length in (2..content.len() - 8).step_by(2) {
            let cut = packed(coloured("RGB"), syntax, &[&content[..length]]);
            let sentence = Folder::new().sentence(&cut);
            assert!(sentence.contains("cut short"), "{length}: {sentence}");
        }
    }
    // The same values as brightness and differences: a grey ramp with the colour that the differences state.
    let file = packed(
        coloured("YBR_FULL"),
        JPEG_LOSSLESS,
        &[content!("colours.jpg")],
    );
    let scan = Folder::new().load(&file).unwrap();
    let [brightness, blue, red] = [1000 >> 4, 255 - (1000 >> 4), 1000 >> 5].map(f64::from);
    let (blue, red) = (blue - 128.0, red - 128.0);
    let green = brightness - 0.344_136 * blue - 0.714_136 * red;
    let colours = [brightness + 1.402 * red, green, brightness + 1.772 * blue];
    let [red, green, blue] = colours.map(|level: f64| level.clamp(0.0, 255.0));
    let level = 0.299 * red + 0.587 * green + 0.114 * blue;
    assert!((f64::from(grey(&scan)[0]) - level).abs() < 1.5, "{level}");
}

#[test]
fn a_coloured_jpeg_xl_becomes_grey() {
    for photometric in ["RGB", "YBR_FULL", "XYB"] {
        let file = packed(
            coloured(photometric),
            JPEG_XL_LOSSLESS,
            &[content!("colours.jxl")],
        );
        let scan = Folder::new().load(&file).unwrap();
        let (levels, last) = (grey(&scan), 24 * 20 - 1);
        let luma = |[red, green, blue]: [f32; 3]| 0.299 * red + 0.587 * green + 0.114 * blue;
        let expected = [luma([0.0; 3]), luma([207.0, 209.0, 168.0])];
        for (place, expected) in [0, last].into_iter().zip(expected) {
            assert!((f32::from(levels[place]) - expected).abs() <= 0.5);
        }
    }
}

/// Another compression than the transfer syntax names; uncompressed, or not in fragments.
#[test]
fn the_compression_is_detected_from_the_pixels() {
    for (syntax, content) in [
        (JPEG_LOSSLESS, content!("12-bits.jls")),
        (JPEG_2000, content!("predictor-2.jpg")),
        (JPEG_LS, content!("predictor-2.jpg")),
        ("1.2.840.10008.1.2.1", content!("predictor-2.jpg")),
        ("1.2.840.10008.1.2.1", content!("12-bits.jls")),
        ("1.2.840.10008.1.2", content!("12-bits.jls")),
        (JPEG_XL, content!("predictor-2.jpg")),
        ("1.2.840.10008.1.2.5", content!("12-bits.jls")),
    ] {
        assert_eq!(furthest(12, false, syntax, content), 0, "{syntax}");
    }
    // With boxes around it; a bare stream begins like other pixels.
    let boxed = content!("16-bits.jxl");
    assert_eq!(furthest(16, false, JPEG_LOSSLESS, boxed), 0);
    let raw = rough_ct(12, false).file("1.2.840.10008.1.2.1");
    let raw = with_syntax(JPEG_LOSSLESS, body(&raw));
    let folder = Folder::new();
    let expected: Vec<i16> = rough(12).into_iter().map(|value| value as i16).collect();
    assert_eq!(hounsfield(&folder.load(&raw).unwrap()), expected);
    // One picture in bytes of a stated length.
    let mut object = rough_ct(12, false).object();
    let mut stream = content!("predictor-2.jpg").to_vec();
    stream.resize(stream.len().next_multiple_of(2), 0);
    object.put(dicom_core::DataElement::new(
        tags::PIXEL_DATA,
        VR::OB,
        dicom_core::PrimitiveValue::from(stream),
    ));
    let plain = written(object, "1.2.840.10008.1.2.1");
    let scan = folder.load(&with_syntax(JPEG_LOSSLESS, body(&plain)));
    assert_eq!(hounsfield(&scan.unwrap()), expected);
    // Neither packed nor of the right length.
    let mut short = rough_ct(12, false);
    short.stored.truncate(100);
    let short = short.file("1.2.840.10008.1.2.1");
    let short = folder.sentence(&with_syntax(JPEG_LOSSLESS, body(&short)));
    insta::assert_snapshot!(short, @"…/file is damaged: its pixels are not in fragments, but it declares fragments; copy or export it again");
}

#[test]
fn fragments_of_uncompressed_pixels_are_read() {
    let bytes: Vec<u8> = (rough(12).into_iter().flat_map(u16::to_le_bytes)).collect();
    for syntax in ["1.2.840.10008.1.2.1.98", "1.2.840.10008.1.2.1"] {
        assert_eq!(furthest(12, false, syntax, &bytes), 0, "{syntax}");
    }
}

#[test]
fn an_unsupported_compression_is_named_and_not_called_cut_short() {
    let folder = Folder::new();
    let of = |tag, vr, value: &str| {
        let value = dicom_core::PrimitiveValue::from(value);
        dicom_core::DataElement::new(tag, vr, value)
    };
    let mut video = rough_ct(8, false);
    video.more.push(of(tags::NUMBER_OF_FRAMES, VR::IS, "3"));
    let path = folder.0.path().join("file");
    std::fs::write(&path, packed(video, "1.2.840.10008.1.2.4.102", &[b"moov"])).unwrap();
    let video = lunny::imaging::FrameFile::open(&path).unwrap();
    let video = video.decode(0).unwrap_err().to_string();
    let video = video.replace(&folder.0.path().display().to_string(), "…");
    insta::assert_snapshot!(video, @"…/file: DICOM with video pixels is not supported; export it uncompressed");
}

#[test]
fn a_missing_delimiter_of_the_fragments_is_tolerated() {
    let whole = packed(
        rough_ct(12, false),
        JPEG_LOSSLESS,
        &[content!("predictor-2.jpg")],
    );
    let folder = Folder::new();
    let expected = folder.load(&whole).unwrap().pixels;
    let without = &whole[..whole.len() - 8];
    for after in [&b""[..], b"\xfe\xff\xdd\xe0", &[0; 40]] {
        let scan = folder.load(&[without, after].concat()).unwrap();
        assert_eq!(scan.pixels, expected);
    }
}

#[test]
fn fragments_within_a_stated_length_are_read() {
    let whole = packed(
        rough_ct(12, false),
        JPEG_LOSSLESS,
        &[content!("predictor-2.jpg")],
    );
    let folder = Folder::new();
    let expected = folder.load(&whole).unwrap().pixels;
    let at = whole
        .windows(6)
        .position(|bytes| bytes == b"\xe0\x7f\x10\0OB");
    let at = at.unwrap() + 8;
    let mut stated = whole.clone();
    let length = (whole.len() - at - 4) as u32;
    stated[at..at + 4].copy_from_slice(&length.to_le_bytes());
    assert_eq!(folder.load(&stated).unwrap().pixels, expected);
}

#[test]
fn jpeg_2000_is_read_with_boxes_and_under_the_syntaxes_of_part_2() {
    let stream = content!("16-bits.j2k");
    for syntax in [JPEG_2000_LOSSLESS, JPEG_2000] {
        assert_eq!(furthest(16, false, syntax, &boxed(stream)), 0);
    }
    for syntax in ["1.2.840.10008.1.2.4.92", "1.2.840.10008.1.2.4.93"] {
        assert_eq!(furthest(16, false, syntax, stream), 0, "{syntax}");
    }
}

#[test]
fn high_throughput_jpeg_2000_is_read() {
    let stream = high_throughput(12);
    for syntax in ["201", "202", "203"] {
        let syntax = format!("1.2.840.10008.1.2.4.{syntax}");
        assert_eq!(furthest(12, false, &syntax, &stream), 0, "{syntax}");
    }
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
        sentence(|_| {}, JPEG_LOSSLESS, &[b"nothing"]),
        sentence(|_| {}, JPEG_XL, &[b"JXL"]),
        sentence(|ct| ct.columns = 25, JPEG_XL, &[content!("12-bits.jxl")]),
        sentence(|_| {}, JPEG_XL, &[content!("colours.jxl")]),
        sentence(
            |ct| ct.bits = [8, 8, 7],
            JPEG_XL,
            &[content!("12-bits.jxl")],
        ),
        sentence(|_| {}, JPEG_XL, &[&content!("12-bits.jxl")[..200]]),
        sentence(|_| {}, "1.2.840.10008.1.2.1", &[b"nothing"]),
    ];
    insta::assert_snapshot!(sentences.join("\n"), @r"
    …/file is damaged: its packed pixels are 24 × 20 and not 24 × 60000; copy or export it again
    …/file is damaged: its packed pixels are 24 × 20 and not 25 × 20; copy or export it again
    …/file is damaged: its packed pixels are 24 × 20 and not 25 × 20; copy or export it again
    …/file is cut short: its end is missing; copy or export it again
    …/file is damaged: its packed pixels have another number of bits than stated; copy or export it again
    …/file is cut short: its end is missing; copy or export it again
    …/file is cut short: its end is missing; copy or export it again
    …/file is damaged: its packed pixels have no valid start; copy or export it again
    …/file is damaged: its JPEG XL pixels: Invalid signature; copy or export it again
    …/file is damaged: its packed pixels are 24 × 20 and not 25 × 20; copy or export it again
    …/file is damaged: its packed pixels have another number of colours than stated; copy or export it again
    …/file is damaged: its packed pixels have another number of bits than stated; copy or export it again
    …/file is cut short: its end is missing; copy or export it again
    …/file is damaged: its pixels are in fragments, but it declares none; copy or export it again
    ");
}
