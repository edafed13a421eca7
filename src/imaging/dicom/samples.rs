//! Stored pixel values.

use std::borrow::Cow;

use dicom_dictionary_std::tags;

use super::super::error::Fault;
use super::super::file::within_limits;
use super::dataset::DataSet;
use super::syntax::ByteOrder;

/// How the values of a frame are stored.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub rows: u32,
    pub columns: u32,
    /// One, or three for colours.
    pub per_pixel: usize,
    /// One or two.
    pub bytes_each: usize,
    /// Whether all of one colour comes before the next.
    pub planar: bool,
    signed: bool,
    /// How far a 32-bit word moves up until the highest stored bit is its sign, and back down.
    up: u32,
    down: u32,
}

impl Shape {
    /// Checks what a file says of its pixels.
    pub fn read(dataset: &DataSet) -> Result<Self, Fault> {
        let (rows, columns) = rows_and_columns(dataset)?;
        let allocated: u32 = dataset.number(tags::BITS_ALLOCATED)?.unwrap_or(16);
        let bits: u32 = dataset.number(tags::BITS_STORED)?.unwrap_or(allocated);
        let high_bit: u32 = (dataset.number(tags::HIGH_BIT)?).unwrap_or(bits.saturating_sub(1));
        let per_pixel = match dataset.number(tags::SAMPLES_PER_PIXEL)?.unwrap_or(1u16) {
            1 => 1,
            3 if allocated == 8 => 3,
            other => {
                return Err(unsupported(format!(
                    "DICOM with {other} values of {allocated} bits a pixel"
                )));
            }
        };
        if allocated != 8 && allocated != 16 {
            return Err(unsupported(format!("DICOM with {allocated} bits a pixel")));
        }
        if bits == 0 || high_bit >= allocated || bits > high_bit + 1 {
            return Err(Fault::damaged(
                "the bits that it stores do not fit the bits that it allocates",
            ));
        }
        Ok(Self {
            rows,
            columns,
            per_pixel,
            bytes_each: allocated as usize / 8,
            planar: dataset.number(tags::PLANAR_CONFIGURATION)? == Some(1u16),
            signed: dataset.number(tags::PIXEL_REPRESENTATION)? == Some(1u16),
            up: 31 - high_bit,
            down: 32 - bits,
        })
    }

    #[cfg(test)]
    pub fn of_grey(columns: u32, rows: u32, bytes_each: usize) -> Self {
        Self {
            rows,
            columns,
            per_pixel: 1,
            bytes_each,
            planar: false,
            signed: false,
            up: 32 - 8 * bytes_each as u32,
            down: 32 - 8 * bytes_each as u32,
        }
    }

    /// The same, with the colours of a pixel next to one another, as every decoder lays them.
    pub fn with_pixels_together(self) -> Self {
        Self {
            planar: false,
            ..self
        }
    }

    /// How many pixels a frame has.
    pub fn pixels(&self) -> usize {
        self.rows as usize * self.columns as usize
    }

    /// How many bytes a frame takes.
    pub fn bytes(&self) -> usize {
        self.pixels() * self.per_pixel * self.bytes_each
    }
}

/// The size of a frame, held against the limits.
pub(super) fn rows_and_columns(dataset: &DataSet) -> Result<(u32, u32), Fault> {
    let missing = || Fault::damaged("it does not state its rows and columns");
    let rows = u32::from(dataset.number::<u16>(tags::ROWS)?.ok_or_else(missing)?);
    let columns = u32::from(dataset.number::<u16>(tags::COLUMNS)?.ok_or_else(missing)?);
    within_limits(columns, rows)?;
    Ok((rows, columns))
}

/// The values of one frame, unpacked.
#[derive(Debug)]
pub(super) struct Samples<'a> {
    pub shape: Shape,
    /// [`Shape::bytes`] of them, in this order.
    pub stored: Cow<'a, [u8]>,
    pub byte_order: ByteOrder,
}

impl Samples<'_> {
    /// Every value, its sign extended, what lies in unused bits left out.
    pub fn values(&self) -> impl Iterator<Item = i32> {
        let Shape {
            signed, up, down, ..
        } = self.shape;
        let words = self.stored.chunks_exact(self.shape.bytes_each);
        words.map(move |bytes| {
            let word = match (bytes, self.byte_order) {
                ([byte], _) => u32::from(*byte),
                ([first, second], ByteOrder::LittleEndian) => {
                    u32::from_le_bytes([*first, *second, 0, 0])
                }
                ([first, second], ByteOrder::BigEndian) => {
                    u32::from_be_bytes([0, 0, *first, *second])
                }
                _ => 0,
            };
            // The highest stored bit becomes the sign's place; shifting back fills with it or with noughts.
            let raised = word << up;
            if signed {
                raised as i32 >> down
            } else {
                (raised >> down) as i32
            }
        })
    }

    /// Red, green and blue of every pixel; for three values of eight bits a pixel.
    pub fn colours(&self) -> impl Iterator<Item = [u8; 3]> {
        let plane = self.stored.len() / 3;
        let (next_pixel, next_colour) = if self.shape.planar {
            (1, plane)
        } else {
            (3, 1)
        };
        (0..plane).map(move |pixel| {
            let at = pixel * next_pixel;
            [at, at + next_colour, at + 2 * next_colour]
                .map(|at| self.stored.get(at).copied().unwrap_or_default())
        })
    }
}

fn unsupported(what: String) -> Fault {
    Fault::Unsupported {
        what,
        advice: "export it in grey with 8 or 16 bits",
    }
}
