//! Joins the parts of each tile into one (ITU-T T.800 A.4.2).
//!
//! The decoder of high-throughput streams expects the tiles in order, each in one part, and trusts the length
//! of a part. Encoders split a tile by resolution, so that a small picture can be shown first. This module
//! joins the parts and checks each length against the available bytes.

use std::collections::BTreeMap;

use super::super::super::error::Fault;
use super::part_15::{MainHeader, NOT_NEEDED, main_header, malformed, segment, unusual};

const TILE_PART: u8 = 0x90;
const CODED: u8 = 0x93;
const END: u8 = 0xd9;

/// Number of bytes of the header of a part: its marker segment, and the start-of-data marker.
const PART_HEADER: usize = 14;

/// The stream with one part for each tile, in order.
pub(super) fn joined(stream: &[u8]) -> Result<Vec<u8>, Fault> {
    let MainHeader {
        bytes: mut joined,
        tiles,
        mut rest,
        ..
    } = main_header(stream)?;
    let mut coded: BTreeMap<u16, Vec<u8>> = BTreeMap::new();
    loop {
        match *rest {
            [0xff, END, ..] => break,
            [0xff, TILE_PART, ..] => {
                let (tile, content, after) = part(rest)?;
                coded.entry(tile).or_default().extend(content);
                rest = after;
            }
            [] | [_] => return Err(Fault::CutShort),
            _ => return Err(malformed()),
        }
    }
    let expected = (0..tiles).map(|tile| u16::try_from(tile).ok());
    if !expected.eq(coded.keys().map(|&tile| Some(tile))) {
        return Err(Fault::damaged("its packed pixels lack a tile"));
    }
    for (tile, content) in coded {
        let length = u32::try_from(PART_HEADER + content.len()).map_err(|_| malformed())?;
        joined.extend([0xff, TILE_PART, 0, 10]);
        joined.extend(tile.to_be_bytes());
        joined.extend(length.to_be_bytes());
        // The first part, of one.
        joined.extend([0, 1, 0xff, CODED]);
        joined.extend(content);
    }
    joined.extend([0xff, END]);
    Ok(joined)
}

/// The part at the start of `bytes`: its tile, its coded data, and the rest.
fn part(bytes: &[u8]) -> Result<(u16, &[u8], &[u8]), Fault> {
    let (_, header, mut rest) = segment(bytes)?;
    let &[_, _, _, _, high, low, a, b, c, d, _, _] = header else {
        return Err(malformed());
    };
    let tile = u16::from_be_bytes([high, low]);
    let after = match u32::from_be_bytes([a, b, c, d]) as usize {
        // To the end of the stream.
        0 => match bytes.strip_suffix(&[0xff, END]) {
            Some(before) => bytes.get(before.len()..).unwrap_or_default(),
            None => return Err(Fault::CutShort),
        },
        length => bytes.get(length..).ok_or(Fault::CutShort)?,
    };
    loop {
        if let [0xff, CODED, content @ ..] = rest {
            let length = content
                .len()
                .checked_sub(after.len())
                .ok_or_else(malformed)?;
            return Ok((tile, content.get(..length).unwrap_or_default(), after));
        }
        let (marker, _, following) = segment(rest)?;
        if !NOT_NEEDED.contains(&marker) {
            return Err(unusual("tiles with their own coding"));
        }
        rest = following;
    }
}

#[cfg(test)]
mod tests {
    use super::super::part_15::tests::{USUAL, header};
    use super::*;

    /// A main header for two tiles, or for one.
    fn main(tiles: u32) -> Vec<u8> {
        header([64 * tiles, 64], [64, 64], USUAL)
    }

    fn tile_part(tile: u8, more: &[u8], content: &[u8]) -> Vec<u8> {
        let length = (PART_HEADER + more.len() + content.len()) as u32;
        let header = [
            b"\xff\x90\0\x0a\0".as_slice(),
            &[tile],
            &length.to_be_bytes(),
            b"\0\x01",
        ];
        [&header.concat(), more, b"\xff\x93", content].concat()
    }

    #[test]
    fn parts_are_joined_tile_by_tile_without_lengths() {
        let lengths = b"\xff\x58\0\x03x";
        let (one, two) = (main(1), main(2));
        let end: &[u8] = b"\xff\xd9";
        let stream = [
            &two[..],
            &tile_part(1, b"", b"BB"),
            &tile_part(0, lengths, b"A"),
            &tile_part(0, b"\xff\x64\0\x02", b"AA"),
            end,
        ];
        let expected = [
            &two[..],
            &tile_part(0, b"", b"AAA"),
            &tile_part(1, b"", b"BB"),
            end,
        ];
        assert_eq!(joined(&stream.concat()), Ok(expected.concat()));
        // A part without a length extends to the end.
        let whole = [&one[..], &tile_part(0, b"", b"A"), end].concat();
        let mut open = whole.clone();
        open[one.len() + 6..one.len() + 10].fill(0);
        assert_eq!(joined(&open), Ok(whole));
    }

    #[test]
    fn missing_parts_are_refused() {
        let one = main(1);
        let whole = [&one[..], &tile_part(0, b"", b"AAA"), b"\xff\xd9"].concat();
        for length in one.len()..whole.len() {
            let cut = joined(&whole[..length]);
            assert_eq!(cut, Err(Fault::CutShort), "{length}");
        }
        let lacking = [&main(2)[..], &tile_part(0, b"", b"AAA"), b"\xff\xd9"].concat();
        assert!(matches!(joined(&lacking), Err(Fault::Damaged(_))));
        let mut long = whole.clone();
        long[one.len() + 6] = 1;
        assert_eq!(joined(&long), Err(Fault::CutShort));
        let own = [
            &one[..],
            &tile_part(0, b"\xff\x52\0\x04ab", b"A"),
            b"\xff\xd9",
        ]
        .concat();
        assert!(matches!(joined(&own), Err(Fault::Unsupported { .. })));
    }
}
