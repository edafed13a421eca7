//! Sequential 12-bit JPEG in 8 × 8 blocks (ITU-T T.81 annexes A and F).

use std::f32::consts::{FRAC_1_SQRT_2, PI};

use super::super::super::error::Fault;
use super::super::NO_CODE;
use super::super::bits::{BitReader, Stuffing};
use super::super::samples::Shape;
use super::header::Header;
use super::huffman::number;

/// Height and width of a block in pixels.
const SIDE: usize = 8;

/// Row and column of the coefficients in storage order.
const ZIGZAG: [u8; 64] = [
    0, 1, 8, 16, 9, 2, 3, 10, 17, 24, 32, 25, 18, 11, 4, 5, 12, 19, 26, 33, 40, 48, 41, 34, 27, 20,
    13, 6, 7, 14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59,
    52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63,
];

/// The pixels, row by row.
pub(super) fn decode(header: &Header, shape: &Shape) -> Result<Vec<u16>, Fault> {
    let (width, height) = (shape.columns as usize, shape.rows as usize);
    let waves = waves();
    let mut bits = BitReader::new(header.coded, Stuffing::Byte);
    let mut pixels = vec![0; shape.pixels()];
    let mut level = 0;
    let places = (0..height)
        .step_by(SIDE)
        .flat_map(|top| (0..width).step_by(SIDE).map(move |left| (top, left)));
    for (index, (top, left)) in places.enumerate() {
        if header.interval > 0 && index > 0 && index.is_multiple_of(header.interval) {
            bits.restart()?;
            level = 0;
        }
        let coefficients = coefficients(&mut bits, header, &mut level)?;
        let block = inverse(&coefficients, &waves);
        for (row, values) in block.chunks_exact(SIDE).enumerate().take(height - top) {
            let from = (top + row) * width + left;
            let places = pixels.iter_mut().skip(from).take(SIDE.min(width - left));
            for (place, value) in places.zip(values) {
                *place = (value + 2048.0).round().clamp(0.0, 4095.0) as u16;
            }
        }
    }
    Ok(pixels)
}

/// The dequantised coefficients of the next block, row by row.
fn coefficients(
    bits: &mut BitReader,
    header: &Header,
    level: &mut i32,
) -> Result<[f32; 64], Fault> {
    let missing = || Fault::damaged("the codes of its packed pixels are invalid");
    let differences = header.differences.first().ok_or_else(missing)?;
    let others = header.coefficients.as_ref().ok_or_else(missing)?;
    let size = differences.symbol(bits)?;
    *level = level.saturating_add(number(bits, size.into())?);
    let mut coefficients = [0.0; 64];
    let mut set = |index: usize, value: i32| {
        let place = ZIGZAG.get(index).copied().unwrap_or_default();
        let step = header.steps.get(index).copied().unwrap_or(1);
        if let Some(coefficient) = coefficients.get_mut(usize::from(place)) {
            *coefficient = value as f32 * f32::from(step);
        }
    };
    set(0, *level);
    let mut index = 1;
    while index < 64 {
        let symbol = others.symbol(bits)?;
        let (zeros, size) = (usize::from(symbol >> 4), symbol & 15);
        match (zeros, size) {
            (15, 0) => index += 16,
            (_, 0) => break,
            _ => {
                index += zeros;
                if index >= 64 {
                    return Err(Fault::damaged(NO_CODE));
                }
                set(index, number(bits, size.into())?);
                index += 1;
            }
        }
    }
    Ok(coefficients)
}

/// The eight cosine basis functions at the eight positions.
fn waves() -> [f32; 64] {
    let mut waves = [0.0; 64];
    for (index, wave) in waves.iter_mut().enumerate() {
        let (frequency, place) = (index / SIDE, index % SIDE);
        let scale = if frequency == 0 { FRAC_1_SQRT_2 } else { 1.0 };
        let turns = (2 * place + 1) as f32 * frequency as f32 * PI / 16.0;
        *wave = 0.5 * scale * turns.cos();
    }
    waves
}

/// The inverse cosine transform (A.3.3): first down the columns, then along the rows.
fn inverse(coefficients: &[f32; 64], waves: &[f32; 64]) -> [f32; 64] {
    let mut down = [0.0f32; 64];
    for (wave, along) in waves
        .chunks_exact(SIDE)
        .zip(coefficients.chunks_exact(SIDE))
    {
        for (row, height) in down.chunks_exact_mut(SIDE).zip(wave) {
            for (sum, coefficient) in row.iter_mut().zip(along) {
                *sum += height * coefficient;
            }
        }
    }
    let mut block = [0.0f32; 64];
    for (row, coefficients) in block.chunks_exact_mut(SIDE).zip(down.chunks_exact(SIDE)) {
        for (wave, coefficient) in waves.chunks_exact(SIDE).zip(coefficients) {
            for (sum, height) in row.iter_mut().zip(wave) {
                *sum += height * coefficient;
            }
        }
    }
    block
}
