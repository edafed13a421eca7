//! Files in an unsupported format; each is named with a remedy.

use std::io::Read;

use flate2::bufread::GzDecoder;

use super::error::Fault;
use super::{archive, dicom, raster};

/// Keys that a MetaImage header may begin with (itk.org/Wiki/MetaIO/Documentation).
const META_IMAGE_KEYS: [&[u8]; 6] = [
    b"ObjectType",
    b"ObjectSubType",
    b"NDims",
    b"Comment",
    b"ID",
    b"Name",
];

/// Number of bytes of a gzipped file that are inflated to detect its content.
const PEEKED: u64 = 4 << 10;

const UNPACK: &str = "unpack it and open the file or the folder";
const TO_NIFTI: &str = "convert it to NIfTI (.nii.gz), for example with 3D Slicer";
const TO_PNG: &str = "save it as PNG";

/// Position of the first bytes, those bytes, name and remedy of each format.
const SIGNATURES: [(usize, &[u8], &str, &str); 24] = [
    (0, b"NRRD000", "an NRRD volume", TO_NIFTI),
    (257, b"ustar", "a tar archive", UNPACK),
    (0, b"BZh", "a file packed with bzip2", UNPACK),
    (0, b"\xfd7zXZ\0", "a file packed with xz", UNPACK),
    (0, b"\x28\xb5\x2f\xfd", "a file packed with zstd", UNPACK),
    (0, b"7z\xbc\xaf\x27\x1c", "a 7z archive", UNPACK),
    (0, b"Rar!\x1a\x07", "a RAR archive", UNPACK),
    (0, b"\x1f\x9d", "a file packed with compress", UNPACK),
    (0, raster::JPEG_LS, "a JPEG-LS picture", TO_PNG),
    (
        0,
        b"\0\0\0\x0cjP  \r\n\x87\n",
        "a JPEG 2000 picture",
        TO_PNG,
    ),
    (0, b"\xff\x4f\xff\x51", "a JPEG 2000 picture", TO_PNG),
    (0, b"\0\0\0\x0cJXL \r\n\x87\n", "a JPEG XL picture", TO_PNG),
    (0, b"GIF8", "a GIF picture", TO_PNG),
    (8, b"WEBP", "a WebP picture", TO_PNG),
    (4, b"ftypheic", "an HEIF picture", TO_PNG),
    (4, b"ftypmif1", "an HEIF picture", TO_PNG),
    (4, b"ftypavif", "an AVIF picture", TO_PNG),
    (4, b"ftyp", "a video", "save one picture of it as PNG"),
    (8, b"AVI ", "a video", "save one picture of it as PNG"),
    (
        0,
        b"%PDF-",
        "a PDF file",
        "choose the scan that it was made of",
    ),
    (0, b"\x93NUMPY", "a NumPy array", TO_NIFTI),
    (0, b"\x89HDF\r\n\x1a\n", "an HDF5 or MINC file", TO_NIFTI),
    (0, b"CDF\x01", "a MINC or NetCDF file", TO_NIFTI),
    (0, b"MATLAB 5.0 MAT-file", "a MATLAB file", TO_NIFTI),
];

/// The error for a format by its first bytes, with the remedy; `None` for an unknown format.
pub(super) fn named(bytes: &[u8]) -> Option<Fault> {
    if bytes.starts_with(b"PK\x05\x06") {
        return Some(Fault::NoPicture("an empty zip archive".to_owned()));
    }
    let (what, advice) = signed(bytes)
        .or_else(|| gzipped(bytes))
        .or_else(|| is_meta_image(bytes).then_some(("a MetaImage volume", TO_NIFTI)))
        .or_else(|| is_analyze(bytes).then_some(("an Analyze 7.5 volume", TO_NIFTI)))
        .or_else(|| {
            let zip = archive::begins(bytes);
            zip.then_some(("a zip archive as a single picture", "open it as a series"))
        })?;
    Some(Fault::Unsupported {
        what: what.to_owned(),
        advice,
    })
}

fn signed(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let begins = |(at, signature, ..): &&(usize, &[u8], _, _)| {
        let rest = bytes.get(*at..);
        rest.is_some_and(|rest| rest.starts_with(signature))
    };
    let (_, _, what, advice) = SIGNATURES.iter().find(begins)?;
    Some((what, advice))
}

/// The format of what a gzipped file holds.
fn gzipped(bytes: &[u8]) -> Option<(&'static str, &'static str)> {
    let inflated = beginning(bytes)?;
    match beginning(&inflated) {
        Some(_) => Some(("a file that is gzipped twice", "unpack it once")),
        None => signed(&inflated),
    }
}

/// True if the first line is `Key = value` with a key of a MetaImage header.
fn is_meta_image(bytes: &[u8]) -> bool {
    META_IMAGE_KEYS.iter().any(|key| {
        let after = bytes.strip_prefix(*key);
        after.is_some_and(|after| after.trim_ascii_start().starts_with(b"="))
    })
}

/// True if the bytes begin like the header of Analyze 7.5, from which NIfTI comes: its size, and `r` for regular.
fn is_analyze(bytes: &[u8]) -> bool {
    let size = [348u32.to_le_bytes(), 348u32.to_be_bytes()];
    size.iter().any(|size| bytes.starts_with(size)) && bytes.get(38) == Some(&b'r')
}

/// The first bytes of what a gzipped file holds; `None` if it is not gzipped.
fn beginning(bytes: &[u8]) -> Option<Vec<u8>> {
    if !bytes.starts_with(b"\x1f\x8b\x08") {
        return None;
    }
    let mut inflated = Vec::new();
    // The bytes that are inflated before the end of a partial file are enough.
    let _ = GzDecoder::new(bytes)
        .take(PEEKED)
        .read_to_end(&mut inflated);
    Some(inflated)
}

/// True if a gzipped file holds a DICOM file.
pub(super) fn is_gzipped_dicom(bytes: &[u8]) -> bool {
    beginning(bytes).is_some_and(|inflated| dicom::is_dicom(&inflated))
}
