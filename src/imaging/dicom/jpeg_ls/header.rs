//! The marker segments before the scan (ITU-T T.87 annex C).

use super::super::super::error::Fault;
use super::super::samples::Shape;
use super::super::segments::{Segments, expect_size};

/// Parameters for decoding the scan.
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
    /// The entropy-coded part.
    pub coded: &'a [u8],
}

impl<'a> Header<'a> {
    /// Reads the segments up to the scan, and compares them with the attributes of the file.
    pub(super) fn read(packed: &'a [u8], shape: &Shape) -> Result<Self, Fault> {
        let mut segments = Segments::after_start(packed)?;
        let mut precision = None;
        let mut preset = [0; 5];
        loop {
            let (marker, content) = segments.next()?;
            match (marker, content) {
                (0xf7, &[bits, high, low, left, right, components, ..]) => {
                    let rows = u16::from_be_bytes([high, low]);
                    let columns = u16::from_be_bytes([left, right]);
                    expect_size(shape, rows, columns)?;
                    if components != 1 {
                        return Err(unsupported("in colour"));
                    }
                    if !(2..=8 * shape.bytes_each as u8).contains(&bits) {
                        return Err(Fault::damaged(
                            "its packed pixels have another number of bits than stated",
                        ));
                    }
                    precision = Some(bits);
                }
                (0xf8, [1, values @ ..]) if values.len() == 10 => {
                    for (place, value) in preset.iter_mut().zip(values.chunks_exact(2)) {
                        *place = value
                            .iter()
                            .fold(0, |sum, &byte| sum << 8 | i32::from(byte));
                    }
                }
                (0xf8, _) => return Err(unsupported("with a mapping table")),
                (0xdd, interval) if interval.iter().any(|&byte| byte != 0) => {
                    return Err(unsupported("with restart intervals"));
                }
                (0xda, &[1, _, mapping, near, _, transform]) => {
                    let precision = precision
                        .ok_or_else(|| Fault::damaged("its packed pixels have no header"))?;
                    if mapping != 0 || transform & 15 != 0 {
                        return Err(unsupported("with a mapping table or a point transform"));
                    }
                    return Self::of(precision, near, preset, segments.rest());
                }
                (0xf7 | 0xda, _) => {
                    return Err(Fault::damaged("the header of its packed pixels is invalid"));
                }
                _ => {}
            }
        }
    }

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
            coded,
        })
    }
}

fn unsupported(how: &str) -> Fault {
    super::super::syntax::unread(&format!("JPEG-LS {how}"))
}
