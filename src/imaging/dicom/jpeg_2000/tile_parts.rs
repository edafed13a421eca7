//! The parts of each tile joined into one (ITU-T T.800 A.4.2).
//!
//! The decoder of high-throughput streams takes tiles in their order, each in one part, and believes the length of a part.
//! Encoders part a tile by resolution, so that a small picture can be shown first. Here the parts are put together, each
//! length held against the bytes that are there.

use std::collections::BTreeMap;

use super::super::super::error::Fault;
use super::super::syntax::unread;

const TILE_PART: u8 = 0x90;
const CODED: u8 = 0x93;
const END: u8 = 0xd9;
/// Lengths of parts and packets, in the main header and in that of a part: no longer right, and not needed.
const LENGTHS: [u8; 3] = [0x55, 0x57, 0x58];
const COMMENT: u8 = 0x64;

/// Bytes of the header of a part: its marker segment, and the marker of what is coded.
const PART_HEADER: usize = 14;

/// The stream with one part for each of `tiles` tiles, in their order.
pub(super) fn joined(stream: &[u8], tiles: u64) -> Result<Vec<u8>, Fault> {
    let mut rest = stream.get(2..).ok_or(Fault::CutShort)?;
    let mut joined = stream.get(..2).unwrap_or_default().to_vec();
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
            _ if !coded.is_empty() => return Err(malformed()),
            _ => {
                let (marker, segment, after) = segment(rest)?;
                if !LENGTHS.contains(&marker) {
                    joined.extend(segment);
                }
                rest = after;
            }
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

/// The part that `bytes` begin with: its tile, what is coded, and what follows it.
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
        if marker != COMMENT && !LENGTHS.contains(&marker) {
            return Err(unread(
                "high-throughput JPEG 2000 with tiles of their own coding",
            ));
        }
        rest = following;
    }
}

/// The marker segment that `bytes` begin with: its marker, all of it, and what follows it.
fn segment(bytes: &[u8]) -> Result<(u8, &[u8], &[u8]), Fault> {
    let &[first, marker, high, low, ..] = bytes else {
        return Err(Fault::CutShort);
    };
    if first != 0xff {
        return Err(malformed());
    }
    let length = usize::from(u16::from_be_bytes([high, low]));
    if length < 2 {
        return Err(malformed());
    }
    let (segment, after) = bytes.split_at_checked(2 + length).ok_or(Fault::CutShort)?;
    Ok((marker, segment, after))
}

fn malformed() -> Fault {
    Fault::damaged("the headers of its packed pixels do not follow one another")
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAIN: &[u8] = b"\xff\x4f\xff\x52\0\x04ab";

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
    fn parts_are_joined_tile_by_tile_and_lengths_left_out() {
        let lengths = b"\xff\x58\0\x03x";
        let stream = [
            MAIN,
            b"\xff\x55\0\x04cd",
            &tile_part(1, b"", b"BB"),
            &tile_part(0, lengths, b"A"),
            &tile_part(0, b"\xff\x64\0\x02", b"AA"),
            b"\xff\xd9",
        ];
        let expected = [
            MAIN,
            &tile_part(0, b"", b"AAA"),
            &tile_part(1, b"", b"BB"),
            b"\xff\xd9",
        ];
        assert_eq!(joined(&stream.concat(), 2), Ok(expected.concat()));
        // A part without a length reaches to the end.
        let mut open = [MAIN, &tile_part(0, b"", b"A"), b"\xff\xd9"].concat();
        open[MAIN.len() + 6..MAIN.len() + 10].fill(0);
        let expected = [MAIN, &tile_part(0, b"", b"A"), b"\xff\xd9"];
        assert_eq!(joined(&open, 1), Ok(expected.concat()));
    }

    #[test]
    fn parts_that_are_not_there_are_refused() {
        let whole = [MAIN, &tile_part(0, b"", b"AAA"), b"\xff\xd9"].concat();
        for length in 0..whole.len() {
            assert_eq!(
                joined(&whole[..length], 1),
                Err(Fault::CutShort),
                "{length}"
            );
        }
        assert!(matches!(joined(&whole, 2), Err(Fault::Damaged(_))));
        let mut long = whole.clone();
        long[MAIN.len() + 6] = 1;
        assert_eq!(joined(&long, 1), Err(Fault::CutShort));
        let own = [MAIN, &tile_part(0, b"\xff\x52\0\x04ab", b"A"), b"\xff\xd9"].concat();
        assert!(matches!(joined(&own, 1), Err(Fault::Unsupported { .. })));
    }
}
