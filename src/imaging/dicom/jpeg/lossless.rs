//! Lossless pictures (ITU-T T.81 annex H): each pixel is a prediction from its neighbours plus a difference.

use super::super::super::error::Fault;
use super::super::bits::{BitReader, Stuffing};
use super::super::samples::Shape;
use super::header::Header;
use super::huffman::{Code, number};

/// The values left of and left above a pixel of one colour.
#[derive(Debug, Default, Clone, Copy)]
struct Left {
    left: i32,
    corner: i32,
}

/// The values row by row, with those of a pixel adjacent.
pub(super) fn decode(header: &Header, shape: &Shape) -> Result<Vec<u16>, Fault> {
    let damaged = || Fault::damaged("the header of its packed pixels is invalid");
    let (width, colours) = (shape.columns as usize, shape.per_pixel);
    let codes = &header.differences;
    if header.transform >= header.precision || !(1..=7).contains(&header.predictor) {
        return Err(damaged());
    }
    match codes.len() {
        0 => return Err(damaged()),
        scan if scan < colours => {
            return Err(super::super::syntax::unread("colour-by-colour JPEG"));
        }
        _ => {}
    }
    let rows_between_restarts = match header.interval {
        0 => usize::MAX,
        interval if interval.is_multiple_of(width) => interval / width,
        _ => return Err(damaged()),
    };
    let middle = 1 << (header.precision - header.transform - 1);
    let mut bits = BitReader::new(header.coded, Stuffing::Byte);
    let mut values: Vec<u16> = Vec::with_capacity(shape.pixels() * colours);
    let mut above = vec![0; width * colours];
    let mut row = vec![0; width * colours];
    for index in 0..shape.rows as usize {
        let begins = index.is_multiple_of(rows_between_restarts);
        if begins && index > 0 {
            bits.restart()?;
        }
        let mut lefts = vec![Left::default(); colours];
        let pixels = row.chunks_exact_mut(colours);
        for (column, (pixel, over)) in pixels.zip(above.chunks_exact(colours)).enumerate() {
            let values = pixel.iter_mut().zip(over).zip(&mut lefts).zip(codes);
            for (((value, &over), Left { left, corner }), code) in values {
                let predicted = match (begins, column) {
                    (true, 0) => middle,
                    (true, _) => *left,
                    (false, 0) => over,
                    (false, _) => predict(header.predictor, *left, over, *corner),
                };
                // Modulo 2^16 for every precision (H.1.2.1).
                *value = (predicted + difference(&mut bits, code)?) & 0xffff;
                (*left, *corner) = (*value, over);
            }
        }
        values.extend(row.iter().map(|&value| (value << header.transform) as u16));
        std::mem::swap(&mut above, &mut row);
    }
    Ok(values)
}

/// Predictors of table H.1.
fn predict(predictor: u8, left: i32, over: i32, corner: i32) -> i32 {
    match predictor {
        1 => left,
        2 => over,
        3 => corner,
        4 => left + over - corner,
        5 => left + ((over - corner) >> 1),
        6 => over + ((left - corner) >> 1),
        _ => (left + over) >> 1,
    }
}

fn difference(bits: &mut BitReader, code: &Code) -> Result<i32, Fault> {
    match code.symbol(bits)? {
        // The only difference of this size; it has no extra bits (H.1.2.2).
        16 => Ok(32_768),
        size => number(bits, size.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Two rows of eight pixels of 8 bits; the differences 0 and ±1 are coded as 0 and 10. Restart after each
    /// row.
    const RESTARTED: &[u8] = b"\xff\xd8\
        \xff\xc4\x00\x15\x00\x01\x01\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x00\x01\
        \xff\xc3\x00\x0b\x08\x00\x02\x00\x08\x01\x01\x11\x00\
        \xff\xdd\x00\x04\x00\x08\
        \xff\xda\x00\x08\x01\x01\x00\x01\x00\x00\
        \xa0\x3f\xff\xd0\x00\xff\xd9";

    #[test]
    fn prediction_restarts_after_a_marker() {
        let shape = Shape::of_grey(8, 2, 1);
        let decoded = |packed: &[u8]| decode(&Header::read(packed, &shape)?, &shape);
        let expected = [[129; 8], [128; 8]].concat();
        assert_eq!(decoded(RESTARTED), Ok(expected));
        // Without the marker, these bytes are not a valid code.
        let mut missing = RESTARTED.to_vec();
        missing.drain(RESTARTED.len() - 5..RESTARTED.len() - 3);
        assert!(matches!(decoded(&missing), Err(Fault::Damaged(_))));
    }
}
