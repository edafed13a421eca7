//! Transfer syntaxes: how a file's bytes are laid out.

use dicom_transfer_syntax_registry::{TransferSyntax, entries};

use super::super::error::Fault;

pub(super) const IMPLICIT: &str = "1.2.840.10008.1.2";
pub(super) const EXPLICIT: &str = "1.2.840.10008.1.2.1";
pub(super) const EXPLICIT_BIG_ENDIAN: &str = "1.2.840.10008.1.2.2";

/// Which byte of a 16-bit pixel comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum ByteOrder {
    LittleEndian,
    BigEndian,
}

/// How to read a syntax, or a fault that names it in plain words.
pub(super) fn readable(uid: &str) -> Result<(TransferSyntax, ByteOrder), Fault> {
    match uid {
        IMPLICIT => Ok((
            entries::IMPLICIT_VR_LITTLE_ENDIAN.erased(),
            ByteOrder::LittleEndian,
        )),
        EXPLICIT => Ok((
            entries::EXPLICIT_VR_LITTLE_ENDIAN.erased(),
            ByteOrder::LittleEndian,
        )),
        EXPLICIT_BIG_ENDIAN => Ok((
            entries::EXPLICIT_VR_BIG_ENDIAN.erased(),
            ByteOrder::BigEndian,
        )),
        "" => Err(Fault::damaged("it does not say how its pixels are stored")),
        _ => Err(Fault::Unsupported {
            what: format!("DICOM with {} pixels", compression(uid)),
            advice: "export it uncompressed",
        }),
    }
}

/// The everyday name of a compressed syntax (PS3.6, table A-1).
fn compression(uid: &str) -> String {
    let name = match uid {
        "1.2.840.10008.1.2.1.99" => "deflated",
        "1.2.840.10008.1.2.4.50" | "1.2.840.10008.1.2.4.51" => "JPEG",
        "1.2.840.10008.1.2.4.57" | "1.2.840.10008.1.2.4.70" => "lossless JPEG",
        "1.2.840.10008.1.2.4.80" | "1.2.840.10008.1.2.4.81" => "JPEG-LS",
        "1.2.840.10008.1.2.4.90" | "1.2.840.10008.1.2.4.91" => "JPEG 2000",
        "1.2.840.10008.1.2.4.92" | "1.2.840.10008.1.2.4.93" => "multi-component JPEG 2000",
        "1.2.840.10008.1.2.4.110" | "1.2.840.10008.1.2.4.111" | "1.2.840.10008.1.2.4.112" => {
            "JPEG XL"
        }
        "1.2.840.10008.1.2.4.201" | "1.2.840.10008.1.2.4.202" | "1.2.840.10008.1.2.4.203" => {
            "high-throughput JPEG 2000"
        }
        "1.2.840.10008.1.2.5" => "run-length encoded (RLE)",
        uid if uid.starts_with("1.2.840.10008.1.2.4.10") => "video",
        uid => return format!("unusually stored (transfer syntax {uid})"),
    };
    name.to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_compressed_syntax_is_refused_by_name() {
        let what = |uid| match readable(uid) {
            Err(Fault::Unsupported { what, .. }) => what,
            other => panic!("{:?}", other.err()),
        };
        assert_eq!(
            what("1.2.840.10008.1.2.4.90"),
            "DICOM with JPEG 2000 pixels"
        );
        assert_eq!(
            what("1.2.840.10008.1.2.5"),
            "DICOM with run-length encoded (RLE) pixels"
        );
        assert_eq!(
            what("1.2.3"),
            "DICOM with unusually stored (transfer syntax 1.2.3) pixels"
        );
    }
}
