//! JPEG-LS, lossless and near-lossless (ITU-T T.87, ISO/IEC 14495-1), with one value for each pixel.
//!
//! A pixel is predicted from its neighbours; the prediction error is coded with the statistics of its context.
//! In flat regions the length of the run is coded instead.

mod header;
mod scan;

use self::header::Header;
use self::scan::Scan;
use super::super::error::Fault;
use super::samples::Shape;

/// The values of a frame in little endian; [`Shape::bytes`] of them.
pub(super) fn decode(packed: &[u8], shape: &Shape) -> Result<Vec<u8>, Fault> {
    let header = Header::read(packed, shape)?;
    let width = shape.columns as usize;
    let mut scan = Scan::new(&header);
    // A line has an extra position before its first pixel and one after its last.
    let mut above = vec![0; width + 2];
    let mut line = vec![0; width + 2];
    let mut stored = Vec::with_capacity(shape.bytes());
    for _ in 0..shape.rows {
        scan.decode(&above, &mut line)?;
        let pixels = line.iter().skip(1).take(width);
        match shape.bytes_each {
            1 => stored.extend(pixels.map(|&value| value as u8)),
            _ => stored.extend(pixels.flat_map(|&value| shape.bytes_of(value as u16))),
        }
        std::mem::swap(&mut above, &mut line);
    }
    Ok(stored)
}

#[cfg(test)]
mod tests {
    use super::super::samples::Shape;
    use super::*;

    /// The worked example of ITU-T T.87, H.3.
    const EXAMPLE: &[u8] = &[
        0xff, 0xd8, 0xff, 0xf7, 0x00, 0x0b, 0x08, 0x00, 0x04, 0x00, 0x04, 0x01, 0x01, 0x11, 0x00,
        0xff, 0xda, 0x00, 0x08, 0x01, 0x01, 0x00, 0x00, 0x00, 0x00, 0xc0, 0x00, 0x00, 0x6c, 0x80,
        0x20, 0x8e, 0x01, 0xc0, 0x00, 0x00, 0x57, 0x40, 0x00, 0x00, 0x6e, 0xe6, 0x00, 0x00, 0x01,
        0xbc, 0x18, 0x00, 0x00, 0x05, 0xd8, 0x00, 0x00, 0x91, 0x60, 0xff, 0xd9,
    ];

    #[test]
    fn the_example_of_the_standard_is_decoded() {
        let expected = [
            0, 0, 90, 74, 68, 50, 43, 205, 64, 145, 145, 145, 100, 145, 145, 145,
        ];
        assert_eq!(
            decode(EXAMPLE, &Shape::of_grey(4, 4, 1)),
            Ok(expected.into())
        );
    }

    #[test]
    fn a_picture_of_another_size_is_refused_and_a_cut_one_is_cut_short() {
        for shape in [Shape::of_grey(4, 5, 1), Shape::of_grey(5, 4, 1)] {
            assert!(matches!(decode(EXAMPLE, &shape), Err(Fault::Damaged(_))));
        }
        for length in 0..EXAMPLE.len() - 4 {
            let cut = decode(&EXAMPLE[..length], &Shape::of_grey(4, 4, 1));
            assert_eq!(cut, Err(Fault::CutShort), "{length}");
        }
    }
}
