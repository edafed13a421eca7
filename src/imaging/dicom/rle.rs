//! Run-length encoding (PS3.5 annex G): each byte plane of the pixel values is packed separately.

use super::super::error::Fault;
use super::samples::Shape;

/// Size of the segment table: number of segments, and 15 offsets.
const HEADER: usize = 64;

/// Maximum growth of a packed byte: two bytes become 128.
const MOST_GROWTH: usize = 64;

/// True if bytes begin like a segment table: the number of segments, and the position of the first behind the table.
pub(super) fn begins(packed: &[u8]) -> bool {
    matches!(packed, [1..=15, 0, 0, 0, 64, 0, 0, 0, ..])
}

/// The values of a frame in little endian, with the values of a pixel adjacent; [`Shape::bytes`] of them.
pub(super) fn decode(packed: &[u8], shape: &Shape) -> Result<Vec<u8>, Fault> {
    let planes = shape.per_pixel * shape.bytes_each;
    let header = packed.get(..HEADER).ok_or(Fault::CutShort)?;
    let mut words = header.chunks_exact(4).map(|word| match word {
        [a, b, c, d] => u32::from_le_bytes([*a, *b, *c, *d]) as usize,
        _ => 0,
    });
    // More segments than planes are padding.
    let segments = words.next().unwrap_or_default();
    if !(planes..HEADER / 4).contains(&segments) {
        return Err(Fault::damaged(
            "its run-length segments do not match its number of bits",
        ));
    }
    let starts: Vec<usize> = words.take(segments).collect();
    if shape.bytes() > packed.len().saturating_mul(MOST_GROWTH) {
        return Err(Fault::CutShort);
    }
    let mut stored = vec![0; shape.bytes()];
    for (plane, &start) in starts.iter().take(planes).enumerate() {
        // The segments may lie in any order.
        let later = starts.iter().copied().filter(|&other| other > start);
        let end = later.min().unwrap_or(packed.len());
        if start.max(end) > packed.len() {
            return Err(Fault::CutShort);
        }
        let segment = packed
            .get(start..end)
            .ok_or_else(|| Fault::damaged("its run-length segments cannot be parsed"))?;
        // The most significant byte plane comes first in the file and last in the value.
        let value = plane / shape.bytes_each;
        let byte = shape.bytes_each - 1 - plane % shape.bytes_each;
        let places = stored.iter_mut().skip(value * shape.bytes_each + byte);
        unpack(segment, places.step_by(planes))?;
    }
    Ok(stored)
}

/// Writes the unpacked segment to every `step`-th byte.
fn unpack<'a>(
    mut segment: &[u8],
    mut places: impl ExactSizeIterator<Item = &'a mut u8>,
) -> Result<(), Fault> {
    while places.len() > 0 {
        let (&control, rest) = segment.split_first().ok_or(Fault::CutShort)?;
        segment = rest;
        match control as i8 {
            -128 => {}
            literal @ 0.. => {
                let (bytes, rest) = segment
                    .split_at_checked(literal as usize + 1)
                    .ok_or(Fault::CutShort)?;
                segment = rest;
                for (&byte, place) in bytes.iter().zip(places.by_ref()) {
                    *place = byte;
                }
            }
            run => {
                let (&byte, rest) = segment.split_first().ok_or(Fault::CutShort)?;
                segment = rest;
                let length = 1 + usize::from(run.unsigned_abs());
                for place in places.by_ref().take(length) {
                    *place = byte;
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn packed(segments: [&[u8]; 2]) -> Vec<u8> {
        let [first, _] = segments;
        let mut packed = Vec::new();
        for word in [2, 64, 64 + first.len() as u32] {
            packed.extend(word.to_le_bytes());
        }
        packed.resize(HEADER, 0);
        [packed, segments.concat()].concat()
    }

    #[test]
    fn literals_runs_and_no_operations_are_unpacked() {
        let high: &[u8] = &[2, 1, 2, 3, 0x80, 0xff, 4, 0x80];
        let low: &[u8] = &[0xfd, 9, 0, 7];
        let stored = decode(&packed([high, low]), &Shape::of_grey(5, 1, 2));
        assert_eq!(stored, Ok(vec![9, 1, 9, 2, 9, 3, 9, 4, 7, 4]));
    }

    #[test]
    fn segments_may_be_too_many_and_in_any_order() {
        let shape = Shape::of_grey(5, 1, 2);
        let whole = packed([&[0xfc, 1], &[0xfc, 2]]);
        let mut more = whole.clone();
        more[0] = 3;
        more[12] = whole.len() as u8;
        assert_eq!(decode(&more, &shape), Ok([2, 1].repeat(5)));
        let mut exchanged = whole;
        (exchanged[4], exchanged[8]) = (66, 64);
        assert_eq!(decode(&exchanged, &shape), Ok([1, 2].repeat(5)));
    }

    #[test]
    fn too_few_or_misplaced_segments_are_refused() {
        let shape = Shape::of_grey(5, 1, 2);
        let whole = packed([&[0xfc, 1], &[0xfc, 2]]);
        assert_eq!(decode(&whole, &shape), Ok([2, 1].repeat(5)));
        for length in 0..whole.len() {
            assert_eq!(decode(&whole[..length], &shape), Err(Fault::CutShort));
        }
        for (at, byte) in [(0, 1), (0, 16), (8, 60), (8, 200)] {
            let mut changed = whole.clone();
            changed[at] = byte;
            assert!(decode(&changed, &shape).is_err(), "{at}: {byte}");
        }
    }
}
