//! Files that contain scans in an unsupported format; each is named with a remedy.

use std::io::Read;

use flate2::bufread::GzDecoder;

use super::error::Fault;
use super::{archive, dicom};

/// Keys that a MetaImage header may begin with (itk.org/Wiki/MetaIO/Documentation).
const META_IMAGE_KEYS: [&[u8]; 4] = [b"ObjectType", b"ObjectSubType", b"NDims", b"Comment"];

/// Number of bytes of a gzipped file that are inflated to detect its content.
const PEEKED: u64 = 4 << 10;

/// The error for a format by its first bytes, with the remedy; `None` for an unknown format.
pub(super) fn named(bytes: &[u8]) -> Option<Fault> {
    let (what, advice) = if bytes.starts_with(b"NRRD000") {
        (
            "an NRRD volume",
            "convert it to NIfTI (.nii.gz), for example with 3D Slicer",
        )
    } else if is_meta_image(bytes) {
        (
            "a MetaImage volume",
            "convert it to NIfTI (.nii.gz), for example with 3D Slicer",
        )
    } else if archive::begins(bytes) {
        ("a zip archive as a single picture", "open it as a series")
    } else {
        return None;
    };
    Some(Fault::Unsupported {
        what: what.to_owned(),
        advice,
    })
}

/// True if the first line is `Key = value` with a key of a MetaImage header.
fn is_meta_image(bytes: &[u8]) -> bool {
    META_IMAGE_KEYS.iter().any(|key| {
        let after = bytes.strip_prefix(*key);
        after.is_some_and(|after| after.trim_ascii_start().starts_with(b"="))
    })
}

/// True if a gzipped file holds a DICOM file.
pub(super) fn is_gzipped_dicom(bytes: &[u8]) -> bool {
    if !bytes.starts_with(b"\x1f\x8b\x08") {
        return false;
    }
    let mut inflated = Vec::new();
    // The bytes that are inflated before the end of a partial file are enough.
    let _ = GzDecoder::new(bytes)
        .take(PEEKED)
        .read_to_end(&mut inflated);
    dicom::is_dicom(&inflated)
}
