//! JPEG-LS, lossless and near-lossless (ITU-T T.87, ISO/IEC 14495-1), with one value for each pixel or three.
//!
//! A pixel is predicted from its neighbours; the prediction error is coded with the statistics of its context.
//! In flat regions the length of the run is coded instead.

mod header;
mod scan;

use self::header::{Headers, Interleave};
use self::scan::Scan;
use super::super::error::Fault;
use super::samples::Shape;

/// The values of a frame in little endian, with the values of a pixel adjacent; [`Shape::bytes`] of them.
pub(super) fn decode(packed: &[u8], shape: &Shape) -> Result<Vec<u8>, Fault> {
    let mut headers = Headers::new(packed)?;
    let mut stored = Stored::new(shape);
    let mut first = 0;
    while first < shape.per_pixel {
        if first > 0 {
            headers.skip_coded()?;
        }
        let header = headers.next(shape)?;
        if first + header.colours > shape.per_pixel {
            return Err(Fault::damaged("the header of its packed pixels is invalid"));
        }
        let mut scan = Scan::new(&header);
        // A line has an extra position before its first pixel and one after its last.
        let line = vec![0; shape.columns as usize + 2];
        let mut above = vec![line; header.colours];
        let mut lines = above.clone();
        for row in 0..shape.rows as usize {
            match header.interleave {
                Interleave::Lines => {
                    for (colour, (above, line)) in above.iter().zip(&mut lines).enumerate() {
                        scan.decode(colour, above, line)?;
                    }
                }
                Interleave::Pixels => scan.decode_together(&above, &mut lines)?,
            }
            for (colour, line) in lines.iter().enumerate() {
                stored.put(row, first + colour, line.iter().skip(1));
            }
            std::mem::swap(&mut above, &mut lines);
        }
        first += header.colours;
    }
    Ok(stored.bytes)
}

/// The values of a frame, filled line by line.
struct Stored<'a> {
    shape: &'a Shape,
    bytes: Vec<u8>,
}

impl<'a> Stored<'a> {
    fn new(shape: &'a Shape) -> Self {
        let bytes = Vec::with_capacity(shape.bytes());
        Self { shape, bytes }
    }

    /// Stores a line of one colour.
    fn put<'v>(&mut self, row: usize, colour: usize, values: impl Iterator<Item = &'v i32>) {
        let shape = self.shape;
        let pixel = shape.per_pixel * shape.bytes_each;
        let line = shape.columns as usize * pixel;
        // Memory is taken as lines are decoded, so that a cut file of a large size takes little.
        if self.bytes.len() < (row + 1) * line {
            self.bytes.resize((row + 1) * line, 0);
        }
        let bytes = self.bytes.get_mut(row * line..).unwrap_or_default();
        for (pixel, &value) in bytes.chunks_exact_mut(pixel).zip(values) {
            let places = pixel.iter_mut().skip(colour * shape.bytes_each);
            for (place, byte) in places.zip(shape.bytes_of(value as u16)) {
                *place = byte;
            }
        }
    }
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
