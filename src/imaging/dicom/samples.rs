//! Stored pixel values.

use std::borrow::Cow;

use dicom_dictionary_std::tags;

use super::super::error::Fault;
use super::super::file::within_limits;
use super::dataset::DataSet;
use super::syntax::ByteOrder;

/// Storage format of the values of a frame.
#[derive(Debug, Clone, Copy)]
pub(super) struct Shape {
    pub rows: u32,
    pub columns: u32,
    /// One, or three for colours.
    pub per_pixel: usize,
    /// One, two or four.
    pub bytes_each: usize,
    /// Bits of a value in an uncompressed frame; fewer than those of its bytes if values share bytes.
    pub bits_each: u32,
    /// True if all values of one colour come before the next colour.
    pub planar: bool,
    signed: bool,
    /// Shift that moves the highest stored bit to the sign bit of a 32-bit word, and back.
    up: u32,
    down: u32,
}

impl Shape {
    /// Reads and checks the pixel attributes of a file.
    pub(super) fn read(dataset: &DataSet) -> Result<Self, Fault> {
        let (rows, columns) = rows_and_columns(dataset)?;
        let allocated: u32 = (dataset.whole_number(tags::BITS_ALLOCATED)?).unwrap_or(16);
        let bits: u32 = (dataset.whole_number(tags::BITS_STORED)?).unwrap_or(allocated);
        let high_bit: Option<u32> = dataset.whole_number(tags::HIGH_BIT)?;
        let per_pixel = match dataset
            .whole_number(tags::SAMPLES_PER_PIXEL)?
            .unwrap_or(1u16)
        {
            1 => 1,
            3 if matches!(allocated, 8 | 16 | 32) => 3,
            other => {
                return Err(unsupported(format!(
                    "DICOM with {other} values of {allocated} bits a pixel"
                )));
            }
        };
        if !matches!(allocated, 1 | 8..=16 | 32) {
            return Err(unsupported(format!("DICOM with {allocated} bits a pixel")));
        }
        if bits == 0 || bits > allocated {
            return Err(Fault::damaged(
                "its stored bits do not match its allocated bits",
            ));
        }
        // A contradicting high bit is left over from other pixels: the stored bits are then the lowest, as
        // usual.
        let fits = |&high_bit: &u32| high_bit < allocated && high_bit + 1 >= bits;
        let high_bit = high_bit.filter(fits).unwrap_or(bits - 1);
        Ok(Self {
            rows,
            columns,
            per_pixel,
            bytes_each: allocated.div_ceil(8) as usize,
            bits_each: allocated,
            planar: dataset.whole_number(tags::PLANAR_CONFIGURATION)? == Some(1u16),
            signed: dataset.whole_number(tags::PIXEL_REPRESENTATION)? == Some(1u16),
            up: 31 - high_bit,
            down: 32 - bits,
        })
    }

    /// Samples of an unsigned grey image.
    #[cfg(test)]
    pub fn of_grey(columns: u32, rows: u32, bytes_each: usize) -> Self {
        Self {
            rows,
            columns,
            per_pixel: 1,
            bytes_each,
            bits_each: 8 * bytes_each as u32,
            planar: false,
            signed: false,
            up: 32 - 8 * bytes_each as u32,
            down: 32 - 8 * bytes_each as u32,
        }
    }

    /// The same shape with the colours of a pixel adjacent, as every decoder returns them.
    pub(super) fn with_pixels_together(self) -> Self {
        Self {
            planar: false,
            ..self
        }
    }

    /// Number of pixels of a frame.
    pub(super) fn pixels(&self) -> usize {
        self.rows as usize * self.columns as usize
    }

    /// Number of bytes of a frame, with each value in whole bytes.
    pub(super) fn bytes(&self) -> usize {
        self.pixels() * self.per_pixel * self.bytes_each
    }

    /// The bytes of a value from a decoder, in little endian.
    pub(super) fn bytes_of(&self, value: u16) -> impl Iterator<Item = u8> + use<> {
        let [low, high] = value.to_le_bytes();
        [low, high, 0, 0].into_iter().take(self.bytes_each)
    }

    /// The level from 0 to 255 of a stored word of a colour.
    fn level(&self, word: u32) -> u8 {
        let brightest = u64::from(u32::MAX >> self.down);
        let value = u64::try_from(self.value(word)).unwrap_or_default();
        ((value * 255 + brightest / 2) / brightest) as u8
    }

    /// The value of a stored word: sign-extended, without unused bits.
    pub(super) fn value(&self, word: u32) -> i64 {
        // The highest stored bit moves to the sign bit; the shift back fills with it or with zeros.
        let raised = word << self.up;
        match self.signed {
            true => i64::from(raised as i32 >> self.down),
            false => i64::from(raised >> self.down),
        }
    }
}

/// The size of a frame, checked against the limits.
pub(super) fn rows_and_columns(dataset: &DataSet) -> Result<(u32, u32), Fault> {
    let missing = || Fault::damaged("it does not state its rows and columns");
    let stated = |tag| dataset.whole_number::<u16>(tag)?.ok_or_else(missing);
    let (rows, columns) = (stated(tags::ROWS)?.into(), stated(tags::COLUMNS)?.into());
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
    /// Every value, as [`Shape::value`] reads it.
    pub(super) fn values(&self) -> impl Iterator<Item = i64> {
        self.words().map(|word| self.shape.value(word))
    }

    /// Every stored word.
    pub(super) fn words(&self) -> impl Iterator<Item = u32> {
        let words = self.stored.chunks_exact(self.shape.bytes_each);
        words.map(|bytes| word(bytes, self.byte_order))
    }

    /// The three levels of every pixel, from 0 to 255; for three values for each pixel.
    pub(super) fn colours(&self) -> impl Iterator<Item = [u8; 3]> {
        let each = self.shape.bytes_each;
        let plane = self.stored.len() / each / 3;
        let (next_pixel, next_colour) = if self.shape.planar {
            (1, plane)
        } else {
            (3, 1)
        };
        let level = move |at: usize| {
            let bytes = self.stored.get(at * each..(at + 1) * each);
            self.shape
                .level(word(bytes.unwrap_or_default(), self.byte_order))
        };
        (0..plane).map(move |pixel| {
            let at = pixel * next_pixel;
            [at, at + next_colour, at + 2 * next_colour].map(level)
        })
    }
}

fn word(bytes: &[u8], byte_order: ByteOrder) -> u32 {
    match (bytes, byte_order) {
        ([byte], _) => u32::from(*byte),
        (&[first, second], ByteOrder::LittleEndian) => u32::from_le_bytes([first, second, 0, 0]),
        (&[first, second], ByteOrder::BigEndian) => u32::from_be_bytes([0, 0, first, second]),
        (&[a, b, c, d], ByteOrder::LittleEndian) => u32::from_le_bytes([a, b, c, d]),
        (&[a, b, c, d], ByteOrder::BigEndian) => u32::from_be_bytes([a, b, c, d]),
        _ => 0,
    }
}

fn unsupported(what: String) -> Fault {
    Fault::Unsupported {
        what,
        advice: "export it in grey with 8, 16 or 32 bits",
    }
}
