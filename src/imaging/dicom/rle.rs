//! Run lengths (PS3.5 annex G): each byte of each value of a pixel is a picture of its own, packed by itself.

use super::super::error::Fault;
use super::samples::Shape;

/// Where the segments begin: their number, and 15 offsets.
const HEADER: usize = 64;

/// A packed byte becomes this many at the most: two bytes become 128.
const MOST_GROWTH: usize = 64;

/// The values of a frame in little endian, those of a pixel together; [`Shape::bytes`] of them.
pub(super) fn decode(packed: &[u8], shape: &Shape) -> Result<Vec<u8>, Fault> {
    let planes = shape.per_pixel * shape.bytes_each;
    let header = packed.get(..HEADER).ok_or(Fault::CutShort)?;
    let mut words = header.chunks_exact(4).map(|word| match word {
        [a, b, c, d] => u32::from_le_bytes([*a, *b, *c, *d]) as usize,
        _ => 0,
    });
    if words.next() != Some(planes) {
        return Err(Fault::damaged(
            "its run-length segments do not fit its bits",
        ));
    }
    let starts: Vec<usize> = words.take(planes).collect();
    if shape.bytes() > packed.len().saturating_mul(MOST_GROWTH) {
        return Err(Fault::CutShort);
    }
    let mut stored = vec![0; shape.bytes()];
    for (plane, &start) in starts.iter().enumerate() {
        let end = starts.get(plane + 1).copied().unwrap_or(packed.len());
        let segment = packed
            .get(start..end)
            .ok_or_else(|| Fault::damaged("its run-length segments do not follow one another"))?;
        // The most significant byte of a value comes first, and goes last.
        let value = plane / shape.bytes_each;
        let byte = shape.bytes_each - 1 - plane % shape.bytes_each;
        let places = stored.iter_mut().skip(value * shape.bytes_each + byte);
        unpack(segment, places.step_by(planes))?;
    }
    Ok(stored)
}

/// Fills the places with what a segment holds.
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
