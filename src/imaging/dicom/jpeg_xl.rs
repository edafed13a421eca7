//! JPEG XL (ISO/IEC 18181): code streams with and without boxes, lossless, lossy, and packed JPEG.
//!
//! The decoder turns colours into red, green and blue, however they are packed.

use jxl::api::{
    Endianness, Event, JxlBitDepth, JxlColorType, JxlDataFormat, JxlDecoder, JxlDecoderOptions,
    JxlOutputBuffer, JxlPixelFormat,
};
use jxl::image::OwnedRawImage;

use super::super::error::Fault;
use super::samples::Shape;

/// The boxes around a code stream begin with this one (ISO/IEC 18181-2, 9.2).
const SIGNATURE_BOX: &[u8] = b"\0\0\0\x0cJXL \r\n\x87\n";

/// Number of bytes of a decoded value.
const BYTES: usize = 2;

/// Least width that the decoder counts, and the number of its channels.
const LEAST_WIDTH: usize = 16;
const CHANNELS: usize = 3;

/// True if bytes begin like the boxes around a code stream. A bare code stream begins with two bytes that other pixels may
/// begin with, too.
pub(super) fn begins(packed: &[u8]) -> bool {
    packed.starts_with(SIGNATURE_BOX)
}

/// The values of a frame in little endian, with the values of a pixel adjacent; [`Shape::bytes`] of them.
pub(super) fn decode(packed: &[u8], shape: &Shape) -> Result<Vec<u8>, Fault> {
    let mut decoder = Decoder::new(packed, shape);
    decoder.expect(Event::BasicInfo, None)?;
    let format = decoder.format(shape)?;
    decoder.inner.set_pixel_format(format).map_err(damaged)?;
    decoder.expect(Event::FrameHeader, None)?;
    let width = shape.columns as usize * shape.per_pixel * BYTES;
    let mut rows = OwnedRawImage::new((width, shape.rows as usize)).map_err(damaged)?;
    let complete = Event::FrameComplete {
        has_more_frames: false,
    };
    let output = JxlOutputBuffer::from_image_rect_mut(rows.as_rect_mut());
    decoder.expect(complete, Some(&mut [output]))?;
    let rows = (0..shape.rows as usize).map(|row| rows.row(row));
    let values = rows.flat_map(|row| row.as_chunks().0);
    let values = values.map(|&bytes| u16::from_le_bytes(bytes));
    Ok(values.flat_map(|value| shape.bytes_of(value)).collect())
}

struct Decoder<'a> {
    inner: JxlDecoder,
    rest: &'a [u8],
}

impl<'a> Decoder<'a> {
    fn new(packed: &'a [u8], shape: &Shape) -> Self {
        let mut options = JxlDecoderOptions::default();
        // A frame that others are patched from may be larger than the picture.
        let width = LEAST_WIDTH.max(shape.columns as usize);
        options.sample_limit = Some(2 * CHANNELS * width * shape.rows.max(256) as usize);
        Self {
            inner: JxlDecoder::new(options),
            rest: packed,
        }
    }

    /// Decodes up to the next event, which is to be this one.
    fn expect(
        &mut self,
        expected: Event,
        output: Option<&mut [JxlOutputBuffer]>,
    ) -> Result<(), Fault> {
        let event = self.inner.process(&mut self.rest, output, None);
        match event.map_err(damaged)? {
            event if event == expected => Ok(()),
            Event::NeedMoreInput { .. } => Err(Fault::CutShort),
            _ => Err(Fault::damaged("its packed pixels are not one picture")),
        }
    }

    /// The form of the decoded values: unsigned, not scaled. Refuses streams that differ from the file's attributes.
    fn format(&self, shape: &Shape) -> Result<JxlPixelFormat, Fault> {
        let missing = || Fault::damaged("its packed pixels have no header");
        let stated = self.inner.basic_info().ok_or_else(missing)?;
        let profile = (self.inner.embedded_color_profile()).ok_or_else(missing)?;
        let (columns, rows) = stated.size;
        if (columns, rows) != (shape.columns as usize, shape.rows as usize) {
            return Err(Fault::damaged(format_args!(
                "its packed pixels are {columns} × {rows} and not {} × {}",
                shape.columns, shape.rows
            )));
        }
        if profile.channels() != shape.per_pixel || !stated.extra_channels.is_empty() {
            return Err(Fault::damaged(
                "its packed pixels have another number of colours than stated",
            ));
        }
        let bit_depth = match stated.bit_depth {
            JxlBitDepth::Int { bits_per_sample } => u8::try_from(bits_per_sample).ok(),
            JxlBitDepth::Float { .. } => None,
        };
        let most = 8 * shape.bytes_each.min(BYTES);
        let fits = |&bits: &u8| bits > 0 && usize::from(bits) <= most;
        let bit_depth = bit_depth.filter(fits).ok_or_else(|| {
            Fault::damaged("its packed pixels have another number of bits than stated")
        })?;
        Ok(JxlPixelFormat {
            color_type: match shape.per_pixel {
                1 => JxlColorType::Grayscale,
                _ => JxlColorType::Rgb,
            },
            color_data_format: Some(JxlDataFormat::U16 {
                endianness: Endianness::LittleEndian,
                bit_depth,
            }),
            extra_channel_format: Vec::new(),
        })
    }
}

fn damaged(error: jxl::error::Error) -> Fault {
    Fault::damaged(format_args!("its JPEG XL pixels: {error}"))
}
