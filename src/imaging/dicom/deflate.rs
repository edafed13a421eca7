//! The deflated transfer syntax: all elements after the file meta information are one deflate stream (PS3.5
//! A.5).

use std::io::{ErrorKind, Read};

use flate2::bufread::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::super::MOST_ALLOCATED;
use super::super::error::Fault;

/// Maximum inflated size of a deflated file, in bytes.
const MOST_INFLATED: u64 = MOST_ALLOCATED / 2;

/// The inflated bytes, and true if the stream is complete. Bytes behind the stream are ignored.
///
/// Some writers put the stream into a zlib or gzip envelope.
pub(super) fn inflate(deflated: &[u8]) -> Result<(Vec<u8>, bool), Fault> {
    let inflated = match deflated {
        [0x1f, 0x8b, 8, ..] => read(GzDecoder::new(deflated)),
        _ => read(DeflateDecoder::new(deflated)),
    };
    match (inflated, deflated) {
        // The first byte of a zlib envelope states deflate with a window of 32 kB.
        (None, [0x78, ..]) => read(ZlibDecoder::new(deflated)),
        (inflated, _) => inflated,
    }
    .ok_or_else(|| Fault::damaged("its deflated elements cannot be inflated"))?
}

/// `None` if the stream cannot be inflated.
fn read(decoder: impl Read) -> Option<Result<(Vec<u8>, bool), Fault>> {
    let mut inflated = Vec::new();
    let ended = match decoder.take(MOST_INFLATED + 1).read_to_end(&mut inflated) {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => false,
        Err(_) => return None,
    };
    if inflated.len() as u64 > MOST_INFLATED {
        return Some(Err(Fault::TooMuch {
            what: format!("over {} MB once inflated", MOST_INFLATED >> 20),
            limit: format!("files of up to {} MB", MOST_INFLATED >> 20),
        }));
    }
    Some(Ok((inflated, ended)))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    fn deflated(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn a_stream_is_inflated_and_a_missing_end_is_detected() {
        let bytes: Vec<u8> = (0..10_000u32).flat_map(u32::to_le_bytes).collect();
        let small = deflated(&bytes);
        assert_eq!(inflate(&small), Ok((bytes.clone(), true)));
        let (part, ended) = inflate(&small[..small.len() / 2]).unwrap();
        assert!(!ended);
        assert!(!part.is_empty() && bytes.starts_with(&part));
    }

    #[test]
    fn a_stream_may_be_in_an_envelope_and_have_bytes_behind_it() {
        let bytes: Vec<u8> = (0..1000u32).flat_map(u32::to_le_bytes).collect();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(&bytes).unwrap();
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(&bytes).unwrap();
        for stream in [
            deflated(&bytes),
            zlib.finish().unwrap(),
            gzip.finish().unwrap(),
        ] {
            for behind in [&b""[..], b"\0", b"anything"] {
                let stream = [&stream, behind].concat();
                assert_eq!(inflate(&stream), Ok((bytes.clone(), true)));
            }
        }
        assert!(matches!(
            inflate(b"\x78\x01anything"),
            Err(Fault::Damaged(_))
        ));
    }

    #[test]
    fn a_stream_that_inflates_without_end_is_refused() {
        let bomb = deflated(&vec![0; MOST_INFLATED as usize + 10]);
        assert!(bomb.len() < 1 << 20);
        assert!(matches!(inflate(&bomb), Err(Fault::TooMuch { .. })));
    }
}
