//! JPEG 2000 code streams, lossless and lossy, with and without JP2 boxes; part 15 of the standard
//! (high-throughput) uses another decoder.

mod blocks;
mod boxes;
mod high_throughput;
mod part_15;
mod tile_parts;

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use self::blocks::smallest_block;
use super::super::error::Fault;
use super::samples::Shape;

/// Maximum number of tiles of a picture (ITU-T T.800 A.4.2: their index has 16 bits).
const MOST_TILES: u64 = 65_535;

/// Maximum number of code blocks. The decoder allocates some hundred bytes for each; a CT slice has 64 to 256.
const MOST_BLOCKS: u64 = 1 << 19;

/// Maximum number of bits of a value. The decoder computes with 24.
const MOST_BITS: u8 = 24;

/// The markers at the start of a code stream: start and size.
const BEGINNING: &[u8] = b"\xff\x4f\xff\x51";

/// True if bytes begin like a code stream or like the boxes around one.
pub(super) fn begins(packed: &[u8]) -> bool {
    packed.starts_with(BEGINNING) || boxes::begins(packed)
}

/// The values of a frame in little endian, with the values of a pixel adjacent; [`Shape::bytes`] of them.
pub(super) fn decode(packed: &[u8], shape: &Shape) -> Result<Vec<u8>, Fault> {
    let stream = match boxes::begins(packed) {
        true => boxes::stream(packed)?,
        false => packed,
    };
    let size = Size::read(stream)?;
    size.check(shape)?;
    if (shape.pixels() * shape.per_pixel) as u64 / smallest_block(stream)? > MOST_BLOCKS {
        return Err(Fault::damaged("its packed pixels are in too many blocks"));
    }
    let parts = match size.high_throughput {
        true => high_throughput::decode(stream, shape, size.level_shift())?,
        false => by_part_1(stream, &size)?,
    };
    if parts.len() != shape.per_pixel {
        return Err(Fault::damaged(
            "its packed pixels have another number of colours than stated",
        ));
    }
    let range = match (size.signed, 1i64 << size.bits) {
        (true, values) => -values / 2..=values / 2 - 1,
        (false, values) => 0..=values - 1,
    };
    let mut stored = vec![0; shape.bytes()];
    for (component, part) in parts.iter().enumerate() {
        if part.len() != shape.pixels() {
            return Err(Fault::damaged(
                "its packed pixels have another size than stated",
            ));
        }
        let values = part.iter().map(|&value| {
            let value = i64::from(value).clamp(*range.start(), *range.end());
            value.to_le_bytes()
        });
        let places = stored.chunks_exact_mut(shape.bytes_each);
        let places = places.skip(component).step_by(shape.per_pixel);
        for (place, value) in places.zip(values) {
            for (byte, stored) in place.iter_mut().zip(value) {
                *byte = stored;
            }
        }
    }
    Ok(stored)
}

/// The values of each component of a stream of part 1 (ITU-T T.800).
fn by_part_1(stream: &[u8], size: &Size) -> Result<Vec<Vec<i32>>, Fault> {
    let settings = DecodeSettings {
        resolve_palette_indices: false,
        strict: true,
        target_resolution: None,
    };
    let damaged = |error| Fault::damaged(format_args!("its JPEG 2000 pixels: {error}"));
    let image = Image::new(stream, &settings).map_err(damaged)?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(damaged)?;
    // The decoder adds half of the range to signed values, as if they were unsigned.
    let lowered = if size.signed { 1 << (size.bits - 1) } else { 0 };
    let values = |samples: &[f32]| {
        samples
            .iter()
            .map(|sample| sample.round() as i32 - lowered)
            .collect()
    };
    Ok((decoded.components().iter())
        .map(|part| values(part.samples()))
        .collect())
}

/// Content of the size segment (ITU-T T.800 A.5.1).
struct Size {
    columns: u64,
    rows: u64,
    tiles: u64,
    components: u16,
    bits: u8,
    signed: bool,
    /// True if its blocks are coded by part 15 (ITU-T T.814 A.3: bit 14 of Rsiz).
    high_throughput: bool,
}

impl Size {
    fn read(packed: &[u8]) -> Result<Self, Fault> {
        let Some(segment) = packed.strip_prefix(BEGINNING) else {
            return Err(if packed.len() < 4 {
                Fault::CutShort
            } else {
                Fault::damaged("its packed pixels have no valid start")
            });
        };
        let word = |at: usize| {
            let bytes = segment.get(at..).and_then(<[u8]>::first_chunk::<4>);
            bytes.map(|bytes| u64::from(u32::from_be_bytes(*bytes)))
        };
        let read = || {
            let [right, bottom, left, top] = [word(4)?, word(8)?, word(12)?, word(16)?];
            let [wide, high, tile_left, tile_top] = [word(20)?, word(24)?, word(28)?, word(32)?];
            let components = u16::from_be_bytes(*segment.get(36..)?.first_chunk()?);
            let &depth = segment.get(38)?;
            let along =
                |end: u64, start: u64, step: u64| end.saturating_sub(start).div_ceil(step.max(1));
            Some(Self {
                columns: right.saturating_sub(left),
                rows: bottom.saturating_sub(top),
                tiles: along(right, tile_left, wide) * along(bottom, tile_top, high),
                components,
                bits: (depth & 0x7f) + 1,
                signed: depth & 0x80 != 0,
                high_throughput: segment.get(2)? & 0x40 != 0,
            })
        };
        read().ok_or(Fault::CutShort)
    }

    /// Number that is added to every value once decoded: half of the range, unless values are signed (ITU-T T.800, G.1).
    fn level_shift(&self) -> i32 {
        match self.signed {
            true => 0,
            false => 1 << (self.bits - 1),
        }
    }

    /// Refuses streams that differ from the file's attributes, before any allocation.
    fn check(&self, shape: &Shape) -> Result<(), Fault> {
        if (self.columns, self.rows) != (shape.columns.into(), shape.rows.into()) {
            return Err(Fault::damaged(format_args!(
                "its packed pixels are {} × {} and not {} × {}",
                self.columns, self.rows, shape.columns, shape.rows
            )));
        }
        if usize::from(self.components) != shape.per_pixel {
            return Err(Fault::damaged(
                "its packed pixels have another number of colours than stated",
            ));
        }
        if usize::from(self.bits) > 8 * shape.bytes_each || self.bits > MOST_BITS {
            return Err(Fault::damaged(
                "its packed pixels have another number of bits than stated",
            ));
        }
        if self.tiles > MOST_TILES {
            return Err(Fault::damaged("its packed pixels are in too many tiles"));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The headers of a grey picture of `side` by `side` pixels in one tile, with blocks of 4 × 4.
    fn headers(side: u32) -> Vec<u8> {
        let sides = [side, side, 0, 0, side, side, 0, 0];
        let sides: Vec<u8> = sides.iter().flat_map(|side| side.to_be_bytes()).collect();
        [
            b"\xff\x4f\xff\x51\0\x29\0\0".as_slice(),
            &sides,
            b"\0\x01\x0f\x01\x01",
            b"\xff\x52\0\x0c\0\0\0\x01\0\0\0\0\0\x01",
            b"\xff\xd9",
        ]
        .concat()
    }

    #[test]
    fn a_picture_in_millions_of_blocks_is_refused_before_it_is_decoded() {
        let sentence = |side| decode(&headers(side), &Shape::of_grey(side, side, 2)).unwrap_err();
        let too_many = Fault::damaged("its packed pixels are in too many blocks");
        assert_eq!(sentence(4096), too_many);
        assert_ne!(sentence(512), too_many);
    }
}
