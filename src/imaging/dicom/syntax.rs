//! Transfer syntaxes: the form of a file's elements and pixels.

use super::super::error::Fault;
use super::elements::Encoding;

const IMPLICIT: &str = "1.2.840.10008.1.2";
const EXPLICIT: &str = "1.2.840.10008.1.2.1";
const EXPLICIT_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";
const DEFLATED: &str = "1.2.840.10008.1.2.1.99";
/// Uncompressed, but in fragments.
const FRAGMENTS: &str = "1.2.840.10008.1.2.1.98";
/// Private syntax of old GE workstations: elements in little endian, pixels in big endian.
const GE_PIXELS_BIG_ENDIAN: &str = "1.2.840.113619.5.2";

/// Byte order of 16-bit pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteOrder {
    LittleEndian,
    BigEndian,
}

/// Compression of the pixels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Compression {
    None,
    /// Run lengths (PS3.5 annex G).
    Rle,
    /// JPEG: baseline, extended or lossless, as the frame itself states.
    Jpeg,
    JpegLs,
    /// JPEG 2000, also high-throughput, as the frame itself states.
    Jpeg2000,
    JpegXl,
    /// An unsupported compression, by its common name.
    Unread(String),
}

/// Form of the elements and the pixels of a file.
#[derive(Debug, Clone)]
pub(super) struct Layout {
    pub uid: String,
    pub byte_order: ByteOrder,
    pub deflated: bool,
    pub compression: Compression,
}

/// The form of the elements of a syntax, and the layout of its pixels; an error if its elements cannot be read.
pub(super) fn layout(uid: &str) -> Result<(Encoding, Layout), Fault> {
    let compression = match uid {
        IMPLICIT | EXPLICIT | EXPLICIT_BIG_ENDIAN | DEFLATED | FRAGMENTS | GE_PIXELS_BIG_ENDIAN => {
            Compression::None
        }
        "1.2.840.10008.1.2.5" => Compression::Rle,
        "1.2.840.10008.1.2.4.50"
        | "1.2.840.10008.1.2.4.51"
        | "1.2.840.10008.1.2.4.57"
        | "1.2.840.10008.1.2.4.70" => Compression::Jpeg,
        "1.2.840.10008.1.2.4.80" | "1.2.840.10008.1.2.4.81" => Compression::JpegLs,
        // Part 2 streams that use only part 1 are read; others are refused when decoded.
        "1.2.840.10008.1.2.4.90"
        | "1.2.840.10008.1.2.4.91"
        | "1.2.840.10008.1.2.4.92"
        | "1.2.840.10008.1.2.4.93"
        | "1.2.840.10008.1.2.4.201"
        | "1.2.840.10008.1.2.4.202"
        | "1.2.840.10008.1.2.4.203" => Compression::Jpeg2000,
        "1.2.840.10008.1.2.4.110" | "1.2.840.10008.1.2.4.111" | "1.2.840.10008.1.2.4.112" => {
            Compression::JpegXl
        }
        other => match name(other) {
            Some(name) => Compression::Unread(name.to_owned()),
            None => {
                return Err(unread(&format!("transfer syntax {other}")));
            }
        },
    };
    let (encoding, byte_order) = match uid {
        IMPLICIT => (Encoding::IMPLICIT, ByteOrder::LittleEndian),
        GE_PIXELS_BIG_ENDIAN => (Encoding::IMPLICIT, ByteOrder::BigEndian),
        EXPLICIT_BIG_ENDIAN => (Encoding::EXPLICIT_BIG_ENDIAN, ByteOrder::BigEndian),
        // All syntaxes with compressed pixels have this form (PS3.5 A.4), and so has an inflated file.
        _ => (Encoding::EXPLICIT, ByteOrder::LittleEndian),
    };
    let layout = Layout {
        uid: uid.to_owned(),
        byte_order,
        deflated: uid == DEFLATED,
        compression,
    };
    Ok((encoding, layout))
}

/// The layout of a file that states none, by the form of its data set.
pub(super) fn of_encoding(encoding: Encoding) -> (Encoding, Layout) {
    let uid = match (encoding.explicit, encoding.big_endian) {
        (_, true) => EXPLICIT_BIG_ENDIAN,
        (true, false) => EXPLICIT,
        (false, false) => IMPLICIT,
    };
    let layout = Layout {
        uid: uid.to_owned(),
        byte_order: byte_order(encoding),
        deflated: false,
        compression: Compression::None,
    };
    (encoding, layout)
}

/// The byte order of pixels that follow that of the elements.
pub(super) fn byte_order(encoding: Encoding) -> ByteOrder {
    match encoding.big_endian {
        true => ByteOrder::BigEndian,
        false => ByteOrder::LittleEndian,
    }
}

/// The error for an unsupported compression.
pub(super) fn unread(compression: &str) -> Fault {
    Fault::Unsupported {
        what: format!("DICOM with {compression} pixels"),
        advice: "export it uncompressed",
    }
}

/// The common name of an unsupported compressed syntax (PS3.6, table A-1).
fn name(uid: &str) -> Option<&'static str> {
    match uid {
        uid if uid.starts_with("1.2.840.10008.1.2.4.10") => Some("video"),
        // Retired: progressive, hierarchical and other JPEG processes.
        uid if uid.starts_with("1.2.840.10008.1.2.4.5") => Some("unsupported JPEG"),
        uid if uid.starts_with("1.2.840.10008.1.2.4.6") => Some("unsupported JPEG"),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unsupported_syntax_is_named() {
        let name = |uid| match layout(uid).unwrap().1.compression {
            Compression::Unread(name) => name,
            other => panic!("{other:?}"),
        };
        assert_eq!(name("1.2.840.10008.1.2.4.102"), "video");
        assert_eq!(name("1.2.840.10008.1.2.4.55"), "unsupported JPEG");
        let Err(Fault::Unsupported { what, .. }) = layout("1.2.3") else {
            panic!("1.2.3 is read");
        };
        assert_eq!(what, "DICOM with transfer syntax 1.2.3 pixels");
    }
}
