//! The marker segments before the scan (ITU-T T.87 annex C).

use super::super::super::error::Fault;
use super::super::samples::Shape;
use super::super::segments::{Segments, expect_size};

/// Order of the values of several colours in a scan (ILV).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Interleave {
    /// A line of the first colour, then of the second. A scan of one colour has this order, too.
    Lines,
    /// The colours of the first pixel, then of the second.
    Pixels,
}

/// Parameters for decoding a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Header<'a> {
    /// The largest value of a pixel.
    pub largest: i32,
    /// Maximum error of a value (NEAR).
    pub near: i32,
    /// Thresholds of the gradient classes.
    pub thresholds: [i32; 3],
    /// Number of pixels of a context after which the statistics are halved.
    pub reset: i32,
    /// Colours in the scan, one or three.
    pub colours: usize,
    pub interleave: Interleave,
    /// The entropy-coded part.
    pub coded: &'a [u8],
}

/// The headers of the scans of a picture, one after the other.
#[derive(Debug)]
pub(super) struct Headers<'a> {
    segments: Segments<'a>,
    precision: Option<u8>,
    preset: [i32; 5],
}

impl<'a> Headers<'a> {
    pub(super) fn new(packed: &'a [u8]) -> Result<Self, Fault> {
        Ok(Self {
            segments: Segments::after_start(packed)?,
            precision: None,
            preset: [0; 5],
        })
    }

    /// Moves behind the coded part of the scan whose header was read last.
    pub(super) fn skip_coded(&mut self) -> Result<(), Fault> {
        self.segments.skip_coded()
    }

    /// Reads the segments up to the next scan, and compares them with the attributes of the file.
    pub(super) fn next(&mut self, shape: &Shape) -> Result<Header<'a>, Fault> {
        loop {
            let (marker, content) = self.segments.next()?;
            match (marker, content) {
                (0xf7, &[bits, high, low, left, right, components, ..]) => {
                    let rows = u16::from_be_bytes([high, low]);
                    let columns = u16::from_be_bytes([left, right]);
                    expect_size(shape, rows, columns)?;
                    if usize::from(components) != shape.per_pixel {
                        return Err(Fault::damaged(
                            "its packed pixels have another number of colours than stated",
                        ));
                    }
                    if !(2..=8 * shape.bytes_each as u8).contains(&bits) {
                        return Err(Fault::damaged(
                            "its packed pixels have another number of bits than stated",
                        ));
                    }
                    self.precision = Some(bits);
                }
                (0xf8, [1, values @ ..]) if values.len() == 10 => {
                    for (place, value) in self.preset.iter_mut().zip(values.chunks_exact(2)) {
                        *place = value
                            .iter()
                            .fold(0, |sum, &byte| sum << 8 | i32::from(byte));
                    }
                }
                (0xf8, _) => return Err(unsupported("with a mapping table")),
                (0xdd, interval) if interval.iter().any(|&byte| byte != 0) => {
                    return Err(unsupported("with restart intervals"));
                }
                (0xda, scan) => return self.scan(scan),
                (0xf7, _) => return Err(invalid()),
                _ => {}
            }
        }
    }

    /// Reads the header of a scan: the number of its colours, two bytes for each, and three for all.
    fn scan(&self, content: &[u8]) -> Result<Header<'a>, Fault> {
        let precision = self.precision;
        let precision =
            precision.ok_or_else(|| Fault::damaged("its packed pixels have no header"))?;
        let (&colours, rest) = content.split_first().ok_or_else(invalid)?;
        let colours = usize::from(colours);
        let (tables, rest) = rest.split_at_checked(2 * colours).ok_or_else(invalid)?;
        let &[near, interleave, transform] = rest else {
            return Err(invalid());
        };
        let mapped = tables.iter().skip(1).step_by(2).any(|&table| table != 0);
        if mapped || transform & 15 != 0 {
            return Err(unsupported("with a mapping table or a point transform"));
        }
        let interleave = match (colours, interleave) {
            (1, _) | (3, 1) => Interleave::Lines,
            (3, 2) => Interleave::Pixels,
            _ => return Err(invalid()),
        };
        let header = Header::of(precision, near, self.preset, self.segments.rest())?;
        Ok(Header {
            colours,
            interleave,
            ..header
        })
    }
}

fn invalid() -> Fault {
    Fault::damaged("the header of its packed pixels is invalid")
}

impl<'a> Header<'a> {
    /// Checks the parameters, and sets the defaults of missing ones (C.2.4.1.1).
    fn of(precision: u8, near: u8, preset: [i32; 5], coded: &'a [u8]) -> Result<Self, Fault> {
        let [largest, first, second, third, reset] = preset;
        let most = (1 << precision) - 1;
        let or = |given: i32, otherwise: i32| if given == 0 { otherwise } else { given };
        let largest = or(largest, most);
        let near = i32::from(near);
        let clamp = |value: i32, least: i32| {
            if value > largest || value < least {
                least
            } else {
                value
            }
        };
        let usual = if largest >= 128 {
            let factor = (largest.min(4095) + 128) / 256;
            [
                factor + 2 + 3 * near,
                4 * factor + 3 + 5 * near,
                17 * factor + 4 + 7 * near,
            ]
        } else {
            let factor = 256 / (largest + 1);
            [
                (3 / factor + 3 * near).max(2),
                (7 / factor + 5 * near).max(3),
                (21 / factor + 7 * near).max(4),
            ]
        };
        let [first_usual, second_usual, third_usual] = usual;
        let first = or(first, clamp(first_usual, near + 1));
        let second = or(second, clamp(second_usual, first));
        let third = or(third, clamp(third_usual, second));
        let reset = or(reset, 64);
        let sound = (1..=most).contains(&largest)
            && near <= largest / 2
            && near < first
            && first <= second
            && second <= third
            && third <= largest.max(near + 1)
            && reset >= 3;
        if !sound {
            return Err(Fault::damaged(
                "the parameters of its packed pixels contradict one another",
            ));
        }
        Ok(Self {
            largest,
            near,
            thresholds: [first, second, third],
            reset,
            colours: 1,
            interleave: Interleave::Lines,
            coded,
        })
    }
}

fn unsupported(how: &str) -> Fault {
    super::super::syntax::unread(&format!("JPEG-LS {how}"))
}
