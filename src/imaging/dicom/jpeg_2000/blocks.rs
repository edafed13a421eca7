//! Size of the smallest code block that a code stream declares (ITU-T T.800 A.6.1, A.6.2).
//!
//! A hostile stream declares blocks of one coefficient, and its decoder allocates a record for each.

use super::super::super::error::Fault;

const TILE_PART: u8 = 0x90;
const CODING: u8 = 0x52;
const CODING_OF_COMPONENT: u8 = 0x53;
const CODED: u8 = 0x93;
const END: u8 = 0xd9;

/// Number of coefficients of the smallest block in any header of the stream, at least 1.
pub(super) fn smallest_block(stream: &[u8]) -> Result<u64, Fault> {
    let mut smallest = u64::MAX;
    // After the marker that starts the stream.
    let mut rest = stream.get(2..).ok_or(Fault::CutShort)?;
    // End of the current tile part; `None` inside before the end of the main header.
    let mut part_end: Option<Option<&[u8]>> = None;
    loop {
        let before = rest;
        let Some((&[first, marker], after)) = rest.split_first_chunk::<2>() else {
            return Err(Fault::CutShort);
        };
        if first != 0xff {
            return Err(malformed());
        }
        match marker {
            END => return Ok(smallest),
            CODED => match part_end.take().ok_or_else(malformed)? {
                // A part that ends within its own header would be processed repeatedly.
                Some(end) if end.len() > after.len() => return Err(malformed()),
                Some(end) => {
                    rest = end;
                    continue;
                }
                // The last part extends to the end of the stream.
                None => return Ok(smallest),
            },
            _ => {}
        }
        let (length, _) = after.split_first_chunk::<2>().ok_or(Fault::CutShort)?;
        let length = usize::from(u16::from_be_bytes(*length));
        let (segment, following) = after.split_at_checked(length).ok_or(Fault::CutShort)?;
        let content = segment.get(2..).ok_or_else(malformed)?;
        match (marker, content) {
            (TILE_PART, &[_, _, a, b, c, d, _, _]) => {
                part_end = Some(match u32::from_be_bytes([a, b, c, d]) as usize {
                    0 => None,
                    // A header of twelve bytes, and the start-of-data marker.
                    length if length < 14 => return Err(malformed()),
                    length => Some(before.get(length..).ok_or(Fault::CutShort)?),
                });
            }
            (CODING, &[style, _, _, _, _, ref blocks @ ..])
            | (CODING_OF_COMPONENT, &[_, style, ref blocks @ ..]) => {
                smallest = smallest.min(block(style, blocks).ok_or_else(malformed)?);
            }
            (TILE_PART | CODING | CODING_OF_COMPONENT, _) => return Err(malformed()),
            _ => {}
        }
        rest = following;
    }
}

/// Number of coefficients of the smallest block of a coding style; precincts limit the size of blocks.
fn block(style: u8, parameters: &[u8]) -> Option<u64> {
    let [_, wide, high, _, _, precincts @ ..] = parameters else {
        return None;
    };
    let (wide, high) = ((wide & 15) + 2, (high & 15) + 2);
    let precincts = if style & 1 == 0 { &[] } else { precincts };
    // All resolutions except the coarsest consist of bands of half their size.
    let sizes = precincts.iter().enumerate().map(|(level, size)| {
        let halved = u8::from(level > 0);
        let side = |exponent: u8, most: u8| exponent.saturating_sub(halved).min(most);
        side(size & 15, wide) + side(size >> 4, high)
    });
    let exponent = sizes.chain([wide + high]).min()?;
    Some(1 << exponent)
}

fn malformed() -> Fault {
    Fault::damaged("the headers of its packed pixels cannot be parsed")
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A stream of one tile part with its own coding style.
    fn stream(main: &[u8], own: &[u8]) -> Vec<u8> {
        let segment = |marker: u8, content: &[u8]| {
            let length = content.len() as u16 + 2;
            [&[0xff, marker][..], &length.to_be_bytes(), content].concat()
        };
        let style = segment(CODING, own);
        let length = (12 + style.len() + 2 + 3) as u32;
        let part = [&[0, 0][..], &length.to_be_bytes(), &[0, 1]].concat();
        [
            &[0xff, 0x4f][..],
            &segment(CODING, main),
            &segment(TILE_PART, &part),
            &style,
            &[0xff, CODED, 1, 2, 3, 0xff, END],
        ]
        .concat()
    }

    const USUAL: &[u8] = &[0, 0, 0, 1, 0, 5, 4, 4, 0, 1];

    #[test]
    fn the_smallest_block_of_any_header_counts() {
        assert_eq!(smallest_block(&stream(USUAL, USUAL)), Ok(64 * 64));
        let small = &[0, 0, 0, 1, 0, 5, 0, 1, 0, 1];
        assert_eq!(smallest_block(&stream(small, USUAL)), Ok(4 * 8));
        assert_eq!(smallest_block(&stream(USUAL, small)), Ok(4 * 8));
        let cut_by_precincts = &[1, 0, 0, 1, 0, 1, 4, 4, 0, 1, 0x88, 0x31];
        assert_eq!(smallest_block(&stream(USUAL, cut_by_precincts)), Ok(4));
    }

    #[test]
    fn a_part_that_ends_within_its_own_header_is_refused() {
        let mut stream = stream(USUAL, USUAL);
        let part = stream.windows(2).position(|pair| pair == [0xff, TILE_PART]);
        // Psot, after marker, length and tile.
        let length = part.unwrap() + 6;
        stream[length..length + 4].copy_from_slice(&14u32.to_be_bytes());
        assert_eq!(smallest_block(&stream), Err(malformed()));
    }

    #[test]
    fn a_stream_that_ends_too_early_is_cut_short() {
        let whole = stream(USUAL, USUAL);
        for length in 0..whole.len() {
            assert_eq!(smallest_block(&whole[..length]), Err(Fault::CutShort));
        }
    }
}
