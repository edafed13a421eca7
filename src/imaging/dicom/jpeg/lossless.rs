//! Lossless pictures (ITU-T T.81 annex H): each pixel is its neighbours' and a difference.

use super::super::super::error::Fault;
use super::super::bits::{BitReader, Stuffing};
use super::super::samples::Shape;
use super::header::Header;
use super::huffman::{Code, number};

/// The pixels, row by row.
pub(super) fn decode(header: &Header, shape: &Shape) -> Result<Vec<u16>, Fault> {
    let damaged = || Fault::damaged("the header of its packed pixels is no such");
    let differences = header.differences.as_ref().ok_or_else(damaged)?;
    let width = shape.columns as usize;
    if header.transform >= header.precision || !(1..=7).contains(&header.predictor) {
        return Err(damaged());
    }
    let rows_between_restarts = match header.interval {
        0 => usize::MAX,
        interval if interval.is_multiple_of(width) => interval / width,
        _ => return Err(damaged()),
    };
    let middle = 1 << (header.precision - header.transform - 1);
    let mut bits = BitReader::new(header.coded, Stuffing::Byte);
    let mut pixels: Vec<u16> = Vec::with_capacity(shape.pixels());
    let mut above = vec![0; width];
    let mut row = vec![0; width];
    for index in 0..shape.rows as usize {
        let begins = index.is_multiple_of(rows_between_restarts);
        if begins && index > 0 {
            bits.restart()?;
        }
        let (mut left, mut corner) = (0, 0);
        for (column, (pixel, &over)) in row.iter_mut().zip(&above).enumerate() {
            let predicted = match (begins, column) {
                (true, 0) => middle,
                (true, _) => left,
                (false, 0) => over,
                (false, _) => predict(header.predictor, left, over, corner),
            };
            // Counted in 16 bits, whatever the precision (H.1.2.1).
            let value = (predicted + difference(&mut bits, differences)?) & 0xffff;
            *pixel = value;
            (left, corner) = (value, over);
        }
        pixels.extend(row.iter().map(|&pixel| (pixel << header.transform) as u16));
        std::mem::swap(&mut above, &mut row);
    }
    Ok(pixels)
}

/// Table H.1.
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
        // The one difference of that size, without bits of its own (H.1.2.2).
        16 => Ok(32_768),
        size => number(bits, size.into()),
    }
}
