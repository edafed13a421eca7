//! The marker segments before the scan.

use super::super::super::error::Fault;
use super::super::samples::Shape;
use super::super::segments::{Segments, expect_size};
use super::huffman::Code;

/// JPEG process of the picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Process {
    /// Sequential DCT, 8 × 8 blocks.
    Blocks,
    /// Progressive DCT.
    Progressive,
    /// Lossless, predicted from neighbouring pixels.
    Lossless,
}

/// Parameters for decoding the first scan of a picture.
#[derive(Debug)]
pub(super) struct Header<'a> {
    pub process: Process,
    pub precision: u8,
    /// Huffman codes of the DC differences, for each colour of the scan.
    pub differences: Vec<Code>,
    /// Huffman code of the AC coefficients of the first colour.
    pub coefficients: Option<Code>,
    /// Quantisation table in zigzag order.
    pub steps: [u16; 64],
    /// Neighbours that a pixel is predicted from (table H.1).
    pub predictor: u8,
    /// Point transform: number of low bits that were removed.
    pub transform: u8,
    /// Restart interval in pixels or blocks; 0 for none.
    pub interval: usize,
    /// The entropy-coded part.
    pub coded: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads the segments up to the first scan, and compares them with the attributes of the file.
    pub(super) fn read(packed: &'a [u8], shape: &Shape) -> Result<Self, Fault> {
        let mut segments = Segments::after_start(packed)?;
        let mut frame = None;
        let mut codes: [[Option<Words>; 4]; 2] = Default::default();
        let mut steps = [[1; 64]; 4];
        let mut interval = 0;
        loop {
            let (marker, content) = segments.next()?;
            match (marker, content) {
                // Tables.
                (0xc4, tables) => read_codes(tables, &mut codes)?,
                (0xdb, tables) => read_steps(tables, &mut steps)?,
                (0xdd, &[high, low]) => interval = usize::from(u16::from_be_bytes([high, low])),
                // The frame.
                (0xc0..=0xc3, &[precision, top, low, left, right, components, ref parts @ ..]) => {
                    let rows = u16::from_be_bytes([top, low]);
                    expect_size(shape, rows, u16::from_be_bytes([left, right]))?;
                    if usize::from(components) != shape.per_pixel {
                        return Err(Fault::damaged(
                            "its packed pixels have another number of colours than stated",
                        ));
                    }
                    let process = match marker {
                        0xc3 => Process::Lossless,
                        0xc2 => Process::Progressive,
                        _ => Process::Blocks,
                    };
                    if !(2..=8 * shape.bytes_each as u8).contains(&precision) {
                        return Err(Fault::damaged(
                            "its packed pixels have another number of bits than stated",
                        ));
                    }
                    if components != 1 && process != Process::Lossless && precision != 8 {
                        return Err(super::super::syntax::unread("high-bit-depth colour JPEG"));
                    }
                    // Each colour has a name, its sampling and a table.
                    let mut samplings = parts.iter().skip(1).step_by(3);
                    let sampling = samplings.next();
                    let all_alike = samplings.all(|other| Some(other) == sampling);
                    if process == Process::Lossless && !all_alike {
                        let name = "lossless JPEG with fewer values of a colour";
                        return Err(super::super::syntax::unread(name));
                    }
                    let table = parts.get(2).copied().unwrap_or_default();
                    frame = Some((process, precision, usize::from(table)));
                }
                (0xc5..=0xcf, _) => {
                    return Err(super::super::syntax::unread("unsupported JPEG"));
                }
                // The scan.
                (0xda, &[components, ref parts @ ..]) => {
                    let (process, precision, table) =
                        frame.ok_or_else(|| Fault::damaged("its packed pixels have no header"))?;
                    let colours = parts
                        .chunks_exact(2)
                        .take(shape.per_pixel.min(components.into()));
                    let chosen: Vec<u8> = colours
                        .filter_map(|colour| colour.get(1).copied())
                        .collect();
                    let parts = parts.get(2 * usize::from(components)..).unwrap_or_default();
                    let &[predictor, _, approximation] = parts else {
                        return Err(Fault::damaged("the header of its packed pixels is invalid"));
                    };
                    let [differences, coefficients] = &codes;
                    // Only the codes of the scan are built: a hostile picture defines millions.
                    let code = |codes: &[Option<Words>; 4], index: u8| {
                        let words = codes.get(usize::from(index)).copied().flatten();
                        let code = words.map(|(lengths, symbols)| Code::new(lengths, symbols));
                        code.map(|code| code.ok_or_else(no_codes)).transpose()
                    };
                    return Ok(Self {
                        process,
                        precision,
                        differences: (chosen.iter())
                            .filter_map(|chosen| code(differences, chosen >> 4).transpose())
                            .collect::<Result<_, _>>()?,
                        coefficients: code(
                            coefficients,
                            chosen.first().map_or(0, |chosen| chosen & 15),
                        )?,
                        steps: steps.get(table).copied().unwrap_or([1; 64]),
                        predictor,
                        transform: approximation & 15,
                        interval,
                        coded: segments.rest(),
                    });
                }
                (0xc0..=0xc3 | 0xda | 0xdd, _) => {
                    return Err(Fault::damaged("the header of its packed pixels is invalid"));
                }
                _ => {}
            }
        }
    }
}

/// Number of code words of each length, and their symbols.
type Words<'a> = (&'a [u8; 16], &'a [u8]);

fn no_codes() -> Fault {
    Fault::damaged("the codes of its packed pixels are invalid")
}

/// Reads Huffman tables (B.2.4.2): class and index, number of codes of each length, symbols.
fn read_codes<'a>(
    mut tables: &'a [u8],
    codes: &mut [[Option<Words<'a>>; 4]; 2],
) -> Result<(), Fault> {
    let damaged = no_codes;
    while let Some((&place, rest)) = tables.split_first() {
        let (lengths, rest) = rest.split_first_chunk::<16>().ok_or_else(damaged)?;
        let count = lengths.iter().map(|&count| usize::from(count)).sum();
        let (symbols, rest) = rest.split_at_checked(count).ok_or_else(damaged)?;
        let class = codes.get_mut(usize::from(place >> 4));
        let slot = class.and_then(|class| class.get_mut(usize::from(place & 15)));
        *slot.ok_or_else(damaged)? = Some((lengths, symbols));
        tables = rest;
    }
    Ok(())
}

/// Reads quantisation tables (B.2.4.1), with one or two bytes for each entry.
fn read_steps(mut tables: &[u8], steps: &mut [[u16; 64]; 4]) -> Result<(), Fault> {
    let damaged = || Fault::damaged("the quantisation tables of its packed pixels are invalid");
    while let Some((&place, rest)) = tables.split_first() {
        let bytes = if place >> 4 == 0 { 1 } else { 2 };
        let (values, rest) = rest.split_at_checked(64 * bytes).ok_or_else(damaged)?;
        let table = steps.get_mut(usize::from(place & 15)).ok_or_else(damaged)?;
        for (step, value) in table.iter_mut().zip(values.chunks_exact(bytes)) {
            *step = value
                .iter()
                .fold(0, |sum, &byte| sum << 8 | u16::from(byte));
        }
        tables = rest;
    }
    Ok(())
}
