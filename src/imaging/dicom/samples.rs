//! Stored pixel values.

use dicom_dictionary_std::tags;

use super::super::error::Fault;
use super::dataset::DataSet;
use super::syntax::ByteOrder;

/// The values of one uncompressed frame, as they lie in the file.
#[derive(Debug)]
pub(super) struct Samples<'a> {
    /// `pixels * per_pixel` values of `bytes_each` bytes.
    stored: &'a [u8],
    /// One, or three for colours.
    pub per_pixel: usize,
    /// Whether all of one colour comes before the next.
    planar: bool,
    bytes_each: usize,
    byte_order: ByteOrder,
    signed: bool,
    /// How far a 32-bit word moves up until the highest stored bit is its sign, and back down.
    up: u32,
    down: u32,
}

impl<'a> Samples<'a> {
    /// Checks how `pixels` pixels are stored in `stored`, and that they all are there.
    pub fn read(dataset: &DataSet, stored: &'a [u8], pixels: usize) -> Result<Self, Fault> {
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
        let bytes_each = allocated as usize / 8;
        Ok(Self {
            stored: stored
                .get(..pixels * per_pixel * bytes_each)
                .ok_or(Fault::CutShort)?,
            per_pixel,
            planar: dataset.number(tags::PLANAR_CONFIGURATION)? == Some(1u16),
            bytes_each,
            byte_order: dataset.byte_order,
            signed: dataset.number(tags::PIXEL_REPRESENTATION)? == Some(1u16),
            up: 31 - high_bit,
            down: 32 - bits,
        })
    }

    /// Every value, its sign extended, what lies in unused bits left out.
    pub fn values(&self) -> impl Iterator<Item = i32> {
        self.stored.chunks_exact(self.bytes_each).map(|bytes| {
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
            let raised = word << self.up;
            if self.signed {
                raised as i32 >> self.down
            } else {
                (raised >> self.down) as i32
            }
        })
    }

    /// Red, green and blue of every pixel; for three values of eight bits a pixel.
    pub fn colours(&self) -> impl Iterator<Item = [u8; 3]> {
        let plane = self.stored.len() / 3;
        let (next_pixel, next_colour) = if self.planar { (1, plane) } else { (3, 1) };
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
