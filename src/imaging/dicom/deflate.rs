//! The deflated transfer syntax: all elements after the file meta information are one deflate stream (PS3.5
//! A.5).

use std::io::{ErrorKind, Read};

use flate2::bufread::DeflateDecoder;

use super::super::MOST_ALLOCATED;
use super::super::error::Fault;

/// Maximum inflated size of a deflated file, in bytes.
const MOST_INFLATED: u64 = MOST_ALLOCATED / 2;

/// The inflated bytes, and true if the stream is complete.
pub(super) fn inflate(deflated: &[u8]) -> Result<(Vec<u8>, bool), Fault> {
    let mut inflated = Vec::new();
    let mut decoder = DeflateDecoder::new(deflated).take(MOST_INFLATED + 1);
    let ended = match decoder.read_to_end(&mut inflated) {
        Ok(_) => true,
        Err(error) if error.kind() == ErrorKind::UnexpectedEof => false,
        Err(_) => return Err(Fault::damaged("its deflated elements cannot be inflated")),
    };
    if inflated.len() as u64 > MOST_INFLATED {
        return Err(Fault::TooMuch {
            what: format!("over {} MB once inflated", MOST_INFLATED >> 20),
            limit: format!("files of up to {} MB", MOST_INFLATED >> 20),
        });
    }
    Ok((inflated, ended))
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::DeflateEncoder;

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
    fn a_stream_that_inflates_without_end_is_refused() {
        let bomb = deflated(&vec![0; MOST_INFLATED as usize + 10]);
        assert!(bomb.len() < 1 << 20);
        assert!(matches!(inflate(&bomb), Err(Fault::TooMuch { .. })));
    }
}
