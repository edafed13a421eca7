//! JPEG 2000 code streams, lossless and lossy.

use hayro_jpeg2000::{DecodeSettings, DecoderContext, Image};

use super::super::error::Fault;
use super::samples::Shape;

/// The most tiles of a picture (ITU-T T.800 A.4.2: their index has 16 bits).
const MOST_TILES: u64 = 65_535;

/// The values of a frame in little endian, those of a pixel together; [`Shape::bytes`] of them.
pub(super) fn decode(packed: &[u8], shape: &Shape) -> Result<Vec<u8>, Fault> {
    let size = Size::read(packed)?;
    size.check(shape)?;
    let settings = DecodeSettings {
        resolve_palette_indices: false,
        strict: true,
        target_resolution: None,
    };
    let damaged = |error| Fault::damaged(format_args!("its JPEG 2000 pixels: {error}"));
    let image = Image::new(packed, &settings).map_err(damaged)?;
    let mut context = DecoderContext::default();
    let decoded = image.decode(&mut context).map_err(damaged)?;
    // The decoder moves signed values up by half of their range, as if they had none.
    let lowered = if size.signed { 1 << (size.bits - 1) } else { 0 };
    let largest = (1i64 << size.bits) - 1;
    let mut stored = vec![0; shape.bytes()];
    let parts = decoded.components();
    if parts.len() != shape.per_pixel {
        return Err(Fault::damaged("its packed pixels have other colours"));
    }
    for (component, part) in parts.iter().enumerate() {
        if part.samples().len() != shape.pixels() {
            return Err(Fault::damaged("its packed pixels have another size"));
        }
        let values = part.samples().iter().map(|sample| {
            let value = (sample.round() as i64).clamp(0, largest) - lowered;
            (value as i16 as u16).to_le_bytes()
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

/// What the first segment says (ITU-T T.800 A.5.1).
struct Size {
    columns: u64,
    rows: u64,
    tiles: u64,
    components: u16,
    bits: u8,
    signed: bool,
}

impl Size {
    fn read(packed: &[u8]) -> Result<Self, Fault> {
        let Some(segment) = packed.strip_prefix(b"\xff\x4f\xff\x51") else {
            return Err(if packed.len() < 4 {
                Fault::CutShort
            } else {
                Fault::damaged("its packed pixels do not begin as they should")
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
            })
        };
        read().ok_or(Fault::CutShort)
    }

    /// Refuses what the file does not declare, before anything is allocated for it.
    fn check(&self, shape: &Shape) -> Result<(), Fault> {
        if (self.columns, self.rows) != (shape.columns.into(), shape.rows.into()) {
            return Err(Fault::damaged(format_args!(
                "its packed pixels are {} × {} and not {} × {}",
                self.columns, self.rows, shape.columns, shape.rows
            )));
        }
        if usize::from(self.components) != shape.per_pixel {
            return Err(Fault::damaged("its packed pixels have other colours"));
        }
        if usize::from(self.bits) > 8 * shape.bytes_each {
            return Err(Fault::damaged("its packed pixels have other bits"));
        }
        if self.tiles > MOST_TILES {
            return Err(Fault::damaged("its packed pixels are in too many tiles"));
        }
        Ok(())
    }
}
